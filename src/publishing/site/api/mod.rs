//! An edition in, everything that the site knows as JSON out: static files for any web host, and filtered lists for the
//! server.
//!
//! [`shape`] has the shapes, `openapi` describes them. A [`Resource`] is one static file; the server answers an
//! unfiltered request with it.

mod article;
mod bulletin;
mod lists;
mod openapi;
pub mod query;
mod resource;
mod segment;
pub mod shape;
mod stage;

pub use openapi::document;
pub use resource::{BASE, Resource};

use super::{Address, Edition, Stage};
use crate::content;
use crate::press::Press;
use crate::stamp::{Digest, Digester};
use anyhow::Result;
use query::MOST;
use rayon::prelude::*;
use resource::{parts, whole};
use serde::Serialize;
use shape::List;

/// Puts all files on a press, in parallel and one at a time in memory; how many. None where the site does not want them
/// (`api: false`).
pub(super) fn put(edition: &Edition<'_>, press: &Press) -> Result<usize> {
    if !edition.config.site.api {
        return Ok(0);
    }
    let resources = edition.resources();
    resources.par_iter().try_for_each(|resource| {
        let file = format!("{}/{}", BASE.trim_start_matches('/'), resource.file());
        let key = edition.key(resource);
        if key.is_some_and(|key| press.keeps_gate(&file, key)) {
            return Ok(());
        }
        press.put(&file, key.unwrap_or_default(), Digest::default(), [(file.clone(), edition.json(resource)?)])
    })?;
    Ok(resources.len())
}

impl Edition<'_> {
    /// All JSON files of this edition.
    pub fn resources(&self) -> Vec<Resource> {
        use Resource::{
            Article, Articles, Bulletin, Bulletins, Contacts, Coverage, OpenApi, Pages, People, Root, Segments, Stages,
            Topics,
        };
        let mut all = vec![Root, Pages, Segments, Stages, Topics, People, Contacts, Coverage, OpenApi];
        all.extend(Stage::all().map(Resource::Stage));
        let slugs: Vec<String> = self.articles().map(|a| a.slug.clone()).collect();
        all.extend((1..=parts(slugs.len())).map(Articles));
        all.extend(slugs.into_iter().map(Article));
        let slugs: Vec<String> = self.bulletins().map(|b| b.slug.clone()).collect();
        all.extend((1..=parts(slugs.len())).map(Bulletins));
        all.extend(slugs.into_iter().map(Bulletin));
        all
    }

    /// A file's bytes.
    pub fn json(&self, resource: &Resource) -> Result<Vec<u8>> {
        let missing = || anyhow::anyhow!("{} はありません", resource.file());
        match resource {
            Resource::Root => bytes(&lists::root(self)),
            Resource::Articles(part) => bytes(&article::part(self, *part)),
            Resource::Article(slug) => bytes(&article::item(self, slug).ok_or_else(missing)?),
            Resource::Bulletins(part) => bytes(&bulletin::part(self, *part)),
            Resource::Bulletin(slug) => bytes(&bulletin::item(self, slug).ok_or_else(missing)?),
            Resource::Pages => bytes(&whole(lists::pages(self))),
            Resource::Segments => bytes(&whole(segment::all(self))),
            Resource::Stages => bytes(&whole(stage::all(self))),
            Resource::Stage(stage) => bytes(&stage::item(self, *stage)),
            Resource::Topics => bytes(&whole(lists::topics(self))),
            Resource::People => bytes(&whole(lists::people(self))),
            Resource::Contacts => bytes(&whole(lists::contacts(self))),
            Resource::Coverage => bytes(&self.coverage()),
            Resource::OpenApi => bytes(&document(self.config)),
        }
    }

    /// The articles that fit, after the one where the reader stopped; the text of an error is for the reader.
    pub fn find_articles(&self, query: &query::ArticleQuery) -> Result<List<shape::ArticleSummary>, String> {
        article::find(self, query)
    }
    /// The bulletins that fit.
    pub fn find_bulletins(&self, query: &query::BulletinQuery) -> Result<List<shape::BulletinSummary>, String> {
        bulletin::find(self, query)
    }

    /// What is quickly known of a file: as long as it is the same, so is the file. `None`: nothing is, and the file is
    /// small or short.
    fn key(&self, resource: &Resource) -> Option<Digest> {
        let of = |articles: &mut dyn Iterator<Item = &content::Article>| {
            let start =
                Digester::default().digest(self.world()).digest(self.library.world).part(self.today.to_string());
            articles.fold(start, |all, a| {
                a.versions.iter().fold(all.part(&a.slug), |all, (language, v)| all.part(language).digest(v.digest))
            })
        };
        match resource {
            Resource::Article(slug) => {
                self.gate(&Address::Article(slug.clone(), self.config.main_language().to_owned()))
            }
            Resource::Articles(part) => {
                let all = self.articles().count();
                Some(of(&mut self.articles().skip((part.max(&1) - 1) * MOST).take(MOST)).number(all as u64).end())
            }
            Resource::Stage(stage) => Some(of(&mut stage.articles(self.library, self.drafts).into_iter()).end()),
            Resource::Coverage | Resource::Stages | Resource::Topics => Some(of(&mut self.articles()).end()),
            _ => None,
        }
    }

    fn resource_url(&self, resource: &Resource) -> String {
        self.config.url(&format!("{BASE}/{}", resource.file()))
    }
}

/// JSON as it is sent and written.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
