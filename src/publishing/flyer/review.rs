//! A version as it stands and what is asked of its reviewer in, an A4 sheet to read with a pen out: 監修前の原稿 on
//! every page.

use crate::calendar::Date;
use crate::config::Config;
use crate::content::marks::Lines;
use crate::content::{Library, Person, ReviewedText, Version};
use crate::diag::{Diagnostics, Place};
use crate::paper::Engine;
use crate::paper::blocks::{self, Block};
use crate::paper::faults::Case;
use crate::paper::finished;
use crate::paper::inline::plain;
use crate::paper::pdf;
use crate::paper::proof::{Demand, Faults};
use crate::paper::size::Least;
use crate::paper::source::Source;
use serde::Serialize;
use serde_json::{Value, json};

/// What is asked.
#[derive(Debug, Clone)]
pub struct ReviewSheet<'a> {
    /// The text.
    pub version: &'a Version,
    /// What it rests on.
    pub sources: &'a [String],
    /// When it is sent, as people say it.
    pub windows: Vec<String>,
    /// Its summary is what a push shows, and `for` says when.
    pub for_letters: bool,
    /// Who shall review it; none: a blank.
    pub by: Option<&'a Person>,
    /// Who asks.
    pub from: String,
    /// Until when; none: a blank.
    pub until: Option<Date>,
    /// The day of asking.
    pub today: Date,
    /// What the checks found.
    pub remarks: &'a [Remark],
}

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Which kind of check.
    pub kind: &'static str,
    /// Line of the file; 0: all of it.
    pub line: u32,
    /// What it is.
    pub text: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// The sheet as PDF (A-2a, UA-1).
pub fn review_sheet(
    config: &Config,
    library: &Library,
    engine: &Engine,
    sheet: &ReviewSheet<'_>,
) -> Result<Vec<u8>, Diagnostics> {
    let file = &sheet.version.file;
    let fault = |e: anyhow::Error| {
        let mut problems = Diagnostics::new();
        problems.error(
            file,
            Place::default(),
            format!("監修を頼む PDF を組めません\n{e}"),
            "テーマの flyers/review.typ を作った人に見せてください",
        );
        problems
    };
    let document = engine.compile("review", &data(config, library, sheet)).map_err(fault)?;
    let source = Source::read(&config.root.join(file));
    let case =
        Case { config, file, source: &source, what: "A4（review）", pages: None, body_line: sheet.version.body_line };
    // It is a working paper: small notes beside the text are wanted.
    let least = Least { body: 6.0, small: 6.0, ruby: 3.0 };
    case.check(&Faults::of(&document, &Demand { least, written: "", small_print: "", url: "", look_at: 0 }).0)?;
    let pdf = pdf::screen(&document, &format!("otayori/review/{file}"), sheet.today).map_err(fault)?;
    let lacks: Vec<&str> = finished::lacks(&pdf).into_iter().map(finished::Lack::title).collect();
    if lacks.is_empty() { Ok(pdf) } else { Err(fault(anyhow::anyhow!("{}", lacks.join("、")))) }
}

/// Each picture with its line in the file and its words for who cannot see it. What Typst cannot draw is only named.
fn pictures(version: &Version) -> Vec<Value> {
    let of = |path: &String| {
        let found = version
            .body
            .markdown
            .lines()
            .enumerate()
            .find_map(|(n, line)| Some((n as u32, line.split_once(path.as_str())?.0)));
        let (n, before) = found.unwrap_or((0, ""));
        let alt = before.rsplit("![").next().unwrap_or_default().trim_end_matches("](").trim();
        let drawn = [".png", ".jpg", ".jpeg", ".gif", ".webp"].iter().any(|end| path.to_lowercase().ends_with(end));
        json!({ "path": path, "line": n + version.body_line, "alt": alt, "drawn": drawn })
    };
    version.images.iter().map(of).collect()
}

fn data(config: &Config, library: &Library, sheet: &ReviewSheet<'_>) -> Value {
    let version = sheet.version;
    let language = version.language.as_str();
    let title = blocks::line(&version.title, language);
    let mut body = blocks::parse_at(&version.body.markdown, language);
    blocks::step_by_step(body.iter_mut().map(|(_, block)| block));
    let named = |p: &Person| format!("{}（{}）", p.name, p.profession.title());
    let review = version.review.as_ref().map(|r| {
        let by = library.people.iter().find(|p| p.id == r.by).map_or_else(|| r.by.clone(), named);
        let changed = r.text == ReviewedText::Changed;
        json!({ "by": by, "on": r.on, "next": r.next, "changed": changed,
            "where": if changed { r.changes.places(version.body_line) } else { String::new() } })
    });
    let changed: Vec<Lines> =
        version.review.iter().flat_map(|r| r.changes.lines.iter().chain(&r.changes.pictures)).copied().collect();
    let line = |text: &String| blocks::line(text, "ja");
    let numbered = |(at, block): (u32, Block)| {
        json!({ "line": at + version.body_line.max(1) - 1,
        "changed": changed.iter().any(|c| c.from <= at && at <= c.to), "block": block })
    };
    json!({
        "language": version.language,
        "size": "a4",
        "print": false,
        "service": config.site.title,
        "city": config.site.city,
        "office": config.site.office,
        "tel": config.site.tel,
        "hours": config.site.hours,
        "title": title,
        "title_plain": format!("監修前の原稿　{}", plain(&title)),
        "summary": version.summary,
        "file": version.file,
        "blocks": body.into_iter().map(numbered).collect::<Vec<_>>(),
        "sources": sheet.sources.iter().map(line).collect::<Vec<_>>(),
        "pictures": pictures(version),
        "windows": sheet.windows,
        "for_letters": sheet.for_letters,
        "review": review,
        "by": sheet.by.map(named),
        "from": sheet.from,
        "until": sheet.until,
        "asked": sheet.today,
        "remarks": sheet.remarks,
    })
}
