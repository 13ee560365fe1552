//! Examples in; how many dangers were found and how many ordinary questions warned, by language, kind and style, out.

use super::data::Data;
use super::detect::{Detector, line};
use super::examples::Example;
use super::learn::{Sample, fit, samples};
use super::reading::Reading;
use super::stage::About;
use super::thresholds::Thresholds;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Found of all dangers, warned of all calm sentences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Sentences of danger.
    pub danger: usize,
    /// Of these, found.
    pub found: usize,
    /// Of these, of the right kind.
    pub kind: usize,
    /// Sentences without danger.
    pub calm: usize,
    /// Of these, warned.
    pub alarms: usize,
}

impl Count {
    /// Found of all dangers.
    pub fn recall(&self) -> f64 {
        self.found as f64 / self.danger.max(1) as f64
    }
    /// Warned of all calm sentences.
    pub fn false_alarms(&self) -> f64 {
        self.alarms as f64 / self.calm.max(1) as f64
    }
    fn add(&mut self, seen: &Seen) {
        match seen.example.danger {
            Some(kind) => {
                self.danger += 1;
                self.found += usize::from(seen.warned);
                self.kind += usize::from(seen.warned && seen.kind == Some(kind.id()));
            }
            None => {
                self.calm += 1;
                self.alarms += usize::from(seen.warned);
            }
        }
    }
}

/// A sentence and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The sentence.
    pub example: Example,
    /// It warned.
    pub warned: bool,
    /// For what, where that was asked.
    pub kind: Option<&'static str>,
    /// How far above the line.
    pub margin: f64,
    /// A sign with a name stands in it.
    pub named: bool,
}

/// Figures of a set of sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Of all.
    pub all: Count,
    /// By language.
    pub languages: BTreeMap<String, Count>,
    /// By kind.
    pub kinds: BTreeMap<String, Count>,
    /// By style, where the file names one; of examples by series.
    pub styles: BTreeMap<String, Count>,
    /// By style and language.
    pub cross: BTreeMap<String, Count>,
}

/// The figures of what was seen.
pub fn figures(seen: &[Seen]) -> Figures {
    let mut figures = Figures::default();
    for s in seen {
        let style = if s.example.style.is_empty() { s.example.series() } else { &s.example.style };
        figures.all.add(s);
        figures.languages.entry(s.example.language.clone()).or_default().add(s);
        figures.kinds.entry(s.example.kind.clone()).or_default().add(s);
        figures.styles.entry(style.to_owned()).or_default().add(s);
        figures.cross.entry(format!("{style} {}", s.example.language)).or_default().add(s);
    }
    figures
}

/// A file that nobody has trained on, as the detector sees it.
pub fn measured(detector: &Detector, examples: &[Example]) -> Vec<Seen> {
    let one = |e: &Example| {
        let verdict = detector.verdict(&e.sentence, &About::default());
        Seen {
            example: e.clone(),
            warned: verdict.danger,
            kind: verdict.kind.map(super::Danger::id),
            margin: verdict.margin,
            named: verdict.named,
        }
    };
    examples.iter().map(one).collect()
}

/// So many models are trained to measure a set by itself.
const FOLDS: usize = 6;

/// Which model must not see each example: all of a series by one model, the folds about equally large; of few series,
/// each sixth.
fn folds(examples: &[Example]) -> Vec<usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    examples.iter().for_each(|e| *sizes.entry(e.series()).or_default() += 1);
    if sizes.len() < 3 {
        return (0..examples.len()).map(|n| n % FOLDS).collect();
    }
    let mut series: Vec<(&str, usize)> = sizes.into_iter().collect();
    series.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), *name));
    let mut filled = [0_usize; FOLDS];
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, size) in series {
        let least = (0..FOLDS).min_by_key(|n| filled[*n]).unwrap_or_default();
        filled[least] += size;
        of.insert(name, least);
    }
    examples.iter().map(|e| of[e.series()]).collect()
}

/// The data's own examples, each by a model that never saw any of its series. Lists of short forms, which were made of
/// what was missed, are learned from in every model and not measured: they say nothing of what people write.
pub fn crossed(data: &Data, thresholds: &Thresholds) -> Vec<Seen> {
    let all = samples(data, &data.examples, thresholds);
    let folds = folds(&data.examples);
    let mut margins = vec![0.0; all.len()];
    for fold in folds.iter().copied().collect::<BTreeSet<_>>() {
        let learns = |n: usize| folds[n] != fold || data.examples[n].is_listed();
        let train: Vec<&Sample> = all.iter().enumerate().filter(|(n, _)| learns(*n)).map(|(_, s)| s).collect();
        let model = fit(data, &train, false);
        for (n, s) in all.iter().enumerate().filter(|(n, _)| folds[*n] == fold) {
            let above =
                |(f, louder): &(super::reading::Features, f64)| model.score(f, data) - line(f.named_sign) - louder;
            margins[n] = s.windows.iter().map(above).fold(-9.0, f64::max);
        }
    }
    let one = |(e, margin): (&Example, f64)| {
        let reading = Reading::of(&e.sentence, &About::default(), data, thresholds);
        let concepts = reading.features(&reading.whole(), data).concepts;
        let always = !reading.always.is_empty() || data.rules.iter().any(|r| r.always && r.holds(&concepts));
        let named = concepts.iter().any(|c| data.is_sign(*c));
        Seen { example: e.clone(), warned: margin >= 0.0 || always, kind: None, margin, named }
    };
    data.examples.iter().zip(margins).filter(|(e, _)| !e.is_listed()).map(one).collect()
}
