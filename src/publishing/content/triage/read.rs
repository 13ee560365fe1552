//! The text of `triage.yaml` in, the table out; what does not fit is told with its place.

use super::numerals::compact;
use super::units::Unit;
use super::{Act, Concept, Figure, Of, Triage, Words, review};
use crate::content::ids::unique_id;
use crate::content::marks::Reviewers;
use crate::diag::form::{Form, Placed, meant, text_of};
use crate::diag::yaml::{self, Entry, Node, Top, Value};
use crate::diag::{Diagnostics, Place};
use std::collections::BTreeMap;

impl Triage {
    /// Reads the table. Without `reviewers` its review is not looked at.
    pub(in crate::content) fn read(
        file: &str,
        text: &str,
        reviewers: Option<&Reviewers<'_>>,
        problems: &mut Diagnostics,
    ) -> Self {
        let Some(node) = yaml::parse(file, text, 1, Top::Map, problems) else { return Self::default() };
        let Some(form) = Form::new(file, &node, &["review", "concepts"], problems) else { return Self::default() };
        let (mut seen, mut figures) = (Vec::new(), Vec::new());
        let concepts: Vec<Concept> = form
            .list("concepts", problems)
            .iter()
            .filter_map(|node| concept(file, node, &mut seen, &mut figures, problems))
            .collect();
        if !form.has("concepts") {
            problems.error(
                file,
                form.at,
                "`concepts` がありません",
                "`concepts:` の下に、目安を `- {id: …, about: …, do: …}` の形で書いてください",
            );
        }
        let (review, claim) =
            reviewers.and_then(|reviewers| review::read(&form, &concepts, reviewers, problems)).unwrap_or_default();
        Self { concepts, review, claim, review_at: form.place("review"), own: true }
    }
}

fn concept(
    file: &str,
    node: &Node,
    seen: &mut Vec<String>,
    ids: &mut Vec<String>,
    problems: &mut Diagnostics,
) -> Option<Concept> {
    let form = Form::new(file, node, &["id", "about", "do", "for", "figures", "words", "unless", "sources"], problems)?;
    let id = unique_id(&form, seen, problems);
    let about = form.needed("about", problems).map(|t| t.value).unwrap_or_default();
    let act = form.needed("do", problems).and_then(|word| one_of(file, &word, &Act::ALL, "`do`", problems));
    let of = form
        .text("for", problems)
        .and_then(|word| one_of(file, &word, &[("child", Of::Child), ("mother", Of::Mother)], "`for`", problems));
    let figures = form.list("figures", problems).iter().filter_map(|node| figure(file, node, ids, problems)).collect();
    let words = by_language(&form, "words", problems)
        .into_iter()
        .map(|(language, all)| (language, all.iter().map(|w| alternatives(w)).collect()))
        .collect();
    let unless = by_language(&form, "unless", problems)
        .into_iter()
        .map(|(language, all)| (language, all.iter().map(|w| compact(w)).collect()))
        .collect();
    let sources: Vec<String> = form.texts("sources", problems).into_iter().map(|s| s.value).collect();
    if sources.is_empty() {
        problems.warning(file, form.at, "出典（sources）がありません", "もとにした文書を、1つ以上書いてください");
    }
    Some(Concept { id: id?, about, act: act?, of, figures, words, unless, sources })
}

fn one_of<T: Copy>(
    file: &str,
    word: &Placed<String>,
    all: &[(&str, T)],
    key: &str,
    problems: &mut Diagnostics,
) -> Option<T> {
    let found = all.iter().find(|(w, _)| *w == word.value).map(|(_, value)| *value);
    if found.is_none() {
        let words = || all.iter().map(|(w, _)| *w);
        let hint = meant(&word.value, words())
            .unwrap_or_else(|| format!("使えるもの: {}", words().collect::<Vec<_>>().join("、")));
        problems.error(file, word.at, format!("{key} の `{}` がわかりません", word.value), hint);
    }
    found
}

