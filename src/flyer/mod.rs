//! A `Flyer` and a place in, PDF, PNG and bare codes out.
//!
//! [`build`] makes every size and place of the flyers in `content/flyers/`; [`build_handouts`] prints articles and
//! bulletins for the waiting room. The looks are the theme's (`themes/<name>/flyers/*.typ`), the checks are ours.

mod blocks;
mod code;
mod engine;
mod finished;
mod handout;
mod inline;
mod judge;
mod output;
mod pack;
mod pdf;
mod picture;
mod plan;
mod printing;
mod proof;
pub mod round;
mod run;
mod sheet;
mod size;
mod source;
mod template;

pub use code::Code;
pub use engine::Engine;
pub use handout::{article_handout, build_handouts, build_handouts_of, handouts};
pub use pack::{Made as MadeFlyer, Packed, export_only, make, pack};
pub use size::title as size_title;

use crate::config::Config;
use crate::content::{Library, Place};
use crate::diag::{self, Diagnostics};
use judge::{Case, broken};
use picture::Picture;
use plan::Order;
use proof::{Demand, Faults};
use rayon::prelude::*;
use size::Least;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use template::Template;

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

/// Makes all flyers (or the one named `only`) into `<out>/flyers/`. A flyer with a mistake writes nothing, the others are
/// written; the mistakes of all are the error.
pub fn build(config: &Config, library: &Library, engine: &Engine, out: &Path, only: Option<&str>, progress: Progress<'_>) -> Result<FlyerReport, Diagnostics> {
    let mut problems = Diagnostics::new();
    let orders = plan::orders(config, library, &template::all(engine), only, &mut problems);
    let variants: Vec<_> = orders.iter().enumerate().flat_map(|(n, order)| order.variants().map(move |v| (n, v))).collect();
    let folder = out.join("flyers");
    let staging = match output::Staging::new(&folder) {
        Ok(staging) => staging,
        Err(e) => return Err(broken(&diag::shown(&config.root, &folder), &e)),
    };
    let (of, done) = (variants.len(), AtomicUsize::new(0));
    let made: Vec<Made<'_, Vec<String>>> = variants
        .into_par_iter()
        .map(|(n, (size, template, place))| {
            let result = variant(config, engine, &orders[n], size, template, place).and_then(|files| {
                let names = files.iter().map(|(name, _)| name.clone()).collect();
                let write = files.iter().try_for_each(|(name, bytes)| staging.write(name, bytes));
                write.map(|()| names).map_err(|e| broken(&orders[n].flyer.file, &e))
            });
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, of);
            Made { order: n, size, placed: place.is_some(), result }
        })
        .collect();
    comemo::evict(0);
    let mut report = FlyerReport::default();
    let mut files: Vec<Vec<String>> = vec![Vec::new(); orders.len()];
    let mut failed = vec![false; orders.len()];
    for (order, names) in told_once(made, &mut problems) {
        match names {
            Some(names) => files[order].extend(names),
            None => failed[order] = true,
        }
    }
    for (n, names) in files.into_iter().enumerate().filter(|(n, _)| !failed[*n]) {
        for name in &names {
            if let Err(e) = staging.commit(name) {
                problems.extend(broken(&orders[n].flyer.file, &e));
            }
        }
        report.flyers += 1;
        report.files += names.len();
        report.pdfs += names.iter().filter(|name| name.ends_with(".pdf")).count();
    }
    if problems.has_errors() { Err(problems) } else { Ok(report) }
}

/// One size and place, finished.
struct Made<'a, T> {
    order: usize,
    size: &'a str,
    placed: bool,
    result: Result<T, Diagnostics>,
}

