//! `steps.tsv` in, the first line of the box by kind and language out; and others, where the kind's own line does not fit.

use super::Danger;
use super::lexicon::Problem;
use std::collections::BTreeMap;

/// The first lines: what to do before anything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// By language and id.
    lines: BTreeMap<String, BTreeMap<String, String>>,
}

impl Steps {
    /// In a language, or in Japanese where it has none; empty only if the file lacks the kind.
    pub fn line(&self, danger: Danger, language: &str) -> &str {
        let of = |language: &str| self.lines.get(language)?.get(danger.id()).map(String::as_str);
        of(language).or_else(|| of("ja")).unwrap_or_default()
    }
    /// All that stands in the file for a language, by id: what is not there is said in another.
    pub fn in_language(&self, language: &str) -> impl Iterator<Item = (&str, &str)> {
        self.lines.get(language).into_iter().flatten().map(|(id, line)| (id.as_str(), line.as_str()))
    }
    /// Of all lines.
    pub fn digest(&self) -> u64 {
        let lines = self.lines.iter().flat_map(|(language, lines)| lines.iter().map(move |(id, line)| [language, id, line]));
        let bytes = lines.flatten().flat_map(|text| text.bytes().chain([b'\n']));
        bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// Lines that are no kind's own: of what is tapped, and where it is not known whether a pregnancy goes on, or none does.
pub const OTHERS: [&str; 4] = ["waters", "self", "unsure", "body"];

/// Reads the table: its first row names the languages, every kind has a row.
pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Steps {
    const FILE: &str = "steps.tsv";
    let mut steps = Steps::default();
    let mut languages: Vec<String> = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
        let mut fields = line.split('\t').map(str::trim);
        let id = fields.next().unwrap_or_default();
        if languages.is_empty() {
            languages = fields.map(str::to_owned).collect();
            if id != "kind" || languages.first().is_none_or(|l| l != "ja") {
                problems.push(Problem::new(FILE, n, "1行目が見出しではありません", "kind、ja、easy、en …の順に、タブで区切ってください"));
            }
            continue;
        }
        if !OTHERS.contains(&id) && !Danger::ALL.iter().any(|d| d.id() == id) {
            problems.push(Problem::new(FILE, n, format!("種類「{id}」がありません"), "README.md の表の id で書いてください"));
            continue;
        }
        for (language, line) in languages.iter().zip(fields).filter(|(_, l)| !l.is_empty()) {
            steps.lines.entry(language.clone()).or_default().insert(id.to_owned(), line.to_owned());
        }
    }
    let all = Danger::ALL.into_iter().map(Danger::id).chain(OTHERS);
    let lacking: Vec<&str> = all.filter(|id| !steps.lines.get("ja").is_some_and(|lines| lines.contains_key(*id))).collect();
    if !lacking.is_empty() {
        problems.push(Problem::new(FILE, 0, format!("最初のひとことがない種類があります（{}）", lacking.join("、")), "日本語の文を、1行ずつ書いてください"));
    }
    steps
}
