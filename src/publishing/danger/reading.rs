//! A text in, the concepts that stand in it out: what is inside an idiom or taken back by 「ない」 is left out. And
//! what the model is given of it.

use super::about;
use super::data::Data;
use super::language::Language;
use super::lexicon::{Hit, Role};
use super::numbers::numbers;
use super::stage::{About, Stage};
use super::text::Text;
use super::thresholds::Thresholds;
use std::ops::Range;

/// Hashed letters have so many places.
pub(super) const BITS: u32 = 18;
/// Ids of features by name begin with these.
const CONCEPT: u32 = 1 << 24;
const RULE: u32 = 2 << 24;
const PAIR: u32 = 3 << 24;
const DENIED: u32 = 4 << 24;
const SHAPE: u32 = 5 << 24;

/// A text read once; windows of it are looked at one by one.
pub(super) struct Reading {
    pub text: Text,
    /// In order, without masked and denied ones.
    pub hits: Vec<Hit>,
    /// Denied ones.
    pub denied: Vec<Hit>,
    /// Those that always warn.
    pub always: Vec<Hit>,
    grams: Vec<Gram>,
}

#[derive(Clone, Copy)]
struct Gram {
    start: u32,
    end: u32,
    bucket: u32,
}

/// What the model sees of a window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Features {
    pub language: Option<Language>,
    /// Sorted, each once.
    pub concepts: Vec<u16>,
    pub denied: Vec<u16>,
    /// A sign with a name stands in the window itself.
    pub named_sign: bool,
    pub ask: bool,
    pub length: u32,
    /// Sorted, each once.
    pub grams: Vec<u32>,
}

impl Reading {
    pub fn of(source: &str, about: &About, data: &Data, thresholds: &Thresholds) -> Self {
        let mut read = Self::alone(source, about.stage, data, thresholds);
        if about.stage != Stage::Unknown {
            let said = about
                .earlier
                .iter()
                .flat_map(|e| about::of_whom(&Self::alone(e, about.stage, data, thresholds).hits, data));
            let said: Vec<u16> = said.collect();
            let before = about::before(about.stage, &said, &mut read.hits, data, thresholds);
            read.hits.extend(before.into_iter().map(|concept| Hit { start: 0, end: 0, concept }));
            read.hits.sort();
        }
        read
    }
    /// Without what is known beforehand; bare weeks are of what it is about.
    fn alone(source: &str, stage: Stage, data: &Data, thresholds: &Thresholds) -> Self {
        let text = Text::of(source);
        let found = data.lexicon.find(&text);
        let role = |h: &Hit| data.concepts[h.concept as usize].role;
        let masks: Vec<Hit> = found.iter().filter(|h| role(h) == Role::Mask).copied().collect();
        // What is gravest is never taken back by a negation, only by a figure of speech.
        let takes = |m: &Hit, h: &Hit| {
            !(matches!(role(h), Role::Always(_)) && data.concepts[m.concept as usize].id == "negated")
        };
        let masked = |h: &Hit| {
            masks.iter().any(|m| m.start <= h.start && h.end <= m.end && role(h) != Role::Mask && takes(m, h))
        };
        let (mut hits, mut denied, mut always) = (Vec::new(), Vec::new(), Vec::new());
        let scope = Scope { text: &text, found: &found, data };
        for hit in found.iter().filter(|h| !masked(h)) {
            match role(hit) {
                Role::DenyBefore | Role::DenyAfter | Role::DenyNot => {}
                Role::Always(_) => always.push(*hit),
                Role::Sign(true) if scope.denies(hit) => denied.push(*hit),
                Role::Line if scope.denies(hit) => {}
                _ => hits.push(*hit),
            }
        }
        if source.trim().contains(['\n', '\r']) {
            always.extend(gravest_of_lines(source, &text, data));
            always.sort();
            always.dedup();
        }
        for (number, start, end) in numbers(&text, stage, thresholds) {
            hits.push(Hit { start: start as u32, end: end as u32, concept: (data.concepts.len() + number) as u16 });
        }
        hits.sort();
        let grams = grams(&text);
        Self { text, hits, denied, always, grams }
    }
    /// All of it.
    pub fn whole(&self) -> Range<usize> {
        0..self.text.letters.len()
    }
    /// What the model sees of these letters; who and when it is about may stand anywhere in the text.
    pub fn features(&self, window: &Range<usize>, data: &Data) -> Features {
        let inside = |h: &&Hit| window.start <= h.start as usize && (h.end as usize) <= window.end;
        let who = |h: &&Hit| data.role(h.concept) == Role::Who;
        let mut concepts: Vec<u16> = self.hits.iter().filter(|h| inside(h) || who(h)).map(|h| h.concept).collect();
        concepts.sort_unstable();
        concepts.dedup();
        let mut denied: Vec<u16> = self.denied.iter().filter(inside).map(|h| h.concept).collect();
        denied.sort_unstable();
        denied.dedup();
        let named_sign = self.hits.iter().filter(inside).any(|h| data.is_sign(h.concept));
        let whole = *window == self.whole();
        let mut grams: Vec<u32> = if whole {
            self.grams.iter().map(|g| g.bucket).collect()
        } else {
            self.within(window).map(|g| g.bucket).collect()
        };
        grams.sort_unstable();
        grams.dedup();
        let letters = &self.text.letters[window.clone()];
        let step = if self.text.language.dense() { 12 } else { 30 };
        Features {
            language: Some(self.text.language),
            concepts,
            denied,
            named_sign,
            ask: letters.contains(&'?'),
            length: (letters.len() as u32 / step).min(4),
            grams,
        }
    }
    fn within(&self, window: &Range<usize>) -> impl Iterator<Item = &Gram> {
        let end = window.end;
        let from = self.grams.partition_point(|g| (g.start as usize) < window.start);
        self.grams[from..].iter().take_while(move |g| (g.start as usize) < end).filter(move |g| g.end as usize <= end)
    }
    /// The weight of each letter of a window, from the weights of its grams.
    pub fn heat(&self, window: &Range<usize>, weight: &dyn Fn(u32) -> i32) -> Vec<i64> {
        let mut heat = vec![0_i64; self.text.letters.len()];
        for g in self.within(window) {
            let w = i64::from(weight(g.bucket)) * 60 / i64::from((g.end - g.start).max(1));
            heat[g.start as usize..g.end as usize].iter_mut().for_each(|h| *h += w);
        }
        heat
    }
}

