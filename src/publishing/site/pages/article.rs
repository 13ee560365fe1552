//! An article in, its page out: body, notes, postmark, what to read next, where to ask.

use super::card::Card;
use super::json_ld;
use super::sources::linked;
use crate::content::{Article, Credit, Review, ReviewedText, Version};
use crate::segment::Unit;
use crate::site::near_loss::speaks_of_loss;
use crate::site::{Address, Edition, Stage};
use serde_json::{Map, Value, json};

/// Articles under 続けて読む.
const RELATED: usize = 4;

pub(super) fn article<'a>(edition: &Edition<'a>, slug: &str, language: &str) -> Option<(Value, &'a Version)> {
    let article = edition.index().article(slug)?;
    // A missing translation falls back to the main language, with a note in the reader's.
    let version = edition.version(&article.versions, language)?;
    let fallback = version.language != language;
    let loss = edition.of_loss(article);
    let mut context = json!({
        "section": "read",
        "article": facts(edition, version),
        "slug": slug,
        "draft": article.draft,
        "fallback": fallback,
        "robots": if fallback { "noindex" } else { "" },
        "here": Address::Article(slug.to_owned(), version.language.clone()).path(edition.config),
        "loss": loss,
        "near_loss": !loss && edition.library.pages.contains_key("loss")
            && speaks_of_loss(&[version.body.gist_html.as_str(), &version.body.html].concat()),
        // It says to ring at once: the city's list begins with her own clinic.
        "ring_clinic": !loss && article.windows.iter().any(|w| w.unit == Unit::PregnancyWeeks)
            && version.body.html.contains("class=\"care now"),
        "windows": article.windows.iter().map(|w| edition.window(w, language)).collect::<Vec<_>>(),
        "back": back(edition, article, language),
        "authors": article.authors.iter().filter_map(|id| person(edition, id, language)).collect::<Vec<_>>(),
        "review": version.review.as_ref().map(|r| review(edition, r, language)),
        "sources": article.sources,
        "sources_html": linked(&article.sources),
        "languages": versions(edition, article.versions.keys(), language, |l| Address::Article(slug.to_owned(), l)),
        "topics": topics(edition, &article.topics, language),
        "related": related(edition, article, language),
        "handout": edition.handouts.get(slug),
        "json_ld": machines(edition, article, version),
    });
    if let (Value::Object(fields), Some(ask)) = (&mut context, article.ask) {
        fields.insert(
            "ask".into(),
            json!({ "path": format!("/ask?from=article:{slug}"), "of": edition.profession(ask, language) }),
        );
    } else if let Value::Object(fields) = &mut context {
        fields.insert("ask".into(), Value::Null);
    }
    Some((context, version))
}

/// What machines read of an article.
fn machines(edition: &Edition<'_>, article: &Article, version: &Version) -> String {
    let main = edition.config.main_language();
    let titles = article.topics.iter().filter_map(|id| edition.library.topics.iter().find(|t| t.id == *id));
    let page = json_ld::Page {
        path: Address::Article(article.slug.clone(), version.language.clone()).path(edition.config),
        authors: &article.authors,
        readers: article.windows.iter().map(|w| edition.window(w, main)).collect(),
        topics: titles.map(|t| t.title.clone()).collect(),
        sources: &article.sources,
    };
    json_ld::medical(edition, version, &page)
}

/// What a page shows of a version beside its body.
pub(super) fn facts(edition: &Edition<'_>, version: &Version) -> Map<String, Value> {
    let Version { title, title_html, summary, minutes, language, file, .. } = version;
    fields(
        json!({ "title": title, "title_html": title_html, "summary": summary, "minutes": minutes, "language": language,
            "file": file, "credits": credits(edition, version) }),
    )
}

/// The body of a version, pictures completed.
pub(super) fn body(edition: &Edition<'_>, version: &Version) -> Map<String, Value> {
    let body = &version.body;
    let complete = |html: &str| alone(&edition.pictures.complete(html));
    fields(json!({ "gist_html": complete(&body.gist_html), "html": complete(&body.html),
            "footnotes_html": body.footnotes_html, "headings": body.headings }))
}

/// A paragraph or a line of a list that is one link and nothing else is marked: it is pressed with a thumb, and no
/// sentence makes it taller.
pub(super) fn alone(html: &str) -> String {
    let mut html = html.to_owned();
    for block in ["p", "li"] {
        let (open, close) = (format!("<{block}><a "), format!("</a></{block}>"));
        let mut parts = html.split(open.as_str());
        let mut marked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let lone = part.find("</a>").is_some_and(|end| part[end..].starts_with(close.as_str()));
            marked.push_str(if lone { "<" } else { open.as_str() });
            if lone {
                marked.push_str(block);
                marked.push_str(" class=\"alone\"><a ");
            }
            marked.push_str(part);
        }
        html = marked;
    }
    html
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Whose the pictures are, each owner once.
fn credits<'a>(edition: &Edition<'a>, version: &Version) -> Vec<&'a Credit> {
    let mut all: Vec<&Credit> = version.images.iter().filter_map(|path| edition.library.credits.get(path)).collect();
    all.sort();
    all.dedup();
    all
}

