//! `otayori review`: articles and a reviewer in, the review with the mark of its text in each file's front matter out.

use super::Root;
use crate::calendar::{Date, ToSpan, plus_days};
use crate::config::Config;
use crate::content::review::{Record, ReviewedText, mark_of, record};
use crate::content::{Library, LoadOptions, Person, Version, load};
use crate::diag::form::{date_of, meant};
use crate::diag::{Diagnostics, Severity};
use anyhow::{Context as _, Result, bail};
use std::path::Path;
use std::process::ExitCode;

/// 監修したことを、記事の前書き（review）に書きこみます。変わるのは review の行だけです。
///
/// そのときの文の印もいっしょに残します。あとで文が変わると、check が次の監修を求め、おたよりはその記事を使いません。
/// 空白、改行、ルビ、太字だけの直しでは変わりません。
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 記事（tsuwari）、ほかのことばの版（tsuwari.en）、ページ（night）、またはファイル。いくつでも
    #[arg(value_name = "ARTICLE", required_unless_present = "adopt")]
    articles: Vec<String>,
    /// 監修した人の id（content/people.yaml）
    #[arg(long, value_name = "ID", required_unless_present = "adopt")]
    by: Option<String>,
    /// 監修した日（例 2026-11-21）。なければ今日
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// 次の監修の日か、何か月後か（例 2027-11-20、12か月、6）
    #[arg(long, value_name = "DATE|MONTHS", default_value = "12か月")]
    next: String,
    /// 監修はそのままで、いまの文の印だけを、印のない記事に足します（この機能より前の監修を引きつぐとき。記事を省くとすべて）
    #[arg(long, conflicts_with_all = ["by", "on"])]
    adopt: bool,
    #[command(flatten)]
    root: Root,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let config = args.root.config()?;
    let today = super::date_or_today(None, &config);
    let (library, problems) = load(&config, &LoadOptions::on(&config, today));
    let versions = if args.adopt && args.articles.is_empty() { all(&library) } else { args.articles.iter().map(|a| find(&library, &config, a)).collect::<Result<_>>()? };
    let written = if args.adopt { adopt(&config, &versions)? } else { review(&args, &config, &library, &problems, &versions, today)? };
    super::say(&written)?;
    Ok(ExitCode::SUCCESS)
}

/// Records the review in all files, or in none if one of them cannot take it.
fn review(args: &Args, config: &Config, library: &Library, problems: &Diagnostics, versions: &[&Version], today: Date) -> Result<String> {
    let reviewer = person(library, args.by.as_deref().unwrap_or_default())?;
    let on = args.on.unwrap_or(today);
    if on > today {
        bail!("監修した日（{on}）が、まだ来ていません");
    }
    let next = next(&args.next, on)?;
    let mut said = String::new();
    let mut files = Vec::new();
    for version in versions {
        no_errors(problems, &version.file)?;
        let text = read(config, version)?;
        let moved = |date| Some(plus_days(date, -config.shift_days));
        let body = mark_of(&text).context("前書きを読めません")?;
        let new = Record { by: Some(reviewer.id.clone()), on: moved(on), next: moved(next), body };
        files.push((version, record(&text, &new).with_context(|| version.file.clone())?));
        said.push_str(&format!("{}　{}　監修 {}（{}）、{on}、次は {next} まで\n", version.file, version.title, reviewer.name, reviewer.profession.title()));
    }
    write_all(config, &files)?;
    for version in versions {
        let authors = library.articles.values().find(|a| a.versions.values().any(|v| v.file == version.file)).map(|a| a.authors.as_slice());
        if authors.is_some_and(|authors| authors == [reviewer.id.clone()]) {
            said.push_str(&format!("注意: {} は、書いた人と監修した人が同じです。できれば、別の人に見てもらってください\n", version.file));
        }
    }
    Ok(said)
}

/// Adds the mark of the text to reviews that have none.
fn adopt(config: &Config, versions: &[&Version]) -> Result<String> {
    let mut files = Vec::new();
    for version in versions.iter().filter(|v| v.review.as_ref().is_some_and(|r| r.text == ReviewedText::Unrecorded)) {
        let text = read(config, version)?;
        let body = mark_of(&text).context("前書きを読めません")?;
        files.push((version, record(&text, &Record { body, ..Record::default() }).with_context(|| version.file.clone())?));
    }
    write_all(config, &files)?;
    Ok(format!("印を足しました: {}件（監修した人と日付は、そのままです）\n", files.len()))
}

