//! `steps.tsv` in, the first line of the box by kind and language out; and others, where the kind's own line does not
//! fit.

use super::Danger;
use super::lexicon::Problem;
use super::rules::{self, Rule};
use std::collections::BTreeMap;

/// The first lines: what to do before anything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// By language and id.
    lines: BTreeMap<String, BTreeMap<String, String>>,
    /// Lines that stand in a kind's place where something more is said, the first that holds.
    instead: Vec<Instead>,
}

/// A line that fits better than the kind's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Its place in the file: the earlier counts more.
    pub place: usize,
    /// As in the file.
    pub id: String,
    /// What is rung for, where it is not the kind.
    pub rings: Option<Danger>,
    /// Whose numbers stand below.
    pub below: Vec<Danger>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Instead {
    line: Line,
    when: Vec<Rule>,
}

impl Steps {
    /// In a language, or in Japanese where it has none; empty only if the file lacks the kind.
    pub fn line(&self, danger: Danger, language: &str) -> &str {
        let of = |language: &str| self.lines.get(language)?.get(danger.id()).map(String::as_str);
        of(language).or_else(|| of("ja")).unwrap_or_default()
    }
    /// The line that fits better for a kind where these concepts (sorted) stand.
    pub(super) fn instead(&self, danger: Danger, concepts: &[u16]) -> Option<&Line> {
        self.instead.iter().find(|i| i.when.iter().any(|w| w.danger == danger && w.holds(concepts))).map(|i| &i.line)
    }
    /// All that stands in the file for a language, by id: what is not there is said in another.
    pub fn in_language(&self, language: &str) -> impl Iterator<Item = (&str, &str)> {
        self.lines.get(language).into_iter().flatten().map(|(id, line)| (id.as_str(), line.as_str()))
    }
    /// Of all lines, and when they are said.
    pub fn digest(&self) -> u64 {
        let lines =
            self.lines.iter().flat_map(|(language, lines)| lines.iter().map(move |(id, line)| [language, id, line]));
        let bytes = lines.flatten().flat_map(|text| text.bytes().chain([b'\n']));
        let when = self.instead.iter().map(|i| format!("{i:?}\n")).collect::<String>();
        bytes
            .chain(when.into_bytes())
            .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// Lines that the program itself asks for, beside those of the kinds: of what is tapped, and where it is not known
/// whether a pregnancy goes on, or none does.
pub const OTHERS: [&str; 7] = ["waters", "self", "burn", "green", "dry", "unsure", "body"];

/// Columns that may stand between the id and the languages.
const WHEN: &str = "when";
const RINGS: &str = "rings";

/// Reads the table: its first row names the languages, every kind has a row.
pub(super) fn read(text: &str, concept: &dyn Fn(&str) -> Option<u16>, problems: &mut Vec<Problem>) -> Steps {
    const FILE: &str = "steps.tsv";
    let mut steps = Steps::default();
    let mut columns: Vec<String> = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
        let mut fields = line.split('\t').map(str::trim);
        let id = fields.next().unwrap_or_default();
        if columns.is_empty() {
            columns = fields.map(str::to_owned).collect();
            if id != "kind" || columns.iter().find(|c| ![WHEN, RINGS].contains(&c.as_str())).is_none_or(|l| l != "ja") {
                problems.push(Problem::new(
                    FILE,
                    n,
                    "1行目が見出しではありません",
                    "kind、when、rings、ja、easy、en …の順に、タブで区切ってください（when と rings \
                     は、なくてもかまいません）",
                ));
            }
            continue;
        }
        let cells: BTreeMap<&str, &str> =
            columns.iter().map(String::as_str).zip(fields).filter(|(_, cell)| !cell.is_empty()).collect();
        let of_kind = Danger::ALL.iter().any(|d| d.id() == id);
        let when: Vec<Rule> =
            cells.get(WHEN).map(|when| rules::of_kinds(FILE, n, when, concept, problems)).unwrap_or_default();
        if id.is_empty()
            || !id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            || !(of_kind || OTHERS.contains(&id) || cells.contains_key(WHEN))
        {
            let hint = "README.md の表の id で書くか、when に「種類: 意味 + 意味」を書いてください";
            problems.push(Problem::new(FILE, n, format!("種類「{id}」がありません"), hint));
            continue;
        }
        let mut rings = Vec::new();
        for id in cells.get(RINGS).into_iter().flat_map(|ids| ids.split_whitespace()) {
            match Danger::from_id(id).filter(|d| d.id() == id) {
                Some(danger) => rings.push(danger),
                None => problems.push(Problem::new(
                    FILE,
                    n,
                    format!("rings の種類「{id}」がありません"),
                    "その電話をかける種類の id（119なら vital）で書いてください",
                )),
            }
        }
        if let Some(lighter) = when
            .iter()
            .map(|rule| rule.danger)
            .find(|danger| rings.first().is_some_and(|rung| rung > danger && *rung != Danger::Vital))
        {
            problems.push(Problem::new(
                FILE,
                n,
                format!("「{id}」の rings は、種類「{}」より軽い電話です", lighter.id()),
                "when からその種類を外すか、rings を、その種類か、表でそれより上の種類にしてください",
            ));
        }
        if of_kind && (cells.contains_key(WHEN) || cells.contains_key(RINGS)) {
            problems.push(Problem::new(
                FILE,
                n,
                "種類そのものの行に when や rings があります",
                "別の id の行にしてください",
            ));
        } else if !when.is_empty() {
            let line = Line {
                place: steps.instead.len(),
                id: id.to_owned(),
                rings: rings.first().copied(),
                below: rings.iter().skip(1).copied().collect(),
            };
            steps.instead.push(Instead { line, when });
        }
        for (language, line) in cells.into_iter().filter(|(column, _)| ![WHEN, RINGS].contains(column)) {
            if steps.lines.entry(language.to_owned()).or_default().insert(id.to_owned(), line.to_owned()).is_some() {
                problems.push(Problem::new(FILE, n, format!("「{id}」が2回あります"), "1行にまとめてください"));
            }
        }
    }
    let all = Danger::ALL
        .into_iter()
        .map(Danger::id)
        .chain(OTHERS)
        .map(str::to_owned)
        .chain(steps.instead.iter().map(|i| i.line.id.clone()));
    let lacking: Vec<String> =
        all.filter(|id| !steps.lines.get("ja").is_some_and(|lines| lines.contains_key(id))).collect();
    if !lacking.is_empty() {
        problems.push(Problem::new(
            FILE,
            0,
            format!("最初のひとことがない種類があります（{}）", lacking.join("、")),
            "日本語の文を、1行ずつ書いてください",
        ));
    }
    steps
}
