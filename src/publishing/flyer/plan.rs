//! Flyers and the theme's templates in, the variants to make out, with every mistake that is seen before anything is
//! laid out.

use super::clashes::without_clashes;
use super::order::Order;
use super::photo::Photo;
use super::printing::Printing;
use super::sheet::Text;
use super::template::Template;
use crate::calendar::{Date, date};
use crate::config::Config;
use crate::content::{Flyer, Library};
use crate::diag::form::meant;
use crate::diag::{Diagnostics, did_you_mean};
use crate::paper::source::Source;
use std::collections::BTreeMap;

/// Orders for all flyers, or for one. Flyers with mistakes are left out, their mistakes are in `problems`.
pub fn orders<'a>(
    config: &Config,
    library: &'a Library,
    templates: &[Template],
    only: Option<&str>,
    problems: &mut Diagnostics,
) -> Vec<Order<'a>> {
    if let Some(id) = only.filter(|id| !library.flyers.contains_key(*id)) {
        let near = did_you_mean(id, library.flyers.keys().map(String::as_str));
        let hint = near.map_or_else(
            || format!("いまあるチラシ: {}", join(library.flyers.keys())),
            |near| format!("もしかして {near} ですか"),
        );
        problems.error("content/flyers", crate::diag::Place::default(), format!("チラシ `{id}` がありません"), hint);
    }
    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    let mut orders = Vec::new();
    for flyer in library.flyers.values() {
        let wanted = only.is_none_or(|id| id == flyer.id) && !flyer.draft;
        let source = Source::read(&config.root.join(&flyer.file));
        let mut found = Diagnostics::new();
        check_codes(flyer, &source, &mut codes, &mut found);
        if !wanted {
            continue;
        }
        let text = Text::of(flyer, Photo::of(flyer, library, &config.root.join("content"), &source, &mut found));
        check_call(flyer, &source, &mut found);
        let sizes = sizes(flyer, &source, &text, templates, &mut found);
        check_keys(flyer, &source, &sizes, templates, &mut found);
        let printing = Printing::of(flyer, &source, &mut found);
        let made = made_on(flyer, &source, &mut found);
        if !found.has_errors() {
            orders.push(Order { flyer, written: text.written(), text, source, printing, made, sizes });
        }
        problems.extend(found);
    }
    without_clashes(orders, problems)
}

/// Keys that every flyer may have beside its template's: the program reads them.
const KEYS: [&str; 7] = ["edition", "layouts", "city", "office", "tel", "hours", "order"];
/// Keys that the content room reads, for what was meant.
const CONTENT_KEYS: [&str; 9] = ["title", "summary", "template", "sizes", "lang", "code", "places", "opens", "draft"];

/// 「申し込みはこちら」 over a code that opens the registration of the letters leads nobody where it says.
fn check_call(flyer: &Flyer, source: &Source, problems: &mut Diagnostics) {
    const ABOUT: [&str; 5] = ["申し込", "申込", "予約", "くわしく", "詳しく"];
    let call = flyer.fields.get("call").and_then(|c| c.as_str()).unwrap_or_default();
    let bare = crate::paper::inline::plain(&crate::paper::blocks::line(call, &flyer.language));
    if flyer.opens.is_none() && ABOUT.iter().any(|word| bare.contains(word)) {
        let hint = "くわしいページを開くには、`opens: bulletin:お知らせの名前` を足してください。\
            登録のページでよければ、call を「登録はこちら」などにしてください";
        problems.warning(
            &flyer.file,
            source.key("call"),
            format!("コードの上は「{bare}」ですが、コードは、おたよりの登録のページを開きます"),
            hint,
        );
    }
}

