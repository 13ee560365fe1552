//! The texts of a thread and what was tapped in, what is in danger out: all that decides whom to ring. Pure.

use super::quote::whole;
use super::text::bounded;
use super::written::Written;
use crate::danger::{About, Danger, Line, Stage, dangers_by_words, signs};
use std::collections::{BTreeMap, BTreeSet};

/// So many of a person's own words are said back.
const MOST_WORDS: usize = 3;

/// What a thread is about, as far as it decides whom to ring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What is in danger.
    pub dangers: BTreeSet<Danger>,
    /// Those of them that a clinician named.
    pub called: BTreeSet<Danger>,
    /// What is written of a child that was lost, and of a pregnancy that goes on.
    pub written: Written,
    /// Something of pregnancy was tapped.
    pub pregnancy: bool,
    /// What was written of what a doctor is for, in whole words, each once. Other words are not said back to who wrote
    /// them.
    pub(super) words: Vec<String>,
    /// First lines of what was tapped that fit better than the danger's own.
    pub(super) lines: BTreeMap<Danger, String>,
    /// Those that fit what was written.
    pub(super) instead: BTreeMap<Danger, Line>,
}

impl Found {
    /// What is found in a text of this matter.
    pub fn in_text(text: &str, stage: Stage) -> Self {
        Self::in_thread([(text, true)], stage)
    }

    /// What is found in the texts of a thread, in their order; those that are no longer looked at (`false`) still tell
    /// what later ones mean.
    pub fn in_thread<'a>(texts: impl IntoIterator<Item = (&'a str, bool)>, stage: Stage) -> Self {
        let mut found = Self::default();
        let texts: Vec<(&str, bool)> = texts.into_iter().map(|(text, counts)| (bounded(text), counts)).collect();
        found.written = Written::of(texts.iter().map(|(text, _)| *text));
        let mut about = About::from(stage);
        for (text, counts) in texts {
            let signs = if counts { signs(text, &about) } else { Vec::new() };
            about.earlier.push(text.to_owned());
            for sign in signs {
                found.dangers.insert(sign.danger);
                // What was written last decides; what asked for an ambulance stays.
                let rings_now = |line: &Line| line.rings == Some(Danger::Vital);
                if sign.line.as_ref().is_some_and(rings_now) || !found.instead.get(&sign.danger).is_some_and(rings_now)
                {
                    match sign.line {
                        Some(line) => found.instead.insert(sign.danger, line),
                        None => found.instead.remove(&sign.danger),
                    };
                }
                let said_back = |words: &str| {
                    !words.is_empty() && dangers_by_words(words).iter().all(|d| d.medical() && *d != Danger::Overdose)
                };
                if sign.danger.medical() && sign.danger != Danger::Overdose {
                    // Of a clause that tells of violence or despair, too, the medical word alone, if that does not.
                    let clause = whole(text, &sign.at);
                    if said_back(&clause) {
                        found.quote(clause);
                    } else if said_back(&sign.word) {
                        found.quote(sign.word);
                    }
                }
            }
        }
        found
    }

    /// The same with what was tapped, and the first lines that fit it; of what was written of, the danger's own line
    /// stays. `pregnancy`: something that is tapped in pregnancy.
    pub fn and_tapped(mut self, tapped: &BTreeSet<Danger>, lines: BTreeMap<Danger, String>, pregnancy: bool) -> Self {
        self.pregnancy = pregnancy;
        self.lines = lines.into_iter().filter(|(danger, _)| !self.dangers.contains(danger)).collect();
        self.dangers.extend(tapped);
        self
    }

    fn quote(&mut self, words: String) {
        if self.words.len() < MOST_WORDS && !self.words.iter().any(|w| w.contains(&words)) {
            self.words.retain(|w| !words.contains(w.as_str()));
            self.words.push(words);
        }
    }
}
