//! A laid-out document in, what no printer should get out: missing glyphs, text that runs over or is too small or too
//! pale, a code that nobody can read.

use super::misfit::Misfit;
use super::picture::{Found, Picture, contrast};
use super::run::{self, Run};
use super::size::Least;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use typst::foundations::{Label, Selector};
use typst::introspection::{Introspector as _, MetadataElem};
use typst::utils::PicoStr;
use typst_layout::{Page, PagedDocument};

/// Least contrast of text, and of text of 18 points or more (JIS X 8341-3, level AA).
const CONTRAST: f32 = 4.5;
const CONTRAST_LARGE: f32 = 3.0;
/// Smallest module of a code that phones read well, in millimetres; a little less is a rounded pixel.
const MODULE: f64 = 0.5;
const ROUNDED: f64 = 0.03;
/// How much more closely a code is looked at that was not read.
const CLOSER: [f64; 2] = [1.4, 1.9];
/// Nothing that must be read stands nearer to the cut, in millimetres.
const SAFE: f64 = 3.0;

/// What is asked of a document.
pub struct Demand<'a> {
    /// Smallest type.
    pub least: Least,
    /// What the author wrote, without readings.
    pub written: &'a str,
    /// What the template sets small beside it: office, place, telephone.
    pub small_print: &'a str,
    /// What its codes must say.
    pub url: &'a str,
    /// Pages that are rendered and looked at: all of a flyer, the first of a handout, none in `check`.
    pub look_at: usize,
}

/// What is wrong with a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Characters that no font has.
    pub missing: BTreeSet<char>,
    /// Boxes whose text is larger than they are.
    pub overflows: Vec<Overflow>,
    /// Its pages.
    pub pages: usize,
    /// Text that is too small: its points, and the least.
    pub small: BTreeMap<String, (f64, f64)>,
    /// Text that is too pale, and its contrast.
    pub pale: BTreeMap<String, f32>,
    /// Text that stands too near to the cut, and its millimetres.
    pub cut: BTreeMap<String, f64>,
    /// What is wrong with its codes.
    pub code: Option<CodeFault>,
    /// Pictures that do not fit their rooms as they are.
    pub photos: Vec<Misfit>,
}

/// What is wrong with a code.
#[derive(Debug, Clone, PartialEq)]
pub enum CodeFault {
    /// So many of so many could be read.
    Unread(usize, usize),
    /// One leads elsewhere.
    Elsewhere(String),
    /// Millimetres of its modules.
    Fine(f64),
}

/// Text that does not fit, as a template reports it by `metadata((what: .., need: .., have: ..)) <overflow>`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Overflow {
    /// `title`, `body`, a field's name, or `section:<line>` (from 0, in the text).
    pub what: String,
    /// Millimetres that the text takes.
    pub need: f64,
    /// Millimetres that there are.
    pub have: f64,
}

impl Faults {
    /// Looks at every glyph, every report of a template and the rendered pages; the picture is the first page's.
    pub fn of(document: &PagedDocument, demand: &Demand<'_>) -> (Self, Option<Picture>) {
        let mut faults = Self { pages: document.pages().len(), ..Self::default() };
        faults.overflows = labelled(document, "overflow")
            .into_iter()
            .filter_map(|(report, _)| serde_json::from_value(report).ok())
            .collect();
        faults.photos = labelled(document, "photo")
            .into_iter()
            .filter_map(|(report, _)| serde_json::from_value(report).ok())
            .collect();
        let places: Vec<(usize, [f64; 4])> =
            labelled(document, "code").into_iter().filter_map(|(side, at)| code_place(side.as_f64()?, at)).collect();
        let (mut first, mut codes) = (None, Vec::new());
        for (n, page) in document.pages().iter().enumerate() {
            let (runs, missing) = run::of(&page.frame);
            faults.missing.extend(missing);
            faults.sizes(&runs, demand);
            faults.edges(&runs, [page.frame.width().to_mm(), page.frame.height().to_mm()]);
            if n < demand.look_at {
                let picture = Picture::of(page);
                // A template of an older theme does not say where its codes stand.
                let here = places.iter().filter(|(page, _)| *page == n).map(|(_, at)| *at);
                let parts: Vec<_> = if places.is_empty() { vec![None] } else { here.map(Some).collect() };
                codes.extend(read(page, &picture, &parts));
                faults.pale.extend(runs.iter().filter_map(|run| Some((run.text.clone(), pale(run, &picture)?))));
                first.get_or_insert(picture);
            }
        }
        if demand.look_at > 0 {
            faults.code = code_fault(&codes, places.len().max(1), demand.url);
        }
        (faults, first)
    }

    /// What the author wrote stands somewhere in a size that can be read; what the template adds may be smaller,
    /// readings smaller still.
    fn sizes(&mut self, runs: &[Run], demand: &Demand<'_>) {
        let Least { body, small, ruby } = demand.least;
        for run in runs {
            let least = if is_kana(&run.text) {
                ruby
            } else if run.text.chars().count() >= 3
                && !run.text.is_ascii()
                && demand.written.contains(&run.text)
                && !demand.small_print.contains(&run.text)
            {
                body
            } else {
                small
            };
            // The same words may stand in the text and again, smaller, in the foot.
            let largest = runs.iter().filter(|r| r.text.contains(&run.text)).map(|r| r.size).fold(run.size, f64::max);
            if (if least == body { largest } else { run.size }) < least - 0.01 {
                self.small.insert(run.text.clone(), (run.size, least));
            }
        }
    }

