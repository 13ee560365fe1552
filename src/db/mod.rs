//! A database address in, a migrated pool out; the only room that knows which database it is.

mod by_hash;
mod migrations;

pub use migrations::VERSIONS;

use anyhow::{Context, Result, bail};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Transaction};
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

/// A pool on SQLite or PostgreSQL. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: AnyPool,
    sqlite: bool,
}

/// How every connection to SQLite is set up.
const PRAGMAS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=10000";

impl Db {
    /// Opens the database and brings its tables up to date. A SQLite file (and its folder) is made on first use.
    pub async fn open(url: &str) -> Result<Self> {
        let db = Self::connect(url, 8).await?;
        migrations::all().run(&db.pool).await.context("表を新しくできません（migrations/）")?;
        Ok(db)
    }

    /// Opens a database for reading, as it is: makes no file, no folder and no table. `None`: there is none yet.
    /// An error when its tables are those of another version.
    pub async fn existing(url: &str) -> Result<Option<Self>> {
        if !is_there(url) {
            return Ok(None);
        }
        let db = Self::connect(url, 8).await?;
        let newest = VERSIONS.iter().map(|v| v.0).max().unwrap_or(0);
        match sqlx::query_scalar::<_, i64>("SELECT CAST(MAX(version) AS BIGINT) FROM _sqlx_migrations").fetch_one(&db.pool).await {
            Ok(version) if version == newest => Ok(Some(db)),
            Ok(version) => bail!("データベースの表が、このプログラムの版と違います（{version}、ここでは {newest}）。otayori serve か otayori send を一度動かすと、新しくなります"),
            // No table of versions: an empty file, an empty schema.
            Err(sqlx::Error::Database(_) | sqlx::Error::ColumnDecode { .. }) => Ok(None),
            Err(e) => Err(e).context("データベースを読めません"),
        }
    }

    /// Opens a database without touching its tables (the key store has its own).
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        let url = if sqlite { sqlite_url(url)? } else { url.to_owned() };
        let options = AnyConnectOptions::from_str(&url).context("DATABASE_URL が読めません")?;
        if sqlite {
            // A pool would try for half a minute and then say only that it took too long.
            let mut first = AnyConnection::connect_with(&options).await.context("SQLite のファイルを開けません")?;
            sqlx::raw_sql(PRAGMAS).execute(&mut first).await.context("SQLite のファイルを開けません")?;
            first.close().await.context("SQLite のファイルを閉じられません")?;
        }
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if sqlite {
                        sqlx::raw_sql(PRAGMAS).execute(&mut *connection).await?;
                    }
                    Ok(())
                })
            })
            // On a full disk SQLite ends a transaction by itself; sqlx still counts it as open, and every later one on that connection would fail.
            .before_acquire(move |connection, _| Box::pin(async move { Ok(!sqlite || !connection.is_in_transaction()) }))
            .connect_with(options)
            .await
            .with_context(|| if sqlite { "SQLite のファイルを開けません".to_owned() } else { "PostgreSQL につながりません".to_owned() })?;
        Ok(Self { pool, sqlite })
    }

    /// Does the database answer, with its tables?
    pub async fn ping(&self) -> Result<()> {
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM runs").fetch_one(&self.pool).await?;
        Ok(())
    }
    /// For reading.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }
    /// Is it SQLite? For the exceptions in this room only.
    pub fn is_sqlite(&self) -> bool {
        self.sqlite
    }

    /// A transaction that will write: `BEGIN IMMEDIATE` on SQLite, so that two writers wait instead of failing.
    pub async fn write(&self) -> Result<Transaction<'static, Any>> {
        let begin = if self.sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        Ok(self.pool.begin_with(begin).await?)
    }

    /// `(?,?),(?,?)` on SQLite, where `$n` is a name that is searched for linearly; `($1,$2),($3,$4)` on PostgreSQL.
    /// `first` is the number of the first placeholder. Never mix both kinds in one statement.
    pub fn values(&self, rows: usize, columns: usize, first: usize) -> String {
        let mut text = String::with_capacity(rows * columns * 5);
        for i in 0..rows * columns {
            text.push_str(if i % columns > 0 {
                ","
            } else if i > 0 {
                "),("
            } else {
                "("
            });
            if self.sqlite {
                text.push('?');
            } else {
                let _ = write!(text, "${}", first + i);
            }
        }
        text + ")"
    }
    /// One placeholder beside [`Db::values`].
    pub fn mark(&self, n: usize) -> String {
        if self.sqlite { "?".into() } else { format!("${n}") }
    }
    /// What a claim's subquery ends with: PostgreSQL skips rows that another worker holds.
    pub fn skip_locked(&self) -> &'static str {
        if self.sqlite { "" } else { " FOR UPDATE SKIP LOCKED" }
    }
}

/// Could the database not be written, for the disk or a right, and not for what was to be written?
pub fn is_not_writable(error: &anyhow::Error) -> bool {
    let Some(sqlx::Error::Database(found)) = error.chain().find_map(|e| e.downcast_ref::<sqlx::Error>()) else { return false };
    let code = found.code().unwrap_or_default();
    if code.len() == 5 {
        // PostgreSQL's classes: 53 insufficient resources (53100 disk full), 58 system error; 25006 read-only.
        return code.starts_with("53") || code.starts_with("58") || code == "25006";
    }
    // SQLite's result codes: READONLY 8, IOERR 10, FULL 13, CANTOPEN 14; the upper bytes tell more.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 8 | 10 | 13 | 14))
}

/// Is there a database? PostgreSQL is asked when it is opened, SQLite has a file.
pub fn is_there(url: &str) -> bool {
    let Some(path) = url.strip_prefix("sqlite:") else { return true };
    let path = path.trim_start_matches("//");
    Path::new(path.split('?').next().unwrap_or(path)).exists()
}

/// Adds `mode=rwc` and makes the folder.
fn sqlite_url(url: &str) -> Result<String> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let file = path.split('?').next().unwrap_or(path);
    if let Some(folder) = Path::new(file).parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))?;
    }
    Ok(if path.contains('?') { format!("sqlite://{path}") } else { format!("sqlite://{path}?mode=rwc") })
}

/// A struct and how a row of `AnyPool` fills it: by the names of its fields. (The derive macros of sqlx would build both databases twice.)
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])* $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }
        impl<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> for $name {
            fn from_row(row: &'r sqlx::any::AnyRow) -> sqlx::Result<Self> {
                Ok(Self { $($field: sqlx::Row::try_get(row, stringify!($field))?),* })
            }
        }
    };
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;

    /// What a full disk leaves behind: SQLite has rolled back by itself, and the pool has one connection that does not know.
    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_does_not_spoil_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite:{}", dir.path().join("a.db").display()), 1).await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (n BIGINT)").execute(db.pool()).await.unwrap();
        let mut tx = db.write().await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut *tx).await.unwrap();
        drop(tx);
        for _ in 0..2 {
            let mut tx = db.write().await.unwrap();
            sqlx::query("INSERT INTO t (n) VALUES (1)").execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM t").fetch_one(db.pool()).await.unwrap();
        assert_eq!(rows, 2);
    }
}
