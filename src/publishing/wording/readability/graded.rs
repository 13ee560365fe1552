//! A library in, the grade of each article and of what letters quote of it out, the
//! hardest first.

use super::{Around, EASY, JAPANESE, Limits, Reading, read};
use crate::config::Config;
use crate::content::{Library, Version};
use crate::markdown::{Sentence, sentences};
use serde::Serialize;

/// One text and how it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graded {
    /// Path below the root.
    pub file: String,
    /// Title.
    pub title: String,
    /// Language code.
    pub language: String,
    /// `article`: the body. `letter`: the title, summary and paragraphs that a letter shows.
    pub text: &'static str,
    /// Measures and places.
    #[serde(flatten)]
    pub reading: Reading,
}

/// All articles in Japanese and easy Japanese, the hardest first. What is shown in letters is told once, with the
/// body's.
pub fn graded(config: &Config, library: &Library) -> Vec<Graded> {
    let main = config.main_language();
    let mut all = Vec::new();
    for article in library.articles.values() {
        for version in article.versions.values() {
            let Some(limits) = limits(&version.language) else { continue };
            let around = Around { glossary: &library.glossary, explained: version.language == main, limits };
            let of = |text, reading| Graded {
                file: version.file.clone(),
                title: version.title.clone(),
                language: version.language.clone(),
                text,
                reading,
            };
            let body = sentences(&version.body.markdown, version.body_line);
            all.push(of("article", read(&body, &around)));
            if !article.windows.is_empty() {
                all.push(of("letter", read(&quoted(version, &body), &Around { explained: false, ..around })));
            }
        }
    }
    all.sort_by(|a, b| {
        (b.reading.grade, b.reading.troubles.len(), &a.file, a.text).cmp(&(
            a.reading.grade,
            a.reading.troubles.len(),
            &b.file,
            b.text,
        ))
    });
    all
}

/// Limits are known for Japanese; another language is not graded.
fn limits(language: &str) -> Option<&'static Limits> {
    match language {
        "ja" => Some(&JAPANESE),
        "easy" => Some(&EASY),
        _ => None,
    }
}

/// What a letter shows: the summary, and of the body the sentences of the quoted paragraphs.
fn quoted(version: &Version, body: &[Sentence]) -> Vec<Sentence> {
    let shown = plain(&version.body.lead_html);
    let mut all: Vec<Sentence> = body.iter().filter(|s| shown.contains(&plain(&s.text))).cloned().collect();
    let at = all.first().map_or_else(Default::default, |s| s.at);
    all.extend(sentences(&version.summary, 1).into_iter().map(|s| Sentence { at, bare: Vec::new(), ..s }));
    all
}

/// Letters only: no tags, no readings, no white space.
fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let (tag, behind) = after.split_once('>').unwrap_or((after, ""));
        let end = if tag == "rt" || tag == "rp" { format!("</{tag}>") } else { String::new() };
        rest = if end.is_empty() { behind } else { behind.split_once(&end).map_or("", |(_, behind)| behind) };
    }
    out.push_str(rest);
    out.retain(|c| !c.is_whitespace());
    out
}
