//! A text in, its language out: by its letters where they tell, else by how often its letters follow one another in the
//! examples of each language.

use super::language::{Language, bare};
use super::maths::ln;
use super::own::own_examples;
use std::collections::HashMap;
use std::sync::LazyLock;

/// How likely three letters are in each of some languages, as logarithms.
struct Table<const N: usize> {
    languages: [Language; N],
    seen: HashMap<[char; 3], [f32; N]>,
    /// What was never seen.
    rare: [f32; N],
}

impl<const N: usize> Table<N> {
    /// Of texts with their languages.
    fn of(languages: [Language; N], texts: impl Iterator<Item = (Language, Vec<char>)>) -> Self {
        let mut counts: HashMap<[char; 3], [u32; N]> = HashMap::new();
        let mut all = [0_u32; N];
        for (language, letters) in texts {
            let Some(n) = languages.iter().position(|l| *l == language) else { continue };
            for three in threes(&letters) {
                counts.entry(three).or_insert([0; N])[n] += 1;
                all[n] += 1;
            }
        }
        let kinds = counts.len() as f64;
        let share = |count: u32, n: usize| ln((f64::from(count) + HALF) / (f64::from(all[n]) + HALF * kinds)) as f32;
        let seen =
            counts.into_iter().map(|(three, counts)| (three, std::array::from_fn(|n| share(counts[n], n)))).collect();
        Self { languages, seen, rare: std::array::from_fn(|n| share(0, n)) }
    }
    fn likeliest(&self, letters: &[char]) -> Language {
        let mut sum = [0.0_f32; N];
        for three in threes(letters) {
            let shares = self.seen.get(&three).unwrap_or(&self.rare);
            sum.iter_mut().zip(shares).for_each(|(s, share)| *s += share);
        }
        let mut best = 0;
        (1..N).for_each(|n| best = if sum[n] > sum[best] { n } else { best });
        self.languages[best]
    }
}

/// What is never seen counts as half.
const HALF: f64 = 0.5;

/// Every three letters that follow one another, with the edges of words; figures and punctuation are an edge.
fn threes(letters: &[char]) -> impl Iterator<Item = [char; 3]> {
    let mut padded = vec![' '];
    for c in letters {
        let c = if c.is_alphabetic() { *c } else { ' ' };
        if c != ' ' || padded.last() != Some(&' ') {
            padded.push(c);
        }
    }
    padded.push(' ');
    (0..padded.len().saturating_sub(2)).map(move |n| [padded[n], padded[n + 1], padded[n + 2]])
}

/// English, Vietnamese and Portuguese, with their accents and without.
static LATIN: LazyLock<Table<3>> = LazyLock::new(|| {
    let both = |(language, letters): (Language, Vec<char>)| {
        let plain: Vec<char> = letters.iter().copied().map(bare).collect();
        let same = plain == letters;
        std::iter::once((language, letters)).chain((!same).then_some((language, plain)))
    };
    Table::of([Language::En, Language::Vi, Language::Pt], own_letters().flat_map(both))
});

/// Japanese without kana, and Chinese.
static KANJI: LazyLock<Table<2>> = LazyLock::new(|| {
    let without_kana = |(language, letters): (Language, Vec<char>)| {
        (language, letters.into_iter().map(|c| if kana(c) { ' ' } else { c }).collect())
    };
    Table::of([Language::Zh, Language::Ja], own_letters().map(without_kana))
});

fn kana(c: char) -> bool {
    ('\u{3040}'..='\u{30ff}').contains(&c)
}

/// Of every third example: more tell nothing more.
fn own_letters() -> impl Iterator<Item = (Language, Vec<char>)> {
    own_examples().step_by(3).map(|(language, sentence)| (language, sentence.to_lowercase().chars().collect()))
}

/// The language of letters that are folded, with their accents.
pub(super) fn of(accented: &[char]) -> Language {
    if accented.iter().any(|c| ('\u{3040}'..='\u{309f}').contains(c)) {
        return Language::Ja;
    }
    if accented.iter().any(|c| ('\u{3400}'..='\u{9fff}').contains(c)) {
        return KANJI.likeliest(accented);
    }
    // No other of the languages has these.
    if accented.iter().any(|c| matches!(c, 'ă' | 'đ' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}')) {
        return Language::Vi;
    }
    LATIN.likeliest(accented)
}
