//! Articles of an edition in, their JSON out: lists, filtered lists, single ones.

use super::query::{ArticleQuery, known, limit, query_string};
use super::resource::{
    BASE, Resource, languages, page_of, part_of, review, reviewed, stage_name, stage_named, version,
};
use super::shape::{self, ArticleSummary, List};
use crate::content::Article;
use crate::site::{Edition, Stage};

/// An article in a list; in the main language if there is no such version.
pub(super) fn summary(edition: &Edition<'_>, article: &Article, language: &str) -> Option<ArticleSummary> {
    let version = article.versions.get(language).or_else(|| article.versions.get(edition.config.main_language()))?;
    Some(ArticleSummary {
        slug: article.slug.clone(),
        url: edition.config.url(&edition.article_path(&article.slug, &version.language)),
        json: edition.resource_url(&Resource::Article(article.slug.clone())),
        language: version.language.clone(),
        languages: languages(edition, &article.versions),
        title: version.title.clone(),
        summary: version.summary.clone(),
        topics: article.topics.clone(),
        windows: article.windows.iter().map(Into::into).collect(),
        stages: Stage::all().filter(|s| article.windows.iter().any(|w| s.touches(w))).map(stage_name).collect(),
        essential: article.essential,
        minutes: version.minutes,
        authors: article.authors.clone(),
        reviewed: reviewed(edition, version),
        review: version.review.as_ref().map(review),
    })
}

/// A static part of the list of all.
pub(super) fn part(edition: &Edition<'_>, part: usize) -> List<ArticleSummary> {
    let all: Vec<&Article> = edition.articles().collect();
    let main = edition.config.main_language();
    part_of(&all, part, |a| summary(edition, a, main), |next| edition.resource_url(&Resource::Articles(next)))
}

/// One with all its versions.
pub(super) fn item(edition: &Edition<'_>, slug: &str) -> Option<shape::Article> {
    let article = edition.library.articles.get(slug).filter(|a| edition.drafts || !a.draft)?;
    let summary = summary(edition, article, edition.config.main_language())?;
    let of = |language: &String| {
        article.versions.get(language).map(|v| version(edition, v, &edition.article_path(slug, language)))
    };
    Some(shape::Article {
        segments: article.segments.clone(),
        ask: article.ask.map(crate::content::Profession::id),
        sources: article.sources.clone(),
        aliases: article.aliases.iter().map(|a| a.slug.clone()).collect(),
        versions: summary.languages.iter().filter_map(of).collect(),
        summary,
    })
}

/// Those that fit a query, by slug.
pub(super) fn find(edition: &Edition<'_>, query: &ArticleQuery) -> Result<List<ArticleSummary>, String> {
    let most = limit(query.limit)?;
    let stage = match &query.stage {
        Some(name) => Some(
            stage_named(name)
                .ok_or_else(|| format!("stage={name} という時期はありません。例: weeks/24、months/3、years/2"))?,
        ),
        None => None,
    };
    known("language", query.language.as_deref(), edition.config.site.languages.iter().map(String::as_str))?;
    known("topic", query.topic.as_deref(), edition.library.topics.iter().map(|t| t.id.as_str()))?;
    known("author", query.author.as_deref(), edition.library.people.iter().map(|p| p.id.as_str()))?;
    let language = query.language.as_deref().unwrap_or(edition.config.main_language());
    let fits = |a: &&Article| {
        query.topic.as_ref().is_none_or(|t| a.topics.contains(t))
            && stage.is_none_or(|s| a.windows.iter().any(|w| s.touches(w)))
            && query.author.as_ref().is_none_or(|p| a.authors.contains(p))
            && query.essential.is_none_or(|wanted| a.essential == wanted)
            && a.versions
                .get(language)
                .is_some_and(|v| query.reviewed.is_none_or(|wanted| reviewed(edition, v) == wanted))
    };
    let mut fit: Vec<&Article> = edition
        .library
        .articles
        .values()
        .map(|a| -> &Article { a })
        .filter(|a| edition.drafts || !a.draft)
        .filter(fits)
        .collect();
    fit.sort_by(|a, b| a.slug.cmp(&b.slug));
    let (page, last) = page_of(&fit, |a| a.slug.as_str(), query.after.as_deref(), most);
    let next = last.map(|after| {
        edition
            .config
            .url(&format!("{BASE}/articles?{}", query_string(&ArticleQuery { after: Some(after), ..query.clone() })))
    });
    Ok(List { total: fit.len(), items: page.iter().filter_map(|a| summary(edition, a, language)).collect(), next })
}
