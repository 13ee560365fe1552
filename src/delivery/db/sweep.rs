//! What was deleted, off the disk as well: nothing of it stays in SQLite's file and write-ahead log; PostgreSQL's dead
//! rows are cleared away.
//!
//! `secure_delete` overwrites what is deleted. But where rows grow, SQLite moves them from page to page, and a shadow
//! may stay behind in the room between (about one row in a thousand, measured); and the write-ahead log holds every
//! page as it was. So the file is rebuilt (`VACUUM`) once when the program is renewed and after each erasure, and the
//! log is cut to nothing.

use super::{Db, note};
use anyhow::Result;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// The file was rebuilt by a program that erases without a trace.
const VACUUM: &str = "vacuum";
/// Rows were deleted since the file was rebuilt.
const UNSWEPT: &str = "unswept";
/// It was being rebuilt for them, and the log is not cut yet. Rows that are deleted meanwhile leave [`UNSWEPT`] once
/// more.
const SWEEPING: &str = "sweeping";

/// A larger file is not rebuilt while others write: at two cores and a slow disk this is some seconds. It is rebuilt
/// when `serve` begins.
const SMALL: i64 = 128 << 20;
/// How long the log is tried again while others read what was before; and the pause between.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);
/// A command that ends waits so long for a sweep under way.
const FAREWELL: Duration = Duration::from_secs(10);
/// What it says when it waited in vain.
const NOT_YET: &str = "消したものの跡が、まだデータベースのファイルに残っています（ほかのプログラムが読んでいるか、\
    ファイルが大きいためです）。otayori serve が次に始まるときに消します";

/// Sweeps under way of one pool.
#[derive(Debug, Default)]
pub(super) struct Sweeping {
    alone: tokio::sync::Mutex<()>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// Notes, with the rows that are deleted, that their shadow is still to be swept.
pub async fn unswept(tx: &mut AnyConnection) -> Result<()> {
    note(tx, UNSWEPT, true).await
}

impl Db {
    /// After rows of these tables were deleted. On SQLite the file is clean when this returns, unless somebody reads
    /// what was before at this very moment: then it is tried again for a minute. PostgreSQL clears up by itself, after
    /// this has returned.
    pub async fn sweep(&self, tables: &[&str]) {
        let vacuum = format!("VACUUM {}", tables.join(", "));
        let (own, (tell, told)) = (self.clone(), tokio::sync::oneshot::channel());
        // A task of its own: a browser that goes away does not leave it half done.
        let task = tokio::spawn(async move {
            if !own.sqlite {
                let _ = tell.send(());
                if let Err(e) = sqlx::raw_sql(AssertSqlSafe(vacuum)).execute(&own.pool).await {
                    tracing::warn!(error = %e, "PostgreSQL did not clear away what was deleted; its autovacuum will");
                }
                return;
            }
            let mut rebuilt = false;
            let mut clean = own.sweep_file(&mut rebuilt).await;
            let _ = tell.send(());
            let began = tokio::time::Instant::now();
            while !clean && began.elapsed() < PATIENCE {
                tokio::time::sleep(PAUSE).await;
                clean = own.sweep_file(&mut rebuilt).await;
            }
            if !clean {
                tracing::warn!(
                    "SQLite's write-ahead log still holds what was deleted: another program has kept it open for a \
                     minute"
                );
            }
        });
        self.remember(task);
        let _ = told.await;
    }

    fn remember(&self, task: JoinHandle<()>) {
        let mut tasks = self.sweeping.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|t| !t.is_finished());
        tasks.push(task);
    }

    /// Rebuilds a file that was too large to be rebuilt while others write, or whose rebuilding failed or broke off;
    /// for `serve`, before it begins.
    pub async fn sweep_whole(&self) -> Result<()> {
        if self.sqlite && (self.noted(UNSWEPT).await? || self.noted(SWEEPING).await?) {
            self.rebuild().await?;
            self.cut_log(true).await?;
        }
        Ok(())
    }

    /// Rebuilds the file once in its life: what was deleted before, perhaps without `secure_delete`, is gone. Nothing
    /// to do where it is `fresh`.
    pub async fn vacuum_once(&self, fresh: bool) -> Result<()> {
        if !self.sqlite || self.noted(VACUUM).await? {
            return Ok(());
        }
        if !fresh && let Err(e) = self.rebuild().await {
            tracing::warn!(
                error = format!("{e:#}"),
                "the file was not rebuilt (VACUUM); it is tried again at the next start"
            );
            return Ok(());
        }
        if !fresh {
            self.cut_log(true).await?;
        }
        self.note(VACUUM, true).await
    }

