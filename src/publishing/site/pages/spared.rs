//! A page in, what its address shows to a device that is to be spared out: nothing of a pregnancy in any list, what is
//! of children folded, a week of pregnancy closed until she opens it herself.

use super::bulletin::{Row, for_children, for_everybody};
use super::card::Card;
use super::home;
use super::sheet::Sheet;
use crate::content::{Article, Bulletin};
use crate::segment::Unit;
use crate::site::index::LOSS;
use crate::site::near_loss::{speaks_of_births, speaks_of_pregnancy};
use crate::site::{Address, Edition, LOSS_NIGHT, Stage};
use anyhow::Result;
use serde_json::{Value, json};

/// Other news below one.
const OTHERS: usize = 4;

/// Where something stands in a quiet list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::site) enum Place {
    /// For everybody.
    Open,
    /// Of a child: below a fold.
    Folded,
}

impl Edition<'_> {
    /// The place of an article; `None` if it speaks of a pregnancy. Of those about a loss, what looks to another
    /// pregnancy stands in their own list alone.
    pub(in crate::site) fn spared_place(&self, article: &Article, language: &str) -> Option<Place> {
        let version = self.version(&article.versions, language);
        if self.of_loss(article) {
            return version.is_some_and(|v| !speaks_of_pregnancy(&v.title)).then_some(Place::Open);
        }
        let text = version.map(|v| format!("{} {}", v.title, v.summary)).unwrap_or_default();
        let of_weeks = !article.windows.is_empty() && article.windows.iter().all(|w| w.unit == Unit::PregnancyWeeks);
        let of_a_child = !article.windows.is_empty() || speaks_of_births(&text);
        (!of_weeks && !speaks_of_pregnancy(&text)).then_some(if of_a_child { Place::Folded } else { Place::Open })
    }

    /// The place of a bulletin; `None` if it is for pregnancies.
    pub(in crate::site) fn spared_place_of_news(&self, bulletin: &Bulletin, language: &str) -> Option<Place> {
        let text = self
            .version(&bulletin.versions, language)
            .map(|v| format!("{} {}", v.title, v.summary))
            .unwrap_or_default();
        if speaks_of_pregnancy(&text) {
            return None;
        }
        if !speaks_of_births(&text) && for_everybody(self, bulletin) {
            return Some(Place::Open);
        }
        for_children(self, bulletin).then_some(Place::Folded)
    }

    /// News that stand openly, and those below the fold.
    pub(super) fn spared_bulletins(&self, language: &str) -> (Vec<Row>, Vec<Row>) {
        let (mut open, mut folded) = (Vec::new(), Vec::new());
        for bulletin in self.bulletins() {
            let into = match self.spared_place_of_news(bulletin, language) {
                Some(Place::Open) => &mut open,
                Some(Place::Folded) => &mut folded,
                None => continue,
            };
            into.extend(self.bulletin_row(bulletin, language));
        }
        (open, folded)
    }

    /// Cards that stand openly, and those below the fold.
    fn spared_cards<'a>(
        &self,
        articles: impl IntoIterator<Item = &'a Article>,
        language: &str,
    ) -> (Vec<Card>, Vec<Card>) {
        let (mut open, mut folded) = (Vec::new(), Vec::new());
        for article in articles {
            let into = match self.spared_place(article, language) {
                Some(Place::Open) => &mut open,
                Some(Place::Folded) => &mut folded,
                None => continue,
            };
            into.extend(self.card(article, language));
        }
        (open, folded)
    }
}

/// What the address shows there.
pub(super) fn sheet<'a>(edition: &'a Edition<'_>, page: &Address) -> Result<Sheet<'a>> {
    let mut sheet = edition.sheet(page)?;
    let language = sheet.language.clone();
    match page {
        Address::Stage(Stage::Week(_)) => {
            sheet.template = "spared.html";
            sheet.context = json!({ "section": "read" });
        }
        Address::Stage(stage) => put(&mut sheet.context, of_age(edition, *stage)),
        Address::Articles => put(&mut sheet.context, articles(edition)),
        Address::Topic(id, part) => put(&mut sheet.context, topic(edition, id, *part)),
        Address::Bulletins => {
            let (open, folded) = edition.spared_bulletins(&language);
            put(&mut sheet.context, json!({ "bulletins": open, "folded": folded }));
        }
        Address::Bulletin(slug, _) => {
            let path = Address::Bulletin(slug.clone(), language.clone()).path(edition.config);
            let others: Vec<Row> =
                edition.spared_bulletins(&language).0.into_iter().filter(|row| row.path != path).take(OTHERS).collect();
            put(&mut sheet.context, json!({ "others": others }));
        }
        Address::Person(id) => {
            let main = edition.config.main_language();
            put(
                &mut sheet.context,
                super::people::works(edition, id, |a| edition.spared_place(a, main) == Some(Place::Open)),
            );
        }
        Address::Home(_) => put(&mut sheet.context, language_home(edition, &language)),
        Address::Page(..) => match super::fixed::page(edition, LOSS_NIGHT, &language) {
            Some((template, mut context)) => {
                // Its other languages are at the address that was asked for.
                context["languages"] = sheet.context["languages"].take();
                (sheet.template, sheet.context) = (template, context);
            }
            None => (sheet.template, sheet.context) = ("contacts.html", super::contacts::quiet(edition, &language)),
        },
        _ => {}
    }
    put(
        &mut sheet.context,
        json!({ "robots": "noindex", "spared": true, "paths": edition.theme.quiet_paths(&language) }),
    );
    Ok(sheet)
}