/// A key that none of the flyer's templates reads would be lost without a word.
fn check_keys(
    flyer: &Flyer,
    source: &Source,
    sizes: &[(String, Template)],
    templates: &[Template],
    problems: &mut Diagnostics,
) {
    // What `template` reads is no mistake where every size has another one.
    let named = templates.iter().filter(|t| t.name == flyer.template);
    let Some(declared) = sizes
        .iter()
        .map(|(_, t)| t)
        .chain(named)
        .map(|t| t.keys.as_ref())
        .collect::<Option<Vec<_>>>()
        .filter(|all| !all.is_empty())
    else {
        return;
    };
    let mut known: Vec<&str> = KEYS.iter().copied().chain(declared.into_iter().flatten().map(String::as_str)).collect();
    known.sort_unstable();
    known.dedup();
    for key in flyer.fields.keys().filter(|key| !known.contains(&key.as_str())) {
        let near = meant(key, CONTENT_KEYS.into_iter().chain(known.iter().copied()));
        let hint =
            near.unwrap_or_else(|| format!("テンプレート `{}` が読む項目: {}", flyer.template, known.join("、")));
        problems.error(&flyer.file, source.key_itself(key), format!("`{key}` という項目はありません"), hint);
    }
}

/// `edition: 2026-10` or a whole date; a flyer without one carries a fixed day, so that its bytes never change by
/// themselves.
fn made_on(flyer: &Flyer, source: &Source, problems: &mut Diagnostics) -> Date {
    const WITHOUT_EDITION: Date = date(2026, 1, 1);
    let Some(edition) = flyer.fields.get("edition") else { return WITHOUT_EDITION };
    let text = edition.as_str().unwrap_or_default();
    let day = text.parse::<Date>().or_else(|_| format!("{text}-01").parse());
    day.unwrap_or_else(|_| {
        problems.error(
            &flyer.file,
            source.key("edition"),
            "版（edition）は年と月で書いてください",
            "例: edition: 2026-10",
        );
        WITHOUT_EDITION
    })
}

