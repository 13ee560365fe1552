//! Concepts and their words by language in, where they stand in a text out. Reading of `concepts.txt` and
//! `words.<language>.txt`.

use super::Danger;
use super::language::Language;
use super::text::Text;
use std::collections::BTreeMap;

/// A mistake in a file of `content/danger/`, with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Problem {
    pub(super) fn new(file: &str, line: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { file: file.into(), line: line as u32 + 1, message: message.into(), hint: hint.into() }
    }
}

/// What a concept is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Who or when: no sign by itself.
    Who,
    /// A sign of danger; `true`: 「ない」 beside it takes it back.
    Sign(bool),
    /// Speaks for no danger.
    Calm,
    /// Inside such a phrase nothing else is read.
    Mask,
    /// Speaks for no danger and is not learnt from: it tells which first line fits. 「ない」 beside it takes it back.
    Line,
    /// Always warns, whatever the model says.
    Always(Danger),
    /// A negation that stands before what it takes back.
    DenyBefore,
    /// A negation that stands after it.
    DenyAfter,
    /// Looks like a negation, and takes nothing back.
    DenyNot,
}

/// Something that people name, in many words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concept {
    /// As in files and rules.
    pub id: String,
    /// What it is for.
    pub role: Role,
    /// What it means, for clinicians.
    pub title: String,
    /// Its words by language, as written in the files.
    pub terms: BTreeMap<Language, Vec<String>>,
}

const CONCEPTS: &str = "concepts.txt";

/// Reads `concepts.txt`: id, role, meaning, separated by tabs.
pub(super) fn read_concepts(text: &str, problems: &mut Vec<Problem>) -> Vec<Concept> {
    let mut concepts: Vec<Concept> = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
        let mut parts = line.split('\t').map(str::trim);
        let (id, role, title) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            problems.push(Problem::new(
                CONCEPTS,
                n,
                format!("名前「{id}」が読めません"),
                "英小文字・数字・_ で書き、タブで区切ってください（例 fever⇥sign deny⇥熱）",
            ));
            continue;
        }
        let words: Vec<&str> = role.split_whitespace().collect();
        let role = match words.as_slice() {
            ["who"] => Role::Who,
            ["sign"] => Role::Sign(false),
            ["sign", "deny"] => Role::Sign(true),
            ["calm"] => Role::Calm,
            ["mask"] => Role::Mask,
            ["line"] => Role::Line,
            ["deny", "before"] => Role::DenyBefore,
            ["deny", "after"] => Role::DenyAfter,
            ["deny", "not"] => Role::DenyNot,
            ["always", kind] if Danger::from_id(kind).is_some_and(|d| d.id() == *kind) => {
                Role::Always(Danger::from_id(kind).unwrap_or(Danger::OtherSick))
            }
            _ => {
                problems.push(Problem::new(
                    CONCEPTS,
                    n,
                    format!("「{role}」は読めません"),
                    "who、sign、sign deny、calm、mask、line、always と種類の id、deny before、deny after、deny not \
                     のどれかです",
                ));
                continue;
            }
        };
        if concepts.iter().any(|c| c.id == id) {
            problems.push(Problem::new(CONCEPTS, n, format!("「{id}」が2回あります"), "1行にまとめてください"));
            continue;
        }
        concepts.push(Concept { id: id.into(), role, title: title.into(), terms: BTreeMap::new() });
    }
    if concepts.len() > 500 {
        problems.push(Problem::new(CONCEPTS, 0, "意味の数が500を超えています", "似たものをまとめてください"));
        concepts.truncate(500);
    }
    concepts
}

/// Reads `words.<language>.txt`: a concept's id, a colon, words separated by `|`; an id may come again.
pub(super) fn read_words(language: Language, text: &str, concepts: &mut [Concept], problems: &mut Vec<Problem>) {
    let file = format!("words.{}.txt", language.id());
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
        let Some((id, words)) = line.split_once(':') else {
            problems.push(Problem::new(
                &file,
                n,
                "「:」がありません",
                "意味の名前、:、ことば（| で区切る）の順に書いてください",
            ));
            continue;
        };
        let Some(concept) = concepts.iter_mut().find(|c| c.id == id.trim()) else {
            problems.push(Problem::new(
                &file,
                n,
                format!("「{}」が concepts.txt にありません", id.trim()),
                "名前を確かめるか、concepts.txt に足してください",
            ));
            continue;
        };
        let terms = concept.terms.entry(language).or_default();
        for word in words.split('|').map(str::trim).filter(|w| !w.is_empty()) {
            if word.chars().count() > 60 || parts(word, language, false).iter().any(Vec::is_empty) {
                problems.push(Problem::new(
                    &file,
                    n,
                    format!("ことば「{word}」を探せません"),
                    "60字までの文字で書いてください（.. の両がわに文字がいります）",
                ));
            } else if !terms.iter().any(|t| t == word) {
                terms.push(word.into());
            }
        }
    }
}

/// A word as it is looked for: its pieces (between `..` or ` * `).
fn parts(term: &str, language: Language, accented: bool) -> Vec<Vec<char>> {
    let term = term.strip_suffix('*').unwrap_or(term).trim_end();
    let pieces = term.split("..").flat_map(|p| p.split(" * "));
    let letters = |piece: &str| {
        let text = Text::of(piece.trim());
        // A piece of a Chinese word must not depend on what language it is taken for.
        let letters = if accented || language == Language::Ja { text.accented } else { text.letters };
        if language.dense() { letters.into_iter().filter(|c| *c != ' ').collect() } else { letters }
    };
    pieces.map(letters).collect()
}

