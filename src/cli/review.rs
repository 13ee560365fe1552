//! `otayori review`: articles and a reviewer in, the review with the mark of its text in each file's front matter out;
//! `sheet` hands a draft out.

use super::{Root, named};
use crate::calendar::{Date, ToSpan, plus_days};
use crate::config::Config;
use crate::content::marks::{ReviewedText, mark_of, picture_mark, signed};
use crate::content::{Library, LoadOptions, Version, load, triage};
use crate::diag::form::date_of;
use crate::diag::{Diagnostics, Severity};
use crate::engine::{date_or_today, ground, trace};
use crate::flyer::{Asked, sheet};
use crate::review::{Record, record, record_table, recorded};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// 監修したことを、記事の前書き（review）に書きこみます。変わるのは review の行だけです。
///
/// そのときの文、届ける時期（for）、写真の印もいっしょに残します。あとでどれかが変わると、check
/// がどこかを示して次の監修を求め、おたよりはその記事を使いません。 空白、改行、ルビ、太字だけの直しでは変わりません。
///
/// --sheet を付けると、監修者に渡す PDF を作ります。前書きには何も書きません。
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 記事（tsuwari）、ほかのことばの版（tsuwari.en）、ページ（night）、受診の目安の表（triage）、またはファイル。いくつでも
    #[arg(value_name = "ARTICLE")]
    articles: Vec<String>,
    /// 監修した人（--sheet では、監修を頼む人）の id か名前（content/people.yaml）
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// 監修した日（例 2026-11-21）。なければ今日
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// 次の監修の日か、何か月後か（例 2027-11-20、12か月、6）
    #[arg(long, value_name = "DATE|MONTHS", default_value = "12か月")]
    next: String,
    /// 監修はそのままで、いまの印だけを、前の書き方の印（m1-）の記事と、監修した人の印（signed）のない記事に足します（記事を省くとすべて）。文の印のない監修には足しません
    #[arg(long, conflicts_with_all = ["by", "on"])]
    adopt: bool,
    /// 監修を頼む PDF
    /// を作ります（「監修前の原稿」の印、段落の番号、書きこむ余白、気になる所、署名らん）。紙でも、メールでも
    #[arg(long, conflicts_with_all = ["adopt", "on"])]
    sheet: bool,
    /// --sheet で、いつまでに見てほしいか（例 2026-12-05）
    #[arg(long, value_name = "DATE", requires = "sheet")]
    until: Option<Date>,
    /// --sheet で、だれが頼むか（省くと、書いた人と市の担当）
    #[arg(long, value_name = "NAME", requires = "sheet")]
    from: Option<String>,
    /// --sheet で、PDF を置くフォルダ（省くと ROOT/data/sheets）
    #[arg(long, value_name = "DIR", requires = "sheet")]
    out: Option<PathBuf>,
    #[command(flatten)]
    root: Root,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let config = args.root.config()?;
    let today = date_or_today(None, &config);
    let (library, problems) = load(&config, &LoadOptions::on(&config, today));
    if args.articles.is_empty() && !args.adopt {
        bail!(
            "どの記事かを書いてください。例: otayori review {} --by {}",
            example(&library),
            library.people.first().map_or("監修者の id", |p| p.id.as_str())
        );
    }
    if args.articles.iter().any(|a| is_table(a)) {
        super::say(&table(&args, &config, &library, &problems, today)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let versions: Vec<&Version> = if args.articles.is_empty() {
        named::versions(&library)
    } else {
        args.articles.iter().map(|a| named::version(&library, &config, a)).collect::<Result<_>>()?
    };
    let written = if args.adopt {
        adopt(&config, &library, &versions)?
    } else if args.sheet {
        sheets(&args, &config, &library, &problems, &versions, today)?
    } else {
        review(&args, &config, &library, &problems, &versions, today)?
    };
    super::say(&written)?;
    Ok(ExitCode::SUCCESS)
}

/// An article that waits for a review, or any.
fn example(library: &Library) -> &str {
    let waits = library.articles.iter().find(|(_, a)| a.versions.values().any(|v| v.review.is_none()));
    waits.or_else(|| library.articles.iter().next()).map_or("tsuwari", |(slug, _)| slug.as_str())
}

/// Who wrote the article of this version.
fn authors<'a>(library: &'a Library, version: &Version) -> &'a [String] {
    library
        .articles
        .values()
        .find(|a| a.versions.values().any(|v| v.file == version.file))
        .map_or(&[], |a| a.authors.as_slice())
}

