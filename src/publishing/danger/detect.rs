//! A text in, the signs of danger in it out, each with the words that caused it.

use super::Danger;
use super::data::Data;
use super::lexicon::{Hit, Role};
use super::meant::meant;
use super::model::{Model, chance};
use super::quote::{quoted, widened};
use super::reading::{Features, Reading};
use super::stage::{About, Stage};
use super::steps::Line;
use super::thresholds::Thresholds;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// One sign in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// What is in danger.
    pub danger: Danger,
    /// As it stands in the text.
    pub word: String,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// A first line that fits better than the kind's own.
    pub line: Option<Line>,
}

/// Data, the model that was trained on them, and what counts as much.
pub struct Detector {
    /// What clinicians answer for.
    pub data: Data,
    /// What was learnt from it.
    pub model: Model,
    /// From when a fever, an age, a pressure counts.
    pub thresholds: Thresholds,
}

/// From which logarithm of odds on a text warns: with a sign that has a name, and without one.
const WITH_SIGN: f64 = -0.45;
const WITHOUT: f64 = 0.3;
/// Sentences of a longer text are many tries: each must speak a little louder, the more there are.
const ONE_OF_MANY: f64 = 0.45;
const EACH_MORE: f64 = 0.1;
const MOST: f64 = 0.95;
/// In a text of more sentences than these each is looked at alone, too: a neighbour that is calm would speak for it.
const FEW: usize = 3;
/// How much louder a pair and a lone sentence of such a text must speak; by sentences of series that the model never
/// saw.
const PAIR_OF_MANY: f64 = 0.3;
const ALONE: f64 = 0.15;
/// From so many letters on a text is looked at sentence by sentence, too.
const LONG: (usize, usize) = (60, 150);
/// A text of more sentences is no longer looked at as a whole: what it begins with has little to do with its end.
const WHOLE: usize = 6;
/// Whose second kind is nearly as likely is both.
const ALSO: f64 = 0.0;

/// Whether a text warns.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// It does.
    pub danger: bool,
    /// What is likeliest in danger.
    pub kind: Option<Danger>,
    /// How far above (or below) the line, as a logarithm of odds.
    pub margin: f64,
    /// A sign with a name stands in it.
    pub named: bool,
}

/// From which logarithm of odds on a text warns.
pub(super) fn line(named_sign: bool) -> f64 {
    if named_sign { WITH_SIGN } else { WITHOUT }
}

/// What is looked at of a text: the whole, in a longer one each pair of neighbouring sentences, in a long one each
/// sentence; with how much louder it must speak.
pub(super) fn looked_at(reading: &Reading) -> Vec<(Range<usize>, f64)> {
    if !reading.text.known {
        return Vec::new();
    }
    let whole = reading.whole();
    let long = if reading.text.language.dense() { LONG.0 } else { LONG.1 };
    let sentences = if whole.len() > long { reading.text.sentences() } else { Vec::new() };
    let mut windows = Vec::new();
    if sentences.len() <= WHOLE {
        windows.push((whole, 0.0));
    }
    let whole_too = windows.len();
    if sentences.len() > 2 {
        let louder = (ONE_OF_MANY + EACH_MORE * (sentences.len() - 2) as f64).min(MOST);
        windows.extend(sentences.windows(2).map(|pair| (pair[0].start..pair[1].end, louder)));
        if sentences.len() > FEW {
            windows.iter_mut().skip(whole_too).for_each(|(_, louder)| *louder += PAIR_OF_MANY);
            windows.extend(sentences.iter().map(|s| (s.clone(), louder + ALONE)));
        }
    }
    windows
}

/// A part of a text that is looked at.
struct Window {
    at: Range<usize>,
    features: Features,
    /// How far above the line.
    margin: f64,
}

