//! Chosen items in, a letter under its content's hash out: an item's text is stored once, a letter as its items'
//! hashes.

use super::choose::{Choice, Item, What};
use super::key_of;
use super::notes::NOTES;
use super::rules::{Rules, bulletin_version};
use crate::calendar::LetterWeek;
use crate::config::Config;
use crate::content::{Article, LetterItem, LetterView, Profession, Version};
use crate::db::Db;
use crate::outbox::{self, Notice, content_hash};
use crate::segment::SubjectKind;
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// How long a letter is worth delivering, in seconds: until the next one.
const TTL: u32 = 7 * 24 * 3600;

/// What `messages.body` holds of a letter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Body {
    pub notice: Notice,
    pub week: String,
    /// The week's first day.
    pub date: String,
    /// Hashes of its items.
    pub items: Vec<String>,
}

/// A letter that was not stored in this run yet.
pub(super) struct NewMessage {
    pub hash: Arc<str>,
    pub language: String,
    pub body: Body,
}

/// What makes an item's text: content, language, heading.
type ItemKey = (What, usize, String);

/// Letters by content, each made once a run.
#[derive(Default)]
pub(super) struct Snapshots {
    items: HashMap<ItemKey, usize>,
    made: Vec<(String, LetterItem)>,
    messages: HashMap<(usize, Vec<usize>), Arc<str>>,
    /// Made since they were last taken: items as `(hash, JSON)`.
    pub new_items: Vec<(String, String)>,
    /// Made since they were last taken.
    pub new_messages: Vec<NewMessage>,
}

impl Snapshots {
    /// The hash of a letter: SHA-256 over week, language and its items' hashes.
    pub fn letter(&mut self, rules: &Rules<'_>, choice: &Choice) -> Result<Arc<str>> {
        let items =
            choice.items.iter().map(|item| self.item(rules, item, choice.language)).collect::<Result<Vec<_>>>()?;
        let key = (choice.language, items);
        if let Some(hash) = self.messages.get(&key) {
            return Ok(hash.clone());
        }
        let language = &rules.languages[choice.language];
        let hashes: Vec<String> = key.1.iter().map(|&i| self.made[i].0.clone()).collect();
        let hash: Arc<str> =
            content_hash(format!("{}\n{language}\n{}", rules.week, hashes.join("\n")).as_bytes()).into();
        let shown: Vec<&LetterItem> = key.1.iter().map(|&i| &self.made[i].1).collect();
        let body = Body {
            notice: notice(rules.config, rules.week, language, &hash, &shown),
            week: rules.week.to_string(),
            date: rules.week.first().to_string(),
            items: hashes,
        };
        self.new_messages.push(NewMessage { hash: hash.clone(), language: language.clone(), body });
        self.messages.insert(key, hash.clone());
        Ok(hash)
    }

    fn item(&mut self, rules: &Rules<'_>, item: &Item, language: usize) -> Result<usize> {
        let key = (item.what, language, item.stage.clone());
        if let Some(known) = self.items.get(&key) {
            return Ok(*known);
        }
        let shown = shown(rules, item, language)?;
        let json = serde_json::to_string(&shown)?;
        let hash = content_hash(json.as_bytes());
        self.new_items.push((hash.clone(), json));
        self.made.push((hash, shown));
        self.items.insert(key, self.made.len() - 1);
        Ok(self.made.len() - 1)
    }
}

