//! A `Flyer` and a place in, PDF, PNG and bare codes out.
//!
//! [`build`] makes every size and place of the flyers in `content/flyers/`; [`build_handouts`] prints articles and
//! bulletins for the waiting room. The looks are the theme's (`themes/<name>/flyers/*.typ`), the checks are ours.

mod blocks;
mod code;
mod engine;
mod handout;
mod inline;
mod output;
mod pdf;
mod plan;
mod proof;
mod sheet;
mod source;
mod template;

pub use code::Code;
pub use engine::Engine;
pub use handout::{article_handout, build_handouts, build_handouts_of, handouts};

use crate::config::Config;
use crate::content::{Library, Place};
use crate::diag::{self, Diagnostics};
use plan::Order;
use proof::{Faults, Overflow};
use rayon::prelude::*;
use source::Source;
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
        .map(|(n, (size, template, place))| Made { order: n, size, placed: place.is_some(), result: Layout::of(config, engine, &orders[n], size, template, place).map(drop) })
        .collect();
    comemo::evict(0);
    told_once(made, &mut problems);
    problems
}

/// One size and place as it will be on the screen and on paper, without a fault.
struct Layout {
    screen: typst_layout::PagedDocument,
    print: typst_layout::PagedDocument,
}

impl Layout {
    fn of(config: &Config, engine: &Engine, order: &Order<'_>, size: &str, template: &Template, place: Option<&Place>) -> Result<Self, Diagnostics> {
        let flyer = order.flyer;
        let theme_fault = |e| theme_fault(order, size, template, &e);
        let mut data = sheet::data(config, flyer, &order.text, size, place).map_err(theme_fault)?;
        let screen = engine.compile(&template.name, &data).map_err(theme_fault)?;
        let what = format!("{}（{}）", size.to_uppercase(), template.name);
        judge(config, &flyer.file, &order.source, &what, template.pages, flyer.body_line, &Faults::of(&screen))?;
        data["print"] = true.into();
        let print = engine.compile(&template.name, &data).map_err(theme_fault)?;
        judge(config, &flyer.file, &order.source, &what, template.pages, flyer.body_line, &Faults::of(&print))?;
        Ok(Self { screen, print })
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
    let Layout { screen, print } = Layout::of(config, engine, order, size, template, place)?;
    let tail = place.map(|p| format!("-{}", p.code)).unwrap_or_default();
    let name = format!("{}-{size}{tail}", flyer.id);
    let ident = format!("otayori/{name}/{}", order.made);
    let mut files = vec![
        (format!("{name}.screen.pdf"), pdf::screen(&screen, &ident, order.made).map_err(theme_fault)?),
        (format!("{name}.print.pdf"), pdf::print(&print, &format!("{ident}/print"), order.made).map_err(theme_fault)?),
        (format!("{name}.png"), preview(&screen).map_err(theme_fault)?),
    ];
    // The bare code belongs to no size: the first size makes it.
    if order.sizes.first().is_some_and(|(first, _)| first == size) {
        let url = config.url(&sheet::path(flyer, place));
        let code = Code::of(&url).map_err(theme_fault)?;
        files.push((format!("{}{tail}.qr.svg", flyer.id), code.svg(&url).into_bytes()));
        files.push((format!("{}{tail}.qr.png", flyer.id), code.png().map_err(theme_fault)?));
    }
    Ok(files)
}

/// The first page at 120 dpi.
fn preview(document: &typst_layout::PagedDocument) -> anyhow::Result<Vec<u8>> {
    let page = document.pages().first().ok_or_else(|| anyhow::anyhow!("ページがありません"))?;
    let options = typst_render::RenderOptions { pixel_per_pt: (120.0 / 72.0).into(), render_bleed: false };
    typst_render::render(page, &options).encode_png().map_err(|e| anyhow::anyhow!("{e}"))
}

/// Turns faults into diagnostics with a place in the author's file.
fn judge(config: &Config, file: &str, source: &Source, what: &str, pages: Option<usize>, body_line: u32, faults: &Faults) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    for c in &faults.missing {
        let message = format!("「{c}」（U+{:04X}）は、チラシの書体にありません", u32::from(*c));
        let hint = "別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます";
        let mut places = source.places_of(*c);
        let mut named = file.to_owned();
        if places.is_empty() {
            let settings = Source::read(&config.root.join("otayori.yaml"));
            places = settings.places_of(*c);
            named = "otayori.yaml".into();
        }
        if places.is_empty() {
            problems.error(file, diag::Place::default(), &message, hint);
        }
        places.into_iter().for_each(|at| problems.error(&named, at, &message, hint));
    }
    for overflow in &faults.overflows {
        let (at, part) = place_of(overflow, source, body_line);
        let over = (overflow.need - overflow.have).max(0.1);
        problems.error(
            file,
            at,
            format!("{part}が {what} に入りきりません（{over:.0} mm あふれています）", over = over.ceil()),
            "文を短くするか、項目を減らしてください。ほかの大きさ（sizes）にすることもできます",
        );
    }
    if let Some(allowed) = pages.filter(|allowed| faults.pages > *allowed && faults.overflows.is_empty()) {
        let at = diag::Place { line: body_line.max(1), column: 1 };
        problems.error(file, at, format!("文が {what} の{allowed}ページに入らず、{}ページになります", faults.pages), "文を短くするか、項目を減らしてください");
    }
    if problems.has_errors() { Err(problems) } else { Ok(()) }
}

fn place_of(overflow: &Overflow, source: &Source, body_line: u32) -> (diag::Place, String) {
    match overflow.what.as_str() {
        "title" => (source.key("title"), "題".into()),
        "body" => (diag::Place { line: body_line.max(1), column: 1 }, "本文".into()),
        "url" => (source.key("code"), "二次元コードの下の URL".into()),
        other => match other.strip_prefix("section:").and_then(|line| line.parse().ok()) {
            Some(line) => (diag::Place { line, column: 1 }, "この見出しの文".into()),
            None => (source.key(other), format!("「{other}」")),
        },
    }
}

fn broken(file: &str, e: &anyhow::Error) -> Diagnostics {
    let mut problems = Diagnostics::new();
    problems.error(file, diag::Place::default(), format!("{e:#}"), diag::hint_of_io(e));
    problems
}
