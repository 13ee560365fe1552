//! `explain`: why a household gets the letter that it gets.

use super::{Week, holding, log, outbox};
use crate::db::Db;
use crate::engine::block_on;
use crate::engine::stores::with_existing;
use crate::letter::{self, Because, Explanation};
use anyhow::{Context as _, Result};
use std::process::ExitCode;

/// Arguments of `explain`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// 世帯の ID（households list で見られます）
    household: String,
    #[command(flatten)]
    week: Week,
}

/// Prints the reasons.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let (config, library) = args.week.read()?;
    block_on(with_existing(&config, async |db: &Db| {
        let found = letter::explain(db, &library, &config, &args.household, args.week.date).await?;
        let explanation = found
            .with_context(|| format!("世帯 {} はありません（otayori households list で見られます）", args.household))?;
        args.week.print(&explanation, as_text)?;
        holding::print_holds(&holding::reading(&config, db, Some(&library)).await?);
        Ok(ExitCode::SUCCESS)
    }))
}

/// Reasons for not choosing that are printed; the others are counted.
const SHOWN: usize = 12;

/// The reasons as a person reads them.
fn as_text(e: &Explanation) -> String {
    let mut lines = vec![format!("世帯 {}　{} のおたより", e.household, e.week)];
    lines.extend(e.stop.as_ref().map(|stop| format!("  届きません：{stop}")));
    lines.push(match &e.hash {
        Some(hash) => format!("  /letters/{}/{hash}/", e.week),
        None => "  この週のおたよりはありません".into(),
    });
    lines.extend(e.delivery.iter().map(|d| {
        let became = if d.outcome == "uncertain" || d.outcome == "left" {
            "送ったかどうか、わからない"
        } else {
            outbox::outcome(&d.outcome)
        };
        format!("  {}：{became}", outbox::channel(&d.channel))
    }));
    let listed = |b: &Because| format!("    {}　{}", b.id, b.because);
    if !e.items.is_empty() {
        lines.push("  入っているもの".into());
        lines.extend(e.items.iter().map(listed));
    }
    if !e.skipped.is_empty() {
        lines.push("  選ばなかったもの".into());
        // One more line would take as much room as saying that there is one more.
        let shown = if e.skipped.len() == SHOWN + 1 { SHOWN + 1 } else { SHOWN };
        lines.extend(e.skipped.iter().take(shown).map(listed));
        let more = e.skipped.len().saturating_sub(shown);
        lines.extend((more > 0).then(|| format!("    ほか{more}件（--json で全部）")));
        lines.extend(
            e.kept_only.then(|| format!("    （おたよりを選んだときに残した、はじめの{}件です）", e.skipped.len())),
        );
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(skipped: usize, kept_only: bool) -> String {
        let skipped =
            (1..=skipped).map(|n| Because { id: format!("s{n}"), because: "前のおたよりに入れた".into() }).collect();
        as_text(&Explanation {
            household: "h".into(),
            week: "2026-W48".into(),
            hash: None,
            items: Vec::new(),
            skipped,
            stop: None,
            delivery: Vec::new(),
            kept_only,
        })
    }

    #[test]
    fn nothing_is_left_out_silently() {
        assert!(with(12, false).ends_with("    s12　前のおたよりに入れた\n"));
        assert!(with(13, false).ends_with("    s13　前のおたよりに入れた\n"));
        assert!(with(15, false).ends_with("    s12　前のおたよりに入れた\n    ほか3件（--json で全部）\n"));
        assert!(
            with(8, true)
                .ends_with("    s8　前のおたよりに入れた\n    （おたよりを選んだときに残した、はじめの8件です）\n")
        );
    }
}
