//! A `Flyer` and a place in, PDF, PNG and bare codes out.
//!
//! [`build`] makes every size and place of the flyers in `content/flyers/`; [`build_handouts`] prints articles and
//! bulletins for the waiting room. The looks are the theme's (`themes/<name>/flyers/*.typ`), the checks are ours.

mod asked;
mod clashes;
mod handout;
mod icon;
mod order;
mod pack;
mod photo;
mod pieces;
mod plan;
mod printing;
pub mod proof_record;
mod review;
mod sheet;
mod template;
mod variant;

pub use asked::{Asked, sheet};
pub use handout::{article_handout, build_handouts, build_handouts_of, handouts};
pub use icon::icon;
pub use pack::{Made as MadeFlyer, Packed, make, pack};
pub use pieces::{Keep, Piece, Pieces, shown};
pub use review::{Remark, ReviewSheet, review_sheet};

use crate::config::Config;
use crate::content::Library;
use crate::diag::{self, Diagnostics};
use crate::paper::{Engine, broken, output};
use std::path::Path;

/// What a run made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlyerReport {
    /// Flyers or handouts.
    pub flyers: usize,
    /// Files written, PDFs, pictures and codes together.
    pub files: usize,
    /// PDFs among them.
    pub pdfs: usize,
}

/// Told of each finished variant as `(done, of)`, from several threads.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Makes all flyers (or the one named `only`) into `<out>/flyers/`. A flyer with a mistake writes nothing, the others
/// are written; the mistakes of all are the error.
pub fn build(
    config: &Config,
    library: &Library,
    engine: &Engine,
    out: &Path,
    only: Option<&str>,
    progress: Progress<'_>,
) -> Result<FlyerReport, Diagnostics> {
    let mut problems = Diagnostics::new();
    let pieces = Pieces::of(config, library, &template::all(engine), only, &mut problems);
    let folder = out.join("flyers");
    let staging = output::Staging::new(&folder)
        .map(output::Staging::remembered)
        .map_err(|e| broken(&diag::shown(&config.root, &folder), &e))?;
    let made = pieces.each(&mut problems, progress, |variant| {
        let files = variant.make(config, engine)?.files;
        let write = files.iter().try_for_each(|(name, bytes)| staging.write(name, bytes));
        write.map_err(|e| broken(&variant.order.flyer.file, &e))?;
        Ok(files.into_iter().map(|(name, _)| name).collect::<Vec<String>>())
    });
    let mut files: Vec<Option<Vec<String>>> = vec![Some(Vec::new()); pieces.orders.len()];
    for (order, names) in made {
        files[order] = files[order].take().zip(names).map(|(all, names)| [all, names].concat());
    }
    let mut report = FlyerReport::default();
    for (order, names) in pieces.orders.iter().zip(files).filter_map(|(order, names)| Some((order, names?))) {
        for name in &names {
            if let Err(e) = staging.commit(name) {
                problems.extend(broken(&order.flyer.file, &e));
            }
        }
        report.flyers += 1;
        report.files += names.len();
        report.pdfs += names.iter().filter(|name| name.ends_with(".pdf")).count();
    }
    if problems.has_errors() { Err(problems) } else { Ok(report) }
}

/// Lays out every flyer in every size and for every place, and writes nothing: what `check` says of flyers.
pub fn check(config: &Config, library: &Library, engine: &Engine) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let pieces = Pieces::of(config, library, &template::all(engine), None, &mut problems);
    pieces.each(&mut problems, &|_, _| {}, |variant| variant.lay_out(config, engine, 0).map(drop));
    problems
}

/// Compiles and exports every variant for the screen, and if wanted for the press, and looks at nothing: what
/// `benches/flyers.rs` compares the checks with. Bytes in all.
pub fn export_only(
    config: &Config,
    library: &Library,
    engine: &Engine,
    press: bool,
    progress: Progress<'_>,
) -> Result<u64, Diagnostics> {
    let mut problems = Diagnostics::new();
    let pieces = Pieces::of(config, library, &template::all(engine), None, &mut problems);
    let sizes = pieces.each(&mut problems, progress, |variant| {
        let mut data = variant.data(config)?;
        let mut set = || {
            let mut bytes = variant.screen_pdf(&engine.compile(&variant.template.name, &data)?)?.len();
            if press {
                data["print"] = true.into();
                bytes += variant.print_pdf(&engine.compile(&variant.template.name, &data)?)?.len();
            }
            anyhow::Ok(bytes as u64)
        };
        set().map_err(|e| variant.theme_fault(&e))
    });
    if problems.has_errors() { Err(problems) } else { Ok(sizes.into_iter().filter_map(|(_, bytes)| bytes).sum()) }
}
