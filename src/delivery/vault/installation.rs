//! A database, a key store and a key file in; out, whether they belong together. Nothing is written before that is
//! certain.
//!
//! The key store has an id, and the database keeps it, sealed by the master key: so each of the three is known by the
//! other two.

use super::key_file;
use super::seal::{DataKey, wrapping};
use super::token::new_id;
use crate::config::Services;
use crate::db::{self, Db};
use anyhow::{Result, anyhow, bail};

/// What the database knows of its key store.
const KNOWN: &str = "SELECT sealed FROM installation_keys WHERE name = 'key_store'";
const KEEP: &str = "INSERT INTO installation_keys (name, sealed, created_at) VALUES ('key_store', $1, $2) ON CONFLICT \
    (name) DO NOTHING";
/// Is there anything in the database that a key has to open?
const SEALED: &str =
    "SELECT (SELECT COUNT(*) FROM installation_keys) + (SELECT COUNT(*) FROM (SELECT 1 FROM households LIMIT 1) h)
   + (SELECT COUNT(*) FROM (SELECT 1 FROM consultations LIMIT 1) c)";
/// Some households, for a database from before key stores had ids.
const SOME: &str = "SELECT id FROM households ORDER BY id DESC LIMIT 50";
const CONTEXT: &str = "installation_keys.key_store";

/// Data keys by owner (a household's or a guest consultation's id), wrapped by the master key; owners whose key was
/// destroyed; and the store's own id, which the database knows.
const CREATE: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS data_keys (owner TEXT NOT NULL PRIMARY KEY, wrapped TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS destroyed_keys (owner TEXT NOT NULL PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS key_store (one BIGINT NOT NULL PRIMARY KEY, id TEXT NOT NULL)",
    db::UPKEEP,
];
const FIND_ID: &str = "SELECT id FROM key_store WHERE one = 1";
const KEEP_ID: &str = "INSERT INTO key_store (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING";
const ANY_KEY: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM data_keys WHERE wrapped <> '' LIMIT 1) one";
const FIND_KEY: &str = "SELECT wrapped FROM data_keys WHERE owner = $1 AND wrapped <> ''";

/// What is there of an installation that holds together.
pub(super) struct Installation {
    /// The key store, if there is one.
    pub store: Option<Db>,
    /// Its id, if it has one.
    id: Option<String>,
    /// The master key; `None` on first use only.
    pub master: Option<[u8; 32]>,
    /// The database knows the store.
    known: bool,
}

/// Looks at all three; an error says what does not fit and what to do. Writes nothing.
pub(super) async fn look(services: &Services, db: &Db) -> Result<Installation> {
    let known: Option<String> = sqlx::query_scalar(KNOWN).fetch_optional(db.pool()).await?;
    let sealed = sqlx::query_scalar::<_, i64>(SEALED).fetch_one(db.pool()).await? > 0;
    let url = &services.key_store_url;
    let store = if db::is_there(url) {
        Some(Db::connect(url, 4).await.map_err(|e| e.context("鍵の置き場を開けません"))?)
    } else {
        None
    };
    let (mut id, mut any_key) = (None, false);
    if let Some(store) = &store {
        if store.has_table("key_store").await? {
            id = sqlx::query_scalar::<_, String>(FIND_ID).fetch_optional(store.pool()).await?;
        }
        any_key = store.has_table("data_keys").await?
            && sqlx::query_scalar::<_, i64>(ANY_KEY).fetch_one(store.pool()).await? > 0;
    }
    let file = &services.key_file;
    let Some(master) = key_file::read(file)? else {
        if sealed || any_key || id.is_some() {
            bail!(
                "鍵のファイルがありません。控えから戻してください: {}\n  何も書いていません。別の場所に置いてあるなら、\
                 OTAYORI_KEY_FILE で指定してください",
                file.display()
            );
        }
        return Ok(Installation { store, id, master: None, known: false });
    };
    let wrapping = wrapping(&master)?;
    let belongs = match (&known, &id) {
        (Some(sealed), id) => {
            let expected = wrapping.open(CONTEXT, sealed).map_err(|_| {
                anyhow!(
                    "鍵のファイル {} は、このデータベースのものではありません。\n  何も書いていません。\
                    OTAYORI_KEY_FILE を確かめるか、控えから戻してください",
                    file.display()
                )
            })?;
            id.as_deref() == Some(expected.as_str())
        }
        // Nothing to lose yet: it takes the store that it is given.
        (None, _) if !sealed => true,
        (None, _) => holds_some(db, store.as_ref(), &wrapping).await?,
    };
    if !belongs {
        let there = if store.is_some() { "" } else { "：ファイルがありません" };
        bail!(
            "この鍵の置き場は、このデータベースのものではありません（{}{there}）。\n  何も書いていません。\
             OTAYORI_KEY_STORE_URL を確かめてください。置き場をなくしたときは、\
             控えから戻してください（docs/はじめての設置.md「控えと戻し方」）",
            db::shown(url)
        );
    }
    Ok(Installation { store, id, master: Some(master), known: known.is_some() })
}