impl Features {
    /// Features that have a name, sorted: concepts, rules, pairs, what was denied, the shape of the text.
    pub fn named(&self, data: &Data) -> Vec<u32> {
        let concepts: Vec<u16> = self.concepts.iter().copied().filter(|c| data.role(*c) != Role::Line).collect();
        let mut named: Vec<u32> = concepts.iter().map(|c| CONCEPT + u32::from(*c)).collect();
        named.extend(self.denied.iter().map(|c| DENIED + u32::from(*c)));
        named.extend(data.rules.iter().filter(|r| r.holds(&self.concepts)).map(|r| RULE + r.danger as u32));
        for (n, a) in concepts.iter().enumerate() {
            named.extend(concepts[n + 1..].iter().map(|b| PAIR + u32::from(*a) * 1024 + u32::from(*b)));
        }
        let signs = self.concepts.iter().filter(|c| data.is_sign(**c)).count() as u32;
        let calm = self.concepts.iter().filter(|c| data.is_calm(**c)).count() as u32;
        named.extend([
            SHAPE + self.language.map_or(9, |l| l as u32),
            SHAPE + 10 + signs.min(4),
            SHAPE + 20 + calm.min(3),
            SHAPE + 30 + signs.min(3) * 4 + calm.min(2),
            SHAPE + 50 + self.length,
        ]);
        if self.ask {
            named.push(SHAPE + 60);
        }
        if !self.denied.is_empty() {
            named.push(SHAPE + 61);
        }
        named.sort_unstable();
        named.dedup();
        named
    }
}

/// What always warns where the lines are read as one, with its letters in the text as it stands.
fn gravest_of_lines(source: &str, text: &Text, data: &Data) -> Vec<Hit> {
    let joined = Text::in_one_line(source);
    let found = data.lexicon.find(&joined);
    let idiom = |m: &&Hit| data.role(m.concept) == Role::Mask && data.concepts[m.concept as usize].id != "negated";
    let masks: Vec<&Hit> = found.iter().filter(idiom).collect();
    let gravest = found.iter().filter(|h| {
        matches!(data.role(h.concept), Role::Always(_)) && !masks.iter().any(|m| m.start <= h.start && h.end <= m.end)
    });
    let here = |h: &Hit| text.letters_of(&joined.bytes(&(h.start as usize..h.end as usize)));
    gravest
        .map(|h| (here(h), h.concept))
        .map(|(at, concept)| Hit { start: at.start as u32, end: at.end as u32, concept })
        .collect()
}

