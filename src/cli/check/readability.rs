//! `otayori check --readability`: graded texts in, the list as people and programs read it out.

use crate::wording::readability::{Grade, Graded};

/// The list as JSON.
pub fn json(graded: &[Graded]) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(graded)? + "\n")
}

/// The list as a table, then every place of what is not good.
pub fn human(graded: &[Graded]) -> String {
    let mut out = String::from("評価  漢字  一文  長い文  受け身  ことば  ルビなし\n");
    for g in graded {
        let r = &g.reading;
        let what = if g.text == "letter" { "（おたよりの文）" } else { "" };
        out.push_str(&format!(
            "  {:?}   {:>3}%  {:>3}字  {:>4}  {:>5}  {:>5}  {:>6}  {}{what}\n",
            r.grade,
            r.kanji_percent,
            r.sentence_length,
            r.long_sentences,
            r.passives,
            r.hard_words,
            r.without_ruby,
            g.file
        ));
    }
    for g in graded.iter().filter(|g| !g.reading.troubles.is_empty()) {
        let what = if g.text == "letter" { "（おたよりの文）" } else { "" };
        out.push_str(&format!("\n「{}」{what}\n", g.title));
        for t in &g.reading.troubles {
            out.push_str(&format!("  {}:{}:{} {}\n", g.file, t.line, t.column, t.message));
            if !t.hint.is_empty() {
                out.push_str(&format!("    hint: {}\n", t.hint));
            }
        }
    }
    let count = |grade: Grade| graded.iter().filter(|g| g.reading.grade == grade).count();
    let letters =
        [(Grade::A, "読みやすい"), (Grade::B, "ところどころ"), (Grade::C, "直したい"), (Grade::D, "書き直したい")];
    let counted: Vec<String> =
        letters.iter().map(|(grade, word)| format!("{grade:?}（{word}）{}件", count(*grade))).collect();
    out.push_str(&format!("\n{}\n目安のもとは docs/読みやすさ.md\n", counted.join("、")));
    out
}