/// A database from before key stores had ids: the store is its own when it opens the key of one of its households.
async fn holds_some(db: &Db, store: Option<&Db>, wrapping: &DataKey) -> Result<bool> {
    let households: Vec<String> = sqlx::query_scalar(SOME).fetch_all(db.pool()).await?;
    let Some(store) = store else { return Ok(false) };
    if !store.has_table("data_keys").await? {
        return Ok(false);
    }
    for household in &households {
        let wrapped: Option<String> = sqlx::query_scalar(FIND_KEY).bind(household).fetch_optional(store.pool()).await?;
        if wrapped.is_some_and(|w| wrapping.open_bytes(household, &w).is_ok()) {
            return Ok(true);
        }
    }
    // Keys of guests' questions alone do not tell; whoever has nobody registered loses nobody.
    Ok(households.is_empty())
}

/// Opens an installation that holds together, and makes what is missing on first use.
pub(super) async fn open(services: &Services, db: &Db) -> Result<(Db, [u8; 32])> {
    let Installation { store, id, master, known } = look(services, db).await?;
    let master = match master {
        Some(master) => master,
        None => key_file::make(&services.key_file)?,
    };
    let store = match store {
        Some(store) => store,
        None => Db::connect(&services.key_store_url, 4).await.map_err(|e| e.context("鍵の置き場を作れません"))?,
    };
    let fresh = !store.has_table("data_keys").await?;
    for sql in CREATE {
        sqlx::query(sql).execute(store.pool()).await?;
    }
    store.vacuum_once(fresh).await?;
    if !known {
        tie(db, &store, id, &wrapping(&master)?).await?;
    }
    Ok((store, master))
}

/// Gives the store its id and the database the knowledge of it. Several processes may do it at once: they agree.
async fn tie(db: &Db, store: &Db, id: Option<String>, wrapping: &DataKey) -> Result<()> {
    let id = match id {
        Some(id) => id,
        None => {
            sqlx::query(KEEP_ID).bind(new_id()).execute(store.pool()).await?;
            sqlx::query_scalar::<_, String>(FIND_ID).fetch_one(store.pool()).await?
        }
    };
    // The id is a UUIDv7 and knows when it was made.
    let made_at = uuid::Uuid::parse_str(&id).ok().and_then(|u| u.get_timestamp()).map_or(0, |t| t.to_unix().0);
    sqlx::query(KEEP).bind(wrapping.seal(CONTEXT, &id)?).bind(i64::try_from(made_at)?).execute(db.pool()).await?;
    let kept: String = sqlx::query_scalar(KNOWN).fetch_one(db.pool()).await?;
    if wrapping.open(CONTEXT, &kept)? != id {
        bail!(
            "この鍵の置き場は、このデータベースのものではありません。同時に、別の置き場で使いはじめた otayori \
             があります"
        );
    }
    Ok(())
}

/// Every SQL text of this room that the database runs, for the test that prepares them all.
pub(super) fn sql_texts() -> Vec<String> {
    [KNOWN, KEEP, SEALED, SOME].map(str::to_owned).into()
}
