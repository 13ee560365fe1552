//! `send`: the letters of a day's week, now. Do it again and nobody gets anything twice.

use super::sure::{asks, confirmed};
use super::{Root, holding, log, report};
use crate::calendar::spoken::short;
use crate::calendar::{Date, LetterWeek};
use crate::channel::Carriers;
use crate::clock::Clock;
use crate::contact::Channel;
use crate::db::is_not_writable;
use crate::engine::stores::{Stores, with_stores};
use crate::engine::{block_on, date_or_today, written};
use crate::letter::{self, Report};
use crate::outbox;
use crate::schedule::{Hold, Sender, Sent, ahead_message, refuse, refuse_made_up};
use anyhow::{Context as _, Result};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// What could not be sent is tried again for so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments of `send`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// この日を含む配信週のおたより（例 2026-11-24）。まだ始まっていない週は送れません
    #[arg(long, value_name = "D", required_unless_present_any = ["mark_sent", "nothing_sent_since"])]
    date: Option<Date>,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
    /// 端末でも、確かめずに送る（端末でないときは、いつも聞かずに送ります）
    #[arg(long)]
    yes: bool,
    /// 通知サービスが「もうない」と答えた宛先を、どれだけ多くても外す（本当になくなったと確かめてから）
    #[arg(long)]
    drop_gone: bool,
    /// この週を、送らずに「送った」ことにする（控えから戻し、送付の記録がないとき）。送ったかもしれない週を全部、`,`
    /// でつないで。どの週かは、`send` が止まるときに出ます
    #[arg(long, value_name = "WEEK,…", value_delimiter = ',', conflicts_with_all = ["date", "nothing_sent_since"])]
    mark_sent: Vec<String>,
    /// 戻した控えのあとに、送られたおたよりは1通もない（送付の記録がないとき。端末でない所では --yes も）
    #[arg(long, conflicts_with = "date")]
    nothing_sent_since: bool,
}