fn check_codes(flyer: &Flyer, source: &Source, seen: &mut BTreeMap<String, String>, problems: &mut Diagnostics) {
    let usable = |code: &str| {
        (1..=40).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    const HINT: &str = "英小文字、数字、- だけ、40文字までにしてください（アドレスになります）";
    let mut take = |code: String, at, problems: &mut Diagnostics| match seen.get(&code) {
        // Two places of one flyer: the content room has said it.
        Some(other) if *other == flyer.file => {}
        Some(other) => problems.error(
            &flyer.file,
            at,
            format!("コード `{code}` は {other} も使っています"),
            "どこから登録されたかを数えるコードです。チラシごと、場所ごとに変えてください",
        ),
        None => drop(seen.insert(code, flyer.file.clone())),
    };
    if usable(&flyer.code) {
        take(flyer.code.clone(), source.key("code"), problems);
    } else {
        problems.error(&flyer.file, source.key("code"), format!("コード `{}` は使えません", flyer.code), HINT);
    }
    for place in &flyer.places {
        let at = source.value("places", &place.code);
        if usable(&place.code) {
            take(format!("{}-{}", flyer.code, place.code), at, problems);
        } else {
            problems.error(&flyer.file, at, format!("コード `{}` は使えません", place.code), HINT);
        }
    }
}

/// The sizes of a flyer with this template: its own, and those that have a template of their name.
fn sizes_of(template: &Template, templates: &[Template]) -> Vec<String> {
    let own = templates
        .iter()
        .filter(|t| t.sizes.contains(&t.name) && !template.sizes.contains(&t.name))
        .map(|t| t.name.clone());
    template.sizes.iter().cloned().chain(own).collect()
}

/// 「はがき」 is `postcard`, `A4` is `a4`.
fn size_meant(written: &str, known: &[String]) -> String {
    let plain: String = crate::text::letters(written).collect();
    match known.iter().find(|size| {
        **size == plain
            || crate::paper::size::title(size) == written
            || (!written.is_empty() && crate::paper::size::title(size).starts_with(written))
    }) {
        Some(size) => format!("`{size}` のことですか"),
        None => format!("使える大きさ: {}", known.join(" ")),
    }
}

/// `layouts: {a5: handout}` names another template for a size than `template`; a size that `template` lacks and that
/// has a template of its own name (`postcard`, `cards`, `stickers`) is laid out by that.
fn sizes(
    flyer: &Flyer,
    source: &Source,
    text: &Text,
    templates: &[Template],
    problems: &mut Diagnostics,
) -> Vec<(String, Template)> {
    let mut sizes = Vec::new();
    if flyer.sizes.is_empty() {
        problems.error(&flyer.file, source.key("sizes"), "大きさ（sizes）が1つもありません", "例: sizes: [a4, a5]");
    }
    for size in &flyer.sizes {
        let own = flyer.fields.get("layouts").and_then(|t| t.get(size.as_str())).and_then(|t| t.as_str());
        let lays_out = |name: &str| templates.iter().any(|t| t.name == name && t.sizes.contains(size));
        let (key, name) = match own {
            Some(name) => ("layouts", name),
            None if !lays_out(&flyer.template)
                && lays_out(size)
                && templates.iter().any(|t| t.name == flyer.template) =>
            {
                ("sizes", size.as_str())
            }
            None => ("template", flyer.template.as_str()),
        };
        let Some(template) = templates.iter().find(|t| t.name == name) else {
            let names = || templates.iter().map(|t| t.name.as_str());
            let hint = did_you_mean(name, names()).map_or_else(
                || format!("使えるもの: {}", names().collect::<Vec<_>>().join(" ")),
                |near| format!("もしかして {near} ですか"),
            );
            problems.error(&flyer.file, source.value(key, name), format!("テンプレート `{name}` がありません"), hint);
            continue;
        };
        if !template.sizes.contains(size) {
            let hint = size_meant(size, &sizes_of(template, templates));
            problems.error(
                &flyer.file,
                source.value("sizes", size),
                format!("テンプレート `{name}` には、大きさ `{size}` がありません"),
                hint,
            );
            continue;
        }
        let lacks: Vec<&str> = template.needs.iter().map(String::as_str).filter(|need| !text.has(need)).collect();
        if !lacks.is_empty() {
            let others = others(flyer, size, &text_fits(text), templates);
            lacking(flyer, source, template, &lacks, &others, problems);
        }
        sizes.push((size.clone(), template.clone()));
    }
    sizes
}

/// What a template calls `lead`, `steps`, … in an author's words, and how that is written.
fn need(need: &str) -> (&str, String) {
    match need {
        "lead" => ("はじめの文", "front matter のすぐ下、見出し（##）の前に、1〜2文で書いてください".to_owned()),
        "steps" => ("手順", "見出し（##）の下に「1. **題** 説明」の番号つきの箇条書きで書いてください".to_owned()),
        "points" => ("箇条書き", "「- **題** 説明」の箇条書きで書いてください".to_owned()),
        "on" => (
            "催しの日（on）",
            "front matter に `on: 2026-12-12` のように書いてください（opens のお知らせに `on` \
            があれば、その日になります）"
                .to_owned(),
        ),
        field => (field, format!("front matter に `{field}: …` を書いてください")),
    }
}

/// Says all that a template needs, and which others would take the text as it is.
fn lacking(
    flyer: &Flyer,
    source: &Source,
    template: &Template,
    lacks: &[&str],
    others: &[&str],
    problems: &mut Diagnostics,
) {
    let body = crate::diag::Place { line: flyer.body_line.max(1), column: 1 };
    let name = &template.name;
    let needs = template.needs.iter().map(|n| need(n).0).collect::<Vec<_>>().join("、");
    let instead = if others.is_empty() {
        format!("`{name}` が要るもの: {needs}")
    } else {
        format!("`{name}` が要るもの: {needs}。この文のままで組めるテンプレート: {}", others.join("、"))
    };
    for lack in lacks {
        let (what, hint) = need(lack);
        let at = if *lack == "on" { source.key("template") } else { body };
        problems.error(
            &flyer.file,
            at,
            format!("{what}がありません（テンプレート `{name}`）"),
            format!("{hint}。{instead}"),
        );
    }
}

/// Templates that lay out this size, need nothing that the text lacks and read all of the flyer's fields.
fn others<'t>(flyer: &Flyer, size: &str, fits: &dyn Fn(&Template) -> bool, templates: &'t [Template]) -> Vec<&'t str> {
    let reads = |t: &Template| {
        t.keys
            .as_ref()
            .is_none_or(|keys| flyer.fields.keys().all(|key| KEYS.contains(&key.as_str()) || keys.contains(key)))
    };
    templates
        .iter()
        .filter(|t| t.sizes.iter().any(|s| s == size) && fits(t) && reads(t))
        .map(|t| t.name.as_str())
        .collect()
}

fn text_fits(text: &Text) -> impl Fn(&Template) -> bool + '_ {
    |template| template.needs.iter().all(|need| text.has(need))
}

fn join<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(" ")
}