/// Writes a sheet for each version and says where.
fn sheets(
    args: &Args,
    config: &Config,
    library: &Library,
    problems: &Diagnostics,
    versions: &[&Version],
    today: Date,
) -> Result<String> {
    let by = args.by.as_deref().map(|by| named::person(library, by)).transpose()?;
    let asked = Asked { by, from: args.from.clone(), until: args.until, today };
    if args.until.is_some_and(|until| until < today) {
        bail!("--until の日が、もう過ぎています");
    }
    if args.out.is_none() {
        trace::refuse_missing(config)?;
    }
    let folder =
        ground::outside(&config.root, &args.out.clone().unwrap_or_else(|| config.root.join("data").join("sheets")))?;
    let engine = crate::paper::Engine::of(config)?;
    let mut said = String::new();
    for version in versions {
        no_errors(problems, &version.file)?;
        let (name, pdf) = sheet(config, library, problems, &engine, version, &asked)?;
        std::fs::create_dir_all(&folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))?;
        let path = folder.join(&name);
        ground::replaceable(&path, b"%PDF")?;
        ground::write(&path, &pdf)?;
        said.push_str(&format!("{}　「{}」\n", path.display(), version.title));
    }
    said.push_str(
        "印刷して渡すか、メールに付けてください。戻ったら、記事を直してから `otayori review 記事 --by \
        監修者` で記録します\n",
    );
    Ok(said)
}

/// What is still the draft's that it was begun with, nobody has reviewed.
fn written(config: &Config, file: &str, text: &str) -> Result<()> {
    let mut left = Diagnostics::new();
    crate::content::sample::placeholders(config, file, text, &mut left);
    match left.sorted().first() {
        None => Ok(()),
        Some(first) => bail!(
            "ひな型のままの所があるので、監修を記録しません\n{}:{}:{} {}",
            first.file,
            first.line,
            first.column,
            first.message
        ),
    }
}

/// Records the review in all files, or in none if one of them cannot take it.
fn review(
    args: &Args,
    config: &Config,
    library: &Library,
    problems: &Diagnostics,
    versions: &[&Version],
    today: Date,
) -> Result<String> {
    let Some(by) = args.by.as_deref() else {
        let wrote: Vec<String> = versions.iter().flat_map(|v| authors(library, v)).cloned().collect();
        let other = library.people.iter().find(|p| !wrote.contains(&p.id)).or(library.people.first());
        let example = other
            .map(|p| format!("\n例: otayori review {} --by {}", args.articles.join(" "), p.id))
            .unwrap_or_default();
        bail!("だれの監修かを、--by に書いてください。{}{example}", named::people(library, &wrote));
    };
    let reviewer = named::reviewer(config, library, by)?;
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
        written(config, &version.file, &text)?;
        let moved = |date| Some(plus_days(date, -config.shift_days));
        let body = mark(library, version, &text, pictures(config, version)?)?;
        let new = Record {
            by: Some(reviewer.id.clone()),
            on: moved(on),
            next: moved(next),
            body,
            signed: Some(signed(reviewer)),
        };
        files.push((version, record(&text, &new).with_context(|| version.file.clone())?));
        said.push_str(&format!(
            "{}　{}　監修 {}（{}）、{on}、次は {next} まで\n",
            version.file,
            version.title,
            reviewer.name,
            reviewer.profession.title()
        ));
    }
    write_all(config, &files)?;
    for article in
        library.articles.values().filter(|a| a.versions.values().any(|v| versions.iter().any(|of| of.file == v.file)))
    {
        let lacks =
            [(article.authors.is_empty(), "書いた人（authors）"), (article.sources.is_empty(), "出典（sources）")];
        for (_, what) in lacks.iter().filter(|(lacks, _)| *lacks) {
            said.push_str(&format!("注意: {} に、{what}がありません\n", article.file));
        }
    }
    for version in versions.iter().filter(|v| authors(library, v) == [reviewer.id.clone()]) {
        said.push_str(&format!(
            "注意: {} は、書いた人と監修した人が同じです。できれば、別の人に見てもらってください\n",
            version.file
        ));
    }
    Ok(said)
}

/// The mark of a file's text as people read it, its gaps filled.
fn mark(library: &Library, version: &Version, text: &str, pictures: Vec<String>) -> Result<String> {
    mark_of(&library.triage.filled(text, &version.language).0, pictures).context("前書きを読めません")
}

/// Is it the table of limits that is meant?
fn is_table(name: &str) -> bool {
    matches!(name.trim_start_matches("./"), "triage" | "triage.yaml" | triage::FILE)
}

