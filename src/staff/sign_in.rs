//! A login, a password and where it came from in, a session out; guesses are slowed by login and by address.

use super::{Role, Staff, password};
use crate::content::Profession;
use crate::db::Db;
use crate::vault::{Vault, new_id, token, token_hash};
use anyhow::{Context, Result};

/// How long a session lasts: a long working day.
pub const SESSION_SECONDS: i64 = 12 * 3600;
/// Failures of one login or from one address within [`WINDOW_SECONDS`] after which nothing is tried any more.
const FAILURES: i64 = 5;
const WINDOW_SECONDS: i64 = 15 * 60;

/// Of one login, if its account is open.
const FIND: &str = "SELECT id, password_hash FROM staff WHERE login = $1 AND disabled_at IS NULL";
const START: &str = "INSERT INTO staff_sessions (token_hash, staff_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
const END: &str = "DELETE FROM staff_sessions WHERE token_hash = $1";
const END_OLD: &str = "DELETE FROM staff_sessions WHERE expires_at <= $1";
/// Id, name, role and profession behind a session.
const SESSION: &str = "SELECT s.id, s.name, s.role, s.profession FROM staff_sessions t JOIN staff s ON s.id = \
    t.staff_id \
    WHERE t.token_hash = $1 AND t.expires_at > $2 AND s.disabled_at IS NULL";

/// Failures since a time, of a login (`$1`) or an address (`$2`), whichever has more.
const COUNT: &str = "SELECT COUNT(*) AS failures FROM sign_in_failures WHERE subject IN ($1, $2) AND failed_at > $3 \
    GROUP BY subject ORDER BY failures DESC LIMIT 1";
const FAIL: &str = "INSERT INTO sign_in_failures (id, subject, failed_at) VALUES ($1, $2, $3)";
/// After a success the login's failures are forgotten, and of the address this try.
const FORGIVE: &str = "DELETE FROM sign_in_failures WHERE subject = $1 OR id = $2";
/// Of a login.
const FORGIVE_ALL: &str = "DELETE FROM sign_in_failures WHERE subject = $1";
/// Of a login, since a time.
const COUNT_ONE: &str = "SELECT COUNT(*) FROM sign_in_failures WHERE subject = $1 AND failed_at > $2";
const FORGET: &str = "DELETE FROM sign_in_failures WHERE failed_at <= $1";

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// Signed in.
    In {
        /// For the cookie.
        token: String,
        /// Where this role begins.
        role: Role,
    },
    /// Login or password is wrong; which of both is not said.
    Wrong,
    /// Too many failures in the last 15 minutes; nothing was tried.
    TooMany,
}

/// Tries a login and a password that came from `address`, of which only a keyed hash is stored, for 15 minutes. Without
/// an address (a proxy that does not tell it) only the login is counted: one stranger must not shut out everybody.
///
/// A try counts as a failure before the password is looked at, so that many at once do not slip through.
pub async fn sign_in(
    db: &Db,
    vault: &Vault,
    login: &str,
    password: &str,
    address: Option<&str>,
    now: i64,
) -> Result<SignIn> {
    let login = login.trim().to_ascii_lowercase();
    let (by_login, _) = vault.lookup("sign_in.login", &login);
    let by_address = address.map_or_else(|| by_login.clone(), |a| vault.lookup("sign_in.address", a).0);
    let Some(attempt) = count_try(db, &by_login, &by_address, now).await? else { return Ok(SignIn::TooMany) };

    let found: Option<(String, String)> = sqlx::query_as(FIND).bind(&login).fetch_optional(db.pool()).await?;
    let (id, hash) = found.unzip();
    if !password::verify(password.to_owned(), hash).await? {
        // Said once, by the try that locks it, and only of accounts that exist: what strangers type is not logged.
        let failures: i64 =
            sqlx::query_scalar(COUNT_ONE).bind(&by_login).bind(now - WINDOW_SECONDS).fetch_one(db.pool()).await?;
        if id.is_some() && failures == FAILURES {
            tracing::warn!(
                login,
                "a login is locked for 15 minutes after {FAILURES} wrong passwords; `otayori staff unlock {login}` \
                 opens it"
            );
        }
        return Ok(SignIn::Wrong);
    }
    let id = id.context("a password was right without an account")?;
    let token = token();
    let mut tx = db.write().await?;
    sqlx::query(FORGIVE).bind(&by_login).bind(&attempt).execute(&mut *tx).await?;
    sqlx::query(END_OLD).bind(now).execute(&mut *tx).await?;
    sqlx::query(START)
        .bind(token_hash(&token))
        .bind(&id)
        .bind(now)
        .bind(now + SESSION_SECONDS)
        .execute(&mut *tx)
        .await?;
    crate::audit::record(&mut *tx, &format!("staff:{id}"), "sign_in", &id, now).await?;
    tx.commit().await?;
    let role = session(db, &token, now).await?.context("the session that was just begun")?.role;
    Ok(SignIn::In { token, role })
}

/// Counts a try; the id of the address's row, or `None` when there were too many.
async fn count_try(db: &Db, by_login: &str, by_address: &str, now: i64) -> Result<Option<String>> {
    let mut tx = db.write().await?;
    sqlx::query(FORGET).bind(now - WINDOW_SECONDS).execute(&mut *tx).await?;
    let failures: Option<i64> = sqlx::query_scalar(COUNT)
        .bind(by_login)
        .bind(by_address)
        .bind(now - WINDOW_SECONDS)
        .fetch_optional(&mut *tx)
        .await?;
    if failures.unwrap_or(0) >= FAILURES {
        tx.commit().await?;
        return Ok(None);
    }
    let attempt = new_id();
    sqlx::query(FAIL).bind(new_id()).bind(by_login).bind(now).execute(&mut *tx).await?;
    if by_address != by_login {
        sqlx::query(FAIL).bind(&attempt).bind(by_address).bind(now).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(Some(attempt))
}

/// The member of staff of a session cookie's token; `None` if it is unknown, expired, or the account is disabled.
pub async fn session(db: &Db, token: &str, now: i64) -> Result<Option<Staff>> {
    let row: Option<(String, String, String, String)> =
        sqlx::query_as(SESSION).bind(token_hash(token)).bind(now).fetch_optional(db.pool()).await?;
    Ok(row.and_then(|(id, name, role, profession)| {
        Some(Staff { id, name, role: Role::from_id(&role)?, profession: Profession::from_id(&profession) })
    }))
}

/// Forgets a login's failures: it may be tried again at once. `false` when there were none.
pub async fn unlock(db: &Db, vault: &Vault, login: &str, now: i64) -> Result<bool> {
    let id = super::account::id_of(db, login).await?;
    let (by_login, _) = vault.lookup("sign_in.login", login);
    let mut tx = db.write().await?;
    let forgotten = sqlx::query(FORGIVE_ALL).bind(by_login).execute(&mut *tx).await?.rows_affected();
    crate::audit::record(&mut *tx, "system", "staff_unlock", &id, now).await?;
    tx.commit().await?;
    Ok(forgotten > 0)
}

/// Ends the session of a cookie's token; ending it twice is the same.
pub async fn sign_out(db: &Db, token: &str) -> Result<()> {
    sqlx::query(END).bind(token_hash(token)).execute(db.pool()).await?;
    Ok(())
}
