//! An article or a bulletin in, an A4 handout with the code of its page out.

use super::sheet::shown;
use super::{FlyerReport, Progress};
use crate::calendar::{Date, date};
use crate::config::Config;
use crate::content::{Library, Review, ReviewedText, Version};
use crate::diag::{self, Diagnostics};
use crate::paper::Code;
use crate::paper::Engine;
use crate::paper::blocks;
use crate::paper::faults::{Case, broken};
use crate::paper::inline::plain;
use crate::paper::proof::{Demand, Faults};
use crate::paper::size::Least;
use crate::paper::source::Source;
use crate::paper::workers;
use crate::paper::{finished, output, pdf};
use crate::stamp::Digest;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One version of one article or bulletin.
struct Sheet<'a> {
    /// `tsuwari` or `tsuwari.en`: the file's name without `.pdf`.
    name: String,
    version: &'a Version,
    path: String,
    sources: &'a [String],
    authors: &'a [String],
    dated: Date,
    bulletin: bool,
}

/// Makes the handouts of everything that is not a draft (or of the slug `only`) into
/// `<out>/handouts/<slug>[.<language>].pdf`.
pub fn build_handouts(
    config: &Config,
    library: &Library,
    engine: &Engine,
    out: &Path,
    only: Option<&str>,
    progress: Progress<'_>,
) -> Result<FlyerReport, Diagnostics> {
    let sheets = sheets(config, library, only);
    if let Some(name) = only.filter(|_| sheets.is_empty()) {
        let names: Vec<&str> = library.articles.keys().chain(library.bulletins.keys()).map(String::as_str).collect();
        let hint = diag::did_you_mean(name, names.iter().copied()).map_or_else(
            || "content/articles/ か content/bulletins/ のファイル名から .md を取ったもの".into(),
            |near| format!("もしかして {near} ですか"),
        );
        return Err(broken_name(name, hint));
    }
    make(config, library, engine, out, sheets, true, progress)
}

/// As [`build_handouts`], of those whose names (the files' without `.pdf`) are wanted.
pub fn build_handouts_of(
    config: &Config,
    library: &Library,
    engine: &Engine,
    out: &Path,
    wanted: &dyn Fn(&str) -> bool,
    progress: Progress<'_>,
) -> Result<FlyerReport, Diagnostics> {
    let sheets = sheets(config, library, None).into_iter().filter(|s| wanted(&s.name)).collect();
    make(config, library, engine, out, sheets, false, progress)
}

/// The names of all handouts, and for each the digest of what it is made from, beside settings, people and theme.
pub fn handouts(config: &Config, library: &Library) -> Vec<(String, Digest)> {
    let digest = |s: &Sheet<'_>| {
        let Version { title, summary, review, digest, .. } = s.version;
        Digest::of_json(&(title, summary, review, digest, &s.path, s.sources, s.authors, s.dated, s.bulletin))
    };
    sheets(config, library, None).into_iter().map(|s| (s.name.clone(), digest(&s))).collect()
}

fn make(
    config: &Config,
    library: &Library,
    engine: &Engine,
    out: &Path,
    sheets: Vec<Sheet<'_>>,
    remember: bool,
    progress: Progress<'_>,
) -> Result<FlyerReport, Diagnostics> {
    let folder = out.join("handouts");
    let staging = output::Staging::new(&folder).map_err(|e| broken(&diag::shown(&config.root, &folder), &e))?;
    let staging = if remember { staging.remembered() } else { staging };
    let (of, done) = (sheets.len(), AtomicUsize::new(0));
    let made: Vec<Result<(), Diagnostics>> = workers::each(&sheets, |_, sheet| {
        let result = handout(config, library, engine, sheet).and_then(|bytes| {
            let name = format!("{}.pdf", sheet.name);
            staging
                .write(&name, &bytes)
                .and_then(|()| staging.commit(&name))
                .map_err(|e| broken(&sheet.version.file, &e))
        });
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, of);
        result
    });
    comemo::evict(0);
    let mut problems = Diagnostics::new();
    made.into_iter().filter_map(Result::err).for_each(|found| problems.extend(found));
    if problems.has_errors() { Err(problems) } else { Ok(FlyerReport { flyers: of, files: of, pdfs: of }) }
}

fn broken_name(name: &str, hint: String) -> Diagnostics {
    let mut problems = Diagnostics::new();
    problems.error(
        "content/articles",
        diag::Place::default(),
        format!("`{name}` という記事もお知らせもありません"),
        hint,
    );
    problems
}

/// The handout of one article or bulletin in one language, as PDF (A-2a, UA-1). `None`: there is no such version.
pub fn article_handout(
    config: &Config,
    library: &Library,
    engine: &Engine,
    slug: &str,
    language: &str,
) -> Result<Option<Vec<u8>>, Diagnostics> {
    let sheet = sheets(config, library, Some(slug)).into_iter().find(|s| s.version.language == language);
    sheet.map(|sheet| handout(config, library, engine, &sheet)).transpose()
}

