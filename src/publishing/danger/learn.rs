//! Examples in, a model out: one L2 logistic regression by dual coordinate descent (Yu, Huang, Lin 2011), in a fixed
//! order. The same data give the same bytes.

use super::Danger;
use super::data::Data;
use super::detect::looked_at;
use super::examples::Example;
use super::maths::ln;
use super::model::{KIND_BITS, Kind, Model, NAMED_STEP, share, together};
use super::reading::{BITS, Features, Reading, is_pair, tells_kind};
use super::stage::{About, Stage};
use super::thresholds::Thresholds;
use std::collections::BTreeMap;

/// How strongly letters count beside named features.
const LETTERS: f64 = 2.0;
const PAIR: f64 = 1.0;
const C: f64 = 1.0;
const C_KIND: f64 = 1.0;
/// Copies of each sentence in which signs are forgotten: what somebody writes whose words nobody has listed.
const COPIES: usize = 2;
const COPY_WEIGHT: f64 = 0.6;
/// How much a sentence counts that is read in its matter.
const STAGE_WEIGHT: f64 = 0.5;
/// How much a part of a long calm message counts.
const PART_WEIGHT: f64 = 0.25;

/// A small generator with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }
}

/// One row of the matrix.
struct Row {
    features: Vec<(u32, f32)>,
    weight: f64,
}

/// The weights of a logistic regression without a penalty-free bias: the bias is the last feature.
fn regress(rows: &[Row], targets: &[bool], size: usize, c: f64) -> Vec<f64> {
    let mut w = vec![0.0_f64; size];
    let square: Vec<f64> =
        rows.iter().map(|r| r.features.iter().map(|(_, v)| f64::from(*v) * f64::from(*v)).sum()).collect();
    let bound: Vec<f64> = rows.iter().map(|r| c * r.weight).collect();
    let mut alpha: Vec<(f64, f64)> = bound
        .iter()
        .map(|c| {
            let a = (0.001 * c).min(1e-8);
            (a, c - a)
        })
        .collect();
    let sign = |n: usize| if targets[n] { 1.0 } else { -1.0 };
    for (n, r) in rows.iter().enumerate() {
        let a = sign(n) * alpha[n].0;
        r.features.iter().for_each(|(f, v)| w[*f as usize] += a * f64::from(*v));
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut dice = Dice(1);
    let mut inner = 1e-2;
    for _ in 0..60 {
        for n in (1..order.len()).rev() {
            order.swap(n, (dice.roll() % (n as u64 + 1)) as usize);
        }
        let (mut worst, mut steps) = (0.0_f64, 0);
        for &n in &order {
            let (c, y, a) = (bound[n], sign(n), square[n]);
            let b = y * rows[n].features.iter().map(|(f, v)| w[*f as usize] * f64::from(*v)).sum::<f64>();
            let (old1, old2) = alpha[n];
            // The one of the two forms that is steep where we are.
            let flip = 0.5 * a * (old2 - old1) + b < 0.0;
            let (old, s) = if flip { (old2, -1.0) } else { (old1, 1.0) };
            let mut z = old;
            if c - z < 0.5 * c {
                z *= 0.1;
            }
            let slope = |z: f64| a * (z - old) + s * b + ln(z / (c - z));
            let mut g = slope(z);
            worst = worst.max(g.abs());
            let mut tries = 0;
            while g.abs() >= inner && tries < 100 {
                let next = z - g / (a + c / (c - z) / z);
                z = if next <= 0.0 { z * 0.1 } else { next };
                g = slope(z);
                tries += 1;
                steps += 1;
            }
            if tries > 0 {
                alpha[n] = if flip { (c - z, z) } else { (z, c - z) };
                let d = s * (z - old) * y;
                rows[n].features.iter().for_each(|(f, v)| w[*f as usize] += d * f64::from(*v));
            }
        }
        if worst < 0.05 {
            break;
        }
        if steps <= rows.len() / 10 {
            inner = (inner * 0.1).max(1e-6);
        }
    }
    w
}

/// An example as the model sees it, and what it is.
pub(super) struct Sample {
    /// The whole of it.
    pub features: Features,
    /// The whole of it where its matter was chosen; `None` where that changes nothing.
    pub in_stage: Option<Features>,
    /// What the detector looks at, with how much louder each must speak.
    pub windows: Vec<(Features, f64)>,
    pub danger: Option<Danger>,
}

/// The examples as the model sees them.
pub(super) fn samples(data: &Data, examples: &[Example], thresholds: &Thresholds) -> Vec<Sample> {
    let one = |e: &Example| {
        let reading = Reading::of(&e.sentence, &About::default(), data, thresholds);
        let windows = looked_at(&reading).into_iter().map(|(w, louder)| (reading.features(&w, data), louder)).collect();
        let features = reading.features(&reading.whole(), data);
        let chosen = Reading::of(&e.sentence, &stage(e).into(), data, thresholds);
        let in_stage = Some(chosen.features(&chosen.whole(), data)).filter(|f| *f != features);
        Sample { features, in_stage, windows, danger: e.danger }
    };
    examples.iter().map(one).collect()
}

/// The matter under which somebody would write it; who writes of nothing in particular chooses any.
fn stage(e: &Example) -> Stage {
    let any = || match e.sentence.bytes().fold(7_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193)) % 5 {
        0 => Stage::Pregnancy(None),
        1 => Stage::Pregnancy(Some(30)),
        2 => Stage::Child(Some(60)),
        3 => Stage::Child(Some(300)),
        _ => Stage::Child(None),
    };
    match e.danger {
        Some(Danger::Bleeding | Danger::FetalMovement | Danger::WatersPreterm | Danger::Preeclampsia) => {
            Stage::Pregnancy(Some(30))
        }
        Some(Danger::WatersTerm) => Stage::Pregnancy(Some(39)),
        Some(Danger::InfantFever) => Stage::Child(Some(60)),
        Some(Danger::Ingestion | Danger::Injury) => Stage::Child(Some(600)),
        Some(Danger::Haemorrhage | Danger::Clot | Danger::MotherFever) => Stage::After(10),
        _ => any(),
    }
}

