//! A database that was restored without its ledger in, the weeks whose letters may have gone out since its backup out.

use crate::calendar::{LetterWeek, Timestamp, Zoned};
use crate::clock::Wall;
use crate::config::Config;
use crate::db::Db;
use crate::runs::{self, LETTERS};
use crate::{household, letter, outbox};
use anyhow::{Result, bail};

/// More weeks nobody is asked about: their letters are over.
const WEEKS: usize = 8;

/// Weeks of which nobody can tell whether they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InQuestion {
    /// Their hour came after what the database remembers, or some of their letters were under way: each has to be
    /// answered for.
    pub must: Vec<LetterWeek>,
    /// The present one before its hour: somebody may have sent it by hand.
    pub may: Option<LetterWeek>,
}

impl InQuestion {
    /// Looks at what the database remembers. `now` in the city's zone.
    pub async fn of(db: &Db, config: &Config, now: &Zoned) -> Result<Self> {
        let (second, present) = (now.timestamp().as_second(), letter::week_of(now.date(), config));
        let come = |week: LetterWeek| letter::send_at(week.first(), config).seconds() <= second;
        let (rows, waiting) = outbox::rows_of(db, &letter::key_of(present)).await?;
        let mut must = Vec::new();
        let mut week = match Self::remembered(db, config, Wall::at(second)).await? {
            Some(last) => last.next(),
            None => present.next(),
        };
        while week < present {
            must.push(week);
            week = week.next();
        }
        // Missed, says the database, or planned and not begun: it may have been sent a minute after its backup.
        if come(present) && (rows == 0 || waiting > 0) {
            must.push(present);
        }
        for key in outbox::letters_under_way(db).await? {
            must.extend(
                LetterWeek::named(key.trim_start_matches("letter:"), config.letter_day).filter(|week| *week <= present),
            );
        }
        must.sort_unstable();
        must.dedup();
        must.drain(..must.len().saturating_sub(WEEKS));
        let may = Some(present).filter(|week| !must.contains(week) && (rows == 0 || waiting > 0));
        Ok(Self { must, may })
    }

    /// The newest week that the database knows to be over.
    async fn remembered(db: &Db, config: &Config, now: Wall) -> Result<Option<LetterWeek>> {
        let week_at = |second: i64| {
            letter::week_of(
                Timestamp::from_second(second).unwrap_or(Timestamp::MIN).to_zoned(config.zone.clone()).date(),
                config,
            )
        };
        let run = runs::last_done(db, LETTERS, now).await?;
        let set_up = runs::set_up(db, LETTERS, now).await?;
        let letter = outbox::newest_letter(db)
            .await?
            .and_then(|key| LetterWeek::named(key.trim_start_matches("letter:"), config.letter_day));
        if let Some(week) = run.map(week_at).max(set_up.map(|at| week_at(at).previous())).max(letter) {
            return Ok(Some(week));
        }
        // Before its first letters: they went to somebody who had registered.
        Ok(household::first_at(db).await?.map(|at| week_at(at).previous()))
    }

    /// An error unless all of these weeks are in question, and none that is in question is left out.
    pub fn answered(&self, marked: &[LetterWeek]) -> Result<()> {
        let known = |week: &LetterWeek| self.must.contains(week) || self.may == Some(*week);
        let others: Vec<LetterWeek> = marked.iter().copied().filter(|week| !known(week)).collect();
        let left: Vec<LetterWeek> = self.must.iter().copied().filter(|week| !marked.contains(week)).collect();
        if !others.is_empty() {
            bail!(
                "{} は、送ったかどうかわからない週ではありません。何も変えていません。\n{}",
                named(&others, "、"),
                self.message()
            );
        }
        if !left.is_empty() {
            bail!(
                "{} も、送ったかもしれません。このまま再開すると、その週のおたよりが二度届くかもしれないので、\
                 何も変えていません。\n{}",
                named(&left, "、"),
                self.message()
            );
        }
        Ok(())
    }

    /// For the operator: which weeks, and what to type.
    pub fn message(&self) -> String {
        let days = |week: &LetterWeek| format!("    {week}（{} から）\n", crate::calendar::spoken::short(week.first()));
        if self.must.is_empty() {
            let by_hand = self
                .may
                .map(|week| {
                    format!(
                        "ただし、{week} を配信の時刻より前に手で送っていたなら `otayori send --mark-sent {week}`。\n  "
                    )
                })
                .unwrap_or_default();
            return format!(
                "  控えのあとに、配信の時刻が来た週はありません。\n  {by_hand}送っていなければ `otayori send \
                 --nothing-sent-since` で再開します"
            );
        }
        let by_hand = self
            .may
            .map(|week| format!("\n  {week} も、配信の時刻より前に手で送っていたなら、つなげて書きます（,{week}）"))
            .unwrap_or_default();
        format!(
            "  控えのあとで、おたよりが送られたかもしれない週は、次のとおりです。\n{}  送ったなら（一部でも、\
             わからなくても）`otayori send --mark-sent {}`。その週を、送らずに「送った」ことにします。{by_hand}\n  \
             控えのあとに1通も送っていないなら `otayori send --nothing-sent-since`（送っていたら、二度届きます）",
            self.must.iter().map(days).collect::<String>(),
            named(&self.must, ","),
        )
    }
}

fn named(weeks: &[LetterWeek], between: &str) -> String {
    weeks.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
