//! Who does a scheduled job, of an instant or right now: one row each, with a lease that a successor takes over.

use crate::clock::Wall;
use crate::db::Db;
use crate::letter::SendHour;
use anyhow::Result;

/// $1 job, $2 due, $3 token, $4 end of the lease.
const START: &str = "INSERT INTO runs (job, due_at, lease_owner, lease_until) VALUES ($1, $2, $3, $4) ON CONFLICT \
    (job, due_at) DO NOTHING";
/// $1 token, $2 end of the lease, $3 job, $4 due, $5 now.
const TAKE_OVER: &str = "UPDATE runs SET lease_owner = $1, lease_until = $2 WHERE job = $3 AND due_at = $4 AND \
    finished_at IS NULL AND lease_until <= $5";
/// The same of what is done by one process at a time: a lease that ends later than any can was a clock's that was
/// ahead. $6 later than any.
const TAKE: &str =
    "UPDATE runs SET lease_owner = $1, lease_until = $2 WHERE job = $3 AND due_at = $4 AND finished_at IS NULL
  AND (lease_until <= $5 OR lease_until > $6)";
/// $1 job, $2 due, $3 token.
const GIVE_BACK: &str =
    "UPDATE runs SET lease_until = 0 WHERE job = $1 AND due_at = $2 AND lease_owner = $3 AND finished_at IS NULL";
/// $1 end of the lease, $2 job, $3 due, $4 token.
const RENEW: &str =
    "UPDATE runs SET lease_until = $1 WHERE job = $2 AND due_at = $3 AND lease_owner = $4 AND finished_at IS NULL";
/// $1 now, $2 outcome, $3 job, $4 due, $5 token.
const FINISH: &str = "UPDATE runs SET finished_at = $1, outcome = $2 WHERE job = $3 AND due_at = $4 AND lease_owner = \
    $5 AND finished_at IS NULL";
/// $1 job.
const NEWEST: &str = "SELECT MAX(due_at) FROM runs WHERE job = $1";

/// The job that sends a week's letters.
pub const LETTERS: &str = "letters";

/// The newest run that was done, or that somebody answered for, of those whose time has come. One that is on record as
/// missed (`late`), or as before the first (`first`), says only that nothing was done until then: somebody may have done
/// it by hand since. $1 job, $2 now.
const LAST_DONE: &str =
    "SELECT MAX(due_at) FROM runs WHERE job = $1 AND outcome IN ('done', 'marked') AND due_at <= $2";
/// When the job was set up: nothing was done before it. $1 job, $2 now.
const SET_UP: &str = "SELECT MAX(due_at) FROM runs WHERE job = $1 AND outcome = 'first' AND due_at <= $2";

/// The instant of the newest run that was done or marked, up to now.
pub async fn last_done(db: &Db, job: &str, now: Wall) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(LAST_DONE).bind(job).bind(now.seconds()).fetch_one(db.pool()).await?)
}

/// The instant of the run with which the city began, up to now.
pub async fn set_up(db: &Db, job: &str, now: Wall) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(SET_UP).bind(job).bind(now.seconds()).fetch_one(db.pool()).await?)
}

/// Began and has not ended: planned right now, or left by a planner that another one follows. $1 job.
const UNDER_WAY: &str = "SELECT COUNT(*) FROM runs WHERE job = $1 AND finished_at IS NULL";

/// Is a run of the job begun and not ended?
pub async fn under_way(db: &Db, job: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(UNDER_WAY).bind(job).fetch_one(db.pool()).await? > 0)
}

/// A run that this process does until its lease ends.
#[derive(Debug, Clone)]
pub struct Run {
    job: &'static str,
    due_at: i64,
    token: String,
}

/// Takes the run of a job's instant, new or abandoned; `None` when somebody else does it or it is done.
pub async fn take(db: &Db, job: &'static str, due_at: SendHour, now: Wall, lease_seconds: i64) -> Result<Option<Run>> {
    let run = Run { job, due_at: due_at.seconds(), token: crate::vault::token() };
    let until = now.plus(lease_seconds).seconds();
    let mut taken = run.start(db, until).await?;
    if taken == 0 {
        let query = sqlx::query(TAKE_OVER).bind(&run.token).bind(until).bind(job).bind(run.due_at).bind(now.seconds());
        taken = query.execute(db.pool()).await?.rows_affected();
    }
    Ok((taken == 1).then_some(run))
}

/// Instead of an instant: what is done now and then, by one process at a time.
const NO_INSTANT: i64 = 0;