/// Records the review of the table of limits.
fn table(args: &Args, config: &Config, library: &Library, problems: &Diagnostics, today: Date) -> Result<String> {
    if args.articles.len() > 1 || args.adopt || args.sheet {
        bail!(
            "受診の目安の表（triage）は、1つだけで、--by といっしょに記録します。例: otayori review triage --by \
             監修者の id"
        );
    }
    let Some(by) = args.by.as_deref() else {
        bail!("だれの監修かを、--by に書いてください。{}", named::people(library, &[]))
    };
    let reviewer = named::reviewer(config, library, by)?;
    let on = args.on.unwrap_or(today);
    if on > today {
        bail!("監修した日（{on}）が、まだ来ていません");
    }
    let next = next(&args.next, on)?;
    no_errors(problems, triage::FILE)?;
    let path = config.root.join(triage::FILE);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} を読めません。`otayori new` が作るフォルダから写してください", triage::FILE))?;
    let moved = |date| plus_days(date, -config.shift_days);
    let written = record_table(&text, reviewer, moved(on), moved(next)).context(triage::FILE)?;
    ground::write(&path, written.as_bytes())?;
    Ok(format!(
        "{}　受診の目安の表　監修 {}（{}）、{on}、次は {next} まで\n",
        triage::FILE,
        reviewer.name,
        reviewer.profession.title()
    ))
}

/// The marks of the pictures that a version shows.
fn pictures(config: &Config, version: &Version) -> Result<Vec<String>> {
    let mark = |path: &String| {
        let file = config.root.join("content").join(path);
        std::fs::read(&file)
            .map(|bytes| picture_mark(&bytes))
            .with_context(|| format!("写真 content/{path} を読めません"))
    };
    version.images.iter().map(mark).collect()
}

/// Adds the mark of what is there to reviews that have one of the text alone, and of who signed to those of before
/// there was one. A review without any mark is nobody's, and stays without.
fn adopt(config: &Config, library: &Library, versions: &[&Version]) -> Result<String> {
    let mut files = Vec::new();
    let claimed: Vec<&str> = versions.iter().filter(|v| v.claim.is_some()).map(|v| v.file.as_str()).collect();
    for version in versions {
        let Some(review) = version.review.as_ref().filter(|r| r.text != ReviewedText::Changed) else { continue };
        let text = read(config, version)?;
        let body = if review.whole {
            recorded(&text)
        } else {
            Some(mark(library, version, &text, pictures(config, version)?)?)
        };
        let Some(body) = body else { continue };
        let signed = library.people.iter().find(|p| p.id == review.by).map(signed);
        let new = record(&text, &Record { body, signed, ..Record::default() }).with_context(|| version.file.clone())?;
        files.extend((new != text).then_some((version, new)));
    }
    write_all(config, &files)?;
    let mut said = format!("印を足しました: {}件（監修した人と日付は、そのままです）\n", files.len());
    if !claimed.is_empty() {
        said.push_str(&format!(
            "文の印のない監修、見本の人の監修には足しません（{}）。監修者に見てもらい、otayori review 記事 --by 監修者 \
             --on 監修した日 で記録してください\n",
            claimed.join("、")
        ));
    }
    Ok(said)
}

/// `2027-11-20`, or so many months: the day before the same day of the month.
fn next(text: &str, on: Date) -> Result<Date> {
    let months = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text[months.len()..].trim();
    if let Some(months) = months.parse::<i32>().ok().filter(|n| {
        matches!(unit, "" | "か月" | "ヶ月" | "カ月" | "ヵ月" | "months" | "month" | "m") && (1..=60).contains(n)
    }) {
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
    let found: Vec<String> = problems
        .iter()
        .filter(|p| p.severity == Severity::Error && p.file == file && !p.message.starts_with("`body: "))
        .map(ToString::to_string)
        .collect();
    if found.is_empty() {
        Ok(())
    } else {
        bail!("直すところがあります。直してから監修してください\n{}", found.join("\n"))
    }
}

fn read(config: &Config, version: &Version) -> Result<String> {
    std::fs::read_to_string(config.root.join(&version.file)).with_context(|| format!("{} を読めません", version.file))
}

/// All files or none.
fn write_all(config: &Config, files: &[(&&Version, String)]) -> Result<()> {
    let files: Vec<(PathBuf, Vec<u8>)> =
        files.iter().map(|(version, text)| (config.root.join(&version.file), text.clone().into_bytes())).collect();
    ground::write_all(&files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    #[test]
    fn months_and_days() {
        let on = date(2026, 11, 21);
        for (text, day) in [
            ("12か月", date(2027, 11, 20)),
            ("6", date(2027, 5, 20)),
            ("3 m", date(2027, 2, 20)),
            ("2027-01-31", date(2027, 1, 31)),
        ] {
            assert_eq!(next(text, on).unwrap(), day, "{text}");
        }
        for text in ["0", "61", "-3", "1年", "2026-11-21", "2027-02-30", ""] {
            assert!(next(text, on).is_err(), "{text}");
        }
    }
}