/// A pair of concepts counts half.
pub(super) fn is_pair(id: u32) -> bool {
    id >> 24 == PAIR >> 24
}
/// The kinds are told by these.
pub(super) fn tells_kind(id: u32) -> bool {
    matches!(id >> 24, 1 | 2)
}

/// Where negations reach to.
struct Scope<'a> {
    text: &'a Text,
    found: &'a [Hit],
    data: &'a Data,
}

impl Scope<'_> {
    fn denies(&self, sign: &Hit) -> bool {
        let (before, after) = match self.text.language {
            Language::Ja => (0, 7),
            Language::Zh => (3, 2),
            _ => (18, 0),
        };
        self.found.iter().any(|n| {
            let role = self.data.concepts[n.concept as usize].role;
            let reaches = match role {
                Role::DenyBefore => {
                    n.end <= sign.start && sign.start - n.end <= before && self.joined(n.end, sign.start)
                }
                Role::DenyAfter => {
                    sign.end <= n.start + 1
                        && n.start.saturating_sub(sign.end) <= after
                        && self.joined(sign.end, n.start)
                }
                _ => false,
            };
            // 「止まらない」「no sé」: a negation of something else.
            let other = |m: &Hit| {
                self.data.concepts[m.concept as usize].role == Role::DenyNot && m.start < n.end && n.start < m.end
            };
            reaches && !self.found.iter().any(other)
        })
    }
    /// No clause ends between.
    fn joined(&self, from: u32, to: u32) -> bool {
        from >= to || !self.text.letters[from as usize..to as usize].iter().any(|c| matches!(c, '.' | '?' | ',' | ':'))
    }
}

fn fnv(hash: u32, c: char) -> u32 {
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes).bytes().fold(hash, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

/// Letters in ones to fours (kana and kanji) or twos to fives and words (Latin), hashed, with their places.
fn grams(text: &Text) -> Vec<Gram> {
    let letters: Vec<char> = text.letters.iter().map(|c| if c.is_ascii_digit() { '0' } else { *c }).collect();
    let dense = text.language.dense();
    let tag = match text.language {
        Language::Ja | Language::Zh => 'c',
        Language::En => 'e',
        Language::Vi => 'v',
        Language::Pt => 'p',
    };
    let seed = fnv(0x811c_9dc5, tag);
    let (shortest, longest) = if dense { (1, 4) } else { (2, 5) };
    let edge = if dense { '^' } else { ' ' };
    let mut padded = Vec::with_capacity(letters.len() + 2);
    padded.push(edge);
    padded.extend(&letters);
    padded.push(if dense { '$' } else { ' ' });
    let last = letters.len() as u32;
    let mut grams = Vec::with_capacity(padded.len() * 4);
    for start in 0..padded.len() {
        let mut hash = seed;
        for (n, c) in padded[start..].iter().take(longest).enumerate() {
            hash = fnv(hash, *c);
            if n + 1 >= shortest {
                grams.push(Gram {
                    start: (start as u32).saturating_sub(1),
                    end: ((start + n) as u32).min(last),
                    bucket: hash & ((1 << BITS) - 1),
                });
            }
        }
    }
    if !dense {
        let mut before: Option<(u32, u32)> = None;
        let mut n = 0;
        while n < letters.len() {
            let end = n + letters[n..].iter().take_while(|c| c.is_alphanumeric()).count();
            if end == n {
                n += 1;
                continue;
            }
            let word = letters[n..end].iter().fold(fnv(seed, '_'), |h, c| fnv(h, *c));
            grams.push(Gram { start: n as u32, end: end as u32, bucket: word & ((1 << BITS) - 1) });
            if let Some((start, hash)) = before {
                let pair = letters[n..end].iter().fold(fnv(hash, '_'), |h, c| fnv(h, *c));
                grams.push(Gram { start, end: end as u32, bucket: pair & ((1 << BITS) - 1) });
            }
            before = Some((n as u32, word));
            n = end;
        }
    }
    grams.sort_by_key(|g| g.start);
    grams
}