fn sheets<'a>(config: &Config, library: &'a Library, only: Option<&str>) -> Vec<Sheet<'a>> {
    let main = config.main_language();
    let name =
        |slug: &str, language: &str| if language == main { slug.to_owned() } else { format!("{slug}.{language}") };
    let path = |kind: &str, slug: &str, language: &str| {
        if language == main { format!("/{kind}/{slug}/") } else { format!("/{kind}/{slug}/{language}/") }
    };
    let wanted = |slug: &str, draft: bool| only.map_or(!draft, |only| only == slug);
    let mut sheets = Vec::new();
    for article in library.articles.values().filter(|a| wanted(&a.slug, a.draft)) {
        for (language, version) in &article.versions {
            sheets.push(Sheet {
                name: name(&article.slug, language),
                version,
                path: path("articles", &article.slug, language),
                sources: &article.sources,
                authors: &article.authors,
                dated: version.review.as_ref().map_or(date(2026, 1, 1), |r| r.on),
                bulletin: false,
            });
        }
    }
    for bulletin in library.bulletins.values().filter(|b| wanted(&b.slug, b.draft)) {
        for (language, version) in &bulletin.versions {
            sheets.push(Sheet {
                name: name(&bulletin.slug, language),
                version,
                path: path("bulletins", &bulletin.slug, language),
                sources: &bulletin.sources,
                authors: &[],
                dated: bulletin.publish,
                bulletin: true,
            });
        }
    }
    sheets
}

fn handout(config: &Config, library: &Library, engine: &Engine, sheet: &Sheet<'_>) -> Result<Vec<u8>, Diagnostics> {
    let file = &sheet.version.file;
    let fault = |e: anyhow::Error| {
        let mut problems = Diagnostics::new();
        problems.error(
            file,
            diag::Place::default(),
            format!("配付用の PDF を組めません\n{e}"),
            "テーマの flyers/article.typ を作った人に見せてください",
        );
        problems
    };
    let data = data(config, library, sheet).map_err(fault)?;
    let document = engine.compile("article", &data).map_err(fault)?;
    let source = Source::read(&config.root.join(file));
    let case = Case { config, file, source: &source, what: "A4（article）", pages: None, body_line: 1 };
    // Its only code stands on the first page.
    // Sources repeat the text's words in small print, which has readings too: no size of its own is asked of the text.
    let least = Least { ruby: 4.0, ..Least::of("a4") };
    let demand = Demand { least, written: "", small_print: "", url: &config.url(&sheet.path), look_at: 1 };
    case.check(&Faults::of(&document, &demand).0)?;
    let pdf = pdf::screen(&document, &format!("otayori/handout/{}", sheet.name), sheet.dated).map_err(fault)?;
    let lacks: Vec<&str> = finished::lacks(&pdf).into_iter().map(finished::Lack::title).collect();
    if lacks.is_empty() { Ok(pdf) } else { Err(fault(anyhow::anyhow!("{}", lacks.join("、")))) }
}

fn data(config: &Config, library: &Library, sheet: &Sheet<'_>) -> anyhow::Result<Value> {
    let version = sheet.version;
    let language = version.language.as_str();
    let url = config.url(&sheet.path);
    let title = blocks::line(&version.title, language);
    let mut body = blocks::parse(&version.body.markdown, language);
    blocks::step_by_step(&mut body);
    let person = |id: &String| {
        library
            .people
            .iter()
            .find(|p| p.id == *id)
            .map(|p| json!({"name": p.name, "profession": p.profession.title(), "id": p.profession.id()}))
    };
    let review = |review: &Review| json!({"by": person(&review.by), "on": review.on, "next": review.next});
    Ok(json!({
        "language": version.language,
        "size": "a4",
        "print": false,
        "service": config.site.title,
        "city": config.site.city,
        "title": title,
        "title_plain": plain(&title),
        "summary": version.summary,
        "blocks": body,
        "sources": sheet.sources.iter().map(|s| blocks::line(s, language)).collect::<Vec<_>>(),
        "authors": sheet.authors.iter().filter_map(person).collect::<Vec<_>>(),
        // Nobody has reviewed a text that was rewritten since: paper must not say so.
        "review": version.review.as_ref().filter(|r| r.text != ReviewedText::Changed).map(review),
        "bulletin": sheet.bulletin,
        "dated": sheet.dated,
        "sample": config.site.sample_date.is_some(),
        "office": config.site.office,
        "tel": config.site.tel,
        "hours": config.site.hours,
        "url": url,
        "url_shown": shown(&url),
        "qr": Code::of(&url)?,
    }))
}