    fn edges(&mut self, runs: &[Run], paper: [f64; 2]) {
        for run in runs {
            let [left, top, right, bottom] = run.at.map(|pt| pt * 25.4 / 72.0);
            let near = left.min(top).min(paper[0] - right).min(paper[1] - bottom);
            if near < SAFE - 0.05 {
                self.cut.insert(run.text.clone(), near.max(0.0));
            }
        }
    }
}

/// Nothing but kana: a reading, or words as short as one.
fn is_kana(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\u{3041}'..='\u{30FF}'))
}

fn pale(run: &Run, picture: &Picture) -> Option<f32> {
    let found = contrast(run.ink?, picture.paper(run.at)?);
    let least = if run.size >= 18.0 { CONTRAST_LARGE } else { CONTRAST };
    (found < least - 0.02).then_some(found)
}

/// The codes at these places. One that is not read at once is looked at more closely, as people move their phones
/// nearer.
fn read(page: &Page, picture: &Picture, parts: &[Option<[f64; 4]>]) -> Vec<Found> {
    let mut closer: BTreeMap<usize, Picture> = BTreeMap::new();
    let mut all = Vec::new();
    for part in parts {
        let mut found = picture.codes(*part);
        for (n, finer) in CLOSER.into_iter().enumerate() {
            if found.is_empty() {
                found = closer.entry(n).or_insert_with(|| Picture::with(page, finer)).codes(*part);
            }
        }
        all.extend(found);
    }
    all
}

fn code_fault(codes: &[Found], wanted: usize, url: &str) -> Option<CodeFault> {
    if let Some(other) = codes.iter().find(|c| c.text != url) {
        return Some(CodeFault::Elsewhere(other.text.clone()));
    }
    if codes.len() < wanted {
        return Some(CodeFault::Unread(codes.len(), wanted));
    }
    let finest = codes.iter().map(|c| c.module).fold(f64::INFINITY, f64::min);
    (finest < MODULE - ROUNDED).then_some(CodeFault::Fine(finest))
}

/// Page (from 0) and place of a code of so many points a side; a point of its surroundings belongs to it.
fn code_place(side: f64, at: Option<Spot>) -> Option<(usize, [f64; 4])> {
    let (page, x, y) = at?;
    Some((page, [x - 1.0, y - 1.0, x + side + 1.0, y + side + 1.0]))
}

/// A page from 0, and points from the left and the top.
type Spot = (usize, f64, f64);

/// What a template said by `metadata(…) <label>`, and where.
fn labelled(document: &PagedDocument, label: &str) -> Vec<(serde_json::Value, Option<Spot>)> {
    let Some(label) = Label::new(PicoStr::intern(label)) else { return Vec::new() };
    let introspector = document.introspector();
    let said = |found: &typst::foundations::Content| {
        let value = serde_json::to_value(&found.to_packed::<MetadataElem>()?.value).ok()?;
        let at = found
            .location()
            .and_then(|location| introspector.position(location))
            .map(|at| (at.page.get() - 1, at.point.x.to_pt(), at.point.y.to_pt()));
        Some((value, at))
    };
    introspector.query(&Selector::Label(label)).iter().filter_map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, size: f64) -> Run {
        Run { text: text.into(), size, ink: Some([0.0; 3]), at: [20.0, 20.0, 90.0, 32.0] }
    }

    #[test]
    fn small_type_is_told_by_whose_it_is() {
        let demand = Demand {
            least: Least::of("a4"),
            written: "読みとると、中央保健センターの、お問い合わせ先が開きます。",
            small_print: "中央保健センター",
            url: "",
            look_at: 0,
        };
        let mut faults = Faults::default();
        faults.sizes(
            &[
                run("読みとると", 11.0),
                run("お問い合わせ先が", 12.0),
                run("お問い合わせ", 8.0),
                run("touroku-a4", 6.0),
                run("保健センター", 7.0),
                run("にんしん", 5.5),
                run("開きます", 12.0),
            ],
            &demand,
        );
        // 「お問い合わせ」 stands in the text at 12 points: the small one is the template's.
        assert_eq!(
            faults.small,
            BTreeMap::from([("読みとると".into(), (11.0, 12.0)), ("touroku-a4".into(), (6.0, 6.5))])
        );
    }

    #[test]
    fn words_near_the_cut_are_told() {
        let mut faults = Faults::default();
        faults.edges(&[run("なか", 12.0), Run { at: [20.0, 20.0, 590.0, 32.0], ..run("きわ", 12.0) }], [210.0, 297.0]);
        assert_eq!(faults.cut.keys().collect::<Vec<_>>(), ["きわ"]);
    }

    #[test]
    fn codes_must_all_be_read_lead_home_and_be_coarse() {
        let code = |text: &str, module| Found { text: text.into(), module };
        assert_eq!(code_fault(&[code("a", 0.6), code("a", 0.5)], 2, "a"), None);
        assert_eq!(code_fault(&[code("a", 0.6)], 2, "a"), Some(CodeFault::Unread(1, 2)));
        assert_eq!(code_fault(&[code("b", 0.6)], 1, "a"), Some(CodeFault::Elsewhere("b".into())));
        assert_eq!(code_fault(&[code("a", 0.4)], 1, "a"), Some(CodeFault::Fine(0.4)));
        assert_eq!(code_fault(&[], 1, "a"), Some(CodeFault::Unread(0, 1)));
    }
}
