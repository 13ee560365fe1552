//! `rules.txt` in, the rules that hold for a set of concepts out. A rule is a hint for the model; only one that says
//! `always` is a verdict.

use super::Danger;
use super::lexicon::Problem;

/// All of `all` are there and none of `none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it speaks for.
    pub danger: Danger,
    /// It always warns, whatever the model says.
    pub always: bool,
    /// Concepts that must be there, by their place in the list.
    pub all: Vec<u16>,
    /// Concepts that must not.
    pub none: Vec<u16>,
}

impl Rule {
    /// Does it hold for these concepts (sorted)?
    pub fn holds(&self, found: &[u16]) -> bool {
        self.all.iter().all(|c| found.binary_search(c).is_ok())
            && !self.none.iter().any(|c| found.binary_search(c).is_ok())
    }
}

/// Reads `kind: concept + concept + !concept`, one a line.
pub(super) fn read(text: &str, concept: &dyn Fn(&str) -> Option<u16>, problems: &mut Vec<Problem>) -> Vec<Rule> {
    const FILE: &str = "rules.txt";
    let mut rules = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let Some((kind, needs)) = line.split_once(':') else {
            problems.push(Problem::new(
                FILE,
                n,
                "「:」がありません",
                "種類、:、意味を + でつないで書いてください（例 infant_fever: age_lt3m + fever）",
            ));
            continue;
        };
        let (always, kind) = kind.trim().strip_prefix("always ").map_or((false, kind), |kind| (true, kind));
        let Some(danger) = Danger::from_id(kind.trim()).filter(|d| d.id() == kind.trim()) else {
            problems.push(Problem::new(
                FILE,
                n,
                format!("種類「{}」がありません", kind.trim()),
                "README.md の表の id で書いてください",
            ));
            continue;
        };
        rules.extend(rule(FILE, n, (danger, always), needs, concept, problems));
    }
    rules
}

/// Reads `kind, kind: concept + !concept | kind: concept …`: one rule for each kind of each alternative.
pub(super) fn of_kinds(
    file: &str,
    n: usize,
    text: &str,
    concept: &dyn Fn(&str) -> Option<u16>,
    problems: &mut Vec<Problem>,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    for part in text.split('|').map(str::trim) {
        let Some((kinds, needs)) = part.split_once(':') else {
            problems.push(Problem::new(
                file,
                n,
                format!("when の「{part}」に「:」がありません"),
                "種類、:、意味を + でつないで書き、| で並べてください（例 bleeding, haemorrhage: flood | clot: pe）",
            ));
            continue;
        };
        for kind in kinds.split(',').map(str::trim) {
            match Danger::from_id(kind).filter(|d| d.id() == kind) {
                Some(danger) => rules.extend(rule(file, n, (danger, false), needs, concept, problems)),
                None => problems.push(Problem::new(
                    file,
                    n,
                    format!("種類「{kind}」がありません"),
                    "README.md の表の id で書いてください",
                )),
            }
        }
    }
    rules
}

/// One rule of what must be there and what must not; none without anything that must.
fn rule(
    file: &str,
    n: usize,
    (danger, always): (Danger, bool),
    needs: &str,
    concept: &dyn Fn(&str) -> Option<u16>,
    problems: &mut Vec<Problem>,
) -> Option<Rule> {
    let mut rule = Rule { danger, always, all: Vec::new(), none: Vec::new() };
    for need in needs.split('+').map(str::trim) {
        let (list, id) = need.strip_prefix('!').map_or((&mut rule.all, need), |id| (&mut rule.none, id.trim()));
        match concept(id) {
            Some(c) => list.push(c),
            None => problems.push(Problem::new(
                file,
                n,
                format!("「{id}」が concepts.txt にも、数の名前にもありません"),
                "名前を確かめてください",
            )),
        }
    }
    (!rule.all.is_empty()).then_some(rule)
}
