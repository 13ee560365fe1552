//! The front matter of an article, bulletin, page or flyer in, the content without its text out.

use super::aliases;
use super::front::{self, Draft, World};
use super::parts::{self, Parts};
use super::source::Source;
use super::weekdays;
use super::windows::windows;
use super::{Article, Bulletin, Flyer, Opens, Page, Place as FlyerPlace, Version};
use crate::calendar::{Date, plus_days};
use crate::diag::Diagnostics;
use crate::diag::form::{Form, Placed, meant};
use crate::diag::yaml::Value;
use crate::markdown::{check_braces, check_value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A content with versions in several languages.
pub(super) trait Content: Clone + Send + Sync {
    /// Keys of its front matter, beside those of a version.
    const KEYS: &'static [&'static str];
    /// Words of the glossary are explained on its page.
    const EXPLAINED: bool;
    /// What the author calls it.
    const TITLE: &'static str;
    /// Reads all that is not of one language.
    fn read(form: &Form<'_>, source: &Source, world: &World<'_>, problems: &mut Diagnostics) -> Self;
    /// Says what the version lacks.
    fn check(&self, form: &Form<'_>, version: &Version, problems: &mut Diagnostics);
    /// Its versions.
    fn versions(&mut self) -> &mut BTreeMap<String, Arc<Version>>;
    /// Not on the site.
    fn draft(&self) -> bool;
    /// Topic ids.
    fn topics(&self) -> &[String];
    /// The day near which its days are, and the day of the event that it announces.
    fn day(&self) -> Option<(Date, Option<Date>)> {
        None
    }
}

/// What a version in another language may say of its own.
pub(super) const VERSION_KEYS: [&str; 4] = ["title", "summary", "review", "allow"];

/// What one file holds.
pub(super) struct Read<T> {
    /// The content itself, if the file is of the main language.
    pub content: Option<T>,
    /// The version.
    pub draft: Draft,
}

/// Reads one file of a content.
pub(super) fn read<T: Content>(
    source: &Source,
    main_language: &str,
    world: &World<'_>,
    problems: &mut Diagnostics,
) -> Option<Read<T>> {
    let parts = parts::split(source, problems)?;
    let main = source.language == main_language;
    let known: Vec<&str> =
        if main { VERSION_KEYS.iter().chain(T::KEYS).copied().collect() } else { VERSION_KEYS.to_vec() };
    let form = if main {
        Form::new(&source.file, &parts.node, &known, problems)?
    } else {
        translated::<T>(source, &parts, &known, problems)?
    };
    let draft = front::version(&form, source, &parts, world, problems);
    let content = main.then(|| T::read(&form, source, world, problems));
    if let Some(content) = &content {
        content.check(&form, &draft.version, problems);
        if let Some((about, on)) = content.day() {
            let written = |day| plus_days(day, -world.shift_days);
            weekdays::check(&source.file, &source.text, 1, written(about), on.map(written), problems);
        }
    }
    Some(Read { content, draft })
}

/// A version's form: a key that belongs to the main language's file is told from an unknown one.
fn translated<'a, T: Content>(
    source: &'a Source,
    parts: &'a Parts,
    known: &[&str],
    problems: &mut Diagnostics,
) -> Option<Form<'a>> {
    let form = Form::open(&source.file, &parts.node, problems)?;
    for entry in form.entries() {
        let key = entry.key.as_str();
        if T::KEYS.contains(&key) {
            problems.error(
                &source.file,
                entry.at,
                format!("`{key}` は、{}.md に書きます", source.slug),
                format!("この版に書けるのは {} だけです", known.join("、")),
            );
        } else if !known.contains(&key) {
            problems.error(
                &source.file,
                entry.at,
                format!("`{key}` という項目はありません"),
                meant(key, known.iter().copied()).unwrap_or_else(|| format!("使える項目: {}", known.join("、"))),
            );
        }
    }
    Some(form)
}

