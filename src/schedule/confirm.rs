//! A clock that somebody has looked at in, the work that a wrong one left ahead of it brought back out.

use super::{Due, due};
use crate::calendar::LetterWeek;
use crate::calendar::spoken::short;
use crate::clock::Clock;
use crate::clock::Wall;
use crate::config::Config;
use crate::db::Db;
use crate::{consult, erasure, letter, outbox, runs, watch};
use anyhow::Result;

/// What follows when the clock is confirmed, before it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// How the clock stands.
    pub stand: crate::clock::Stand,
    /// What it shows.
    pub now: Wall,
    /// The week that it is by this clock, and how its run stands.
    pub week: LetterWeek,
    /// How its run stands.
    pub due: Due,
    /// Its letters are chosen already.
    pub chosen: bool,
    /// Letters that wait in the queue, of whatever week.
    pub waiting: u64,
    /// Weeks that were not sent; none while the ledger is missing.
    pub missed: Vec<LetterWeek>,
    /// Households that stopped so long ago, by this clock, that they are erased.
    pub households: u64,
    /// Guests' threads, likewise.
    pub guests: u64,
}

/// Looks at what would follow. Writes nothing.
pub async fn foresee(db: &Db, config: &Config, clock: Clock, has_ledger: bool) -> Result<Foreseen> {
    let (now, zoned) = (clock.now(), clock.zoned(&config.zone));
    let week = letter::week_of(zoned.date(), config);
    let before = now.seconds() - config.site.keep_days * 86_400;
    let here = outbox::waiting(db, &letter::key_of(week)).await?;
    Ok(Foreseen {
        stand: watch::look(db, now).await?,
        now,
        week,
        due: due(week, &zoned, config),
        chosen: here.retry + here.pending > 0 || !outbox::outcomes(db, &letter::key_of(week)).await?.is_empty(),
        waiting: outbox::letters_waiting(db).await?,
        missed: runs::missed(db, config, &zoned, has_ledger).await?,
        households: erasure::due(db, before).await?.len() as u64,
        guests: consult::guests_before(db, before).await?,
    })
}

impl Foreseen {
    /// For the operator, who is asked: both instants, the week whose letters go, and how much is erased.
    pub fn message(&self, config: &Config) -> String {
        let shown = |at: Wall| crate::clock::shown(at, &config.zone);
        let mut lines = vec![format!("この機械の時計は {} です。これを正しいものとして記録します。", shown(self.now))];
        if let crate::clock::Stand::Back { newest } | crate::clock::Stand::Ahead { newest } = self.stand {
            let days = self.now.since(newest).abs() / 86_400;
            lines.push(format!(
                "  いちばん新しい記録は {} で、{days}日ちがいます。`date` と、時計やカレンダーを見てください。",
                shown(newest)
            ));
        }
        let (week, first) = (self.week, short(self.week.first()));
        let hour = |week: LetterWeek| format!("{} {}", short(week.first()), config.letter_time.strftime("%-H:%M"));
        lines.push(match self.due {
            _ if self.chosen => format!("  おたより：{week}（{first} から）は、もう選んであります。"),
            Due::NotYet => format!("  おたより：{week} を、{} に送ります。", hour(week)),
            Due::Now => format!(
                "  おたより：{week}（{first} から）を、すぐ送ります（serve か worker が動いていれば）\
                。"
            ),
            Due::Late => format!(
                "  おたより：{week}（{first} から）の時刻は過ぎているので、ひとりでには送りません。\
                次は {} を {} に送ります。",
                week.next(),
                hour(week.next())
            ),
        });
        if self.waiting > 0 {
            lines.push(format!(
                "  列で待っているおたより {} 件も、動き出します（古い週のものは、送らずに終わります）。",
                self.waiting
            ));
        }
        lines.extend(missed_message(&self.missed).map(|line| format!("  {line}")));
        lines.push(format!(
            "  消えるもの：止めてから {}日を過ぎた {} 世帯と、登録のない方の相談 {} 件（1日待って、{} から）。",
            config.site.keep_days,
            self.households,
            self.guests,
            shown(self.now.plus(86_400))
        ));
        lines.join("\n")
    }
}

/// For the operator: the weeks that were not sent, each with what to type; `None` where there is none.
pub fn missed_message(missed: &[LetterWeek]) -> Option<String> {
    let each = |week: &LetterWeek| {
        format!("{week}（{} から。送るなら `otayori send --date {}`）", short(week.first()), week.first())
    };
    (!missed.is_empty())
        .then(|| format!("送られなかった週：{}", missed.iter().map(each).collect::<Vec<_>>().join("、")))
}

/// What was brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// How the clock stood before.
    pub stand: crate::clock::Stand,
    /// Households whose last letter was of a week that has not begun: they get letters again from this week on.
    pub ahead: u64,
}

/// Lets the week's letters and the erasing go on by this clock. Leases and waits of a clock that was ahead end now, and
/// whoever got a letter of a week that has not begun is not left without letters until then.
pub async fn confirm(db: &Db, config: &Config, clock: Clock) -> Result<Confirmed> {
    let now = clock.now();
    let stand = watch::confirm(db, now).await?;
    outbox::bring_back(db, now).await?;
    runs::bring_back(db, now).await?;
    let week = letter::week_of(clock.zoned(&config.zone).date(), config);
    Ok(Confirmed { stand, ahead: letter::bring_back(db, week, now).await? })
}