/// Takes a job that is done by one process at a time; `None` while another one is at it.
pub async fn hold(db: &Db, job: &'static str, now: Wall, lease_seconds: i64) -> Result<Option<Run>> {
    let run = Run { job, due_at: NO_INSTANT, token: crate::vault::token() };
    let until = now.plus(lease_seconds).seconds();
    let mut taken = run.start(db, until).await?;
    if taken == 0 {
        let query = sqlx::query(TAKE).bind(&run.token).bind(until).bind(job).bind(run.due_at).bind(now.seconds());
        taken = query.bind(now.plus(2 * lease_seconds).seconds()).execute(db.pool()).await?.rows_affected();
    }
    Ok((taken == 1).then_some(run))
}

impl Run {
    async fn start(&self, db: &Db, until: i64) -> Result<u64> {
        let query = sqlx::query(START).bind(self.job).bind(self.due_at).bind(&self.token).bind(until);
        Ok(query.execute(db.pool()).await?.rows_affected())
    }
    /// Lengthens the lease; `false` when somebody else has taken over.
    pub async fn renew(&self, db: &Db, lease_until: Wall) -> Result<bool> {
        Ok(sqlx::query(RENEW)
            .bind(lease_until.seconds())
            .bind(self.job)
            .bind(self.due_at)
            .bind(&self.token)
            .execute(db.pool())
            .await?
            .rows_affected()
            == 1)
    }
    /// Gives back what is done by one process at a time: the next one may begin.
    pub async fn give_back(&self, db: &Db) -> Result<()> {
        sqlx::query(GIVE_BACK).bind(self.job).bind(self.due_at).bind(&self.token).execute(db.pool()).await?;
        Ok(())
    }
    /// Ends it with `done` or `late`; `false` when somebody else has taken over.
    pub async fn finish(&self, db: &Db, outcome: &str, now: Wall) -> Result<bool> {
        Ok(sqlx::query(FINISH)
            .bind(now.seconds())
            .bind(outcome)
            .bind(self.job)
            .bind(self.due_at)
            .bind(&self.token)
            .execute(db.pool())
            .await?
            .rows_affected()
            == 1)
    }
}

/// Over without having been done here, however it stood. $1 job, $2 due, $3 token, $4 now.
const MARK: &str =
    "INSERT INTO runs (job, due_at, lease_owner, lease_until, finished_at, outcome) VALUES ($1, $2, $3, \
    $4, $4, 'marked')
   ON CONFLICT (job, due_at) DO UPDATE SET lease_owner = $3, lease_until = $4, finished_at = $4, outcome = 'marked'";

/// Somebody says that this run was done: it is neither due nor missed, and whoever is at it finds that it is over.
pub async fn mark(db: &Db, job: &str, due_at: SendHour, now: Wall) -> Result<()> {
    sqlx::query(MARK)
        .bind(job)
        .bind(due_at.seconds())
        .bind(crate::vault::token())
        .bind(now.seconds())
        .execute(db.pool())
        .await?;
    Ok(())
}

/// A run that a clock ahead began is free. $1 now, $2 a day ahead.
const BRING_BACK: &str = "UPDATE runs SET lease_until = $1 WHERE finished_at IS NULL AND lease_until > $2";

/// A run of a time that has not come was put on record by a clock that was ahead, as done or as missed; its letters'
/// keys keep whoever had theirs from a second one. $1 from when on.
const NOT_YET: &str = "DELETE FROM runs WHERE finished_at IS NOT NULL AND due_at > $1";

/// Forgets runs that ended before their time. Without this the week would pass as done, and nobody would get a letter
/// or hear of it.
pub async fn forget_ahead(db: &Db, from: Wall) -> Result<u64> {
    Ok(sqlx::query(NOT_YET).bind(from.seconds()).execute(db.pool()).await?.rows_affected())
}

/// Frees what a clock that was ahead holds.
pub async fn bring_back(db: &Db, now: Wall) -> Result<()> {
    forget_ahead(db, now).await?;
    sqlx::query(BRING_BACK).bind(now.seconds()).bind(now.plus(86_400).seconds()).execute(db.pool()).await?;
    Ok(())
}

/// The newest instant of a job that is on record.
pub async fn newest(db: &Db, job: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(NEWEST).bind(job).fetch_one(db.pool()).await?)
}

pub(super) fn sql_texts() -> Vec<String> {
    [START, TAKE_OVER, TAKE, GIVE_BACK, RENEW, FINISH, NEWEST, LAST_DONE, SET_UP, UNDER_WAY, MARK, BRING_BACK, NOT_YET]
        .map(str::to_owned)
        .into()
}
