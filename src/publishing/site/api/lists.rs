//! Short lists of an edition in, their JSON out: fixed pages, topics, people, emergency contacts, and what there is at
//! all.

use super::resource::{Resource, languages, version};
use super::shape::{Contact, Day, FixedPage, Person, Root, Topic};
use crate::site::{Address, Edition};

/// Where to begin.
pub(super) fn root(edition: &Edition<'_>) -> Root {
    use Resource::{Articles, Bulletins, Contacts, Coverage, OpenApi, Pages, People, Segments, Stages, Topics};
    let config = edition.config;
    Root {
        title: config.site.title.clone(),
        city: config.site.city.clone(),
        url: config.url("/"),
        languages: config.site.languages.clone(),
        date: Day(edition.today),
        openapi: edition.resource_url(&OpenApi),
        collections: [Articles(1), Stages, Bulletins(1), Segments, Coverage, Topics, People, Contacts, Pages]
            .iter()
            .map(|r| edition.resource_url(r))
            .collect(),
    }
}

pub(super) fn pages(edition: &Edition<'_>) -> Vec<FixedPage> {
    let path = |slug: &str, language: &str| Address::Page(slug.to_owned(), language.to_owned()).path(edition.config);
    edition
        .library
        .pages
        .values()
        .map(|page| FixedPage {
            slug: page.slug.clone(),
            versions: languages(edition, &page.versions)
                .iter()
                .filter_map(|l| Some(version(edition, page.versions.get(l)?, &path(&page.slug, l))))
                .collect(),
        })
        .collect()
}

pub(super) fn topics(edition: &Edition<'_>) -> Vec<Topic> {
    let of = |t: &crate::content::Topic| Topic {
        id: t.id.clone(),
        title: t.title.clone(),
        summary: t.summary.clone(),
        url: edition.config.url(&Address::Topic(t.id.clone(), 1).path(edition.config)),
        articles: edition.index().of_topic(&t.id).count(),
    };
    edition.library.topics.iter().map(of).collect()
}

pub(super) fn people(edition: &Edition<'_>) -> Vec<Person> {
    let of = |p: &crate::content::Person| Person {
        id: p.id.clone(),
        name: p.name.clone(),
        kana: p.kana.clone(),
        profession: p.profession.id(),
        licence: p.licence.clone(),
        affiliation: p.affiliation.clone(),
        bio: p.bio.clone(),
        conflicts: p.conflicts.clone(),
        url: edition.config.url(&Address::Person(p.id.clone()).path(edition.config)),
    };
    edition.library.people.iter().map(of).collect()
}

pub(super) fn contacts(edition: &Edition<'_>) -> Vec<Contact> {
    let of = |c: &crate::content::EmergencyContact| Contact {
        id: c.id.clone(),
        number: c.number.clone(),
        title: c.title.clone(),
        easy: c.easy.clone(),
        en: c.en.clone(),
        when: c.when.clone(),
        hours: c.hours.clone(),
        languages: c.languages.clone(),
        cost: c.cost.clone(),
        text: c.text.clone(),
        url: c.url.clone(),
        kind: c.kind.clone(),
        checked: Day(c.checked),
    };
    edition.library.contacts.iter().map(of).collect()
}