impl Detector {
    /// What is measured: whether, and what.
    pub fn verdict(&self, text: &str, about: &About) -> Verdict {
        let reading = Reading::of(text, about, &self.data, &self.thresholds);
        let windows = self.windows(&reading);
        let best = windows.iter().max_by(|a, b| a.margin.total_cmp(&b.margin));
        let margin = best.map_or(-9.0, |w| w.margin);
        let always = self.sure(&reading).into_iter().map(|(danger, _)| danger).min();
        let danger = margin >= 0.0 || always.is_some();
        let kind = always.or_else(|| best.filter(|_| danger).and_then(|w| self.kinds(w, about.stage).first().copied()));
        let named = reading.hits.iter().any(|h| self.data.is_sign(h.concept));
        Verdict { danger, kind, margin, named }
    }
    /// All signs, in the order in which they stand. Those of one kind do not overlap; one place may be a sign of two
    /// kinds.
    pub fn signs(&self, text: &str, about: &About) -> Vec<Sign> {
        let reading = Reading::of(text, about, &self.data, &self.thresholds);
        let mut found = self.sure(&reading);
        let sure: BTreeSet<Danger> = found.iter().map(|(d, _)| *d).collect();
        let mut speaking = self.windows(&reading);
        speaking.retain(|w| w.margin >= 0.0);
        let whole = (!sure.is_empty()).then(|| reading.features(&reading.whole(), &self.data).concepts);
        let said: Vec<&[u16]> =
            whole.iter().map(Vec::as_slice).chain(speaking.iter().map(|w| w.features.concepts.as_slice())).collect();
        // What a part says by itself its surroundings need not say again.
        let alone =
            |w: &&Window| !speaking.iter().any(|o| o.at != w.at && w.at.start <= o.at.start && o.at.end <= w.at.end);
        for window in speaking.iter().filter(alone) {
            let mut heaviest = None;
            for kind in self.kinds(window, about.stage) {
                if !sure.contains(&kind) {
                    found.extend(self.causes(&reading, window, kind, &mut heaviest).into_iter().map(|at| (kind, at)));
                }
            }
        }
        let mut places: Vec<(Danger, Range<usize>)> =
            found.into_iter().map(|(danger, letters)| (danger, widened(text, &reading.text, &letters))).collect();
        places.retain(|(_, at)| !at.is_empty());
        places.sort_by_key(|(danger, at)| (*danger, at.start, std::cmp::Reverse(at.end)));
        // Of one kind what overlaps is one.
        places.dedup_by(|next, last| {
            let one = next.0 == last.0 && next.1.start < last.1.end;
            if one {
                last.1.end = last.1.end.max(next.1.end);
            }
            one
        });
        places.sort_by_key(|(danger, at)| (at.start, std::cmp::Reverse(at.end), *danger));
        let line = |danger: Danger| {
            said.iter().filter_map(|concepts| self.data.steps.instead(danger, concepts)).min().cloned()
        };
        let lines: BTreeMap<Danger, Option<Line>> = places
            .iter()
            .map(|(danger, _)| *danger)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|d| (d, line(d)))
            .collect();
        let sign = |(danger, at): (Danger, Range<usize>)| Sign {
            danger,
            word: text[at.clone()].to_owned(),
            line: lines.get(&danger).cloned().flatten(),
            at,
        };
        places.into_iter().map(sign).collect()
    }
    /// Concepts and rules only, as they can be computed in a browser: what always warns, and the rules that hold
    /// without anything calm beside them.
    pub fn by_words(&self, text: &str) -> BTreeSet<Danger> {
        let reading = Reading::of(text, &About::default(), &self.data, &self.thresholds);
        let features = reading.features(&reading.whole(), &self.data);
        let calm = features.concepts.iter().any(|c| self.data.is_calm(*c));
        let rules = self.data.rules.iter().filter(|r| !calm && r.holds(&features.concepts)).map(|r| r.danger);
        self.sure(&reading).into_iter().map(|(danger, _)| danger).chain(rules).collect()
    }
    /// What warns whatever the model says: the gravest phrases, and rules that are a verdict, with their letters.
    pub(super) fn sure(&self, reading: &Reading) -> Vec<(Danger, Range<usize>)> {
        let place = |h: &Hit| h.start as usize..h.end as usize;
        let mut found: Vec<(Danger, Range<usize>)> =
            reading.always.iter().map(|h| (self.always(h), place(h))).collect();
        let concepts = reading.features(&reading.whole(), &self.data).concepts;
        for rule in self.data.rules.iter().filter(|r| r.always && r.holds(&concepts)) {
            let hits = rule.all.iter().filter_map(|c| reading.hits.iter().find(|h| h.concept == *c && h.start < h.end));
            found.extend(hits.map(|h| (rule.danger, place(h))));
        }
        found
    }

    fn always(&self, hit: &Hit) -> Danger {
        match self.data.role(hit.concept) {
            Role::Always(danger) => danger,
            _ => Danger::OtherSick,
        }
    }
    /// The windows of a text, each with how far it is above the line.
    fn windows(&self, reading: &Reading) -> Vec<Window> {
        let window = |(at, louder): (Range<usize>, f64)| {
            let features = reading.features(&at, &self.data);
            let margin = self.model.score(&features, &self.data) - line(features.named_sign) - louder;
            Window { at, features, margin }
        };
        looked_at(reading).into_iter().map(window).collect()
    }
    /// The likeliest kind of those that can be meant, and one that is likely beside it.
    fn kinds(&self, window: &Window, stage: Stage) -> Vec<Danger> {
        let all = self.model.kinds(&window.features, &self.data);
        let likely = all.iter().enumerate().filter(|(n, (_, z))| *n == 0 || (*n == 1 && *z >= ALSO));
        let mut kinds: Vec<Danger> =
            likely.map(|(_, (kind, _))| meant(*kind, stage, &window.features, &self.data)).collect();
        kinds.dedup();
        kinds
    }
    /// The words of a window that spoke for a kind, in letters; where none has a name the heaviest, looked for once.
    fn causes(
        &self,
        reading: &Reading,
        Window { at: window, features: f, .. }: &Window,
        kind: Danger,
        heaviest: &mut Option<Option<Range<usize>>>,
    ) -> Vec<Range<usize>> {
        let used: BTreeSet<u16> = self
            .data
            .rules
            .iter()
            .filter(|r| r.danger == kind && r.holds(&f.concepts))
            .flat_map(|r| r.all.iter().copied())
            .collect();
        let inside = |h: &&Hit| window.start <= h.start as usize && h.end as usize <= window.end;
        let speaks = |h: &&Hit| h.start < h.end && (self.data.is_sign(h.concept) || used.contains(&h.concept));
        let mut hits: Vec<&Hit> = reading.hits.iter().filter(inside).filter(speaks).collect();
        hits.sort_by_key(|h| {
            (!used.contains(&h.concept), !self.data.is_sign(h.concept), h.start, std::cmp::Reverse(h.end))
        });
        let mut seen = BTreeSet::new();
        hits.retain(|h| seen.insert(h.concept));
        hits.truncate(4);
        if hits.iter().any(|h| self.data.is_sign(h.concept)) {
            return hits.into_iter().map(|h| h.start as usize..h.end as usize).collect();
        }
        let look = || {
            quoted(
                &reading.text,
                window,
                &reading.heat(window, &|bucket| i32::from(self.model.letters[bucket as usize])),
            )
        };
        heaviest.get_or_insert_with(look).clone().into_iter().collect()
    }
    /// The concepts that were read in a text, with `-` before what was taken back: for who changes the words.
    pub fn explain(&self, text: &str, about: &About) -> String {
        let reading = Reading::of(text, about, &self.data, &self.thresholds);
        let name = |h: &Hit| {
            format!(
                "{}=「{}」",
                self.data.name(h.concept),
                &text[reading.text.bytes(&(h.start as usize..h.end as usize))]
            )
        };
        let read = reading.hits.iter().chain(&reading.always).map(name);
        read.chain(reading.denied.iter().map(|h| format!("-{}", name(h)))).collect::<Vec<_>>().join(" ")
    }
    /// The chance that a text warns for, for tests and figures.
    pub fn chance(&self, text: &str) -> f64 {
        let reading = Reading::of(text, &About::default(), &self.data, &self.thresholds);
        chance(self.model.score(&reading.features(&reading.whole(), &self.data), &self.data))
    }
}
