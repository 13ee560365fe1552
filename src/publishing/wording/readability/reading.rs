//! How a text reads: its grade, its measures, its places, and the limits that they are held against.

use crate::markdown::Glossary;
use serde::Serialize;

/// How hard a text is: A reads easily, D should be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Grade {
    /// Nothing to mend.
    A,
    /// Something to look at.
    B,
    /// One measure is over its limit.
    C,
    /// Several are.
    D,
}

/// What makes a text hard at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// `sentence`, `passive`, `word`, `plain`, `ruby`.
    pub kind: &'static str,
    /// Line in the file.
    pub line: u32,
    /// Column in letters.
    pub column: u32,
    /// What it is.
    pub message: String,
    /// What to write instead; empty if only the author can know.
    pub hint: String,
}

/// How a text reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// From the worst of the measures.
    pub grade: Grade,
    /// Letters without white space.
    pub characters: usize,
    /// Kanji among them, in percent.
    pub kanji_percent: usize,
    /// Sentences.
    pub sentences: usize,
    /// Mean letters of a sentence.
    pub sentence_length: usize,
    /// Sentences longer than the limit.
    pub long_sentences: usize,
    /// Sentences with too many passives in them.
    pub passives: usize,
    /// Hard words without an explanation.
    pub hard_words: usize,
    /// Kanji words without a reading, where every one should have one.
    pub without_ruby: usize,
    /// All places.
    pub troubles: Vec<Trouble>,
}

/// What stands around the text.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Words that are known.
    pub glossary: &'a Glossary,
    /// The page explains the glossary's words at their first use.
    pub explained: bool,
    /// What is too much in this language.
    pub limits: &'a Limits,
}

/// What is good, and from where on it is too much, in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Kanji in percent: up to here good, up to here to be looked at.
    pub kanji_percent: [usize; 2],
    /// Mean letters of a sentence.
    pub sentence: [usize; 2],
    /// A sentence of more letters is long.
    pub long: usize,
    /// Passives in one sentence that are too many.
    pub passives: usize,
    /// Every kanji has a reading.
    pub ruby: bool,
    /// A run of so many kanji is a hard word if nobody explains it.
    pub hard_word: usize,
}
