//! Weeks, months and years in, their JSON with the articles that belong to them out.

use super::article;
use super::resource::{Resource, stage_name};
use super::shape::{self, StageSummary};
use crate::content::Article;
use crate::site::{Edition, Stage};

fn summary(edition: &Edition<'_>, stage: Stage, articles: usize) -> StageSummary {
    StageSummary {
        stage: stage_name(stage),
        group: stage.group(),
        number: stage.number(),
        url: edition.config.url(&stage.path()),
        json: edition.resource_url(&Resource::Stage(stage)),
        articles,
    }
}

fn articles<'e>(edition: &'e Edition<'_>, stage: Stage) -> Vec<&'e Article> {
    stage.articles(edition.library, edition.drafts)
}

/// All seats on the wire.
pub(super) fn all(edition: &Edition<'_>) -> Vec<StageSummary> {
    Stage::all().map(|s| summary(edition, s, articles(edition, s).len())).collect()
}

/// A seat with all its articles, the fittest first.
pub(super) fn item(edition: &Edition<'_>, stage: Stage) -> shape::Stage {
    let main = edition.config.main_language();
    let found = articles(edition, stage);
    let (before, after) = stage.neighbours();
    let url = |s: Option<Stage>| s.map(|s| edition.resource_url(&Resource::Stage(s)));
    shape::Stage {
        summary: summary(edition, stage, found.len()),
        before: url(before),
        after: url(after),
        items: found.into_iter().filter_map(|a| article::summary(edition, a, main)).collect(),
    }
}
