//! `otayori check`: a site folder in, every problem in it out; exit code 1 if there is an error.

pub mod format;
pub mod links;
pub mod overdue;
pub mod readability;

pub use format::Format;

use super::Root;
use crate::calendar::Date;
use crate::clock::Clock;
use crate::config::Config;
use crate::content::{Library, LoadOptions, load, sample};
use crate::diag::{Diagnostic, Diagnostics, Place, Severity};
use crate::flyer;
use crate::paper::Engine;
use crate::site::Theme;
use crate::wording::readability::graded;
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 記事、お知らせ、セグメント、チラシなどの間違いを、すべて示します。チラシは組んでみて、入りきらない文や書体にない字も示します。エラーがあれば、終了コードは
/// 1 です。
#[derive(Debug, clap::Args)]
pub struct Args {
    /// サイトのフォルダ（otayori.yaml のある所）
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// 表示のしかた
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// この日として調べる（監修の期限など）。例: 2026-11-21。なければ今日
    #[arg(long)]
    date: Option<Date>,
    /// 間違いのかわりに、監修を頼むものを、だれが何を見るか、期限の近い順に示します
    #[arg(long)]
    overdue: bool,
    /// 間違いのかわりに、記事とおたよりの文の読みやすさを、むずかしい順に示します（漢字の割合、文の長さ、受け身、説明のないことば、ルビ）
    #[arg(long, conflicts_with = "overdue")]
    readability: bool,
    /// `--readability` で見る記事（netsu、netsu.easy、ファイル、フォルダ）。いくつでも。省くと全部
    #[arg(value_name = "ARTICLE", requires = "readability")]
    articles: Vec<String>,
    /// 間違いのかわりに、よそのサイトへのリンクが生きているかを、つないで確かめます（同じサイトには1秒おき。結果は
    /// data/cache/links.json に7日残ります）。行き先がなくなったリンクがあれば、終了コードは 1 です
    #[arg(long, conflicts_with_all = ["overdue", "readability"])]
    links: bool,
    /// `--links` で、前に調べた結果を使わず、全部調べなおします
    #[arg(long, requires = "links")]
    fresh: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.overdue {
        super::say(&overdue_list(&args.root, args.format, args.date)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.readability {
        super::say(&readability_list(&args.root, args.format, args.date, &args.articles)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.links {
        let manners = links::Manners { fresh: args.fresh, ..links::Manners::default() };
        let (text, broken) = links_list(&args.root, args.format, args.date, manners)?;
        super::say(&text)?;
        return Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    let (text, failed) = report(&args.root, args.format, args.date)?;
    super::say(&text)?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What waits for a review, as a list or as JSON.
pub fn overdue_list(root: &Path, format: Format, date: Option<Date>) -> anyhow::Result<String> {
    let config = Root { root: root.to_owned() }.config()?;
    let today = crate::engine::date_or_today(date, &config);
    let (library, _) = load(&config, &LoadOptions::on(&config, today));
    let all = overdue::all(&config, &library, today);
    match format {
        Format::Human => Ok(overdue::human(&all, &library, today)),
        Format::Json => overdue::json(&all),
    }
}

/// How the texts read (all, or those of some articles, files or folders), as a table or as JSON.
pub fn readability_list(
    root: &Path,
    format: Format,
    date: Option<Date>,
    articles: &[String],
) -> anyhow::Result<String> {
    let config = Root { root: root.to_owned() }.config()?;
    let today = crate::engine::date_or_today(date, &config);
    let (library, _) = load(&config, &LoadOptions::on(&config, today));
    let mut graded = graded(&config, &library);
    if !articles.is_empty() {
        let files = super::named::files(&library, &config, articles)?;
        graded.retain(|g| files.contains(&g.file));
        anyhow::ensure!(
            !graded.is_empty(),
            "読みやすさを見られるのは、記事の日本語版と、やさしい日本語版です（{}）",
            articles.join("、")
        );
    }
    match format {
        Format::Human => Ok(readability::human(&graded)),
        Format::Json => readability::json(&graded),
    }
}

/// Which addresses outside still answer, and whether one does not; as a list or as JSON.
pub fn links_list(
    root: &Path,
    format: Format,
    date: Option<Date>,
    manners: links::Manners,
) -> anyhow::Result<(String, bool)> {
    let config = Root { root: root.to_owned() }.config()?;
    // The answers are kept in `data/`.
    crate::engine::trace::refuse_missing(&config)?;
    let (library, _) = load(&config, &LoadOptions::on(&config, crate::engine::date_or_today(date, &config)));
    let links = crate::engine::block_on(links::check(&config, &library, manners, Clock::System.timestamp()))?;
    Ok((links::shown(&links, format)?, links::broken(&links)))
}

/// What the command prints, and whether there is an error. Without `date` the content is checked for today.
pub fn report(root: &Path, format: Format, date: Option<Date>) -> anyhow::Result<(String, bool)> {
    let (problems, read, old_marks) = match Config::load(root) {
        Ok(config) => {
            let today = date.unwrap_or_else(|| Clock::System.zoned(&config.zone).date());
            let (library, mut problems) = load(&config, &LoadOptions::on(&config, today));
            let read = format!(
                "記事 {}、お知らせ {}、ページ {}、チラシ {}、セグメント {}",
                library.articles.len(),
                library.bulletins.len(),
                library.pages.len(),
                library.flyers.len(),
                library.segments.len()
            );
            super::placeholders::check(&config, &mut problems);
            crate::engine::emptied(&config, &library, &mut problems);
            sample::lists(&config, &library, &mut problems);
            sample::address(&config, &mut problems);
            sample::secrets(&config, &mut problems);
            super::theme::check(&config, &mut problems);
            no_clinic(&library, &mut problems);
            if let Some(detector) =
                crate::danger::city::of_site(root, super::danger::limits(&library.triage), &mut problems)
                && (crate::danger::city::folder(root).is_dir() || !library.articles.is_empty())
            {
                crate::danger::review::check(
                    root,
                    &detector.data,
                    today,
                    &|r| super::danger::is_real(&config, &library, r),
                    &mut problems,
                );
            }
            crate::wording::law::check(&library, &mut problems);
            // A folder without articles has nobody to mislead.
            if library.triage.is_own() || !library.articles.is_empty() {
                library.triage.check_review(today, &mut problems);
            }
            let old_marks = overdue::old_marks(&library);
            as_built(&config, library, &mut problems);
            (problems, read, old_marks)
        }
        Err(problems) => (problems, String::new(), 0),
    };
    let failed = problems.has_errors();
    let text = match format {
        Format::Human => human(root, problems, &read) + &overdue::hint(old_marks),
        Format::Json => {
            let mut json =
                serde_json::to_string_pretty(&problems.sorted()).context("could not write the problems as JSON")?;
            json.push('\n');
            json
        }
    };
    Ok((text, failed))
}

/// A city whose pregnant women would be shown no clinic when they bleed, or feel their child no more.
fn no_clinic(library: &Library, problems: &mut Diagnostics) {
    if !library.articles.is_empty()
        && !library.contacts.is_empty()
        && !library.contacts.iter().any(crate::aid::is_clinic)
    {
        problems.warning(
            "content/contacts.yaml",
            Place::default(),
            "産院（お産のできる所、夜も電話に出る所）がありません。妊娠中の出血や、胎動が少ないときに、\
             産院の番号が案内に出ません",
            "`kind: city` と `fits: \
             {bleeding: 1, fetal_movement: 1, haemorrhage: 1, clot: 1, preeclampsia: 1, waters_preterm: 1, waters_term: 1, mother_fever: 1}` を付けて、足してください",
        );
    }
}

/// What `build` would say beyond the content: the theme cannot be read, a flyer does not fit its paper, a letter is in
/// none of its fonts.
///
/// A site without a theme does not build, so that is one error; its flyers cannot be laid out and are told by what was
/// read of them.
fn as_built(config: &Config, mut library: Library, problems: &mut Diagnostics) {
    if let Err(found) = Theme::load(config) {
        problems.extend(found);
        return;
    }
    // What was told of a file already is not told again by the layout.
    let wrong: BTreeSet<&str> =
        problems.iter().filter(|p| p.severity == Severity::Error).map(|p| p.file.as_str()).collect();
    library.flyers.retain(|_, flyer| !wrong.contains(flyer.file.as_str()));
    if library.flyers.values().all(|flyer| flyer.draft) {
        return;
    }
    match Engine::of(config) {
        Ok(engine) => problems.extend(flyer::check(config, &library, &engine)),
        Err(e) => problems.error(
            &format!("themes/{}/fonts", config.site.theme),
            Place::default(),
            format!("チラシを組めません（{e:#}）"),
            "テーマの fonts/ に書体（.ttf か .otf）を入れてください。`otayori new` が作るフォルダの \
             themes/default/fonts にあります",
        ),
    }
}

/// All problems, each with its line and a caret, and a summary.
fn human(root: &Path, problems: Diagnostics, read: &str) -> String {
    let (errors, warnings) = problems.counts();
    let mut out = String::new();
    let mut last: Option<(String, Vec<String>)> = None;
    for problem in problems.sorted() {
        out.push_str(&problem.to_string());
        out.push('\n');
        if last.as_ref().is_none_or(|(file, _)| *file != problem.file) {
            // What is no file (a pipe, a folder) has no lines to show.
            let file = root.join(&problem.file);
            let text = if file.is_file() { std::fs::read_to_string(file).unwrap_or_default() } else { String::new() };
            last =
                Some((problem.file.clone(), text.trim_start_matches('\u{FEFF}').lines().map(str::to_owned).collect()));
        }
        if let Some((_, lines)) = &last {
            out.push_str(&excerpt(&problem, lines));
        }
        out.push('\n');
    }
    let found = match (errors, warnings) {
        (0, 0) => "問題はありません".to_owned(),
        (0, _) => format!("エラーはありません。注意 {warnings}件"),
        (_, 0) => format!("エラー {errors}件"),
        (_, _) => format!("エラー {errors}件、注意 {warnings}件"),
    };
    out.push_str(&found);
    if !read.is_empty() {
        out.push_str(&format!("（{read}）"));
    }
    out.push('\n');
    out
}

/// Columns of a terminal that an excerpt takes at most.
const WIDEST: usize = 100;

/// The line of the problem with a caret below its column.
fn excerpt(problem: &Diagnostic, lines: &[String]) -> String {
    let Some(line) = (problem.line as usize).checked_sub(1).and_then(|n| lines.get(n)) else { return String::new() };
    let letters: Vec<char> = line.chars().collect();
    let at = (problem.column as usize).saturating_sub(1).min(letters.len());
    // A long line is shown from a little before the caret.
    let mut from = 0;
    while from < at && columns(&letters[from..at]) > WIDEST * 2 / 3 {
        from += 1;
    }
    let mut to = letters.len();
    while to > at && columns(&letters[from..to]) > WIDEST {
        to -= 1;
    }
    let number = problem.line.to_string();
    let start = if from > 0 { "…" } else { "" };
    let end = if to < letters.len() { "…" } else { "" };
    let shown: String = letters[from..to].iter().map(|c| if c.is_control() { ' ' } else { *c }).collect();
    let caret = if problem.column == 0 {
        String::new()
    } else {
        format!("  {} | {}^\n", " ".repeat(number.len()), " ".repeat(columns(&letters[from..at]) + start.len() / 3 * 2))
    };
    format!("  {number} | {start}{shown}{end}\n{caret}")
}

/// Columns of a terminal that the letters take: Japanese ones take two.
fn columns(letters: &[char]) -> usize {
    letters.iter().map(|c| if crate::markdown::is_wide(*c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_wide_letters() {
        let problem = |column| Diagnostic {
            file: "a".into(),
            line: 1,
            column,
            severity: Severity::Error,
            message: String::new(),
            hint: String::new(),
        };
        let lines = vec!["topics: [からだ, 食べ]".to_owned()];
        assert_eq!(excerpt(&problem(15), &lines), "  1 | topics: [からだ, 食べ]\n    |                  ^\n");
        let long = vec!["あ".repeat(200)];
        for column in 0..203 {
            assert!(excerpt(&problem(column), &long).lines().all(|l| columns(&l.chars().collect::<Vec<_>>()) < 130));
        }
    }
}
