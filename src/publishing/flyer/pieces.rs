//! Orders in, every size and place of them as a piece with the key of all that it shows out; pieces are made by all
//! cores, mistakes told once.

use super::Progress;
use super::order::Order;
use super::plan;
use super::template::{self, Template};
use super::variant::{Made, Variant};
use crate::config::Config;
use crate::content::Library;
use crate::diag::Diagnostics;
use crate::paper::Engine;
use crate::paper::faults::broken;
use crate::paper::workers;
use crate::stamp::{Digest, Digester};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// All flyers, or one, with everything that is known before anything is set.
pub struct Pieces<'a> {
    config: &'a Config,
    pub(super) orders: Vec<Order<'a>>,
}

/// One variant: what is made, kept and replaced as a whole.
pub struct Piece<'a> {
    /// `touroku-a5-nanbu`: its files' names up to their ends.
    pub name: String,
    /// Of what its template is given. Beside it, a piece depends on the theme's `flyers/` and `fonts/`, on the program,
    /// and on its pictures.
    pub key: Digest,
    order: usize,
    variant: Variant<'a>,
}

impl<'a> Pieces<'a> {
    /// Of every flyer; any mistake that is seen before the setting is the error. Needs no fonts.
    pub fn of_site(config: &'a Config, library: &'a Library) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::new();
        let pieces = Self::of(config, library, &template::of_themes(&config.themes), None, &mut problems);
        if problems.has_errors() { Err(problems) } else { Ok(pieces) }
    }

    /// Of every flyer or of `only` one. Flyers with mistakes are left out, their mistakes are in `problems`.
    pub(super) fn of(
        config: &'a Config,
        library: &'a Library,
        templates: &[Template],
        only: Option<&str>,
        problems: &mut Diagnostics,
    ) -> Self {
        Self { config, orders: plan::orders(config, library, templates, only, problems) }
    }

    /// Each size and place.
    pub fn all(&self) -> Result<Vec<Piece<'_>>, Diagnostics> {
        let variants: Vec<_> = self.variants().collect();
        variants.into_par_iter().map(|(order, variant)| self.piece(order, variant)).collect()
    }

    fn variants(&self) -> impl Iterator<Item = (usize, Variant<'_>)> {
        self.orders.iter().enumerate().flat_map(|(n, order)| Variant::of(order).map(move |variant| (n, variant)))
    }

    fn piece<'p>(&self, order: usize, variant: Variant<'p>) -> Result<Piece<'p>, Diagnostics> {
        let (name, shown) = (variant.name(), variant.data(self.config)?);
        let key = Digest::of_json(&(&name, variant.code_name(), variant.order.made, &variant.template.name, shown));
        Ok(Piece { name, key, order, variant })
    }

    /// Sets and checks pieces; `keep` gets the files of each as soon as they are made, from several threads.
    pub fn make(
        &self,
        engine: &Engine,
        pieces: &[Piece<'_>],
        keep: &Keep<'_>,
        progress: Progress<'_>,
    ) -> Result<(), Diagnostics> {
        let variants: Vec<_> = pieces.iter().map(|piece| (piece.order, piece.variant)).collect();
        let mut problems = Diagnostics::new();
        each(&variants, &mut problems, progress, |n, variant| {
            let Made { files, pictures } = variant.make(self.config, engine)?;
            let shown = shown(self.config, &pictures);
            keep(&pieces[n], files, pictures.into_iter().collect(), shown)
                .map_err(|e| broken(&variant.order.flyer.file, &e))
        });
        if problems.has_errors() { Err(problems) } else { Ok(()) }
    }

    /// What is made of every variant: its order's number, and nothing where there was a mistake.
    pub(super) fn each<T: Send>(
        &self,
        problems: &mut Diagnostics,
        progress: Progress<'_>,
        work: impl Fn(&Variant<'_>) -> Result<T, Diagnostics> + Sync,
    ) -> Vec<(usize, Option<T>)> {
        let variants: Vec<_> = self.variants().collect();
        each(&variants, problems, progress, |_, variant| work(variant))
    }
}

/// Takes a piece's files (name and bytes), the pictures that it shows (below `content/`) and the digest of them.
pub type Keep<'a> = dyn Fn(&Piece<'_>, Vec<(String, Vec<u8>)>, Vec<String>, Digest) -> anyhow::Result<()> + Sync + 'a;

/// Of pictures (below `content/`) as they are now.
pub fn shown<'a>(config: &Config, pictures: impl IntoIterator<Item = &'a String>) -> Digest {
    let content = config.root.join("content");
    let add = |digester: Digester, name: &String| match std::fs::read(content.join(name)) {
        Ok(bytes) => digester.part(name).part(bytes),
        Err(_) => digester.part(name).number(0),
    };
    pictures.into_iter().fold(Digester::default(), add).end()
}

/// As [`Pieces::each`], of these variants; `work` is told which of them it is.
pub(super) fn each<'v, T: Send>(
    variants: &[(usize, Variant<'v>)],
    problems: &mut Diagnostics,
    progress: Progress<'_>,
    work: impl Fn(usize, &Variant<'v>) -> Result<T, Diagnostics> + Sync,
) -> Vec<(usize, Option<T>)> {
    let done = AtomicUsize::new(0);
    let made = workers::each(variants, |n, (order, variant)| {
        let result = work(n, variant);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, variants.len());
        (*order, variant, result)
    });
    comemo::evict(0);
    told_once(made, problems)
}

/// The mistakes go to `problems`. What is wrong without a place is wrong at every place: it is said once.
fn told_once<T>(
    made: Vec<(usize, &Variant<'_>, Result<T, Diagnostics>)>,
    problems: &mut Diagnostics,
) -> Vec<(usize, Option<T>)> {
    let (mut all, mut with_place) = (Vec::with_capacity(made.len()), Vec::new());
    let mut said: BTreeSet<(usize, &str, u32, u32)> = BTreeSet::new();
    for (order, variant, result) in made {
        match result {
            Ok(made) => all.push((order, Some(made))),
            Err(found) => {
                all.push((order, None));
                if variant.place.is_some() {
                    with_place.push((order, variant.size, found));
                } else {
                    said.extend(found.iter().map(|p| (order, variant.size, p.line, p.column)));
                    problems.extend(found);
                }
            }
        }
    }
    for (order, size, mut found) in with_place {
        found.retain(|p| !said.contains(&(order, size, p.line, p.column)));
        problems.extend(found);
    }
    all
}