impl Content for Article {
    const KEYS: &'static [&'static str] =
        &["for", "segments", "topics", "authors", "ask", "sources", "aliases", "essential", "draft"];
    const EXPLAINED: bool = true;
    const TITLE: &'static str = "記事";

    fn read(form: &Form<'_>, source: &Source, world: &World<'_>, problems: &mut Diagnostics) -> Self {
        Self {
            slug: source.slug.clone(),
            file: source.file.clone(),
            versions: BTreeMap::new(),
            windows: windows(form, problems),
            segments: front::segments(form, world, problems),
            topics: front::topics(form, world, problems),
            authors: front::authors(form, world, problems),
            ask: front::ask(form, problems),
            sources: front::sources(form, problems),
            aliases: aliases::read(form, problems),
            essential: form.flag("essential", problems).unwrap_or(false),
            draft: form.flag("draft", problems).unwrap_or(false),
        }
    }
    fn check(&self, form: &Form<'_>, _version: &Version, problems: &mut Diagnostics) {
        if self.draft {
            return;
        }
        let windows = form.entry("for").filter(|_| !self.windows.is_empty());
        if let Some(entry) = windows.filter(|_| !form.has("review")) {
            let hint =
                format!("監修を受けたら、手では書かずに `otayori review {} --by 監修者` で記録してください", self.slug);
            problems.warning(form.file(), entry.at, "監修（review）がないので、おたよりでは送りません", hint);
        }
        // A wrong name in it is told already.
        let left_out =
            |key| form.entry(key).is_none_or(|e| matches!(&e.node.value, Value::List(list) if list.is_empty()));
        if self.authors.is_empty() && left_out("authors") {
            problems.warning(form.file(), form.at, "書いた人（authors）がありません", "例: authors: [saeki-minori]");
        }
        if self.sources.is_empty() && left_out("sources") {
            problems.warning(
                form.file(),
                form.at,
                "出典（sources）がありません",
                "もとにした文書を、1つ以上書いてください",
            );
        }
    }
    fn versions(&mut self) -> &mut BTreeMap<String, Arc<Version>> {
        &mut self.versions
    }
    fn draft(&self) -> bool {
        self.draft
    }
    fn topics(&self) -> &[String] {
        &self.topics
    }
}

impl Content for Bulletin {
    const KEYS: &'static [&'static str] =
        &["segments", "publish", "until", "on", "pin", "urgent", "topics", "sources", "aliases", "draft"];
    const EXPLAINED: bool = false;
    const TITLE: &'static str = "お知らせ";

    fn read(form: &Form<'_>, source: &Source, world: &World<'_>, problems: &mut Diagnostics) -> Self {
        let publish = form.needed("publish", problems).and_then(|_| form.date("publish", world.shift_days, problems));
        let until = form.date("until", world.shift_days, problems);
        let on = form.date("on", world.shift_days, problems);
        if let (Some(publish), Some(until)) = (&publish, &until)
            && until.value < publish.value
        {
            problems.error(
                &source.file,
                until.at,
                format!("終わりの日（{}）が、出す日（{}）より前です", until.value, publish.value),
                "`until` は、出しておく最後の日です",
            );
        }
        if let (Some(on), Some(until)) = (&on, &until)
            && on.value > until.value
        {
            problems.warning(
                &source.file,
                until.at,
                format!("催しの日（{}）より前に、お知らせが消えます", on.value),
                format!("`until: {}` のことですか", on.value),
            );
        }
        Self {
            slug: source.slug.clone(),
            file: source.file.clone(),
            versions: BTreeMap::new(),
            segments: front::segments(form, world, problems),
            publish: publish.map_or_else(|| world.day.exactly(), |p| p.value),
            until: until.map(|u| u.value),
            on: on.map(|o| o.value),
            pin: form.flag("pin", problems).unwrap_or(false),
            urgent: form.flag("urgent", problems).unwrap_or(false),
            topics: front::topics(form, world, problems),
            sources: front::sources(form, problems),
            aliases: aliases::read(form, problems),
            draft: form.flag("draft", problems).unwrap_or(false),
        }
    }
    fn check(&self, form: &Form<'_>, _version: &Version, problems: &mut Diagnostics) {
        if let Some(pin) = form.entry("pin").filter(|_| self.pin && !form.has("segments")) {
            problems.warning(
                form.file(),
                pin.at,
                "`segments` がないので、おたよりには入りません",
                "だれに送るかを `segments: […]` に書いてください",
            );
        }
    }
    fn day(&self) -> Option<(Date, Option<Date>)> {
        Some((self.on.unwrap_or(self.publish), self.on))
    }
    fn versions(&mut self) -> &mut BTreeMap<String, Arc<Version>> {
        &mut self.versions
    }
    fn draft(&self) -> bool {
        self.draft
    }
    fn topics(&self) -> &[String] {
        &self.topics
    }
}

