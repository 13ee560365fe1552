//! The wire and what hangs on it: home, a stage's page, all articles, a topic's, another language's home.

use crate::content::Article;
use crate::site::index::LOSS;
use crate::site::{Address, Edition, LOSS_NIGHT, Stage};
use serde_json::{Value, json};

/// Bulletins on the home page.
const BULLETINS: usize = 5;
/// Articles on one page of a topic's list.
pub(super) const A_PART: usize = 40;
/// Articles of a topic in the list of all.
pub(super) const OF_A_TOPIC: usize = 20;
/// Articles on a stage's page: a family of today reads a few, and a city with more has topics.
pub(super) const OF_A_STAGE: usize = 30;

/// A seat on the wire.
fn seat(edition: &Edition<'_>, stage: Stage, here: Option<Stage>) -> Value {
    let language = edition.config.main_language();
    let label = edition.say(language, &format!("seat_{}", stage.group()), &values(stage));
    let far = here.is_some_and(|h| h.group() != stage.group() || (h.number() - stage.number()).abs() > 3);
    json!({ "n": stage.number(), "path": stage.path(), "label": label, "pole": stage.pole(),
        "here": here == Some(stage), "far": far })
}

/// The number, and for a week its pregnancy month (counted from 1, four weeks each).
fn values(stage: Stage) -> Vec<(&'static str, String)> {
    vec![("n", stage.number().to_string()), ("month", (stage.number() / 4 + 1).to_string())]
}

/// The three wires; `here` is the seat the bird sits on.
pub(super) fn wires(edition: &Edition<'_>, here: Option<Stage>) -> Value {
    let wire = |group: &str| -> Value {
        let seats: Vec<Value> = Stage::all().filter(|s| s.group() == group).map(|s| seat(edition, s, here)).collect();
        json!({ "group": group, "seats": seats, "here": here.is_some_and(|h| h.group() == group) })
    };
    json!([wire("weeks"), wire("months"), wire("years")])
}

/// What stands beside every wire: news, numbers, topics.
fn around(edition: &Edition<'_>) -> Value {
    let language = edition.config.main_language();
    json!({
        "bulletins": edition.bulletin_rows(language).into_iter().take(BULLETINS).collect::<Vec<_>>(),
        "lines": super::contacts::first_lines(edition, language),
        "relay": super::contacts::relay(edition, language),
        "checked": edition.library.contacts.iter().map(|c| c.checked).min(),
        "topics": topics(edition),
        "letter_day": edition.say::<&str>(language, &format!("day_{}", edition.config.site.letters.day), &[]),
        "night": edition.library.pages.contains_key("night"),
    })
}

/// All topics, as links.
pub(super) fn topics(edition: &Edition<'_>) -> Vec<Value> {
    edition
        .library
        .topics
        .iter()
        .map(|t| {
            json!({ "path": Address::Topic(t.id.clone(), 1).path(edition.config),
        "title": t.title, "summary": t.summary })
        })
        .collect()
}

/// The page that finds by words; topics are listed where their pages are in the same language.
pub(super) fn search(edition: &Edition<'_>, language: &str) -> Value {
    let topics = if language == edition.config.main_language() { topics(edition) } else { Vec::new() };
    json!({ "section": "read", "robots": "noindex", "topics": topics, "languages": in_languages(edition, language,
        Address::Search) })
}

/// The same page in every language of the site.
fn in_languages(edition: &Edition<'_>, language: &str, address: fn(String) -> Address) -> Vec<Value> {
    super::article::versions(edition, edition.config.site.languages.iter(), language, address)
}

pub(super) fn merged(mut a: Value, b: Value) -> Value {
    if let (Value::Object(a), Value::Object(b)) = (&mut a, b) {
        a.extend(b);
    }
    a
}

pub(super) fn home(edition: &Edition<'_>) -> Value {
    merged(
        around(edition),
        json!({ "section": "read", "wires": wires(edition, None), "languages": in_languages(edition,
            edition.config.main_language(), Address::Home) }),
    )
}

/// The home page of a household that has stopped letters: a calm home. No weeks, the months and years folded, no news
/// of births and courses, and no word of why.
pub(super) fn quiet(edition: &Edition<'_>) -> Value {
    let loss = edition.library.pages.contains_key("loss");
    let main = edition.config.main_language();
    // Whoever is recognised no more stays here at the next tap, too.
    let paths = edition.theme.quiet_paths(main);
    let own = json!({ "section": "read", "robots": "noindex", "spared": true, "wires": without_weeks(edition, None),
        "loss": loss, "paths": paths });
    merged(merged(around(edition), spared_around(edition)), own)
}

/// What else stands beside a wire there: the city's news without births, and her own numbers before a child's.
pub(super) fn spared_around(edition: &Edition<'_>) -> Value {
    let main = edition.config.main_language();
    let (bulletins, _) = edition.spared_bulletins(main);
    json!({ "bulletins": bulletins.into_iter().take(BULLETINS).collect::<Vec<_>>(),
        "lines": super::contacts::spared_lines(edition, main), "night": false })
}

/// Months and years alone.
pub(super) fn without_weeks(edition: &Edition<'_>, here: Option<Stage>) -> Vec<Value> {
    wires(edition, here).as_array().into_iter().flatten().filter(|w| w["group"] != "weeks").cloned().collect()
}