/// The item with the text and links that it has now.
fn shown(rules: &Rules<'_>, item: &Item, language: usize) -> Result<LetterItem> {
    let code = &rules.languages[language];
    let main = rules.config.main_language();
    let (stage, subject) = (item.stage.clone(), item.subject.map_or("", SubjectKind::id).to_owned());
    let link = |section: &str, slug: &str, language: &str| {
        if language == main { format!("/{section}/{slug}/") } else { format!("/{section}/{slug}/{language}/") }
    };
    Ok(match item.what {
        What::Lead(n) => {
            let lead = &rules.leads[n];
            let version = lead.versions[language].map_err(|_| anyhow::anyhow!("{} は送れません", lead.article.slug))?;
            LetterItem {
                kind: "article".into(),
                id: lead.article.slug.clone(),
                stage,
                subject,
                title_html: version.title_html.clone(),
                title: version.title.clone(),
                summary: version.summary.clone(),
                lead_html: version.body.lead_html.clone(),
                // The page in the reader's language: it says so where the text is in another.
                link: link("articles", &lead.article.slug, code),
                byline: byline(rules, lead.article, version, code),
                minutes: version.minutes,
                on: String::new(),
                ask: lead.article.ask.map_or("", Profession::id).into(),
            }
        }
        What::Bulletin(n) => {
            let bulletin = rules.bulletins[n].bulletin;
            let version = bulletin_version(&bulletin.versions, code, main)
                .with_context(|| format!("{} に本文がありません", bulletin.file))?;
            LetterItem {
                kind: "bulletin".into(),
                id: bulletin.slug.clone(),
                stage,
                subject,
                title_html: version.title_html.clone(),
                title: version.title.clone(),
                summary: version.summary.clone(),
                lead_html: version.body.lead_html.clone(),
                link: link("bulletins", &bulletin.slug, &version.language),
                byline: String::new(),
                minutes: version.minutes,
                on: bulletin.on.map_or_else(String::new, |d| d.to_string()),
                ask: String::new(),
            }
        }
        What::Note(n) => {
            let (title, [first, second]) = NOTES[n].text(code);
            LetterItem {
                kind: "note".into(),
                id: NOTES[n].id.into(),
                stage,
                subject,
                title_html: title.into(),
                title: title.into(),
                summary: String::new(),
                lead_html: format!("<p>{first}</p><p>{second}</p>"),
                link: "/me".into(),
                byline: String::new(),
                minutes: 1,
                on: String::new(),
                ask: String::new(),
            }
        }
    })
}

/// 助産師 佐伯みのり／監修 産婦人科医 高瀬 航（2026年9月）
fn byline(rules: &Rules<'_>, article: &Article, version: &Version, language: &str) -> String {
    let english = language == "en";
    let person = |id: &String| {
        let person = rules.library.people.iter().find(|p| p.id == *id)?;
        Some(if english {
            format!("{} {}", person.profession.id(), person.name)
        } else {
            format!("{} {}", person.profession.title(), person.name)
        })
    };
    let authors: Vec<String> = article.authors.iter().filter_map(person).collect();
    let authors = authors.join(if english { ", " } else { "、" });
    let Some(review) = &version.review else { return authors };
    let reviewer = person(&review.by).unwrap_or_default();
    let (year, month) = (review.on.year(), review.on.month());
    if english {
        format!("{authors} / reviewed by {reviewer} ({year}-{month:02})")
    } else {
        format!("{authors}／監修 {reviewer}（{year}年{month}月）")
    }
}

/// What a phone shows before the letter is opened: by default how much there is to read and nothing about whom.
pub fn notice(config: &Config, week: LetterWeek, language: &str, hash: &str, items: &[&LetterItem]) -> Notice {
    let count = |kind: &str| items.iter().filter(|i| i.kind == kind).count();
    let (articles, bulletins) = (count("article") + count("note"), count("bulletin"));
    let minutes: u32 = items.iter().map(|i| i.minutes).sum::<u32>().max(1);
    let title = match language {
        "en" => "This week's letter",
        "easy" => "今週（こんしゅう）の おたよりです",
        _ => "今週のおたよりです",
    };
    let plural = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    let parts: Vec<String> = [
        (articles, "article", "読（よ）みもの", "読みもの"),
        (bulletins, "city notice", "市（し）からの お知（し）らせ", "市からのお知らせ"),
    ]
    .into_iter()
    .filter(|p| p.0 > 0)
    .map(|(n, en, easy, ja)| match language {
        "en" => plural(n, en),
        "easy" => format!("{easy} {n}つ"),
        _ => format!("{ja}{n}つ"),
    })
    .collect();
    let neutral = match language {
        "en" => format!("{}. {} to read.", parts.join(" and "), plural(minutes as usize, "minute")),
        "easy" => format!("{}。{minutes}分（ふん）で 読（よ）めます。", parts.join("、")),
        _ => format!("{}。{minutes}分で読めます。", parts.join("、")),
    };
    let told = items.first().map(|i| i.summary.as_str()).filter(|s| !config.site.line.discreet && !s.is_empty());
    Notice {
        key: key_of(week),
        title: title.into(),
        body: told.map_or(neutral, str::to_owned),
        url: config.url(&format!("/letters/{week}/{hash}/")),
        ask_url: config.url("/ask"),
        language: language.into(),
        ttl: TTL,
        low_urgency: articles == 0,
    }
}

