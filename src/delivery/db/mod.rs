//! A database address in, a migrated pool out; the only room that knows which database it is.
//!
//! Circle of 4 files: the pool is opened, swept and noted by files that are each about the pool.

mod by_hash;
mod file;
mod migrations;
mod notes;
mod sweep;

pub use file::{Standing, cannot_write, file_of, is_there, only_ours, shown};
pub use migrations::VERSIONS;
pub use notes::{UPKEEP, note};
pub use sweep::unswept;

use anyhow::{Context, Result, bail};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::MigrateError;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Transaction};
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// A pool on SQLite or PostgreSQL. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: AnyPool,
    sqlite: bool,
    sweeping: Arc<sweep::Sweeping>,
}

/// How every connection to SQLite is set up. What is deleted is overwritten: an erased household leaves nothing in the
/// file's free pages.
const PRAGMAS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA \
    busy_timeout=10000; PRAGMA secure_delete=ON";

impl Db {
    /// Opens the database and brings its tables up to date. A SQLite file (and its folder) is made on first use.
    pub async fn open(url: &str) -> Result<Self> {
        let db = Self::connect(url, 8).await?;
        let fresh = !db.has_table("_sqlx_migrations").await?;
        migrations::all().run(&db.pool).await.map_err(|e| match e {
            MigrateError::VersionMissing(version) => older(version),
            e => anyhow::Error::new(e).context("表を新しくできません（migrations/）"),
        })?;
        db.vacuum_once(fresh).await?;
        Ok(db)
    }

    /// Opens a database for reading, as it is: makes no file, no folder and no table. `None`: there is none yet.
    /// An error when its tables are those of another version.
    pub async fn existing(url: &str) -> Result<Option<Self>> {
        if !is_there(url) {
            return Ok(None);
        }
        let db = Self::connect(url, 8).await?;
        let newest = newest();
        match sqlx::query_scalar::<_, i64>("SELECT CAST(MAX(version) AS BIGINT) FROM _sqlx_migrations")
            .fetch_one(&db.pool)
            .await
        {
            Ok(version) if version == newest => Ok(Some(db)),
            Ok(version) if version > newest => Err(older(version)),
            Ok(version) => bail!(
                "データベースの表が、このプログラムの版と違います（{version}、ここでは {newest}）。otayori serve か \
                 otayori send を一度動かすと、新しくなります"
            ),
            // No table of versions: an empty file, an empty schema.
            Err(sqlx::Error::Database(_) | sqlx::Error::ColumnDecode { .. }) => Ok(None),
            Err(e) => Err(e).context("データベースを読めません"),
        }
    }

    /// How many households a SQLite file holds; `None` where there is no such file, or nobody in it. Makes nothing.
    pub async fn households_in(file: &std::path::Path) -> Result<Option<i64>> {
        let url = format!("sqlite:{}", file.display());
        if !is_there(&url) {
            return Ok(None);
        }
        let db = Self::connect(&url, 1).await?;
        let n = if db.has_table("households").await? {
            sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM households").fetch_one(&db.pool).await?
        } else {
            0
        };
        db.close().await;
        Ok((n > 0).then_some(n))
    }

    /// Opens a database without touching its tables (the key store has its own).
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        let file = file_of(url);
        let address = match &file {
            Some(file) => {
                file::prepare(file)?;
                file::address(url)
            }
            None => url.to_owned(),
        };
        let options = AnyConnectOptions::from_str(&address)
            .context("データベースの場所（DATABASE_URL、OTAYORI_KEY_STORE_URL）が読めません")?;
        // A pool would try for half a minute and then say only that it took too long.
        first_connection(&options, sqlite).await.map_err(|e| match &file {
            Some(file) if is_not_writable(&e) => file::why_not(file).unwrap_or(e),
            Some(_) => e,
            None => why_not_open(url, e),
        })?;
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
            // On a full disk SQLite ends a transaction by itself; sqlx still counts it as open, and every later one on
            // that connection would fail.
            .before_acquire(move |connection, _| {
                Box::pin(async move { Ok(!sqlite || !connection.is_in_transaction()) })
            })
            .connect_with(options)
            .await
            .context(cannot_open(sqlite))?;
        Ok(Self { pool, sqlite, sweeping: Arc::default() })
    }

    /// Ends all connections; SQLite's write-ahead log goes into the file, so that the file alone is the whole database.
    /// (While another process has the file open, that is left to the last one.)
    pub async fn close(&self) {
        self.end_sweeping().await;
        let farewell = async {
            if self.sqlite {
                let _ = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await;
            }
            self.pool.close().await;
        };
        // A connection that is still held somewhere does not hold up the end of a command.
        let _ = tokio::time::timeout(Duration::from_secs(5), farewell).await;
    }

    /// Is there a table of this name?
    pub async fn has_table(&self, name: &str) -> Result<bool> {
        let sql = if self.sqlite {
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
        } else {
            "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass($1)"
        };
        Ok(sqlx::query_scalar::<_, i64>(sql).bind(name).fetch_one(&self.pool).await? > 0)
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

    /// Brings what was committed into SQLite's own file, so that a copy of that file alone has it; where somebody reads
    /// for longer than a statement waits, the next does it.
    pub async fn into_file(&self) {
        if self.sqlite {
            let _ = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await;
        }
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

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts() -> Vec<String> {
    notes::sql_texts()
}

/// Is there nothing in it yet: no file, no tables, or nothing in them that a key opens? Makes nothing.
pub async fn is_empty(url: &str) -> Result<bool> {
    if !is_there(url) {
        return Ok(true);
    }
    let db = Db::connect(url, 1).await?;
    let mut empty = true;
    for table in ["installation_keys", "households", "consultations"] {
        if db.has_table(table).await? {
            let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) one");
            empty &= sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql)).fetch_one(&db.pool).await? == 0;
        }
    }
    db.close().await;
    Ok(empty)
}