/// Templates of fixed pages.
const TEMPLATES: [&str; 2] = ["page", "night"];

impl Content for Page {
    const KEYS: &'static [&'static str] = &["template"];
    const EXPLAINED: bool = false;
    const TITLE: &'static str = "ページ";

    fn read(form: &Form<'_>, source: &Source, _world: &World<'_>, problems: &mut Diagnostics) -> Self {
        let template = form.text("template", problems);
        if let Some(word) = template.as_ref().filter(|t| !TEMPLATES.contains(&t.value.as_str())) {
            let hint = meant(&word.value, TEMPLATES).unwrap_or_else(|| format!("使えるもの: {}", TEMPLATES.join("、")));
            problems.error(&source.file, word.at, format!("ひな型 `{}` はありません", word.value), hint);
        }
        let template = template.map_or_else(|| "page".to_owned(), |t| t.value);
        Self { slug: source.slug.clone(), file: source.file.clone(), template, versions: BTreeMap::new() }
    }
    fn check(&self, _form: &Form<'_>, _version: &Version, _problems: &mut Diagnostics) {}
    fn versions(&mut self) -> &mut BTreeMap<String, Arc<Version>> {
        &mut self.versions
    }
    fn draft(&self) -> bool {
        false
    }
    fn topics(&self) -> &[String] {
        &[]
    }
}

/// Keys of a flyer that every template has; others go to the template as they are.
const FLYER_KEYS: [&str; 9] = ["title", "summary", "template", "sizes", "lang", "code", "places", "opens", "draft"];

/// Reads one flyer.
pub(super) fn flyer(source: &Source, world: &World<'_>, problems: &mut Diagnostics) -> Option<Flyer> {
    let mut parts = parts::split(source, problems)?;
    let form = Form::open(&source.file, &parts.node, problems)?;
    let values: serde_yaml::Mapping = serde_yaml::from_str(&parts.yaml).unwrap_or_default();
    let mut fields = BTreeMap::new();
    for entry in form.entries().iter().filter(|e| !FLYER_KEYS.contains(&e.key.as_str())) {
        if let Some(hint) = meant(&entry.key, FLYER_KEYS).filter(|_| entry.key != "on") {
            problems.warning(
                &source.file,
                entry.at,
                format!("`{}` は、ひな型だけが使う項目として読みます", entry.key),
                hint,
            );
        }
        if let Some(value) = values.get(entry.key.as_str()) {
            fields.insert(entry.key.clone(), value.clone());
        }
    }
    let title = form.needed("title", problems);
    let language = form.text("lang", problems);
    if let Some(word) = language.as_ref().filter(|l| !world.languages.contains(&l.value)) {
        let hint = meant(&word.value, world.languages.iter().map(String::as_str))
            .unwrap_or_else(|| format!("otayori.yaml にあるもの: {}", world.languages.join("、")));
        problems.error(&source.file, word.at, format!("ことば `{}` は otayori.yaml にありません", word.value), hint);
    }
    let spoken =
        language.as_ref().map(|l| l.value.as_str()).or(world.languages.first().map(String::as_str)).unwrap_or("ja");
    let (body, unknown) = world.triage.filled(&parts.body, spoken);
    for mut gap in unknown {
        gap.at.line += parts.body_line - 1;
        gap.tell(&source.file, world.triage, problems);
    }
    parts.body = body;
    let code = form.text("code", problems).unwrap_or_else(|| Placed { value: source.slug.clone(), at: form.at });
    check_code(&source.file, &code, problems);
    check_braces(&parts.body, &source.file, parts.body_line, problems);
    let summary = form.text("summary", problems);
    for text in [&title, &summary].into_iter().flatten() {
        check_value(&text.value, &source.file, text.at, problems);
    }
    let sizes: Vec<String> = form.texts("sizes", problems).into_iter().map(|s| s.value).collect();
    Some(Flyer {
        id: source.slug.clone(),
        file: source.file.clone(),
        title: title.map(|t| t.value).unwrap_or_default(),
        summary: summary.map(|s| s.value).unwrap_or_default(),
        template: form.text("template", problems).map_or_else(|| "poster".to_owned(), |t| t.value),
        sizes: if sizes.is_empty() { vec!["a4".to_owned()] } else { sizes },
        language: language.map(|l| l.value).or_else(|| world.languages.first().cloned()).unwrap_or_default(),
        code: code.value,
        places: places(&form, problems),
        opens: form.text("opens", problems).map(Opens::of),
        on: form.date("on", world.shift_days, problems),
        fields,
        markdown: parts.body,
        body_line: parts.body_line,
        draft: form.flag("draft", problems).unwrap_or(false),
    })
}