/// Every language the thing exists in, in the site's order; none if there is only one.
pub(super) fn versions<'a>(
    edition: &Edition<'_>,
    existing: impl Iterator<Item = &'a String>,
    current: &str,
    address: impl Fn(String) -> Address,
) -> Vec<Value> {
    let existing: Vec<&String> = existing.collect();
    if existing.len() < 2 {
        return Vec::new();
    }
    let order = |l: &String| edition.config.site.languages.iter().position(|x| x == l).unwrap_or(usize::MAX);
    let mut sorted = existing;
    sorted.sort_by_key(|l| order(l));
    sorted
        .into_iter()
        .map(|l| {
            json!({ "code": l, "name": edition.say::<&str>(l, "language_name", &[]),
            "path": address(l.clone()).path(edition.config), "current": l == current })
        })
        .collect()
}

pub(super) fn topics(edition: &Edition<'_>, ids: &[String], language: &str) -> Vec<Value> {
    let known = |id: &String| edition.library.topics.iter().find(|t| t.id == *id);
    ids.iter()
        .filter_map(known)
        .map(|t| {
            json!({ "id": t.id, "title": edition.topic_title(&t.id, &t.title, language),
            "path": Address::Topic(t.id.clone(), 1).path(edition.config) })
        })
        .collect()
}

fn person(edition: &Edition<'_>, id: &str, language: &str) -> Option<Value> {
    let person = edition.person(id)?;
    // The usual answer is said in the reader's language; any other one is the person's own words.
    let none = matches!(person.conflicts.trim_end_matches('。'), "ありません" | "なし");
    let conflicts = if none { edition.say::<&str>(language, "conflict_none", &[]) } else { person.conflicts.clone() };
    Some(json!({ "name": person.name, "conflicts": conflicts, "conflicts_none": none,
            "path": Address::Person(person.id.clone()).path(edition.config),
            "profession": edition.profession(person.profession, language) }))
}

/// The postmark and what it says.
pub(super) fn review(edition: &Edition<'_>, review: &Review, language: &str) -> Value {
    let by = edition.person(&review.by);
    json!({
        "by": person(edition, &review.by, language),
        "on": review.on, "next": review.next,
        "expired": edition.today > review.next,
        "changed": review.text == ReviewedText::Changed,
        "stamp": [
            edition.say::<&str>(language, "stamp_review", &[]),
            format!("{}.{}.{}", review.on.year(), review.on.month(), review.on.day()),
            by.map_or(String::new(), |p| edition.say::<&str>(language, &format!("stamp_{}", p.profession.id()), &[])),
        ],
    })
}

/// The way back: to the first stage of the first window, or to the first topic.
fn back(edition: &Edition<'_>, article: &Article, language: &str) -> Option<Value> {
    let by_stage =
        article.windows.first().and_then(|w| Some((Stage::first_of(w)?.path(), edition.window(w, language))));
    let by_topic = || {
        topics(edition, &article.topics, language)
            .into_iter()
            .next()
            .and_then(|t| Some((t["path"].as_str()?.to_owned(), t["title"].as_str()?.to_owned())))
    };
    by_stage.or_else(by_topic).map(|(path, label)| json!({ "path": path, "label": label }))
}

/// What to read next.
fn related(edition: &Edition<'_>, article: &Article, language: &str) -> Vec<Card> {
    edition
        .index()
        .near(&article.slug, language, RELATED)
        .into_iter()
        .filter_map(|a| edition.card(a, language))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_alone_is_marked() {
        let html = "<ul>\n<li><a href=\"/x/\">流産のあとに</a></li>\n<li><a href=\"/y/\">ここ</a>から</li>\n</ul><p><a \
            href=\"/z/\">読む</a></p><p><a href=\"/a/\">A</a>・<a href=\"/b/\">B</a></p>";
        let marked = "<ul>\n<li class=\"alone\"><a href=\"/x/\">流産のあとに</a></li>\n<li><a \
            href=\"/y/\">ここ</a>から</li>\n</ul><p class=\"alone\"><a href=\"/z/\">読む</a></p><p><a \
            href=\"/a/\">A</a>・<a href=\"/b/\">B</a></p>";
        assert_eq!(alone(html), marked);
        assert_eq!(alone(marked), marked);
    }
}
