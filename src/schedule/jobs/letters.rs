//! The week's run: when it is due, when it is too late, and who does it.

use super::{Job, LEASE_SECONDS, Lease, Waits, Work};
use crate::calendar::spoken::short;
use crate::calendar::{Date, LetterWeek, Timestamp, Zoned};
use crate::config::Config;
use crate::letter::{self, Ahead};
use crate::outbox;
use crate::runs::{self, LETTERS as NAME, Run};
use crate::schedule::{Schedule, made_up, ready};
use anyhow::{Result, bail};

/// A run that was missed is made up on its day until this hour, or an hour after the configured one if that is later.
const LATEST_HOUR: i8 = 21;
/// Missed weeks that are put on record, at most.
const MISSED_WEEKS: usize = 8;

/// How a week's run stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Its hour has not come.
    NotYet,
    /// Now, or missed and still to be made up on its day.
    Now,
    /// Its day is over, or it is night: it is reported, not sent.
    Late,
}

/// How the run of `week` stands at `now` (in the city's zone).
pub fn due(week: LetterWeek, now: &Zoned, config: &Config) -> Due {
    let at = letter::send_at(week.first(), config);
    let last_hour = LATEST_HOUR.max(config.letter_time.hour().saturating_add(1));
    if now.timestamp().as_second() < at.seconds() {
        Due::NotYet
    } else if now.date() == week.first() && now.hour() < last_hour {
        Due::Now
    } else {
        Due::Late
    }
}

/// What the operator is told of households that have had a later week's letter.
pub fn ahead_message(ahead: &Ahead) -> String {
    let (households, latest) = (ahead.households, ahead.latest.trim_start_matches("letter:"));
    if ahead.sent_before_now {
        return format!(
            "{households} 世帯には、{latest} のおたよりがもう出ています。曜日（otayori.yaml の letters.day）\
             を変えたので、いまの週の名前がその前に戻ったためです（時計のせいではありません）。\
             その世帯には、{latest} の次の週から届きます。何もしなくてかまいません"
        );
    }
    format!(
        "{households} 世帯には、これより先の週（{latest} まで）のおたよりが出ています。その世帯には、\
         この週のおたよりは送られません。\
         時計が先へ進んでいたときは、`date` を確かめてから `otayori clock confirm` \
         で、いまの週からまた届くように直せます"
    )
}

pub(super) struct Letters;

impl Job for Letters {
    fn name(&self) -> &'static str {
        NAME
    }
    fn waits(&self) -> Waits {
        Waits::Ledger
    }
    fn lease(&self) -> Lease {
        Lease::EachInstant
    }
    fn due<'a>(&'a self, _: &'a Schedule) -> Work<'a, bool> {
        // Which weeks, `weekly` works out: this one, and those that were missed.
        Box::pin(async { Ok(true) })
    }
    fn work<'a>(&'a self, schedule: &'a Schedule) -> Work<'a> {
        Box::pin(schedule.weekly())
    }
}

impl Schedule {
    /// Does the week's run if it is due and nobody else does it; puts runs that were missed on record.
    async fn weekly(&self) -> Result<()> {
        let now = self.clock.zoned(&self.config.zone);
        let week = letter::week_of(now.date(), &self.config);
        let new_here = runs::newest(&self.db, NAME).await?.is_none();
        self.report_missed(week).await?;
        match due(week, &now, &self.config) {
            Due::NotYet => Ok(()),
            Due::Now => match self.take(week).await? {
                Some(run) => self.plan(run, now.date()).await,
                None => Ok(()),
            },
            Due::Late if new_here => self.begin_next_week(week).await,
            Due::Late => self.late(week).await,
        }
    }

    async fn take(&self, week: LetterWeek) -> Result<Option<Run>> {
        runs::take(&self.db, NAME, letter::send_at(week.first(), &self.config), self.clock.now(), LEASE_SECONDS).await
    }

    /// Plans and enqueues, and renews the run's lease meanwhile; dispatch sends what is in the queue.
    async fn plan(&self, run: Run, today: Date) -> Result<()> {
        made_up::refuse_made_up(&self.db, &self.vault, &self.config).await?;
        let (library, now) = ((self.library)(), self.clock.now());
        let Ok(library) = library else {
            bail!(
                "記事や設定に直すところがあるので、おたよりを送らずに待っています。直れば、きょうのうちなら、\
                 ひとりでに送ります（`otayori check` で全部）"
            )
        };
        ready::refuse_unready(&self.db, &self.config, &library).await?;
        let work = Box::pin(letter::enqueue(&self.db, &library, &self.config, today, now));
        let Some(enqueued) = self.renewing(&run, work).await? else { return Ok(()) };
        // Before the run ends, because the month's quota is asked then: letters of older weeks do not count any more.
        let expired = outbox::expire(&self.db, self.clock.now()).await?;
        if expired > 0 {
            tracing::warn!(rows = expired, "letters of older weeks that had waited are over: only the newest is sent");
        }
        let ahead = letter::ahead(&self.db, letter::week_of(today, &self.config), self.clock.now()).await?;
        if ahead.households > 0 {
            tracing::error!("{}", ahead_message(&ahead));
        }
        run.finish(&self.db, "done", self.clock.now()).await?;
        tracing::info!(letters = enqueued.letters, rows = enqueued.rows, "the week's letters are in the queue");
        Ok(())
    }

    /// The week's day is over without a run: it is put on record and reported, not sent.
    async fn late(&self, week: LetterWeek) -> Result<()> {
        if let Some(run) = self.take(week).await? {
            run.finish(&self.db, "late", self.clock.now()).await?;
            tracing::error!(
                "{week}（{} から）のおたよりは、送られませんでした。決めた時刻に serve も worker も動いていなかったか、\
                 送れない状態でした。送るなら `otayori send --date {}`",
                short(week.first()),
                week.first()
            );
        }
        Ok(())
    }

    /// Set up after this week's hour: nothing was missed.
    async fn begin_next_week(&self, week: LetterWeek) -> Result<()> {
        if let Some(run) = self.take(week).await? {
            run.finish(&self.db, "first", self.clock.now()).await?;
            tracing::info!("はじめてのおたよりは、{} に送ります", short(week.next().first()));
        }
        Ok(())
    }

    /// Weeks between the newest run on record and this one.
    async fn report_missed(&self, week: LetterWeek) -> Result<()> {
        let Some(newest) = runs::newest(&self.db, NAME).await? else { return Ok(()) };
        let newest = Timestamp::from_second(newest).unwrap_or(Timestamp::MIN).to_zoned(self.config.zone.clone()).date();
        let mut missed = letter::week_of(newest, &self.config).next();
        for _ in 0..MISSED_WEEKS {
            if missed >= week {
                break;
            }
            self.late(missed).await?;
            missed = missed.next();
        }
        Ok(())
    }
}
