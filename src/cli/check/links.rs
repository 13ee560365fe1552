//! `otayori check --links`: the addresses outside that texts lead to in, which of them still answer out; asked
//! politely, and not again for some days.

pub mod ask;
pub mod found;
pub mod kept;
mod manners;

pub use manners::Manners;

use super::format::Format;
use crate::calendar::Timestamp;
use crate::channel::http::Client;
use crate::config::Config;
use crate::content::Library;
use anyhow::Result;
use ask::{Answer, Asker};
use found::Spot;
use kept::Kept;
use serde::Serialize;
use std::collections::BTreeMap;

/// An address, what it answered, and where it is linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// As it is written, without its anchor.
    pub url: String,
    /// What it answered.
    #[serde(flatten)]
    pub answer: Answer,
    /// When, in seconds after 1970.
    pub checked: i64,
    /// It was not asked now.
    pub cached: bool,
    /// Every place in the files.
    pub places: Vec<Spot>,
}

/// Asks every address of the library that was not asked lately; `now` is for the age of what is kept.
pub async fn check(config: &Config, library: &Library, manners: Manners, now: Timestamp) -> Result<Vec<Link>> {
    let found: BTreeMap<String, Vec<Spot>> = found::links(config, library);
    let mut kept = Kept::of(&config.root);
    let asked: Vec<String> =
        found.keys().filter(|url| manners.fresh || kept.get(url, now).is_none()).cloned().collect();
    let asker = Asker { client: Client::new()?.with_time_out(manners.time_out), manners };
    for (url, answer) in asker.all(&asked).await {
        kept.put(url, answer, now);
    }
    // What is no longer linked is forgotten.
    kept.retain(|url| found.contains_key(url));
    kept.save()?;
    let link = |(url, places): (String, Vec<Spot>)| {
        let (answer, checked) = kept.last(&url)?;
        Some(Link { answer, checked, cached: asked.binary_search(&url).is_err(), places, url })
    };
    Ok(found.into_iter().filter_map(link).collect())
}

/// Is there a link that leads nowhere any more?
pub fn broken(links: &[Link]) -> bool {
    links.iter().any(|l| matches!(l.answer, Answer::Gone { .. }))
}

/// As a person reads it, or as JSON.
pub fn shown(links: &[Link], format: Format) -> Result<String> {
    match format {
        Format::Human => Ok(human(links)),
        Format::Json => Ok(serde_json::to_string_pretty(links)? + "\n"),
    }
}

fn human(links: &[Link]) -> String {
    type Of = fn(&Answer) -> bool;
    let groups: [(&str, &str, Of); 4] = [
        (
            "行き先がなくなったもの",
            "新しい行き先を探すか、リンクを外してください",
            |a| matches!(a, Answer::Gone { .. }),
        ),
        ("引っ越したもの", "矢印の先のアドレスに書きかえてください", |a| {
            matches!(a, Answer::Moved { .. })
        }),
        (
            "こたえがなかったもの",
            "一時的なことが多いので、日をおいて調べなおしてください（こたえがあるまで、毎回調べます）",
            |a| matches!(a, Answer::Silent { .. }),
        ),
        ("機械には見せないもの", "ブラウザーで開いて確かめてください", |a| {
            matches!(a, Answer::Closed { .. })
        }),
    ];
    let mut out = String::new();
    for (title, hint, of) in groups {
        let some: Vec<&Link> = links.iter().filter(|l| of(&l.answer)).collect();
        if some.is_empty() {
            continue;
        }
        out.push_str(&format!("{title}（{}件）\n  hint: {hint}\n", some.len()));
        for link in some {
            out.push_str(&format!("  {}  {}\n", link.answer.word(), link.url));
            link.places.iter().for_each(|p| out.push_str(&format!("       {}:{}:{}\n", p.file, p.line, p.column)));
        }
        out.push('\n');
    }
    let count = |of: Of| links.iter().filter(|l| of(&l.answer)).count();
    let counted: Vec<String> = groups.iter().map(|(title, _, of)| format!("{title} {}", count(*of))).collect();
    let cached = links.iter().filter(|l| l.cached).count();
    out + &format!("調べた行き先 {}件（うち{cached}件は、前に調べた結果）。{}\n", links.len(), counted.join("、"))
}
