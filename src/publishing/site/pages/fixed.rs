//! A fixed page in, its template and context out; the night page in sections for one thumb.

use super::article::{alone, review, versions};
use super::json_ld;
use crate::content::Version;
use crate::site::night::{
    CLINICS, Section, after_the_first_words, first_number, sections, with_clinics, with_own_clinic,
};
use crate::site::{Address, Edition, LOSS_NIGHT};
use serde_json::{Value, json};

pub(super) fn page(edition: &Edition<'_>, slug: &str, language: &str) -> Option<(&'static str, Value)> {
    let page = edition.library.pages.get(slug)?;
    let version = edition.version(&page.versions, language)?;
    let fallback = version.language != language;
    let mut context = json!({
        "section": "", "slug": slug,
        "fallback": fallback,
        "robots": if fallback { "noindex" } else { "" },
        "here": Address::Page(slug.to_owned(), version.language.clone()).path(edition.config),
        "page": edition.body_parts(version),
        "review": version.review.as_ref().map(|r| review(edition, r, language)),
        "json_ld": version.review.as_ref().map(|_| machines(edition, slug, version)),
        "languages": versions(edition, page.versions.keys(), language, |l| Address::Page(slug.to_owned(), l)),
    });
    let clinics = super::contacts::clinics(edition, language);
    let say = |key: &str| edition.say::<&str>(&version.language, key, &[]);
    let numbers: Vec<(&str, &str, &str)> =
        clinics.iter().map(|c| (c.number.as_str(), c.dial.as_str(), c.title.as_str())).collect();
    if page.template != "night" {
        let html = context["page"]["html"].as_str().unwrap_or_default();
        if html.contains(CLINICS) {
            context["page"]["html"] =
                with_own_clinic(html, &say("aid_call_own"), &numbers, &say("aid_clinic_card")).into();
            context["rings_clinic"] = true.into();
        }
        return Some(("page.html", context));
    }
    // After a loss nobody shall be led to a maternity handbook.
    let spared = slug == LOSS_NIGHT;
    let own = say(if spared { "aid_clinic_card" } else { "night_own_clinic" });
    let html = with_clinics(&alone(&edition.pictures.complete(&version.body.html)), &numbers, &own);
    let (before, sections) = sections(&html);
    let short = edition.say::<&str>(language, "night_dock", &[]);
    let short: Vec<&str> = short.split('|').collect();
    let dock: Vec<Value> = sections
        .iter()
        .enumerate()
        .map(|(n, s)| {
            json!({ "id": s.id, "label": if !spared
            && short.len() == sections.len() { short[n].to_owned() } else { s.heading.clone() } })
        })
        .collect();
    if let Value::Object(fields) = &mut context {
        fields.insert("before".into(), before.into());
        fields.insert("sections".into(), sections.iter().map(|s| shown(edition, s, !spared, language)).collect());
        fields.insert("dock".into(), json!(dock));
        fields.insert("after_loss".into(), spared.into());
        fields.insert("calls".into(), json!(super::contacts::night_calls(edition, spared, language)));
    }
    Some(("night.html", context))
}

/// A section of the night page: what is said first, the number to ring, and the rest.
fn shown(edition: &Edition<'_>, section: &Section, leads_on: bool, language: &str) -> Value {
    let (lead, html) = after_the_first_words(&section.html);
    let (button, own_clinic) =
        first_number(&section.html).and_then(|dial| super::contacts::behind(edition, dial, language)).unzip();
    json!({ "id": section.id, "heading_html": section.heading_html, "lead": lead, "html": html, "button": button,
        "own_clinic": own_clinic.unwrap_or(false), "near_loss": leads_on && own_clinic.unwrap_or(false)
            && edition.library.pages.contains_key("loss") })
}

/// What machines read of a page that somebody has reviewed.
fn machines(edition: &Edition<'_>, slug: &str, version: &Version) -> String {
    let path = Address::Page(slug.to_owned(), version.language.clone()).path(edition.config);
    json_ld::medical(
        edition,
        version,
        &json_ld::Page { path, authors: &[], readers: Vec::new(), topics: Vec::new(), sources: &[] },
    )
}
