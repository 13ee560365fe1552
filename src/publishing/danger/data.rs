//! The files of `content/danger/` in (a city's own, or those of the program), what clinicians answer for out: concepts,
//! words, rules, examples, first steps.

use super::Danger;
use super::examples::{self, Example};
use super::language::Language;
use super::lexicon::{Concept, Lexicon, Problem, Role, read_concepts, read_words};
use super::numbers::NUMBERS;
use super::own::{OWN, SEARCH, Texts};
use super::rules::{self, Rule};
use super::steps::{self, Steps};
use std::path::Path;

/// What clinicians answer for.
pub struct Data {
    /// What people name.
    pub concepts: Vec<Concept>,
    /// Which of it together speaks for what.
    pub rules: Vec<Rule>,
    /// Sentences and what they are.
    pub examples: Vec<Example>,
    /// The first line of the box.
    pub steps: Steps,
    /// Words of danger in a search, as written: what a browser can look for.
    pub search: String,
    /// Of everything that the model is trained on.
    pub digest: u64,
    pub(super) lexicon: Lexicon,
}

/// The languages that have a file of examples: easy Japanese has its own.
pub const EXAMPLES: [&str; 6] = ["ja", "easy", "en", "zh", "vi", "pt"];

/// The texts of a folder; a file that cannot be read is a problem, and so is one that is not there.
pub fn texts_of(folder: &Path) -> Result<Texts, Vec<Problem>> {
    let mut texts = Texts::new();
    let mut problems = Vec::new();
    for (name, own_text) in OWN {
        match std::fs::read(folder.join(name)).map(String::from_utf8) {
            Ok(Ok(text)) => texts.push((name.to_owned(), text)),
            Ok(Err(_)) => {
                problems.push(Problem::new(name, 0, "文字コードが UTF-8 ではありません", "UTF-8 で保存してください"))
            }
            // Folders of before this file are not refused for it.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && name == SEARCH => {
                texts.push((name.to_owned(), own_text.to_owned()))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                problems.push(Problem::new(
                    name,
                    0,
                    "content/danger/ に、このファイルがありません",
                    "プログラムに付いているものを写してください。要らなければ、中身を空にしてください",
                ));
            }
            Err(e) => {
                problems.push(Problem::new(name, 0, format!("読めません（{e}）"), "ファイルの権限を確かめてください"))
            }
        }
    }
    if problems.is_empty() { Ok(texts) } else { Err(problems) }
}

impl Data {
    /// Reads the texts; every problem in them at once.
    pub fn read(texts: &Texts) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let text =
            |name: &str| texts.iter().find(|(n, _)| n == name).map_or("", |(_, t)| t.trim_start_matches('\u{feff}'));
        let mut concepts = read_concepts(text("concepts.txt"), &mut problems);
        for language in Language::ALL {
            read_words(language, text(&format!("words.{}.txt", language.id())), &mut concepts, &mut problems);
        }
        let concept = |id: &str| {
            let number = || NUMBERS.iter().position(|(name, ..)| *name == id).map(|n| concepts.len() + n);
            concepts.iter().position(|c| c.id == id).or_else(number).map(|n| n as u16)
        };
        let rules = rules::read(text("rules.txt"), &concept, &mut problems);
        let mut examples = Vec::new();
        for language in EXAMPLES {
            let file = format!("examples.{language}.tsv");
            examples.extend(examples::read(&file, language, text(&file), &mut problems));
        }
        let mut ids: Vec<(&str, &str)> = examples.iter().map(|e| (e.id.as_str(), e.language.as_str())).collect();
        ids.sort_unstable();
        for twice in ids.windows(2).filter(|w| w[0] == w[1]) {
            problems.push(Problem::new(
                &format!("examples.{}.tsv", twice[0].1),
                0,
                format!("id「{}」が2回あります", twice[0].0),
                "ちがう id にしてください",
            ));
        }
        let steps = steps::read(text("steps.tsv"), &concept, &mut problems);
        let lexicon = Lexicon::of(&concepts);
        // The review, the first steps and the words of a search are not what a model is made of.
        let digest = texts.iter().filter(|(name, _)| !["steps.tsv", SEARCH].contains(&name.as_str())).fold(
            0xcbf2_9ce4_8422_2325_u64,
            |h, (name, text)| {
                let lines = text
                    .trim_start_matches('\u{feff}')
                    .lines()
                    .map(str::trim_end)
                    .filter(|l| !l.is_empty() && !l.starts_with('#'));
                std::iter::once(name.as_str())
                    .chain(lines)
                    .flat_map(|l| l.bytes().chain([b'\n']))
                    .fold(h, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
            },
        );
        (Self { concepts, rules, examples, steps, search: text(SEARCH).to_owned(), digest, lexicon }, problems)
    }
    pub(super) fn role(&self, concept: u16) -> Role {
        match self.concepts.get(concept as usize) {
            Some(c) => c.role,
            None => match NUMBERS[concept as usize - self.concepts.len()].1 {
                None => Role::Who,
                Some(true) => Role::Sign(false),
                Some(false) => Role::Calm,
            },
        }
    }
    pub(super) fn is_sign(&self, concept: u16) -> bool {
        matches!(self.role(concept), Role::Sign(_))
    }
    pub(super) fn is_calm(&self, concept: u16) -> bool {
        matches!(self.role(concept), Role::Calm | Role::Mask)
    }
    /// A concept's id, numbers too.
    pub fn name(&self, concept: u16) -> &str {
        self.concepts
            .get(concept as usize)
            .map_or_else(|| NUMBERS[concept as usize - self.concepts.len()].0, |c| c.id.as_str())
    }
    /// A kind's first line in a language, or in Japanese.
    pub fn step(&self, danger: Danger, language: &str) -> &str {
        self.steps.line(danger, language)
    }
}
