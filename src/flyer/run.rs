//! A laid-out page in, its runs of text as they will stand on the paper out: how large, where, in which ink.

use std::collections::BTreeSet;
use typst::layout::{Frame, FrameItem, Point, Transform};
use typst::text::TextItem;
use typst::visualize::Paint;

/// A run of text on a page. Lengths are in points.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its text without joiners.
    pub text: String,
    /// Height of its type after every scaling.
    pub size: f64,
    /// Red, green and blue from 0 to 1; `None` for gradients and tilings.
    pub ink: Option<[f32; 3]>,
    /// Left, top, right and bottom edge on the page.
    pub at: [f64; 4],
}

/// All runs of a page's frame that touch the paper, and the characters that no font has.
pub fn of(frame: &Frame) -> (Vec<Run>, BTreeSet<char>) {
    let (mut runs, mut missing) = (Vec::new(), BTreeSet::new());
    walk(frame, Transform::identity(), &mut runs, &mut missing);
    let paper = [frame.width().to_pt(), frame.height().to_pt()];
    // Crop marks and their labels stand beside the paper.
    runs.retain(|r| r.at[0] < paper[0] && r.at[1] < paper[1] && r.at[2] > 0.0 && r.at[3] > 0.0);
    (runs, missing)
}

fn walk(frame: &Frame, to_page: Transform, runs: &mut Vec<Run>, missing: &mut BTreeSet<char>) {
    for (at, item) in frame.items() {
        let here = to_page.pre_concat(Transform::translate(at.x, at.y));
        match item {
            FrameItem::Group(group) => walk(&group.frame, here.pre_concat(group.transform), runs, missing),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|g| g.id == 0) {
                    missing.extend(text.text.get(glyph.range()).into_iter().flat_map(str::chars).filter(|c| !c.is_whitespace()));
                }
                runs.extend(run(text, here));
            }
            _ => {}
        }
    }
}

fn run(text: &TextItem, to_page: Transform) -> Option<Run> {
    let words: String = text.text.chars().filter(|c| !matches!(c, '\u{2060}' | '\u{200B}')).collect();
    if words.trim().is_empty() {
        return None;
    }
    // From above the tallest letter to below the deepest.
    let (up, down) = (text.size * -0.88, text.size * 0.12);
    let corners = [(text.size * 0.0, up), (text.width(), up), (text.size * 0.0, down), (text.width(), down)].map(|(x, y)| Point::new(x, y).transform(to_page));
    let edge = |of: fn(&Point) -> f64, pick: fn(f64, f64) -> f64| corners.iter().map(of).reduce(pick).unwrap_or_default();
    let (x, y): (fn(&Point) -> f64, fn(&Point) -> f64) = (|p| p.x.to_pt(), |p| p.y.to_pt());
    let ink = match &text.fill {
        Paint::Solid(colour) => {
            let (r, g, b, _) = colour.to_rgb().into_components();
            Some([r, g, b])
        }
        _ => None,
    };
    let scale = to_page.kx.get().hypot(to_page.sy.get());
    Some(Run { text: words.trim().to_owned(), size: text.size.to_pt() * scale, ink, at: [edge(x, f64::min), edge(y, f64::min), edge(x, f64::max), edge(y, f64::max)] })
}