/// The message that all households of a language get on LINE. What opens the letter behind it is the channel's matter:
/// the link to the week, where LINE Login recognises the household, or a button that is answered with a link of its
/// own.
pub(super) struct Shared {
    pub hash: String,
    pub language: String,
    /// As `messages.body`.
    pub body: String,
}

/// Such a message for each of the site's languages, in their order; none where each letter has its own.
///
/// They are kept under [`shared_key`], not under the letters' key: they are no letters.
pub(super) fn shared(config: &Config, week: LetterWeek) -> Result<Vec<Shared>> {
    if !config.one_line_message() {
        return Ok(Vec::new());
    }
    let one = |language: &String| {
        let body = serde_json::json!({ "notice": line_notice(config, week, language) }).to_string();
        Ok(Shared { hash: content_hash(body.as_bytes()), language: language.clone(), body })
    };
    config.site.languages.iter().map(one).collect()
}

/// What everybody of a language is told on LINE.
pub fn line_notice(config: &Config, week: LetterWeek, language: &str) -> Notice {
    let (title, body) = match language {
        "en" => ("This week's letter", "Open it to read the letter for your household."),
        "easy" => {
            ("今週（こんしゅう）の おたよりです", "ひらくと、あなたの 家（いえ）への おたよりが 読（よ）めます。")
        }
        _ => ("今週のおたよりです", "ひらくと、ご家庭へのおたよりが読めます。"),
    };
    Notice {
        key: key_of(week),
        title: title.into(),
        body: body.into(),
        url: config.url(&format!("/letters/{week}/")),
        ask_url: config.url("/ask"),
        language: language.into(),
        ttl: TTL,
        low_urgency: false,
    }
}

/// `line:2026-W48`
pub(super) fn shared_key(week: LetterWeek) -> String {
    format!("line:{week}")
}

/// A letter as it was when it was sent; `None` if there is no such letter.
pub async fn view(db: &Db, hash: &str) -> Result<Option<LetterView>> {
    let Some((language, body)) = outbox::letter_text(db, hash).await? else { return Ok(None) };
    let body: Body = serde_json::from_str(&body).with_context(|| format!("letter {hash}"))?;
    let texts = items(db, &body.items).await?;
    let items = body
        .items
        .iter()
        .map(|h| texts.get(h).cloned().with_context(|| format!("item {h} of letter {hash} is missing")))
        .collect::<Result<_>>()?;
    Ok(Some(LetterView { week: body.week, date: body.date, language, items }))
}

/// Stored items by hash.
pub(super) async fn items(db: &Db, hashes: &[String]) -> Result<HashMap<String, LetterItem>> {
    db.by_hash(&mut *db.pool().acquire().await?, "letter_items", hashes).await
}

/// Stored letters by hash.
pub(super) async fn bodies(db: &Db, hashes: &[String]) -> Result<HashMap<String, Body>> {
    outbox::texts(db, &mut *db.pool().acquire().await?, hashes).await
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    vec![db.by_hash_sql("letter_items", 3)]
}