/// The sentence as if its words had been unknown.
fn forgetful(f: &Features, data: &Data, dice: &mut Dice) -> Features {
    let all = dice.chance(25);
    let mut f = f.clone();
    f.concepts
        .retain(|c| if data.is_sign(*c) { !(all || dice.chance(45)) } else { !(data.is_calm(*c) && dice.chance(25)) });
    f
}

/// Trains on all examples of the data.
pub fn train(data: &Data, thresholds: &Thresholds) -> Model {
    fit(data, &samples(data, &data.examples, thresholds).iter().collect::<Vec<_>>(), true)
}

/// Trains on these; without the kinds where only danger is asked for.
pub(super) fn fit(data: &Data, samples: &[&Sample], kinds: bool) -> Model {
    let mut dice = Dice(7);
    let mut all: Vec<(Features, bool, f64)> =
        samples.iter().map(|s| (s.features.clone(), s.danger.is_some(), 1.0)).collect();
    for _ in 0..COPIES {
        for s in samples {
            all.push((forgetful(&s.features, data, &mut dice), s.danger.is_some(), COPY_WEIGHT));
        }
    }
    all.extend(samples.iter().filter_map(|s| Some((s.in_stage.clone()?, s.danger.is_some(), STAGE_WEIGHT))));
    // Every part of a long message without danger is without danger; in one of danger nobody has said which part it is.
    for s in samples.iter().filter(|s| s.danger.is_none()) {
        all.extend(s.windows.iter().filter(|(f, _)| *f != s.features).map(|(f, _)| (f.clone(), false, PART_WEIGHT)));
    }
    let named: Vec<Vec<u32>> = all.iter().map(|(f, ..)| f.named(data)).collect();
    // A pair that was seen once or twice says nothing.
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    named[..samples.len()].iter().flatten().for_each(|n| *seen.entry(*n).or_default() += 1);
    let ids: Vec<u32> = seen.iter().filter(|(id, n)| !is_pair(**id) || **n >= 3).map(|(id, _)| *id).collect();
    let scale = ratios(samples);
    let letters = 1_u32 << BITS;
    let bias = letters + ids.len() as u32;
    let mut rows = Vec::with_capacity(all.len());
    for ((f, _, weight), named) in all.iter().zip(&named) {
        let v = LETTERS * share(f.grams.len());
        let mut features: Vec<(u32, f32)> = f
            .grams
            .iter()
            .filter(|g| scale[**g as usize] > 0.0)
            .map(|g| (*g, (v * scale[*g as usize]) as f32))
            .collect();
        features.extend(named.iter().filter_map(|id| {
            ids.binary_search(id).ok().map(|at| (letters + at as u32, if is_pair(*id) { PAIR as f32 } else { 1.0 }))
        }));
        features.push((bias, 1.0));
        rows.push(Row { features, weight: *weight });
    }
    let targets: Vec<bool> = all.iter().map(|(_, danger, _)| *danger).collect();
    let w = regress(&rows, &targets, bias as usize + 1, C);
    let letter: Vec<f64> = (0..letters as usize).map(|n| w[n] * scale[n] * LETTERS).collect();
    let (step, quantised) = quantise(&letter);
    let named = ids
        .iter()
        .enumerate()
        .map(|(n, id)| (*id, w[letters as usize + n] * if is_pair(*id) { PAIR } else { 1.0 }))
        .filter(|(_, v)| v.abs() >= 0.004);
    let named = named.map(|(id, v)| (id, whole(v))).collect();
    let (kinds, kind_letters, kind_step) = if kinds { fit_kinds(data, samples) } else { (Vec::new(), Vec::new(), 1.0) };
    Model {
        digest: data.digest,
        bias: w[bias as usize],
        step,
        letters: quantised,
        named,
        kinds,
        kind_letters,
        kind_step,
    }
}

