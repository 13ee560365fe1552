//! An article in, what its author wants to know about it out: how it reads, how its letter looks, who gets it, when its
//! review ends.

use super::state::Good;
use crate::calendar::{Date, LetterWeek, days_between, plus_days};
use crate::channel::line;
use crate::content::{Article, LetterItem, LetterView, Person, Version};
use crate::segment::{Unit, Window};
use crate::site::{PhoneView, Stage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How a text reads, measured on it as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Readability {
    /// Characters without spaces.
    pub characters: usize,
    /// Mean length of a sentence in characters.
    pub sentence: usize,
    /// Sentences of more than 60 characters.
    pub long: usize,
    /// Kanji among the characters, in percent.
    pub kanji_percent: usize,
}

impl Readability {
    /// Of a body's plain text.
    pub fn of(text: &str) -> Self {
        let sentences: Vec<usize> = text
            .split(['。', '！', '？', '\n'])
            .map(|s| s.chars().filter(|c| !c.is_whitespace()).count())
            .filter(|n| *n > 0)
            .collect();
        let characters: usize = sentences.iter().sum();
        let kanji = text.chars().filter(|c| matches!(c, '\u{4E00}'..='\u{9FFF}' | '々')).count();
        Self {
            characters,
            sentence: characters.checked_div(sentences.len()).unwrap_or(0),
            long: sentences.iter().filter(|n| **n > 60).count(),
            kanji_percent: (kanji * 100).checked_div(characters).unwrap_or(0),
        }
    }
}

/// What becomes of an article when its review runs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewState {
    /// The last day on which letters may carry it.
    pub next: Date,
    /// Days until then; negative when it has passed.
    pub days: i32,
    /// The first day on which the page carries the banner.
    pub ends: Date,
}

impl ReviewState {
    /// Of a version on a day; `None` without a review.
    pub fn of(version: &Version, today: Date) -> Option<Self> {
        let review = version.review.as_ref()?;
        Some(Self { next: review.next, days: days_between(today, review.next), ends: plus_days(review.next, 1) })
    }
}

/// The letter that carries only this article, to the first stage that it fits.
pub fn letter(good: &Good, article: &Article, version: &Version) -> LetterView {
    let loaded = &good.loaded;
    let week = next_letter_week(good);
    let stage = article.windows.first().and_then(Stage::first_of);
    let label = stage.map_or(String::new(), |s| match s {
        Stage::Week(n) => format!("{n}週"),
        Stage::Month(n) => format!("{n}か月"),
        Stage::Year(n) => format!("{n}歳"),
    });
    let person = |id: &String| loaded.library.people.iter().find(|p| p.id == *id);
    let named = |p: &Person| format!("{} {}", p.profession.title(), p.name);
    let author = article.authors.iter().find_map(person).map(named).unwrap_or_default();
    let reviewer = version.review.as_ref().and_then(|r| Some((person(&r.by)?, r.on)));
    let byline = reviewer
        .map_or(author.clone(), |(p, on)| format!("{author}／監修 {}（{}年{}月）", named(p), on.year(), on.month()));
    LetterView {
        week: week.to_string(),
        date: week.first().to_string(),
        language: version.language.clone(),
        items: vec![LetterItem {
            kind: "article".into(),
            id: article.slug.clone(),
            stage: label,
            subject: stage.map_or("", |s| if matches!(s, Stage::Week(_)) { "pregnancy" } else { "child" }).into(),
            title_html: version.title_html.clone(),
            title: version.title.clone(),
            summary: version.summary.clone(),
            lead_html: version.body.lead_html.clone(),
            link: good.edition(None).article_path(&article.slug, &version.language),
            byline,
            minutes: version.minutes,
            on: String::new(),
            ask: article.ask.map_or(String::new(), |p| p.id().to_owned()),
        }],
    }
}

/// The letter week that begins next, or today.
fn next_letter_week(good: &Good) -> LetterWeek {
    let loaded = &good.loaded;
    let week = LetterWeek::of(loaded.today, loaded.config.letter_day);
    if week.first() == loaded.today { week } else { week.next() }
}

