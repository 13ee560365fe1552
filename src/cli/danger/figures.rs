//! What was found in sentences in, a table or JSON of it out.

use crate::danger::{Count, Seen, figures};
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A word that stands in a sentence by accident: concept, word, sentence.
type Accident = (String, String, String);

/// As a person reads it.
pub(super) fn human(seen: &[Seen], old: bool, accidents: &[Accident], list: bool) -> String {
    let f = figures(seen);
    let mut out = String::new();
    if old {
        out.push_str(
            "注意: モデルが、ことばや例の文より古いままです。`otayori danger train` で作りなおしてください\n\n",
        );
    }
    table(&mut out, "ことば", &f.languages);
    table(&mut out, "種類", &f.kinds);
    table(&mut out, "書き方・だれの文", &f.styles);
    let _ = writeln!(out, "全体　{}", line(&f.all));
    if list {
        for (title, warned) in [("見つけられなかった文", false), ("知らせてしまった、ふつうの文", true)]
        {
            let _ = writeln!(out, "\n{title}");
            for s in seen.iter().filter(|s| s.warned == warned && s.example.danger.is_some() != warned) {
                let _ = writeln!(out, "  {}\t{}\t{}", s.example.id, s.example.kind, s.example.sentence);
            }
        }
    }
    if !accidents.is_empty() {
        let _ = writeln!(
            out,
            "\n別のことばの中に、たまたま入っているかもしれないことば {}（--list で全部）",
            accidents.len()
        );
        for (concept, word, sentence) in accidents.iter().take(if list { usize::MAX } else { 5 }) {
            let _ = writeln!(out, "  {concept}「{word}」 … {sentence}");
        }
    }
    out
}

fn table(out: &mut String, title: &str, counts: &BTreeMap<String, Count>) {
    let _ = writeln!(out, "{title}");
    for (name, count) in counts {
        let _ = writeln!(out, "  {name:<18} {}", line(count));
    }
    out.push('\n');
}

fn line(c: &Count) -> String {
    let mut parts = Vec::new();
    if c.danger > 0 {
        parts.push(format!("見つけた {:5.1}%（{}/{}）", c.recall() * 100.0, c.found, c.danger));
    }
    if c.calm > 0 {
        parts.push(format!("ふつうの文で知らせた {:5.1}%（{}/{}）", c.false_alarms() * 100.0, c.alarms, c.calm));
    }
    parts.join("　")
}

/// As a program reads it.
pub(super) fn json(seen: &[Seen], old: bool, accidents: &[Accident]) -> Result<String> {
    let wrong = |warned: bool| -> Vec<_> {
        let of = seen.iter().filter(|s| s.warned == warned && s.example.danger.is_some() != warned);
        of.map(|s| {
            json!({ "id": s.example.id, "language": s.example.language, "kind": s.example.kind,
            "sentence": s.example.sentence })
        })
        .collect()
    };
    let all: Vec<_> = seen
        .iter()
        .map(|s| {
            json!({ "id": s.example.id, "danger": s.example.danger.is_some(), "warned": s.warned, "named": s.named,
            "margin": (s.margin * 1000.0).round() / 1000.0 })
        })
        .collect();
    let accidents: Vec<_> = accidents
        .iter()
        .map(|(concept, word, sentence)| json!({ "concept": concept, "word": word, "sentence": sentence }))
        .collect();
    let value = json!({ "model_is_old": old, "figures": figures(seen), "missed": wrong(false),
        "false_alarms": wrong(true), "accidents": accidents, "sentences": all });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}
