//! What the operator says of somebody in, an account out.

use super::{Role, password};
use crate::content::Profession;
use crate::db::Db;
use crate::vault::new_id;
use anyhow::{Result, bail};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::HashMap;

/// A new account; the login is taken when no row comes back.
const INSERT: &str = "INSERT INTO staff (id, login, name, role, profession, password_hash, created_at) VALUES ($1, $2, \
    $3, $4, $5, $6, $7) ON CONFLICT (login) DO NOTHING";
/// [`Account`]s in the order in which they were made.
const LIST: &str = "SELECT id, login, name, role, profession, disabled_at FROM staff ORDER BY created_at, id";

const FIND: &str = "SELECT id FROM staff WHERE login = $1";
const SET_PASSWORD: &str = "UPDATE staff SET password_hash = $2 WHERE id = $1";
const DISABLE: &str = "UPDATE staff SET disabled_at = COALESCE(disabled_at, $2) WHERE id = $1";
const ENABLE: &str = "UPDATE staff SET disabled_at = NULL WHERE id = $1";
const END_SESSIONS: &str = "DELETE FROM staff_sessions WHERE staff_id = $1";

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What is typed at sign-in: 3–60 of a–z, 0–9, `.`, `_`, `-`, `@`.
    pub login: String,
    /// As shown to households.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Of a clinician, who must have one; of others none.
    pub profession: Option<Profession>,
}

crate::db::row! {
/// An account as `staff list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: String,
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// [`Role::id`].
    pub role: String,
    /// [`Profession::id`] or empty.
    pub profession: String,
    /// When it was closed.
    pub disabled_at: Option<i64>,
}
}

/// Makes an account and returns its id. Errors are for the operator: a login that is taken, a password that is too
/// short.
pub async fn add(db: &Db, account: &NewAccount, password: &str, now: i64) -> Result<String> {
    let letters = account.login.chars().count();
    if !(3..=60).contains(&letters)
        || !account.login.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c))
    {
        bail!("ログイン名 `{}` は使えません。3〜60文字の a-z 0-9 . _ - @ にしてください", account.login);
    }
    if account.name.trim().is_empty() {
        bail!("名前が空です。お返事に出る名前を書いてください");
    }
    match (account.role, account.profession) {
        (Role::Clinician, None) => bail!("回答者（clinician）には --profession が要ります（{}）", professions()),
        (Role::Clinician, Some(_)) | (_, None) => {}
        (_, Some(_)) => bail!("--profession は回答者（clinician）だけのものです"),
    }
    let id = new_id();
    let hash = password::hash(password).await?;
    let profession = account.profession.map_or("", Profession::id);
    let insert = sqlx::query(INSERT)
        .bind(&id)
        .bind(&account.login)
        .bind(account.name.trim())
        .bind(account.role.id())
        .bind(profession)
        .bind(hash)
        .bind(now);
    if insert.execute(db.pool()).await?.rows_affected() == 0 {
        bail!("ログイン名 `{}` は、もう使われています", account.login);
    }
    crate::audit::record(db.pool(), "system", "staff_add", &id, now).await?;
    Ok(id)
}

/// All accounts.
pub async fn list(db: &Db) -> Result<Vec<Account>> {
    Ok(sqlx::query_as(LIST).fetch_all(db.pool()).await?)
}

/// What stands beside what somebody has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// 佐伯みのり
    pub name: String,
    /// Of a clinician.
    pub profession: Option<Profession>,
}

/// Accounts that one statement looks up.
const AT_ONCE: usize = 500;

fn named_sql(db: &Db, accounts: usize) -> String {
    format!("SELECT id, name, profession FROM staff WHERE id IN {}", db.values(1, accounts, 1))
}

/// The names of these members of staff, by id; an account is closed, never deleted.
pub async fn named(db: &Db, connection: &mut AnyConnection, ids: &[&str]) -> Result<HashMap<String, Named>> {
    let mut found = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let query = sqlx::query_as::<_, (String, String, String)>(AssertSqlSafe(named_sql(db, some.len())));
        let query = some.iter().fold(query, |query, id| query.bind((*id).to_owned()));
        for (id, name, profession) in query.fetch_all(&mut *connection).await? {
            found.insert(id, Named { name, profession: Profession::from_id(&profession) });
        }
    }
    Ok(found)
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> =
        [INSERT, LIST, FIND, SET_PASSWORD, DISABLE, ENABLE, END_SESSIONS].map(str::to_owned).into();
    all.push(named_sql(db, 3));
    all
}

/// Gives an account another password and ends its sessions.
pub async fn set_password(db: &Db, login: &str, password: &str, now: i64) -> Result<()> {
    let id = id_of(db, login).await?;
    let hash = password::hash(password).await?;
    let mut tx = db.write().await?;
    sqlx::query(SET_PASSWORD).bind(&id).bind(hash).execute(&mut *tx).await?;
    sqlx::query(END_SESSIONS).bind(&id).execute(&mut *tx).await?;
    crate::audit::record(&mut *tx, "system", "staff_password", &id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Closes an account and ends its sessions; what it wrote stays under its name.
pub async fn disable(db: &Db, login: &str, now: i64) -> Result<()> {
    let id = id_of(db, login).await?;
    let mut tx = db.write().await?;
    sqlx::query(DISABLE).bind(&id).bind(now).execute(&mut *tx).await?;
    sqlx::query(END_SESSIONS).bind(&id).execute(&mut *tx).await?;
    crate::audit::record(&mut *tx, "system", "staff_disable", &id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Opens a closed account again.
pub async fn enable(db: &Db, login: &str, now: i64) -> Result<()> {
    let id = id_of(db, login).await?;
    let mut tx = db.write().await?;
    sqlx::query(ENABLE).bind(&id).execute(&mut *tx).await?;
    crate::audit::record(&mut *tx, "system", "staff_enable", &id, now).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn id_of(db: &Db, login: &str) -> Result<String> {
    match sqlx::query_scalar(FIND).bind(login).fetch_optional(db.pool()).await? {
        Some(id) => Ok(id),
        None => bail!("ログイン名 `{login}` のアカウントはありません"),
    }
}

fn professions() -> String {
    Profession::ALL.map(Profession::id).join(" / ")
}