/// The phone on which that letter arrives: the words are those that are really sent.
pub fn phone(good: &Good, article: &Article, version: &Version) -> PhoneView {
    let config = &good.loaded.config;
    let account = if config.site.line.account.is_empty() {
        format!("{} {}", config.site.city, config.site.title)
    } else {
        config.site.line.account.clone()
    };
    let week = next_letter_week(good);
    let notice = if config.one_line_message() {
        crate::letter::line_notice(config, week, &version.language)
    } else {
        let shown = letter(good, article, version);
        crate::letter::notice(config, week, &version.language, "", &shown.items.iter().collect::<Vec<_>>())
    };
    let hint = if config.services.line_login.is_none() { line::press(&version.language) } else { "" };
    let view = PhoneView::letter(
        &account,
        week.first(),
        config.letter_time,
        &notice.title,
        &notice.body,
        &format!("/preview/{}/letter", article.slug),
        "/ask",
    );
    PhoneView { hint: hint.to_owned(), ..view }
}

/// When an article was written or changed, as its author would look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The newest of its versions' files.
    pub at: SystemTime,
    /// Changed since the folder came onto this machine.
    pub recently: bool,
}

/// A copy of a folder (`git clone`, an archive) is written within this time; what is newer was worked on here.
const COPIED_WITHIN: Duration = Duration::from_secs(120);
/// Articles that stand above the others because they were changed last.
const RECENT: usize = 8;

/// For each article's slug, when its files were changed. All of them read anew: that is what a save changes.
pub fn changes(root: &Path, articles: &BTreeMap<String, std::sync::Arc<Article>>) -> BTreeMap<String, Changed> {
    let time = |file: &str| std::fs::metadata(root.join(file)).and_then(|m| m.modified()).ok();
    let newest = |a: &Article| a.versions.values().filter_map(|v| time(&v.file)).max();
    let mut all: Vec<(SystemTime, &str)> =
        articles.values().filter_map(|a| Some((newest(a)?, a.slug.as_str()))).collect();
    all.sort_by(|a, b| b.cmp(a));
    let copied = all.last().map_or(SystemTime::UNIX_EPOCH, |(oldest, _)| *oldest + COPIED_WITHIN);
    all.into_iter()
        .enumerate()
        .map(|(n, (at, slug))| (slug.to_owned(), Changed { at, recently: n < RECENT && at > copied }))
        .collect()
}

/// Where an article stands in the order of life: pregnancies by week, then children by age; what no letter carries
/// comes last.
pub fn order_of_life(article: &Article) -> (u8, i32) {
    let place = |w: &Window| match w.unit {
        Unit::PregnancyWeeks => (0, w.from * 7),
        Unit::ChildDays => (1, w.from),
        Unit::ChildWeeks => (1, w.from * 7),
        Unit::ChildMonths | Unit::CorrectedMonths => (1, w.from * 30),
        Unit::ChildYears => (1, w.from * 365),
    };
    article.windows.iter().map(place).min().unwrap_or((2, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_here_is_recent() {
        let dir = tempfile::tempdir().unwrap();
        let article = |slug: &str, windows: Vec<Window>| {
            let version = Version { language: "ja".into(), file: format!("{slug}.md"), ..Version::default() };
            Article {
                slug: slug.into(),
                file: version.file.clone(),
                versions: [("ja".to_owned(), version.into())].into(),
                windows,
                ..Article::default()
            }
        };
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let articles: BTreeMap<String, std::sync::Arc<Article>> = [("a", 0), ("b", 30), ("c", 4000), ("d", 9000)]
            .map(|(slug, seconds)| {
                let file = std::fs::File::create(dir.path().join(format!("{slug}.md"))).unwrap();
                file.set_modified(start + Duration::from_secs(seconds)).unwrap();
                (slug.to_owned(), article(slug, Vec::new()).into())
            })
            .into();
        let found = changes(dir.path(), &articles);
        assert_eq!(
            found.iter().map(|(slug, c)| (slug.as_str(), c.recently)).collect::<Vec<_>>(),
            [("a", false), ("b", false), ("c", true), ("d", true)]
        );
        let window = |unit, from| Window { unit, from, to: from };
        let mut lives =
            [(Unit::ChildYears, 1), (Unit::PregnancyWeeks, 30), (Unit::ChildMonths, 4), (Unit::PregnancyWeeks, 5)]
                .map(|(u, n)| order_of_life(&article("x", vec![window(u, n)])));
        lives.sort_unstable();
        assert_eq!(lives, [(0, 35), (0, 210), (1, 120), (1, 365)]);
        assert!(order_of_life(&article("x", Vec::new())) > lives[3]);
    }

    #[test]
    fn measures_sentences() {
        let r = Readability::of("水分です。ひと口ずつ、何回でも。");
        assert_eq!((r.characters, r.sentence, r.long), (14, 7, 0));
        assert_eq!(Readability::of(""), Readability::default());
    }
}
