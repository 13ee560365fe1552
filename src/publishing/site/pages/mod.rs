//! An address in, its template, language and context out.

mod api;
mod article;
mod bulletin;
mod card;
mod contacts;
mod fixed;
mod home;
mod json_ld;
mod people;
mod sheet;
mod sources;
mod spared;

pub(in crate::site) use contacts::all as contact_lines;
pub(in crate::site) use spared::Place;

use sheet::Sheet;

use super::filters::fill;
use super::{Address, Edition};
use crate::content::{Review, Version};
use crate::segment::Window;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};

impl Edition<'_> {
    /// What a template needs for a page; the body, which is long, apart.
    pub(super) fn sheet(&self, address: &Address) -> Result<Sheet<'_>> {
        let main = self.config.main_language().to_owned();
        let missing = || format!("{} はありません", address.path(self.config));
        let mut body = None;
        let (template, language, mut context) = match address {
            Address::Home(language) if *language == main => ("home.html", main, home::home(self)),
            Address::Home(language) => ("language-home.html", language.clone(), home::language_home(self, language)),
            Address::Stage(stage) => ("stage.html", main, home::stage(self, *stage)),
            Address::Articles => ("articles.html", main, home::articles(self)),
            Address::Topic(id, part) => ("topic.html", main, home::topic(self, id, *part).with_context(missing)?),
            Address::Article(slug, language) => {
                let (context, version) = article::article(self, slug, language).with_context(missing)?;
                body = Some(("article", version));
                ("article.html", language.clone(), context)
            }
            Address::Bulletins => ("bulletins.html", main, bulletin::list(self)),
            Address::Bulletin(slug, language) => {
                let (context, version) = bulletin::bulletin(self, slug, language).with_context(missing)?;
                body = Some(("bulletin", version));
                ("bulletin.html", language.clone(), context)
            }
            Address::People => ("people.html", main, people::list(self)),
            Address::Person(id) => ("person.html", main, people::person(self, id).with_context(missing)?),
            Address::Page(slug, language) => {
                let (template, context) = fixed::page(self, slug, language).with_context(missing)?;
                (template, language.clone(), context)
            }
            Address::Contacts(language) => ("contacts.html", language.clone(), contacts::page(self, language)),
            Address::Search(language) => ("search.html", language.clone(), home::search(self, language)),
            Address::Moved(_, to) => {
                let Sheet { language, context, .. } = self.sheet(to)?;
                let title =
                    ["article", "bulletin"].iter().find_map(|key| context[key]["title"].as_str()).unwrap_or_default();
                ("moved.html", language, json!({ "to": { "path": to.path(self.config), "title": title } }))
            }
            Address::Api => ("api.html", main, api::page(self)),
            Address::QuietContacts(language) => ("contacts.html", language.clone(), contacts::quiet(self, language)),
            Address::Quiet => ("quiet.html", main, home::quiet(self)),
            Address::Spared(page) => {
                let sheet = spared::sheet(self, page)?;
                body = sheet.body;
                (sheet.template, sheet.language, sheet.context)
            }
            Address::NotFound => ("404.html", main, json!({ "section": "", "robots": "noindex" })),
        };
        if let Value::Object(fields) = &mut context {
            // As it is asked for: on paper stands no other address.
            let asked = if let Address::Spared(page) = address { page } else { address };
            fields.insert("path".into(), asked.path(self.config).into());
        }
        Ok(Sheet { template, language, context, body })
    }

    /// A page as HTML, not minified.
    pub(super) fn print(&self, sheet: Sheet<'_>) -> Result<String> {
        let Sheet { template, language, mut context, body } = sheet;
        if let Some((field, version)) = body
            && let Some(Value::Object(fields)) = context.get_mut(field)
        {
            fields.extend(article::body(self, version));
        }
        self.theme.render(template, &language, &context)
    }

    /// What a page shows of a version: `gist_html`, `html`, `footnotes_html`, `headings`, … with pictures in their
    /// widths.
    pub fn body_parts(&self, version: &Version) -> Value {
        let mut parts = article::facts(self, version);
        parts.extend(article::body(self, version));
        Value::Object(parts)
    }

    /// What the postmark and the banner show of a review: `by`, `on`, `next`, `expired`, `changed`, `stamp`.
    pub fn review_parts(&self, review: &Review, language: &str) -> Value {
        article::review(self, review, language)
    }

    /// 妊娠5〜16週のころ
    pub fn window_words(&self, window: &Window) -> String {
        self.window(window, self.config.main_language())
    }

    /// A word of the theme with values put in; the key itself if the theme lacks it, so that it is seen.
    pub(super) fn say<V: AsRef<str>>(&self, language: &str, key: &str, with: &[(&str, V)]) -> String {
        let word = self.theme.words(language).get(key).map_or(key, String::as_str);
        fill(word, with.iter().map(|(k, v)| (*k, v.as_ref())))
    }
}