fn whole(v: f64) -> i16 {
    (v * NAMED_STEP).round().clamp(-32_000.0, 32_000.0) as i16
}

fn quantise(weights: &[f64]) -> (f64, Vec<i8>) {
    let most = weights.iter().fold(1e-9_f64, |m, w| m.max(w.abs()));
    let step = most / 127.0;
    (step, weights.iter().map(|w| (w / step).round() as i8).collect())
}

/// How one-sided letters are (the logarithm of the ratio of their counts): what stands on both sides alike says
/// nothing.
fn ratios(samples: &[&Sample]) -> Vec<f64> {
    let size = 1_usize << BITS;
    let mut count = vec![(0_u32, 0_u32); size];
    for s in samples {
        for g in &s.features.grams {
            let c = &mut count[*g as usize];
            if s.danger.is_some() { c.0 += 1 } else { c.1 += 1 }
        }
    }
    let total = |of: fn(&(u32, u32)) -> u32| f64::from(count.iter().map(of).sum::<u32>()) + size as f64;
    let (danger, calm) = (total(|c| c.0), total(|c| c.1));
    count
        .iter()
        .map(|(d, c)| if d + c < 2 { 0.0 } else { ln((f64::from(d + 1) / danger) / (f64::from(c + 1) / calm)).abs() })
        .collect()
}

/// Each kind against the others, among sentences of danger.
fn fit_kinds(data: &Data, samples: &[&Sample]) -> (Vec<Kind>, Vec<i8>, f64) {
    let danger: Vec<(&Features, Option<Danger>)> = samples
        .iter()
        .filter(|s| s.danger.is_some())
        .flat_map(|s| std::iter::once(&s.features).chain(&s.in_stage).map(|f| (f, s.danger)))
        .collect();
    let named: Vec<Vec<u32>> =
        danger.iter().map(|(f, _)| f.named(data).into_iter().filter(|id| tells_kind(*id)).collect()).collect();
    let mut ids: Vec<u32> = named.iter().flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let letters = 1_u32 << KIND_BITS;
    let bias = letters + ids.len() as u32;
    let row = |((f, _), named): (&(&Features, Option<Danger>), &Vec<u32>)| {
        let mut places: Vec<u32> = f.grams.iter().map(|g| g & (letters - 1)).collect();
        places.sort_unstable();
        places.dedup();
        let v = share(f.grams.len()) as f32;
        let mut features: Vec<(u32, f32)> = places.into_iter().map(|p| (p, v)).collect();
        features.extend(named.iter().filter_map(|id| ids.binary_search(id).ok()).map(|at| (letters + at as u32, 1.5)));
        features.push((bias, 1.0));
        Row { features, weight: 1.0 }
    };
    let rows: Vec<Row> = danger.iter().zip(&named).map(row).collect();
    let mut fitted = Vec::new();
    for kind in Danger::ALL {
        let targets: Vec<bool> = danger.iter().map(|(_, d)| *d == Some(kind)).collect();
        if targets.iter().any(|t| *t) {
            fitted.push((kind, regress(&rows, &targets, bias as usize + 1, C_KIND)));
        }
    }
    let most = fitted.iter().flat_map(|(_, w)| &w[..letters as usize]).fold(1e-9_f64, |m, w| m.max(w.abs()));
    let step = most / 127.0;
    let by_kind: Vec<Vec<i8>> =
        fitted.iter().map(|(_, w)| w[..letters as usize].iter().map(|w| (w / step).round() as i8).collect()).collect();
    let kinds = fitted.into_iter().map(|(danger, w)| Kind {
        danger,
        bias: w[bias as usize],
        named: ids
            .iter()
            .enumerate()
            .map(|(n, id)| (*id, whole(w[letters as usize + n] * 1.5)))
            .filter(|(_, w)| *w != 0)
            .collect(),
    });
    (kinds.collect(), together(&by_kind), step)
}