fn all(library: &Library) -> Vec<&Version> {
    library.articles.values().flat_map(|a| a.versions.values()).chain(library.pages.values().flat_map(|p| p.versions.values())).collect()
}

/// A version by `slug`, `slug.en` or its file.
fn find<'a>(library: &'a Library, config: &Config, name: &str) -> Result<&'a Version> {
    let path = name.trim_start_matches("./");
    if let Some(version) = all(library).into_iter().find(|v| v.file == path || config.root.join(&v.file) == Path::new(name)) {
        return Ok(version);
    }
    let main = config.main_language();
    let (slug, language) = name.split_once('.').unwrap_or((name, main));
    let versions = library.articles.get(slug).map(|a| &a.versions).or_else(|| library.pages.get(slug).map(|p| &p.versions));
    if let Some(version) = versions.and_then(|v| v.get(language)) {
        return Ok(version);
    }
    let hint = match versions {
        Some(versions) => format!("ことばは {} があります", versions.keys().cloned().collect::<Vec<_>>().join("、")),
        None => meant(slug, library.articles.keys().chain(library.pages.keys()).map(String::as_str))
            .unwrap_or_else(|| "content/articles のファイルの名前（.md を除く）を書いてください".into()),
    };
    bail!("記事 `{name}` がありません。{hint}")
}

fn person<'a>(library: &'a Library, id: &str) -> Result<&'a Person> {
    let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let found = library.people.iter().find(|p| p.id == id).or_else(|| library.people.iter().find(|p| letters(&p.name) == letters(id)));
    found.with_context(|| {
        let hint = meant(id, library.people.iter().map(|p| p.id.as_str())).unwrap_or_else(|| "そこに足してください".into());
        format!("監修者 `{id}` が content/people.yaml にありません。{hint}")
    })
}

/// `2027-11-20`, or so many months: the day before the same day of the month.
fn next(text: &str, on: Date) -> Result<Date> {
    let months = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text[months.len()..].trim();
    if let Some(months) = months.parse::<i32>().ok().filter(|n| matches!(unit, "" | "か月" | "ヶ月" | "カ月" | "ヵ月" | "months" | "month" | "m") && (1..=60).contains(n)) {
        return Ok(plus_days(on.saturating_add(months.months()), -1));
    }
    match date_of(text) {
        Ok(date) if date > on => Ok(date),
        Ok(date) => bail!("次の監修の日（{date}）が、監修した日（{on}）より後ではありません"),
        Err((message, hint)) => bail!("--next: {message}。{hint}（「12か月」のようにも書けます。60か月まで）"),
    }
}

/// A text with errors in it is not what a reader would see.
fn no_errors(problems: &Diagnostics, file: &str) -> Result<()> {
    // The mark of an edited review is wrong by nature: it is about to be written anew.
    let found: Vec<String> = problems.iter().filter(|p| p.severity == Severity::Error && p.file == file && !p.message.starts_with("`body: ")).map(ToString::to_string).collect();
    if found.is_empty() { Ok(()) } else { bail!("直すところがあります。直してから監修してください\n{}", found.join("\n")) }
}

fn read(config: &Config, version: &Version) -> Result<String> {
    std::fs::read_to_string(config.root.join(&version.file)).with_context(|| format!("{} を読めません", version.file))
}

/// Each file whole or as it was: written beside it, then put in its place.
fn write_all(config: &Config, files: &[(&&Version, String)]) -> Result<()> {
    for (version, text) in files {
        let path = config.root.join(&version.file);
        let write = || {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let beside = path.with_file_name(format!(".{name}.new"));
            std::fs::write(&beside, text)?;
            std::fs::set_permissions(&beside, std::fs::metadata(&path)?.permissions())?;
            std::fs::rename(&beside, &path)
        };
        write().with_context(|| format!("{} に書けません", version.file))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    #[test]
    fn months_and_days() {
        let on = date(2026, 11, 21);
        for (text, day) in [("12か月", date(2027, 11, 20)), ("6", date(2027, 5, 20)), ("3 m", date(2027, 2, 20)), ("2027-01-31", date(2027, 1, 31))] {
            assert_eq!(next(text, on).unwrap(), day, "{text}");
        }
        for text in ["0", "61", "-3", "1年", "2026-11-21", "2027-02-30", ""] {
            assert!(next(text, on).is_err(), "{text}");
        }
    }
}