/// Could the database not be written, for the disk or a right, and not for what was to be written?
pub fn is_not_writable(error: &anyhow::Error) -> bool {
    let Some(sqlx::Error::Database(found)) = error.chain().find_map(|e| e.downcast_ref::<sqlx::Error>()) else {
        return false;
    };
    let code = found.code().unwrap_or_default();
    if code.len() == 5 {
        // PostgreSQL's classes: 53 insufficient resources (53100 disk full), 58 system error; 25006 read-only.
        return code.starts_with("53") || code.starts_with("58") || code == "25006";
    }
    // SQLite's result codes: READONLY 8, IOERR 10, FULL 13, CANTOPEN 14; the upper bytes tell more.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 8 | 10 | 13 | 14))
}

/// The newest version of the tables that this program knows.
fn newest() -> i64 {
    VERSIONS.iter().map(|v| v.0).max().unwrap_or(0)
}

/// The database was renewed by a newer program.
fn older(version: i64) -> anyhow::Error {
    anyhow::anyhow!(
        "このプログラムのほうが古いので、データベースを使えません（データベースの表は {version}、このプログラムは {} \
         まで）。何も書いていません。\n  \
         新しいほうの otayori で動かしてください（`otayori --version`）。前の版へ戻すときは、\
         入れ替える前に取った控えから戻します",
        newest()
    )
}

fn cannot_open(sqlite: bool) -> &'static str {
    if sqlite { "SQLite のファイルを開けません" } else { "PostgreSQL につながりません" }
}

/// PostgreSQL could not be opened: what is wrong with it, and what to do.
fn why_not_open(url: &str, error: anyhow::Error) -> anyhow::Error {
    let shown = shown(url);
    let found = error.chain().find_map(|e| e.downcast_ref::<sqlx::Error>());
    let why = match found {
        Some(sqlx::Error::Io(io)) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
            "そこで PostgreSQL が動いていません。動いているか、機械の名前とポートを確かめてください".to_owned()
        }
        Some(sqlx::Error::Io(io)) => {
            format!("機械に届きません（{io}）。機械の名前、ポート、ネットワークを確かめてください")
        }
        Some(sqlx::Error::Tls(_)) => {
            "暗号化した接続（TLS）ができません。証明書と sslmode を確かめてください".to_owned()
        }
        Some(sqlx::Error::Database(d)) => match d.code().as_deref() {
            Some("28P01" | "28000") => {
                "利用者の名前かパスワードが違うか、その利用者では入れません（pg_hba.conf）".to_owned()
            }
            Some("3D000") => "その名前のデータベースがありません。createdb で作ってください".to_owned(),
            Some("53300") => "接続が多すぎます。PostgreSQL の max_connections を確かめてください".to_owned(),
            Some("57P03") => "PostgreSQL がまだ始まっている途中です。少し待ってから、もう一度どうぞ".to_owned(),
            _ => format!("PostgreSQL の答え: {}", d.message()),
        },
        _ => return error.context(format!("PostgreSQL（{shown}）につながりません")),
    };
    anyhow::anyhow!(
        "PostgreSQL（{shown}）につながりません。{why}。\n  DATABASE_URL（鍵の置き場なら OTAYORI_KEY_STORE_URL）\
         も確かめてください"
    )
}

/// Opens and closes one connection: what is wrong is known at once and in its own words.
async fn first_connection(options: &AnyConnectOptions, sqlite: bool) -> Result<()> {
    let mut first = AnyConnection::connect_with(options).await.context(cannot_open(sqlite))?;
    if sqlite {
        sqlx::raw_sql(PRAGMAS).execute(&mut first).await.context(cannot_open(sqlite))?;
    }
    first.close().await.context("データベースとの接続を閉じられません")
}

/// A struct and how a row of `AnyPool` fills it: by the names of its fields. (The derive macros of sqlx would build
/// both databases twice.)
#[doc(hidden)]
#[macro_export]
macro_rules! row_of_a_table {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)?
    }) => {
        $(#[$meta])* $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }
        impl<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> for $name {
            fn from_row(row: &'r sqlx::any::AnyRow) -> sqlx::Result<Self> {
                Ok(Self { $($field: sqlx::Row::try_get(row, stringify!($field))?),* })
            }
        }
    };
}
pub use row_of_a_table as row;

#[cfg(test)]
mod tests {
    use super::*;

    /// What a full disk leaves behind: SQLite has rolled back by itself, and the pool has one connection that does not
    /// know.
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