/// What was made of each order; the mistakes go to `problems`. What is wrong without a place is wrong at every place: it is said once.
fn told_once<T>(made: Vec<Made<'_, T>>, problems: &mut Diagnostics) -> Vec<(usize, Option<T>)> {
    let (mut all, mut with_place) = (Vec::with_capacity(made.len()), Vec::new());
    let mut said: BTreeSet<(usize, &str, u32, u32)> = BTreeSet::new();
    for Made { order, size, placed, result } in made {
        match result {
            Ok(made) => all.push((order, Some(made))),
            Err(found) => {
                all.push((order, None));
                if placed {
                    with_place.push((order, size, found));
                } else {
                    said.extend(found.iter().map(|p| (order, size, p.line, p.column)));
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

/// Lays out every flyer in every size and for every place, and writes nothing: what `check` says of flyers.
pub fn check(config: &Config, library: &Library, engine: &Engine) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let orders = plan::orders(config, library, &template::all(engine), None, &mut problems);
    let variants: Vec<_> = orders.iter().enumerate().flat_map(|(n, order)| order.variants().map(move |v| (n, v))).collect();
    let made = variants
        .into_par_iter()
        .map(|(n, (size, template, place))| Made { order: n, size, placed: place.is_some(), result: Layout::of(config, engine, &orders[n], size, template, place, 0).map(drop) })
        .collect();
    comemo::evict(0);
    told_once(made, &mut problems);
    problems
}

/// One size and place as it will be on the screen and on paper, without a fault.
struct Layout {
    screen: typst_layout::PagedDocument,
    print: typst_layout::PagedDocument,
    /// The first page, if it was looked at.
    picture: Option<Picture>,
}

impl Layout {
    /// `look_at`: how many pages are rendered, their codes read and their inks compared.
    fn of(config: &Config, engine: &Engine, order: &Order<'_>, size: &str, template: &Template, place: Option<&Place>, look_at: usize) -> Result<Self, Diagnostics> {
        let flyer = order.flyer;
        let theme_fault = |e| theme_fault(order, size, template, &e);
        let mut data = sheet::data(config, flyer, &order.text, size, place).map_err(theme_fault)?;
        let what = format!("{}（{}）", size::title(size), template.name);
        let case = Case { config, file: &flyer.file, source: &order.source, what: &what, pages: template.pages, body_line: flyer.body_line };
        let url = config.url(&sheet::path(flyer, place));
        let small_print = format!("{} {} {} {}", config.site.city, data["office"], data["hours"], place.map_or("", |p| p.name.as_str()));
        let demand = Demand { least: Least::of(size), written: &order.written, small_print: &small_print, url: &url, look_at };
        let screen = engine.compile(&template.name, &data).map_err(theme_fault)?;
        let (faults, picture) = Faults::of(&screen, &demand);
        case.judge(&faults)?;
        data["print"] = true.into();
        let print = engine.compile(&template.name, &data).map_err(theme_fault)?;
        case.judge(&Faults::of(&print, &demand).0)?;
        Ok(Self { screen, print, picture })
    }
}

/// A template that cannot be laid out: the designer's mistake, not the author's.
fn theme_fault(order: &Order<'_>, size: &str, template: &Template, e: &anyhow::Error) -> Diagnostics {
    let mut problems = Diagnostics::new();
    problems.error(
        &order.flyer.file,
        order.source.key("template"),
        format!("テンプレート `{}` を組めません（大きさ {size}）\n{e}", template.name),
        "テーマの flyers/ を作った人に見せてください",
    );
    problems
}

/// All files of one size and place, by name.
fn variant(config: &Config, engine: &Engine, order: &Order<'_>, size: &str, template: &Template, place: Option<&Place>) -> Result<Vec<(String, Vec<u8>)>, Diagnostics> {
    let flyer = order.flyer;
    let theme_fault = |e| theme_fault(order, size, template, &e);
    let Layout { screen, print, picture } = Layout::of(config, engine, order, size, template, place, usize::MAX)?;
    let tail = place.map(|p| format!("-{}", p.code)).unwrap_or_default();
    let name = format!("{}-{size}{tail}", flyer.id);
    let ident = format!("otayori/{name}/{}", order.made);
    let screen = pdf::screen(&screen, &ident, order.made).map_err(theme_fault)?;
    let print = pdf::print(&print, &format!("{ident}/print"), order.made).map_err(theme_fault)?;
    let lacks: Vec<&str> = [&screen, &print].into_iter().flat_map(|pdf| finished::lacks(pdf)).map(finished::Lack::title).collect();
    if !lacks.is_empty() {
        return Err(theme_fault(anyhow::anyhow!("{}", lacks.join("、"))));
    }
    let picture = picture.ok_or_else(|| theme_fault(anyhow::anyhow!("ページがありません")))?;
    let mut files = vec![(format!("{name}.screen.pdf"), screen), (format!("{name}.print.pdf"), print), (format!("{name}.png"), picture.png().map_err(theme_fault)?)];
    // The bare code belongs to no size: the first size makes it.
    if order.sizes.first().is_some_and(|(first, _)| first == size) {
        let url = config.url(&sheet::path(flyer, place));
        let code = Code::of(&url).map_err(theme_fault)?;
        files.push((format!("{}{tail}.qr.svg", flyer.id), code.svg(&url).into_bytes()));
        files.push((format!("{}{tail}.qr.png", flyer.id), code.png().map_err(theme_fault)?));
    }
    Ok(files)
}
