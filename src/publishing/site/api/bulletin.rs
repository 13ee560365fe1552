//! Bulletins of an edition in, their JSON out: lists, filtered lists, single ones.

use super::query::{BulletinQuery, known, limit, query_string};
use super::resource::{BASE, Resource, languages, page_of, part_of, version};
use super::shape::{self, BulletinSummary, Day, List};
use crate::content::Bulletin;
use crate::site::{Address, Edition};

fn summary(edition: &Edition<'_>, bulletin: &Bulletin, language: &str) -> Option<BulletinSummary> {
    let version = bulletin.versions.get(language).or_else(|| bulletin.versions.get(edition.config.main_language()))?;
    Some(BulletinSummary {
        slug: bulletin.slug.clone(),
        url: edition.config.url(&path(edition, &bulletin.slug, &version.language)),
        json: edition.resource_url(&Resource::Bulletin(bulletin.slug.clone())),
        language: version.language.clone(),
        languages: languages(edition, &bulletin.versions),
        title: version.title.clone(),
        summary: version.summary.clone(),
        publish: Day(bulletin.publish),
        until: bulletin.until.map(Day),
        on: bulletin.on.map(Day),
        urgent: bulletin.urgent,
        topics: bulletin.topics.clone(),
        segments: bulletin.segments.clone(),
    })
}

fn path(edition: &Edition<'_>, slug: &str, language: &str) -> String {
    Address::Bulletin(slug.to_owned(), language.to_owned()).path(edition.config)
}

/// Those that are shown, by slug.
fn shown<'a>(edition: &'a Edition<'_>) -> Vec<&'a Bulletin> {
    let mut all: Vec<&Bulletin> = edition.bulletins().collect();
    all.sort_by(|a, b| a.slug.cmp(&b.slug));
    all
}

/// A static part of the list of all.
pub(super) fn part(edition: &Edition<'_>, part: usize) -> List<BulletinSummary> {
    let main = edition.config.main_language();
    part_of(
        &shown(edition),
        part,
        |b| summary(edition, b, main),
        |next| edition.resource_url(&Resource::Bulletins(next)),
    )
}

/// One with all its versions.
pub(super) fn item(edition: &Edition<'_>, slug: &str) -> Option<shape::Bulletin> {
    let bulletin = edition.bulletins().find(|b| b.slug == slug)?;
    let summary = summary(edition, bulletin, edition.config.main_language())?;
    let of = |language: &String| {
        bulletin.versions.get(language).map(|v| version(edition, v, &path(edition, slug, language)))
    };
    Some(shape::Bulletin {
        sources: bulletin.sources.clone(),
        aliases: bulletin.aliases.iter().map(|a| a.slug.clone()).collect(),
        versions: summary.languages.iter().filter_map(of).collect(),
        summary,
    })
}

/// Those that fit a query, by slug.
pub(super) fn find(edition: &Edition<'_>, query: &BulletinQuery) -> Result<List<BulletinSummary>, String> {
    let most = limit(query.limit)?;
    known("language", query.language.as_deref(), edition.config.site.languages.iter().map(String::as_str))?;
    known("topic", query.topic.as_deref(), edition.library.topics.iter().map(|t| t.id.as_str()))?;
    known("segment", query.segment.as_deref(), edition.library.segments.keys().map(String::as_str))?;
    let language = query.language.as_deref().unwrap_or(edition.config.main_language());
    let mut fit = shown(edition);
    fit.retain(|b| {
        query.topic.as_ref().is_none_or(|t| b.topics.contains(t))
            && query.segment.as_ref().is_none_or(|s| b.segments.contains(s))
            && query.urgent.is_none_or(|wanted| b.urgent == wanted)
            && b.versions.contains_key(language)
    });
    let (page, last) = page_of(&fit, |b| b.slug.as_str(), query.after.as_deref(), most);
    let next = last.map(|after| {
        edition
            .config
            .url(&format!("{BASE}/bulletins?{}", query_string(&BulletinQuery { after: Some(after), ..query.clone() })))
    });
    Ok(List { total: fit.len(), items: page.iter().filter_map(|b| summary(edition, b, language)).collect(), next })
}