pub(super) fn stage(edition: &Edition<'_>, stage: Stage) -> Value {
    let language = edition.config.main_language();
    let cards = edition.cards(stage.articles(edition.library, edition.drafts).into_iter().take(OF_A_STAGE));
    let say = |key: &str| edition.say(language, &format!("{key}_{}", stage.group()), &values(stage));
    let note = match stage {
        // 「妊婦に対する健康診査についての望ましい基準」（平成27年厚生労働省告示第226号）
        Stage::Week(n) if n < 24 => edition.say::<&str>(language, "note_weeks_early", &[]),
        Stage::Week(n) if n < 36 => edition.say::<&str>(language, "note_weeks_mid", &[]),
        Stage::Week(_) => edition.say::<&str>(language, "note_weeks_late", &[]),
        Stage::Month(_) => edition.say::<&str>(language, "note_months", &[]),
        Stage::Year(_) => edition.say::<&str>(language, "note_years", &[]),
    };
    let (before, after) = stage.neighbours();
    let near = |s: Option<Stage>| {
        s.map(
            |s| json!({ "path": s.path(), "label": edition.say(language, &format!("near_{}", s.group()), &values(s)) }),
        )
    };
    let here = json!({
        "n": stage.number(), "group": stage.group(), "title": say("stage"), "big": say("big"), "of": say("of"),
        "note": note,
        "before": near(before), "after": near(after),
    });
    merged(
        around(edition),
        json!({ "section": "read", "wires": wires(edition, Some(stage)), "stage": here, "cards": cards }),
    )
}

/// The first of every topic; the rest stand on the topic's own pages.
pub(super) fn articles(edition: &Edition<'_>) -> Value {
    let groups: Vec<Value> = edition
        .library
        .topics
        .iter()
        .map(|t| {
            let all: Vec<&Article> = first_of_topic(edition, &t.id).collect();
            let path = Address::Topic(t.id.clone(), 1).path(edition.config);
            json!({ "id": t.id, "path": path, "title": t.title,
                "cards": edition.cards(all.iter().copied().take(OF_A_TOPIC)),
                "more": all.len().saturating_sub(OF_A_TOPIC) })
        })
        .collect();
    json!({ "section": "read", "groups": groups, "count": edition.articles().count() })
}

/// Articles whose first topic is this one, in the order of life: each stands in the full list once.
pub(super) fn first_of_topic<'a>(edition: &Edition<'a>, id: &str) -> impl Iterator<Item = &'a Article> {
    edition.index().of_topic(id).filter(move |a| a.topics.first().is_some_and(|t| t == id))
}

impl Edition<'_> {
    /// How many pages a topic's list has; one even if it is empty.
    pub(in crate::site) fn topic_parts(&self, id: &str) -> usize {
        self.index().of_topic(id).count().div_ceil(A_PART).max(1)
    }
}

pub(super) fn topic(edition: &Edition<'_>, id: &str, part: usize) -> Option<Value> {
    let topic = edition.library.topics.iter().find(|t| t.id == id)?;
    let parts = edition.topic_parts(id);
    let first = part.checked_sub(1).filter(|n| *n < parts)?;
    let cards = edition.cards(edition.index().of_topic(id).skip(first * A_PART).take(A_PART));
    let path = |n: usize| (1..=parts).contains(&n).then(|| Address::Topic(id.to_owned(), n).path(edition.config));
    Some(json!({ "section": "read", "topic": topic, "cards": cards, "loss": id == LOSS, "part": part, "parts": parts,
            "before": path(part - 1), "after": path(part + 1) }))
}

/// What exists in another language: articles, bulletins, pages, numbers.
pub(super) fn language_home(edition: &Edition<'_>, language: &str) -> Value {
    let groups: Vec<Value> = edition
        .library
        .topics
        .iter()
        .filter_map(|t| {
            let cards: Vec<_> = first_of_topic(edition, &t.id)
                .filter(|a| a.versions.contains_key(language))
                .filter_map(|a| edition.card(a, language))
                .collect();
            (!cards.is_empty())
                .then(|| json!({ "id": t.id, "title": edition.topic_title(&t.id, &t.title, language), "cards": cards }))
        })
        .collect();
    let bulletins: Vec<_> = edition
        .bulletins()
        .filter(|b| b.versions.contains_key(language))
        .filter_map(|b| edition.bulletin_row(b, language))
        .collect();
    let pages: Vec<Value> = edition
        .library
        .pages
        .values()
        // It stands in the place of another one, for whom it is.
        .filter(|p| p.slug != LOSS_NIGHT)
        .filter_map(|p| {
            p.versions.get(language).map(|v| {
                json!({ "path": Address::Page(p.slug.clone(),
                language.to_owned()).path(edition.config), "title": v.title, "summary": v.summary })
            })
        })
        .collect();
    json!({
        "section": "read", "groups": groups, "bulletins": bulletins, "pages": pages, "languages": in_languages(edition,
            language, Address::Home),
        "lines": super::contacts::first_lines(edition, language),
        "relay": super::contacts::relay(edition, language),
        "checked": edition.library.contacts.iter().map(|c| c.checked).min(),
    })
}

impl Edition<'_> {
    /// A topic's title in a language of the theme; the title itself where the theme has no word for it.
    pub(super) fn topic_title(&self, id: &str, title: &str, language: &str) -> String {
        let words = self.theme.words(language);
        if language == self.config.main_language() {
            title.to_owned()
        } else {
            words.get(&format!("topic_{id}")).cloned().unwrap_or_else(|| title.to_owned())
        }
    }
}
