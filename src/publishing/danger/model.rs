//! A trained model: bytes in, how much a text speaks for danger, and for which, out. Whole numbers until the last step.

use super::Danger;
use super::data::Data;
use super::maths::exp;
use super::reading::{BITS, Features, tells_kind};

/// How many places the letters have that tell the kinds.
pub(super) const KIND_BITS: u32 = 13;
const MAGIC: &[u8; 8] = b"otayori1";

/// Weights of a logistic regression, of letters in steps of one value, of features with a name in steps of 1/1024.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Of the data that it was trained on.
    pub digest: u64,
    pub(super) bias: f64,
    pub(super) step: f64,
    pub(super) letters: Vec<i8>,
    /// Sorted by feature.
    pub(super) named: Vec<(u32, i16)>,
    pub(super) kinds: Vec<Kind>,
    /// Weights of letters for each kind: all kinds of one place stand together, because they are added up together.
    pub(super) kind_letters: Vec<i8>,
    pub(super) kind_step: f64,
}

/// One kind against all others.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kind {
    pub danger: Danger,
    pub bias: f64,
    pub named: Vec<(u32, i16)>,
}

pub(super) const NAMED_STEP: f64 = 1024.0;

/// How strongly each letter counts in a text of so many.
pub(super) fn share(grams: usize) -> f64 {
    4.0 / (grams.max(15) as f64).sqrt()
}

fn sum(named: &[(u32, i16)], features: &[u32]) -> f64 {
    let weight = |f: &u32| named.binary_search_by_key(f, |(id, _)| *id).map_or(0, |at| i64::from(named[at].1));
    features.iter().map(weight).sum::<i64>() as f64 / NAMED_STEP
}

impl Model {
    /// How much it speaks for danger: the logarithm of the odds.
    pub(super) fn score(&self, f: &Features, data: &Data) -> f64 {
        let letters: i64 = f.grams.iter().map(|g| i64::from(self.letters[*g as usize])).sum();
        self.bias + share(f.grams.len()) * self.step * letters as f64 + sum(&self.named, &f.named(data))
    }
    /// The likeliest kinds, the likeliest first, with the logarithm of their odds.
    pub(super) fn kinds(&self, f: &Features, data: &Data) -> Vec<(Danger, f64)> {
        let mut named = f.named(data);
        named.retain(|id| tells_kind(*id));
        let mut places: Vec<usize> = f.grams.iter().map(|g| (*g & ((1 << KIND_BITS) - 1)) as usize).collect();
        places.sort_unstable();
        places.dedup();
        let kinds = self.kinds.len();
        let mut letters = vec![0_i32; kinds];
        for place in places {
            letters
                .iter_mut()
                .zip(&self.kind_letters[place * kinds..])
                .for_each(|(sum, weight)| *sum += i32::from(*weight));
        }
        let of = |(k, letters): (&Kind, i32)| {
            (k.danger, k.bias + share(f.grams.len()) * self.kind_step * f64::from(letters) + sum(&k.named, &named))
        };
        let mut all: Vec<(Danger, f64)> = self.kinds.iter().zip(letters).map(of).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all
    }
    /// A model that knows nothing: what always warns still does.
    pub fn none() -> Self {
        Self {
            digest: 0,
            bias: -9.0,
            step: 0.0,
            letters: vec![0; 1 << BITS],
            named: Vec::new(),
            kinds: Vec::new(),
            kind_letters: Vec::new(),
            kind_step: 0.0,
        }
    }
    /// The model as a file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 << 20);
        out.extend(MAGIC);
        out.extend(self.digest.to_le_bytes());
        for x in [self.bias, self.step, self.kind_step] {
            out.extend(x.to_le_bytes());
        }
        out.extend(self.letters.iter().map(|w| *w as u8));
        let put = |out: &mut Vec<u8>, named: &[(u32, i16)]| {
            out.extend((named.len() as u32).to_le_bytes());
            for (id, weight) in named {
                out.extend(id.to_le_bytes());
                out.extend(weight.to_le_bytes());
            }
        };
        put(&mut out, &self.named);
        out.extend((self.kinds.len() as u32).to_le_bytes());
        for (n, k) in self.kinds.iter().enumerate() {
            let id = k.danger.id().as_bytes();
            out.push(id.len() as u8);
            out.extend(id);
            out.extend(k.bias.to_le_bytes());
            out.extend(self.kind_letters.iter().skip(n).step_by(self.kinds.len()).map(|w| *w as u8));
            put(&mut out, &k.named);
        }
        out
    }
    /// Reads a file; `None` if it is none of this program's.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut at = bytes.strip_prefix(MAGIC)?;
        let mut take = |n: usize| -> Option<&[u8]> {
            let (head, rest) = at.split_at_checked(n)?;
            at = rest;
            Some(head)
        };
        let digest = u64::from_le_bytes(take(8)?.try_into().ok()?);
        let mut float = [0.0; 3];
        for f in &mut float {
            *f = f64::from_le_bytes(take(8)?.try_into().ok()?);
        }
        let letters = take(1 << BITS)?.iter().map(|b| *b as i8).collect();
        fn named<'a>(take: &mut impl FnMut(usize) -> Option<&'a [u8]>) -> Option<Vec<(u32, i16)>> {
            let n = u32::from_le_bytes(take(4)?.try_into().ok()?) as usize;
            let bytes = take(n.checked_mul(6)?)?;
            let list: Vec<(u32, i16)> = bytes
                .chunks_exact(6)
                .map(|c| (u32::from_le_bytes([c[0], c[1], c[2], c[3]]), i16::from_le_bytes([c[4], c[5]])))
                .collect();
            list.is_sorted_by_key(|(id, _)| *id).then_some(list)
        }
        let list = named(&mut take)?;
        let count = u32::from_le_bytes(take(4)?.try_into().ok()?);
        let mut kinds = Vec::new();
        let mut by_kind: Vec<Vec<i8>> = Vec::new();
        for _ in 0..count.min(64) {
            let n = take(1)?[0] as usize;
            let danger = Danger::from_id(std::str::from_utf8(take(n)?).ok()?)?;
            let bias = f64::from_le_bytes(take(8)?.try_into().ok()?);
            by_kind.push(take(1 << KIND_BITS)?.iter().map(|b| *b as i8).collect());
            kinds.push(Kind { danger, bias, named: named(&mut take)? });
        }
        let whole = take(1).is_none();
        let kind_letters = together(&by_kind);
        (whole && !kinds.is_empty()).then_some(Self {
            digest,
            bias: float[0],
            step: float[1],
            letters,
            named: list,
            kinds,
            kind_letters,
            kind_step: float[2],
        })
    }
}

/// The weights of all kinds, place by place.
pub(super) fn together(by_kind: &[Vec<i8>]) -> Vec<i8> {
    (0..1_usize << KIND_BITS).flat_map(|place| by_kind.iter().map(move |letters| letters[place])).collect()
}

/// The chance behind the logarithm of odds.
pub(super) fn chance(score: f64) -> f64 {
    1.0 / (1.0 + exp(-score))
}