/// What is between the pieces of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    /// At most [`GAP`] letters of one sentence.
    Gap,
    /// One word.
    Word,
}

const GAP: usize = 14;

struct Term {
    concept: u16,
    pieces: u16,
    between: Between,
}

#[derive(Clone, Copy)]
struct End {
    term: u32,
    piece: u16,
    /// A letter may not touch it.
    alone_before: bool,
    alone_after: bool,
}

#[derive(Default)]
struct Node {
    next: Vec<(char, u32)>,
    ends: Vec<End>,
}

/// The words of one language as a tree of letters.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    terms: Vec<Term>,
}

/// A concept where it stands, in letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub start: u32,
    pub end: u32,
    pub concept: u16,
}

impl Tree {
    fn of(concepts: &[Concept], language: Language, accented: bool) -> Self {
        let mut tree = Self { nodes: vec![Node::default()], terms: Vec::new() };
        for (concept, c) in concepts.iter().enumerate() {
            for term in c.terms.get(&language).into_iter().flatten() {
                let pieces = parts(term, language, accented);
                let id = tree.terms.len() as u32;
                let between = if term.contains("..") { Between::Gap } else { Between::Word };
                tree.terms.push(Term { concept: concept as u16, pieces: pieces.len() as u16, between });
                for (n, piece) in pieces.iter().enumerate() {
                    let latin = !language.dense() || piece.iter().all(char::is_ascii);
                    let open = term.ends_with('*') && n + 1 == pieces.len();
                    tree.insert(
                        piece,
                        End { term: id, piece: n as u16, alone_before: latin, alone_after: latin && !open },
                    );
                }
            }
        }
        tree
    }
    fn insert(&mut self, piece: &[char], end: End) {
        let mut node = 0;
        for c in piece {
            node = match self.nodes[node].next.binary_search_by_key(c, |(c, _)| *c) {
                Ok(at) => self.nodes[node].next[at].1 as usize,
                Err(at) => {
                    let new = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[node].next.insert(at, (*c, new as u32));
                    new
                }
            };
        }
        self.nodes[node].ends.push(end);
    }
    fn find(&self, letters: &[char], found: &mut Vec<Hit>) {
        let touches = |at: Option<&char>| at.is_some_and(|c| c.is_alphabetic() && !super::language::dense(*c));
        let mut halves: Vec<(u32, u16, u32, u32)> = Vec::new();
        for start in 0..letters.len() {
            let mut node = 0;
            let before = touches(start.checked_sub(1).and_then(|n| letters.get(n)));
            for (n, c) in letters[start..].iter().enumerate() {
                let Ok(at) = self.nodes[node].next.binary_search_by_key(c, |(c, _)| *c) else { break };
                node = self.nodes[node].next[at].1 as usize;
                let end = start + n + 1;
                for e in &self.nodes[node].ends {
                    if (e.alone_before && before) || (e.alone_after && touches(letters.get(end))) {
                        continue;
                    }
                    let term = &self.terms[e.term as usize];
                    if term.pieces == 1 {
                        found.push(Hit { start: start as u32, end: end as u32, concept: term.concept });
                    } else {
                        halves.push((e.term, e.piece, start as u32, end as u32));
                    }
                }
            }
        }
        self.join(letters, &halves, found);
    }
    /// Words in pieces: each piece at its distance from the one before.
    fn join(&self, letters: &[char], halves: &[(u32, u16, u32, u32)], found: &mut Vec<Hit>) {
        for (id, _, start, end) in halves.iter().filter(|h| h.1 == 0) {
            let term = &self.terms[*id as usize];
            let mut to = Some(*end);
            for piece in 1..term.pieces {
                to = to.and_then(|from| {
                    let fits = |next: u32| {
                        let gap = next
                            .checked_sub(from)
                            .filter(|g| *g <= GAP as u32 + 2)
                            .map(|_| &letters[from as usize..next as usize]);
                        gap.is_some_and(|gap| match term.between {
                            Between::Gap => gap.len() <= GAP && !gap.iter().any(|c| matches!(c, '.' | '?')),
                            Between::Word => {
                                gap.len() > 2
                                    && gap[0] == ' '
                                    && gap[gap.len() - 1] == ' '
                                    && !gap[1..gap.len() - 1].contains(&' ')
                            }
                        })
                    };
                    halves.iter().find(|h| h.0 == *id && h.1 == piece && fits(h.2)).map(|h| h.3)
                });
            }
            if let Some(to) = to {
                found.push(Hit { start: *start, end: to, concept: term.concept });
            }
        }
    }
}

/// All words of all languages.
pub(super) struct Lexicon {
    trees: BTreeMap<Language, Tree>,
    /// Vietnamese with its accents.
    marked: Tree,
}

impl Lexicon {
    pub fn of(concepts: &[Concept]) -> Self {
        let trees = Language::ALL.into_iter().map(|l| (l, Tree::of(concepts, l, false))).collect();
        Self { trees, marked: Tree::of(concepts, Language::Vi, true) }
    }
    /// Every concept in the text, in order.
    pub fn find(&self, text: &Text) -> Vec<Hit> {
        let mut found = Vec::new();
        match text.language {
            Language::Vi if text.marks => self.marked.find(&text.accented, &mut found),
            Language::Zh => {
                self.trees[&Language::Zh].find(&text.letters, &mut found);
                // Japanese in kanji alone looks like Chinese.
                self.trees[&Language::Ja].find(&text.accented, &mut found);
            }
            Language::Ja => self.trees[&Language::Ja].find(&text.accented, &mut found),
            other => self.trees[&other].find(&text.letters, &mut found),
        }
        found.sort();
        found.dedup();
        found
    }
}
