//! A person in, what they wrote and reviewed out.

use crate::content::{Article, Profession};
use crate::site::{Address, Edition};
use serde_json::{Value, json};

/// Articles under a person's name; who wrote more is known by then.
const OF_A_PERSON: usize = 60;

pub(super) fn list(edition: &Edition<'_>) -> Value {
    let language = edition.config.main_language();
    let groups: Vec<Value> = Profession::ALL
        .into_iter()
        .filter_map(|profession| {
            let people: Vec<Value> = edition
                .library
                .people
                .iter()
                .filter(|p| p.profession == profession)
                .map(|p| {
                    json!({ "path": Address::Person(p.id.clone()).path(edition.config), "name": p.name, "kana": p.kana,
                    "licence": p.licence, "affiliation": p.affiliation })
                })
                .collect();
            (!people.is_empty()).then(|| {
                json!({ "profession": edition.profession(profession, language),
                "people": people })
            })
        })
        .collect();
    json!({ "section": "", "groups": groups })
}

/// Articles under a person's name that `shown` lets stand there, as `wrote` and `reviewed`.
pub(super) fn works(edition: &Edition<'_>, id: &str, shown: impl Fn(&&Article) -> bool) -> Value {
    let reviewed = |a: &&Article| a.versions.values().any(|v| v.review.as_ref().is_some_and(|r| r.by == id));
    json!({
        "wrote": edition.cards(edition.articles().filter(|a| a.authors.iter().any(|x| x == id)).filter(&shown)
            .take(OF_A_PERSON)),
        "reviewed": edition.cards(edition.articles().filter(reviewed).filter(&shown).take(OF_A_PERSON)),
    })
}

pub(super) fn person(edition: &Edition<'_>, id: &str) -> Option<Value> {
    let person = edition.person(id)?;
    let language = edition.config.main_language();
    let own = json!({ "section": "", "person": person, "profession": edition.profession(person.profession, language) });
    Some(super::home::merged(own, works(edition, id, |_| true)))
}