/// Sends and prints what became of it. The exit code is a failure when nothing at all could be delivered, LINE's quota
/// does not suffice, or a channel is in trouble, or nobody knows what arrived: then somebody has to do something. What
/// waits still goes with the next call, or with `serve`.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let day = date_or_today(args.date, &config);
    let named = |week: &String| {
        let named = LetterWeek::named(week.trim().trim_start_matches("letter:"), config.letter_day);
        named.with_context(|| {
            format!("`{week}` は週の名前ではありません。2026-W48 のように書いてください（`otayori plan` に出ます）")
        })
    };
    let marked: Vec<LetterWeek> = args.mark_sent.iter().map(named).collect::<Result<_>>()?;
    let library = written(&config, day)?;
    let config = Arc::new(config);
    let asks = !args.yes && asks();
    let sent = block_on(with_stores(&config.clone(), async |Stores { db, vault }| {
        let carriers = Carriers::open(&config, &db, &vault, crate::clock::machine_seconds).await?;
        let clock = Clock::of(config.services.now);
        let sender = Sender {
            config: config.clone(),
            db: db.clone(),
            vault,
            carriers,
            patience: PATIENCE,
            clock,
            drop_gone: args.drop_gone,
        };
        if args.nothing_sent_since {
            let question = sender.in_question().await?;
            let sure = question.must.is_empty()
                || args.yes
                || (asks && confirmed(&format!("{}\n1通も送っていませんか [y/N] ", question.message()))?);
            if !sure {
                err!(
                    "{}",
                    if asks {
                        "何も変えていません".to_owned()
                    } else {
                        format!(
                            "{}\n  本当に1通も送っていなければ、--yes を付けてください。何も変えていません",
                            question.message()
                        )
                    }
                );
                return Ok(Done::Nothing);
            }
            sender.nothing_sent_since().await?;
            return Ok(Done::Answered("いまある送付の記録を使います。".into(), sender.holds(&library).await?));
        }
        if !marked.is_empty() {
            let rows = sender.mark_sent(&library, &marked).await?;
            let weeks = marked.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
            let said = format!(
                "{weeks} のおたよりを、送らずに「送った」ことにしました（宛先 {rows} 件を「届いたかわからない」と記録）\
                 。"
            );
            return Ok(Done::Answered(said, sender.holds(&library).await?));
        }
        refuse_made_up(&db, &sender.vault, &config).await?;
        sender.begun(day)?;
        let week = letter::week_of(day, &config);
        let ahead = letter::ahead(&db, week, clock.now()).await?;
        if ahead.households > 0 {
            err!("注意: {}", ahead_message(&ahead));
        }
        // Before anybody is asked: to an answer nothing would follow.
        refuse(&sender.holds(&library).await?)?;
        if asks {
            let planned = letter::plan_by(&db, Some(&sender.vault), &library, &config, day).await?;
            let settled: u64 = outbox::outcomes(&db, &letter::key_of(week)).await?.values().sum();
            if let Some(question) = question(week, &planned, settled)
                && !confirmed(&question)?
            {
                return Ok(Done::Not);
            }
        }
        sender.send(&library, day).await.map(Done::Sent)
    }));
    let sent = match sent.map_err(unwritten)? {
        Done::Sent(sent) => sent,
        Done::Answered(what, holds) => {
            let held = holds.iter().any(Hold::is_of_all);
            done!("{what}{}", if held { "" } else { "おたよりを再開します" });
            holding::print_holds(&holds);
            return Ok(if held { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        Done::Nothing => return Ok(ExitCode::FAILURE),
        Done::Not => {
            err!("送りませんでした。予定は `otayori plan` で見られます");
            return Ok(ExitCode::FAILURE);
        }
    };
    report(&if args.json { serde_json::to_string(&sent)? + "\n" } else { as_text(&sent) });
    for (n, what) in [
        (sent.stopped, "計画のあとに止められたので送らなかったもの"),
        (sent.expired, "新しい週のおたよりがあるか、1週間たったので、送らずに終わったもの"),
        (sent.others, "同じときに、ほかの otayori（serve・worker・別の send）が送ったもの"),
    ] {
        if n > 0 {
            err!("{what} {n}");
        }
    }
    if sent.undecided > 0 {
        err!("{}", undecided(&sent.week, sent.undecided));
    }
    for trouble in &sent.trouble {
        err!("{trouble}");
    }
    let short = !sent.short.is_empty();
    for short in &sent.short {
        err!("{short}");
    }
    if sent.retry + sent.pending > 0 && !short {
        err!(
            "まだ送れていないものがあります。もう一度 `otayori send` を動かすか、`otayori serve`（か `worker`）\
             が動いていれば、続きから送ります"
        );
    }
    if sent.refused > 0 {
        err!("断られたものは、送り直しません。理由は上の記録にあります");
    }
    Ok(if nothing_went(&sent) || short || sent.undecided > 0 || !sent.trouble.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// There were letters to send, and not one of the week has been accepted.
fn nothing_went(sent: &Sent) -> bool {
    sent.retry + sent.pending + sent.refused > 0 && sent.sent + sent.already + sent.in_doubt == 0
}

/// What a call did.
enum Done {
    Sent(Sent),
    /// What nobody could tell was answered; what holds letters still.
    Answered(String, Vec<Hold>),
    /// The person at the terminal said no.
    Not,
    /// Nobody has said that nothing was sent.
    Nothing,
}

/// What a person at a terminal is asked: which week, its days, how many households get it how; nothing when there is
/// nothing left to send.
fn question(week: LetterWeek, planned: &Report, settled: u64) -> Option<String> {
    let of = Channel::ALL.map(|channel| (channel, planned.of(channel).recipients));
    let left = of.iter().map(|(_, n)| n).sum::<u64>().saturating_sub(settled);
    let to: Vec<String> =
        of.into_iter().filter(|(_, n)| *n > 0).map(|(channel, n)| format!("{} {n} 件", channel.title())).collect();
    let languages: Vec<String> = planned.languages.iter().map(|(language, n)| format!("{language} {n}")).collect();
    let days = format!("{}〜{}", short(week.first()), short(week.last()));
    let what = format!(
        "{week}（{days}）のおたより：{} 世帯（{}）、宛先は {}",
        planned.letters,
        languages.join("、"),
        to.join("・")
    );
    (left > 0).then(|| {
        if settled == 0 {
            format!("{what}\nいますぐ送ります。よいですか [y/N] ")
        } else {
            format!("{what}\nいますぐ、まだの {left} 件の宛先に送ります。よいですか [y/N] ")
        }
    })
}

/// For the operator: of so many nobody knows whether they arrived, and what to type.
fn undecided(week: &str, rows: u64) -> String {
    format!(
        "届いたかどうかわからない宛先が {rows} 件あります（送りかけたときに止まったか、控えから戻しました）。\
         送り直していません。決めるのは人です：\n  \
         もう一度送るなら `otayori outbox resend {week}`（届いていた人には、二度届きます）。このままにするなら \
         `otayori outbox leave {week}`"
    )
}

/// When the database cannot be written, what was under way is not lost: the next call goes on where this one stopped.
fn unwritten(e: anyhow::Error) -> anyhow::Error {
    if !is_not_writable(&e) {
        return e;
    }
    anyhow::anyhow!(
        "データベースに書けないので、途中で止めました（{e:#}）\n  hint: ディスクの空き（df -h）と、data/ \
         に書きこむ権限を確かめて、同じ命令をもう一度動かしてください。\n        送り終えたおたよりを、\
         二度送ることはありません"
    )
}

/// What became of it as a person reads it.
fn as_text(sent: &Sent) -> String {
    if sent.already + sent.in_doubt > 0 && sent.sent + sent.gone + sent.refused + sent.retry + sent.pending == 0 {
        let doubt = if sent.in_doubt > 0 {
            format!("、届いたかわからないもの {}", sent.in_doubt)
        } else {
            String::new()
        };
        return format!("{} のおたよりは、もう送ってあります（{}{doubt}）\n", sent.week, sent.already);
    }
    format!(
        "{} のおたより：送った {}、宛先がなくなっていた {}、断られた {}、送り直し待ち {}、まだ {}\n",
        sent.week, sent.sent, sent.gone, sent.refused, sent.retry, sent.pending
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::Requests;

    #[test]
    fn a_week_of_which_nothing_was_accepted_is_a_failure() {
        let none = Sent {
            week: "2026-W48".into(),
            sent: 0,
            gone: 0,
            refused: 0,
            retry: 0,
            pending: 0,
            stopped: 0,
            uncertain: 0,
            expired: 0,
            already: 0,
            others: 0,
            in_doubt: 0,
            undecided: 0,
            short: Vec::new(),
            trouble: Vec::new(),
        };
        assert!(!nothing_went(&none), "there was nothing to send");
        for all in [
            Sent { refused: 3, ..none.clone() },
            Sent { retry: 3, ..none.clone() },
            Sent { pending: 3, ..none.clone() },
        ] {
            assert!(nothing_went(&all), "{all:?}");
            assert!(!nothing_went(&Sent { sent: 1, ..all.clone() }) && !nothing_went(&Sent { already: 1, ..all }));
        }
    }

    #[test]
    fn the_question_names_the_week_and_who_gets_what() {
        let week = LetterWeek::of(crate::calendar::date(2026, 11, 24), crate::calendar::Weekday::Tuesday);
        let planned = Report {
            week: week.to_string(),
            households: 41,
            letters: 40,
            messages: Vec::new(),
            segments: Vec::new(),
            channels: [
                (Channel::Line, Requests { requests: 2, recipients: 32 }),
                (Channel::WebPush, Requests { requests: 20, recipients: 20 }),
            ]
            .into(),
            stopped: 1,
            nothing_fits: 0,
            held_back: letter::HeldBack::default(),
            languages: [("en".to_owned(), 4), ("ja".to_owned(), 36)].into(),
        };
        let what = "2026-W48（11月24日（火）〜11月30日（月））のおたより：40 世帯（en 4、ja 36）、宛先は LINE 32 \
            件・端末の通知 20 件\n";
        assert_eq!(question(week, &planned, 0).unwrap(), format!("{what}いますぐ送ります。よいですか [y/N] "));
        assert_eq!(
            question(week, &planned, 50).unwrap(),
            format!("{what}いますぐ、まだの 2 件の宛先に送ります。よいですか [y/N] ")
        );
        assert_eq!(question(week, &planned, 52), None);
    }
}
