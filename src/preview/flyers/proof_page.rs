//! A flyer and its record in, the page of its proof round out.

use super::press::Sheets;
use crate::content::Flyer;
use crate::flyer::proof_record::{Answer, Comment, ProofRecord, Word};
use crate::paper::size;
use crate::preview::state::Good;
use crate::preview::titles::language_title;
use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

/// `refused`: what was sent and could not be written, which stays in its form.
pub(super) fn round_page(good: &Good, flyer: &Flyer, sheets: &Sheets, refused: Option<&Refused>) -> Result<String> {
    let loaded = &good.loaded;
    let round = ProofRecord::load(&ProofRecord::path(&loaded.config, &flyer.id))?;
    let (digest, problems) = match &sheets.made {
        Ok(made) => (made.digest.as_str(), Vec::new()),
        Err(problems) => ("", problems.clone()),
    };
    let size =
        |size: &String| json!({ "id": size, "title": size::title(size), "name": format!("{}-{size}", flyer.id) });
    let place = |p: &crate::content::Place| {
        let sheets: Vec<Value> = flyer
            .sizes
            .iter()
            .map(|s| json!({ "title": size::title(s), "name": format!("{}-{s}-{}", flyer.id, p.code) }))
            .collect();
        json!({ "name": p.name, "code": format!("{}-{}", flyer.code, p.code), "sheets": sheets })
    };
    let context = json!({
        "id": flyer.id, "title": bare(&flyer.title), "file": flyer.file, "draft": flyer.draft,
        "language": flyer.language,
        "sizes": flyer.sizes.iter().map(size).collect::<Vec<_>>(),
        "places": flyer.places.iter().map(place).collect::<Vec<_>>(),
        "others": versions(good, flyer), "problems": problems, "digest": digest,
        "short": digest.get(..16).unwrap_or_default(),
        "comments": round.comments.iter().enumerate().map(|(n, c)| remark(n, c, digest, refused)).collect::<Vec<_>>(),
        "open": round.open(),
        "refused": refused.filter(|r| r.remark.is_none()), "history": round.passed.iter().rev().collect::<Vec<_>>(),
        "local": crate::config::is_loopback(&loaded.config.site.public_url), "passed": round.passed(digest),
        "void": round.void(digest), "today": loaded.today,
    });
    loaded.theme.render("preview/flyer.html", loaded.config.main_language(), &context)
}

/// A remark for the page: its number from 1, what was done about it, and whether the PDFs are others by now.
fn remark(n: usize, comment: &Comment, digest: &str, refused: Option<&Refused>) -> Value {
    let size = if comment.size.is_empty() { String::new() } else { size::title(&comment.size) };
    let answer = |a: &Answer| {
        let Word { at, by, text } = &a.word;
        json!({ "at": at, "by": by, "lines": text.lines().collect::<Vec<_>>(), "reopened": a.reopened })
    };
    json!({
        "n": n + 1, "at": comment.at, "by": comment.by, "size": size, "lines": comment.text.lines().collect::<Vec<_>>(),
        "open": comment.is_open(),
        "version": comment.sha256.get(..8).unwrap_or_default(), "earlier": !comment.sha256.is_empty()
            && !digest.is_empty() && comment.sha256 != digest,
        "answers": comment.answers.iter().map(answer).collect::<Vec<_>>(),
        "refused": refused.filter(|r| r.remark == Some(n)),
    })
}

/// The same flyer in other languages: `touroku` and `touroku-en`.
fn versions(good: &Good, flyer: &Flyer) -> Vec<Value> {
    let stem = |f: &Flyer| f.id.strip_suffix(&format!("-{}", f.language)).unwrap_or(&f.id).to_owned();
    let own = stem(flyer);
    let others = good.loaded.library.flyers.values().filter(|f| f.id != flyer.id && stem(f) == own);
    others.map(|f| json!({ "id": f.id, "language": language_title(&f.language), "title": bare(&f.title) })).collect()
}

/// A title without its readings and breaks.
pub(super) fn bare(title: &str) -> String {
    let mut out = String::new();
    let mut rest = title;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else { break };
        out.push_str(inside.split('|').next().unwrap_or_default());
        rest = behind;
    }
    out.push_str(rest);
    let between = if out.is_ascii() { " " } else { "" };
    out.replace('\n', between)
}

/// What was sent and could not be written.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Refused {
    /// `comment`, `answer`, `pass` or `undo`.
    pub(super) form: &'static str,
    /// The remark (from 0) that an answer was to.
    #[serde(skip)]
    pub remark: Option<usize>,
    /// Why.
    pub(super) message: String,
    pub(super) by: String,
    pub(super) text: String,
    pub(super) size: String,
}