    /// True when nothing of what was deleted is left in file and log.
    async fn sweep_file(&self, rebuilt: &mut bool) -> bool {
        let _alone = self.sweeping.alone.lock().await;
        let tried = async {
            let noted = self.noted(UNSWEPT).await? || (!*rebuilt && self.noted(SWEEPING).await?);
            if noted && self.size().await? <= SMALL {
                self.rebuild().await?;
                *rebuilt = true;
            }
            self.cut_log(*rebuilt).await
        };
        tried.await.unwrap_or_else(|e: anyhow::Error| {
            tracing::debug!(error = format!("{e:#}"), "the file was not swept");
            false
        })
    }

    /// Rebuilds the file. The mark is set aside first: one that another erasure leaves meanwhile is its own, and stays.
    async fn rebuild(&self) -> Result<()> {
        self.mark_sweeping().await?;
        if let Err(e) = sqlx::raw_sql("VACUUM").execute(&self.pool).await {
            self.note(UNSWEPT, true).await?;
            return Err(e.into());
        }
        Ok(())
    }

    async fn mark_sweeping(&self) -> Result<()> {
        let mut tx = self.write().await?;
        note(&mut tx, SWEEPING, true).await?;
        note(&mut tx, UNSWEPT, false).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts the write-ahead log into the file and cuts it to nothing; false while somebody reads what was before. Then
    /// nothing is left of what was deleted before the file was `rebuilt`.
    async fn cut_log(&self, rebuilt: bool) -> Result<bool> {
        let cut = self.truncate_log().await?;
        if cut && rebuilt {
            self.note(SWEEPING, false).await?;
        }
        Ok(cut)
    }

    async fn truncate_log(&self) -> Result<bool> {
        let mut connection = self.pool.acquire().await?;
        // Not for ten seconds: readers come and go, and it is tried again.
        sqlx::raw_sql("PRAGMA busy_timeout=500").execute(&mut *connection).await?;
        let busy = sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
        sqlx::raw_sql("PRAGMA busy_timeout=10000").execute(&mut *connection).await?;
        Ok(busy? == 0)
    }

    async fn size(&self) -> Result<i64> {
        let one = |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(&self.pool);
        Ok(one("PRAGMA page_count").await? * one("PRAGMA page_size").await?)
    }

    /// Waits for sweeps under way.
    pub(super) async fn end_sweeping(&self) {
        let tasks = std::mem::take(&mut *self.sweeping.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async {
            for task in tasks {
                let _ = task.await;
            }
        };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("{NOT_YET}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn database(folder: &std::path::Path) -> Db {
        Db::open(&format!("sqlite:{}", folder.join("a.db").display())).await.unwrap()
    }
    async fn erase(db: &Db) {
        let mut tx = db.write().await.unwrap();
        unswept(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    async fn marks(db: &Db) -> (bool, bool) {
        (db.noted(UNSWEPT).await.unwrap(), db.noted(SWEEPING).await.unwrap())
    }

    /// An erasure that commits behind another one's `VACUUM` keeps its mark.
    #[tokio::test]
    async fn a_mark_that_comes_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let db = database(folder.path()).await;
        erase(&db).await;
        db.rebuild().await.unwrap();
        erase(&db).await;
        assert!(db.cut_log(true).await.unwrap());
        assert_eq!(marks(&db).await, (true, false));
        assert!(db.sweep_file(&mut false).await);
        assert_eq!(marks(&db).await, (false, false));
    }

    /// A program that was killed in the middle leaves it to the next one.
    #[tokio::test]
    async fn what_broke_off_is_done_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let db = database(folder.path()).await;
        erase(&db).await;
        db.mark_sweeping().await.unwrap();
        db.close().await;
        let db = database(folder.path()).await;
        assert_eq!(marks(&db).await, (false, true));
        db.sweep_whole().await.unwrap();
        assert_eq!(marks(&db).await, (false, false));
    }

    /// A rebuilding that fails puts the mark back.
    #[tokio::test]
    async fn what_failed_is_still_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite:{}", folder.path().join("a.db").display()), 1).await.unwrap();
        sqlx::query(crate::db::UPKEEP).execute(db.pool()).await.unwrap();
        erase(&db).await;
        // As many databases as a connection takes: `VACUUM` finds no place for its own.
        for n in 0..10 {
            sqlx::raw_sql(AssertSqlSafe(format!("ATTACH ':memory:' AS other{n}"))).execute(db.pool()).await.unwrap();
        }
        assert!(db.rebuild().await.is_err());
        assert_eq!(marks(&db).await, (true, true));
    }
}
