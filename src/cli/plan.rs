//! `plan`: what the letter week of a day sends, or has sent, in figures. Writes nothing.

use super::{Week, holding, log, say};
use crate::channel::line::Line;
use crate::channel::{self, Remaining};
use crate::config::Config;
use crate::contact::{Channel, Shape};
use crate::db::Db;
use crate::engine::block_on;
use crate::engine::stores::with_existing;
use crate::letter::{self, Report, Requests};
use crate::schedule::{Hold, Short};
use crate::vault::Vault;
use crate::watch;
use anyhow::Result;
use std::process::ExitCode;

/// Arguments of `plan`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    week: Week,
}

/// Prints the plan.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let (config, library) = args.week.read()?;
    let planned = block_on(with_existing(&config, async |db: &Db| {
        // What went out before a restore does not go again.
        let vault = Vault::look(&config.services, db).await?;
        let report = letter::plan_by(db, vault.as_ref(), &library, &config, args.week.date).await?;
        if let Some(vault) = &vault {
            vault.close().await;
        }
        args.week.print(&report, as_text)?;
        let holds = holding::reading(&config, db, Some(&library)).await?;
        holding::print_holds(&holds);
        // Nobody on that channel waits yet; whoever registers will.
        for lacks in channel::lacking_for_new(&config).filter(|_| !args.week.json) {
            if !watch::is_used(db, lacks.channel.id()).await? {
                err!("注意: {}", lacks.message);
            }
        }
        holding::also(&config, db, &holds).await?.iter().for_each(|line| err!("{line}"));
        if !args.week.json {
            say(&left_this_month(db, &config, &report).await)?;
        }
        Ok(ExitCode::SUCCESS)
    }));
    // A new city hears all that is missing, and not only that it has no households.
    if planned.is_err() && !crate::db::is_there(&config.services.database_url) {
        holding::print_holds(&Hold::of_a_new_city(&config, &library));
    }
    planned
}

/// What LINE still takes this month, and whether the letters fit; empty without an account.
async fn left_this_month(db: &Db, config: &Config, report: &Report) -> String {
    let Some(line) = Line::of(&config.services) else { return String::new() };
    let begun = crate::outbox::outcomes(db, &format!("letter:{}", report.week)).await.map_or(true, |o| !o.is_empty());
    match line.remaining().await {
        Ok(Remaining::Unlimited) => "  LINE で今月送れる数に、上限はありません\n".into(),
        Ok(Remaining::Messages(left)) if begun || left >= report.of(Channel::Line).recipients => {
            format!("  LINE で今月あと {left} 通送れます\n")
        }
        Ok(Remaining::Messages(remaining)) => {
            format!("{}\n", Short { channel: Channel::Line, needed: report.of(Channel::Line).recipients, remaining })
        }
        Err(e) => format!("  LINE で今月あと何通送れるか、聞けませんでした（{e:#}）\n"),
    }
}

/// By which channels how many are reached.
fn to(report: &Report) -> String {
    let used = Channel::ALL
        .into_iter()
        .map(|channel| (channel, report.of(channel)))
        .filter(|(_, requests)| requests.recipients > 0);
    let each: Vec<String> = used.map(|(channel, requests)| asked(channel, requests)).collect();
    if each.is_empty() {
        "宛先はありません（おたよりは、マイページで読めます）".to_owned()
    } else {
        each.join("、")
    }
}

/// LINE 12人（リクエスト 1回）, 端末の通知 3件
fn asked(channel: Channel, Requests { requests, recipients }: Requests) -> String {
    match channel.shape() {
        Shape::Together { .. } => format!("{} {recipients}人（リクエスト {requests}回）", channel.title()),
        Shape::Each { .. } => format!("{} {requests}件", channel.title()),
    }
}

/// The plan as a person reads it.
fn as_text(report: &Report) -> String {
    let mut lines = vec![
        format!("{} のおたより", report.week),
        format!(
            "  世帯 {}：届く {}、{}止めている・休み {}、合うものがない {}",
            report.households,
            report.letters - report.held_back.households,
            if report.held_back.households > 0 {
                format!("もう出ている {}、", report.held_back.households)
            } else {
                String::new()
            },
            report.stopped,
            report.nothing_fits
        ),
        format!("  {}", to(report)),
        format!("  おたよりの種類 {}", report.messages.len()),
    ];
    if report.held_back.contacts > 0 {
        lines.insert(
            3,
            format!(
                "  送付の記録では、控えから戻す前に送ったか、送りかけた宛先が {} 件あります。その宛先には送りません",
                report.held_back.contacts
            ),
        );
    }
    for message in report.messages.iter().take(10) {
        let items: Vec<&str> = message.items.iter().map(|i| i.id.as_str()).collect();
        lines.push(format!(
            "    {:>6} 世帯  {}  {}",
            message.households,
            &message.hash.get(..10).unwrap_or_default(),
            items.join("、")
        ));
    }
    lines.extend(
        (report.messages.len() > 10).then(|| format!("    ほか {} 種類（--json で全部）", report.messages.len() - 10)),
    );
    lines.push("  配信対象ごとの世帯数".into());
    lines.extend(report.segments.iter().map(|s| format!("    {:>6}  {}", s.households, s.id)));
    lines.join("\n") + "\n"
}
