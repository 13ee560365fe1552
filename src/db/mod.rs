//! A database address in, a migrated pool out; the only room that knows which database it is.

mod by_hash;
mod migrations;

pub use migrations::VERSIONS;

use anyhow::{Context, Result};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyPool, Transaction};
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

/// A pool on SQLite or PostgreSQL. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: AnyPool,
    sqlite: bool,
}

impl Db {
    /// Opens the database and brings its tables up to date. A SQLite file (and its folder) is made on first use.
    pub async fn open(url: &str) -> Result<Self> {
        let db = Self::connect(url, 8).await?;
        migrations::all().run(&db.pool).await.context("表を新しくできません（migrations/）")?;
        Ok(db)
    }

    /// Opens a database without touching its tables (the key store has its own).
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        let url = if sqlite { sqlite_url(url)? } else { url.to_owned() };
        let options = AnyConnectOptions::from_str(&url).context("DATABASE_URL が読めません")?;
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if sqlite {
                        sqlx::raw_sql("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=10000").execute(&mut *connection).await?;
                    }
                    Ok(())
                })
            })
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