fn figure(file: &str, node: &Node, seen: &mut Vec<String>, problems: &mut Diagnostics) -> Option<Figure> {
    let form = Form::new(file, node, &["id", "value", "unit", "also", "say"], problems)?;
    let id = unique_id(&form, seen, problems);
    let value = form.needed("value", problems).and_then(|text| number(file, &text, problems));
    let unit = form.needed("unit", problems).and_then(|word| one_of(file, &word, &Unit::ALL, "`unit`", problems));
    let also = form.texts("also", problems).iter().filter_map(|text| number(file, text, problems)).collect();
    let mut say = BTreeMap::new();
    for (language, at, text) in languages(&form, "say", problems) {
        let Some(text) = text_of(text) else {
            problems.error(
                file,
                at,
                "`say` には、ことばごとに言い方を1つ書きます",
                "例: say: {ja: 8時間, en: eight hours}",
            );
            continue;
        };
        // It may stand in a title, which is YAML.
        if text.value.contains(['"', '\'', '#', '\n', '[', ']'])
            || text.value.contains(": ")
            || text.value.trim().is_empty()
        {
            problems.error(
                file,
                text.at,
                format!("言い方 `{}` は、文に入れられません", text.value),
                "引用符、#、[ ]、「: 」を使わずに書いてください",
            );
            continue;
        }
        say.insert(language, text.value);
    }
    if !form.has("say") {
        problems.error(
            file,
            form.at,
            "`say` がありません",
            "文に入る言い方を、ことばごとに書いてください（例: say: {ja: 8時間, en: eight hours}）",
        );
    }
    Some(Figure { id: id?, value: value?, unit: unit?, also, say })
}

fn number(file: &str, text: &Placed<String>, problems: &mut Diagnostics) -> Option<f64> {
    let found = text.value.trim().parse::<f64>().ok().filter(|n| n.is_finite() && (0.0..100_000.0).contains(n));
    if found.is_none() {
        problems.error(
            file,
            text.at,
            format!("`{}` は数ではありません", text.value),
            "半角の数字で書いてください（例: 8、38.0）",
        );
    }
    found
}

/// The entries of a map of languages.
fn languages<'a>(form: &Form<'a>, key: &str, problems: &mut Diagnostics) -> Vec<(String, Place, &'a Node)> {
    match form.entry(key) {
        None => Vec::new(),
        Some(Entry { node: Node { value: Value::Map(entries), .. }, .. }) => {
            entries.iter().map(|e| (e.key.clone(), e.at, &e.node)).collect()
        }
        Some(entry) => {
            problems.error(
                form.file(),
                entry.node.at,
                format!("`{key}` は、ことばごとに書きます"),
                format!("例: {key}: {{ja: …, en: …}}"),
            );
            Vec::new()
        }
    }
}

/// A map of languages to texts or lists of texts.
fn by_language(form: &Form<'_>, key: &str, problems: &mut Diagnostics) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (language, _, node) in languages(form, key, problems) {
        let nodes = match &node.value {
            Value::List(nodes) => nodes.as_slice(),
            Value::Scalar { .. } | Value::Map(_) => std::slice::from_ref(node),
        };
        let mut words = Vec::new();
        for node in nodes {
            match text_of(node) {
                Some(text) => words.push(text.value),
                None => problems.error(
                    form.file(),
                    node.at,
                    format!("`{key}` の項目が文ではありません"),
                    "ことばを 1つずつ書いてください",
                ),
            }
        }
        all.insert(language, words);
    }
    all
}

/// `A|B + C`: folded, as sentences are.
fn alternatives(text: &str) -> Words {
    let forms = |part: &str| part.split('|').map(compact).filter(|w| !w.is_empty()).collect::<Vec<_>>();
    text.split('+').map(forms).filter(|forms| !forms.is_empty()).collect()
}