fn put(context: &mut Value, more: Value) {
    *context = home::merged(context.take(), more);
}

/// A month or a year: what is beside it as on the quiet home.
fn of_age(edition: &Edition<'_>, stage: Stage) -> Value {
    let main = edition.config.main_language();
    let fitting =
        stage.articles(edition.library, edition.drafts).into_iter().filter(|a| edition.spared_place(a, main).is_some());
    let cards = edition.cards(fitting.take(home::OF_A_STAGE));
    home::merged(
        home::spared_around(edition),
        json!({ "wires": home::without_weeks(edition, Some(stage)), "cards": cards }),
    )
}

fn articles(edition: &Edition<'_>) -> Value {
    let main = edition.config.main_language();
    let mut count = 0;
    let mut group = |t: &crate::content::Topic| {
        let (open, folded) = edition.spared_cards(home::first_of_topic(edition, &t.id), main);
        let (all, more) = (open.len() + folded.len(), open.len().saturating_sub(home::OF_A_TOPIC));
        count += all;
        let few = |cards: Vec<Card>| cards.into_iter().take(home::OF_A_TOPIC).collect::<Vec<_>>();
        let path = Address::Topic(t.id.clone(), 1).path(edition.config);
        json!({ "id": t.id, "path": path, "title": t.title, "cards": few(open), "folded": few(folded), "more": more })
    };
    let groups: Vec<Value> = edition.library.topics.iter().map(&mut group).collect();
    json!({ "groups": groups, "count": count })
}

/// The same part of the list.
fn topic(edition: &Edition<'_>, id: &str, part: usize) -> Value {
    let all = edition.index().of_topic(id).skip(part.saturating_sub(1) * home::A_PART).take(home::A_PART);
    let main = edition.config.main_language();
    let (open, folded) = if id == LOSS { (edition.cards(all), Vec::new()) } else { edition.spared_cards(all, main) };
    let topic = edition.library.topics.iter().find(|t| t.id == id);
    // Of a summary that speaks of births stands nothing.
    let summary = topic.map(|t| t.summary.as_str()).filter(|s| !speaks_of_births(s)).unwrap_or_default();
    json!({ "cards": open, "folded": folded, "topic": { "id": id, "title": topic.map(|t| &t.title),
        "summary": summary } })
}

fn language_home(edition: &Edition<'_>, language: &str) -> Value {
    let (mut groups, mut folded) = (Vec::new(), Vec::new());
    for t in &edition.library.topics {
        let here = home::first_of_topic(edition, &t.id).filter(|a| a.versions.contains_key(language));
        let (open, below) = edition.spared_cards(here, language);
        let group = |cards: &Vec<Card>| {
            json!({ "id": t.id, "title": edition.topic_title(&t.id, &t.title, language),
            "cards": cards })
        };
        groups.extend((!open.is_empty()).then(|| group(&open)));
        folded.extend(below);
    }
    let of_language = |b: &&Bulletin| {
        b.versions.contains_key(language) && edition.spared_place_of_news(b, language) == Some(Place::Open)
    };
    let bulletins: Vec<Row> =
        edition.bulletins().filter(of_language).filter_map(|b| edition.bulletin_row(b, language)).collect();
    let page = |p: &crate::content::Page| {
        let shown = if p.slug == crate::site::NIGHT { edition.library.pages.get(LOSS_NIGHT)? } else { p };
        let version = shown
            .versions
            .get(language)
            .filter(|v| p.slug != LOSS_NIGHT && !speaks_of_births(&format!("{} {}", v.title, v.summary)))?;
        Some(
            json!({ "path": Address::Page(p.slug.clone(), language.to_owned()).path(edition.config), "title": version.title,
                "summary": version.summary }),
        )
    };
    let pages: Vec<Value> = edition.library.pages.values().filter_map(|p| page(p)).collect();
    json!({ "groups": groups, "folded": folded, "bulletins": bulletins, "pages": pages,
        "lines": super::contacts::spared_lines(edition, language) })
}
