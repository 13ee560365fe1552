//! A version and who stands behind it in, what machines read of it (JSON-LD `MedicalWebPage`) out.

use crate::content::{Review, ReviewedText, Version};
use crate::site::{Address, Edition};
use serde_json::{Map, Value, json};

/// What is known of a page beside its version.
pub(super) struct Page<'a> {
    /// Its address below the public URL.
    pub path: String,
    /// Authors' ids.
    pub authors: &'a [String],
    /// For whom it is, in words: 妊娠5〜16週のころ.
    pub readers: Vec<String>,
    /// Topics' titles.
    pub topics: Vec<String>,
    /// What it rests on.
    pub sources: &'a [String],
}

/// As text for a `<script type="application/ld+json">`, which is data and not run; nothing in it can end the element.
pub(super) fn medical(edition: &Edition<'_>, version: &Version, page: &Page<'_>) -> String {
    let url = edition.config.url(&page.path);
    let mut all = json!({
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "@id": url,
        "url": url,
        "name": version.title,
        "description": version.summary,
        "inLanguage": if version.language == "easy" { "ja" } else { &version.language },
        "isAccessibleForFree": true,
        "timeRequired": format!("PT{}M", version.minutes),
        "publisher": { "@type": "GovernmentOrganization", "name": edition.config.site.city,
            "url": edition.config.url("/") },
    });
    let Value::Object(fields) = &mut all else { return String::new() };
    add(fields, "author", page.authors.iter().filter_map(|id| person(edition, id)).collect());
    add(fields, "aspect", page.topics.iter().map(|t| json!(t)).collect());
    add(fields, "citation", page.sources.iter().map(|s| json!(s)).collect());
    add(
        fields,
        "medicalAudience",
        page.readers
            .iter()
            .map(|r| json!({ "@type": "MedicalAudience", "audienceType": "Patient", "name": r }))
            .collect(),
    );
    if let Some(review) = version.review.as_ref().filter(|r| stands(r)) {
        add(fields, "reviewedBy", person(edition, &review.by).into_iter().collect());
        fields.insert("lastReviewed".into(), json!(review.on));
    }
    all.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Nobody has reviewed a text that was rewritten since.
fn stands(review: &Review) -> bool {
    review.text != ReviewedText::Changed
}

/// One thing as itself, several as a list, none not at all.
fn add(fields: &mut Map<String, Value>, key: &str, mut values: Vec<Value>) {
    match values.len() {
        0 => {}
        1 => drop(fields.insert(key.into(), values.remove(0))),
        _ => drop(fields.insert(key.into(), Value::Array(values))),
    }
}

fn person(edition: &Edition<'_>, id: &str) -> Option<Value> {
    let person = edition.person(id)?;
    let mut all = json!({
        "@type": "Person",
        "name": person.name,
        "jobTitle": person.profession.title(),
        "url": edition.config.url(&Address::Person(person.id.clone()).path(edition.config)),
    });
    if let Some(fields) = all.as_object_mut().filter(|_| !person.affiliation.is_empty()) {
        fields.insert("affiliation".into(), json!({ "@type": "Organization", "name": person.affiliation }));
    }
    Some(all)
}
