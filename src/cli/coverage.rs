//! `otayori coverage`: a site's folder in, where its articles are missing out: a table for a person, or JSON.

use super::build::print_problems;
use crate::calendar::Date;
use crate::content::Library;
use crate::engine::{Feedback, category_title, feedback, load};
use crate::markdown::is_wide;
use crate::masking::LEAST;
use crate::site::Edition;
use crate::site::coverage::{Coverage, CoverageStage, Supply, stage_title, state_title};
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Articles that are listed with what readers said.
const SHOWN: usize = 15;

/// Arguments of `otayori coverage`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// サイトのフォルダ（otayori.yaml のある所）
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// この日として数える（監修の期限など。例 2026-11-24。指定がなければ今日）
    #[arg(long, value_name = "D")]
    date: Option<Date>,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
}

/// Prints where articles are missing; drafts are counted apart.
pub fn run(args: Args) -> Result<ExitCode> {
    let loaded = match load(&args.root, args.date) {
        Ok(loaded) => loaded,
        Err(problems) => {
            print_problems(problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    let coverage = Edition::new(&loaded.config, &loaded.library, &loaded.theme, loaded.today).with_drafts().coverage();
    let readers = feedback(&args.root, loaded.today)?;
    super::say(&if args.json {
        let mut json = serde_json::to_value(&coverage)?;
        json["readers"] = serde_json::to_value(&readers)?;
        json.to_string() + "\n"
    } else {
        as_text(&coverage) + &from_readers(readers.as_ref(), &loaded.library)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The table, and below it what is missing.
fn as_text(coverage: &Coverage) -> String {
    let mut rows = vec![head(coverage)];
    rows.extend(coverage.stages.iter().map(row));
    let widths: Vec<usize> =
        (0..rows[0].len()).map(|n| rows.iter().map(|r| columns(&r[n])).max().unwrap_or(0)).collect();
    let mut out = format!("記事の足りない所（{}）\n\n", coverage.date.0);
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).enumerate().map(|(n, (cell, width))| padded(cell, *width, n > 1)).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out.push_str("\n送れる: 監修ずみで期限の内の記事。期限切れ: 監修の期限が切れたか、監修のない記事。\n");
    out.push_str(
        "おたより: 毎週1通のうち、まだ届けていない記事を1本は入れられる数。分野の数は、\
        送れる記事（かっこは期限切れ）。\n",
    );
    for (title, names) in [
        ("記事がない時期", &coverage.empty),
        ("期限切れの記事しかない時期", &coverage.only_overdue),
        ("毎週のおたよりには足りない時期", &coverage.too_few),
    ] {
        let said: Vec<String> = coverage
            .stages
            .iter()
            .filter(|s| names.contains(&s.stage))
            .map(|s| stage_title(s.group, s.number))
            .collect();
        out.push_str(&format!(
            "\n{title}（{}）\n  {}\n",
            said.len(),
            if said.is_empty() { "ありません".to_owned() } else { said.join("、") }
        ));
    }
    out
}

/// What readers pressed, and what the desk found no article for.
fn from_readers(readers: Option<&Feedback>, library: &Library) -> String {
    let Some(Feedback { said, wanted }) = readers else { return String::new() };
    let topic =
        |id: &str| library.topics.iter().find(|t| t.id == id).map_or_else(|| id.to_owned(), |t| t.title.clone());
    let said: Vec<String> = said
        .iter()
        .take(SHOWN)
        .map(|s| format!("  {}　わかった {}、わかりにくい {}\n", s.slug, s.clear, s.unclear))
        .collect();
    let wanted: Vec<String> = wanted
        .iter()
        .map(|w| format!("  {}（{}）　{}\n", topic(&w.topic), category_title(&w.category), w.questions))
        .collect();
    let listed =
        |lines: Vec<String>| if lines.is_empty() { "  まだありません\n".to_owned() } else { lines.concat() };
    format!(
        "\n読んだ人の声（半年、{LEAST}未満は数を出しません）\n{}\n相談で聞かれて、答える記事がなかった分野（半年）\n{}",
        listed(said),
        listed(wanted)
    )
}

fn head(coverage: &Coverage) -> Vec<String> {
    let fixed = ["時期", "", "送れる", "期限切れ", "下書き", "おたより"].map(str::to_owned);
    fixed.into_iter().chain(coverage.topics.iter().map(|t| t.title.clone())).collect()
}

fn row(stage: &CoverageStage) -> Vec<String> {
    let mark = if stage.state == Supply::Enough { "" } else { state_title(stage.state) };
    let mut cells = vec![
        stage_title(stage.group, stage.number),
        mark.to_owned(),
        stage.current.to_string(),
        stage.overdue.to_string(),
        stage.drafts.to_string(),
    ];
    cells.push(format!("{}/{}", stage.letters_with_article, stage.letters));
    cells.extend(stage.topics.iter().map(|c| match (c.current, c.overdue) {
        (0, 0) => "・".to_owned(),
        (n, 0) => n.to_string(),
        (n, overdue) => format!("{n}({overdue})"),
    }));
    cells
}

/// Columns of a terminal: Japanese letters take two.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn padded(text: &str, width: usize, right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(columns(text)));
    if right { format!("{space}{text}") } else { format!("{text}{space}") }
}