/// `places`: `{code, name}` each.
fn places(form: &Form<'_>, problems: &mut Diagnostics) -> Vec<FlyerPlace> {
    let mut places: Vec<FlyerPlace> = Vec::new();
    for node in form.list("places", problems) {
        let Some(item) = Form::new(form.file(), node, &["code", "name"], problems) else { continue };
        let (code, name) = (item.needed("code", problems), item.needed("name", problems));
        let (Some(code), Some(name)) = (code, name) else { continue };
        check_code(form.file(), &code, problems);
        if places.iter().any(|p| p.code == code.value) {
            problems.error(
                form.file(),
                code.at,
                format!("場所 `{}` が2回あります", code.value),
                "コードは、場所ごとに変えてください",
            );
        }
        places.push(FlyerPlace { code: code.value, name: name.value });
    }
    places
}

/// Codes are in addresses and printed on paper.
fn check_code(file: &str, code: &Placed<String>, problems: &mut Diagnostics) {
    let good = !code.value.is_empty()
        && code.value.len() <= 40
        && code.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        problems.error(
            file,
            code.at,
            format!("コード `{}` は使えません", code.value),
            "英小文字、数字、- だけ、40文字までにしてください（アドレスになります）",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::day::Day;
    use crate::content::{Person, Profession, Topic};
    use proptest::prelude::*;

    /// Reads a file as every kind; whatever it holds, nothing falls over and every place is in the file.
    fn read_all(text: &str) {
        let person = Person {
            id: "a".into(),
            name: "a".into(),
            kana: String::new(),
            profession: Profession::Midwife,
            licence: String::new(),
            affiliation: String::new(),
            bio: String::new(),
            conflicts: String::new(),
            formerly: Vec::new(),
            sample: false,
        };
        let languages = ["ja".to_owned(), "en".to_owned()];
        let world = World {
            people: &[person],
            topics: &[Topic { id: "b".into(), title: "からだ".into(), summary: String::new() }],
            segments: &["late".to_owned()],
            languages: &languages,
            triage: crate::content::Triage::built_in(),
            shift_days: 7,
            sample_city: false,
            day: &Day::new(crate::calendar::date(2026, 11, 21)),
        };
        let mut problems = Diagnostics::new();
        for language in languages.clone() {
            let source = Source { file: "x.md".into(), slug: "x".into(), language, text: text.to_owned() };
            read::<Article>(&source, "ja", &world, &mut problems);
            read::<Bulletin>(&source, "ja", &world, &mut problems);
            read::<Page>(&source, "ja", &world, &mut problems);
            flyer(&source, &world, &mut problems);
        }
        let lines = text.split('\n').count() as u32;
        for problem in problems.sorted() {
            assert!(problem.line <= lines, "{problem} of {lines} lines\n{text}");
        }
    }

    proptest! {
        #[test]
        fn front_matter_never_panics(text in "\\PC{0,60}|---\n[-\\[\\]{}a-zあ:,#&*!|>'\"0-9 \n\t]{0,60}\n---\n\
            .{0,20}") {
            read_all(&text);
        }
        #[test]
        fn known_keys_with_anything_never_panic(
            key in prop::sample::select(vec!["title", "summary", "for", "segments", "topics", "authors", "review",
                "ask", "sources", "essential", "draft", "publish", "until", "on", "pin", "places", "sizes", "lang",
                "code", "template", "opens"]),
            value in prop::sample::select(vec!["", "~", "1", "-1", "9999999999999", "2026-02-30", "-0001-01-01",
                "[a, [b]]", "{a: b}", "[{pregnancy_weeks: 1-}]", "[{child_days: 99999999999-1}]",
                "{by: a, on: 9999-12-31, next: 9999-12-31}", "|\n  x", "''", "{2026-12-08}", "é日", "bulletin:x", "//x",
                "/é"])
        ) {
            read_all(&format!("---\n{key}: {value}\ntitle: 題\n---\n"));
        }
    }
}
