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
    (joined(runs), missing)
}

/// Typst sets kanji, kana and points as runs of their own: what stands side by side in one type is one run again.
fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut all: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match all.last_mut() {
            Some(last) if last.goes_on_in(&run) => {
                last.text.push_str(&run.text);
                last.at = [last.at[0], last.at[1].min(run.at[1]), run.at[2], last.at[3].max(run.at[3])];
            }
            _ => all.push(run),
        }
    }
    all
}

impl Run {
    fn goes_on_in(&self, next: &Self) -> bool {
        let near = |a: f64, b: f64, most: f64| (a - b).abs() <= most;
        near(self.size, next.size, 0.01)
            && self.ink == next.ink
            && near(self.at[3], next.at[3], 0.1)
            && near(self.at[2], next.at[0], self.size * 0.2)
    }
}

fn walk(frame: &Frame, to_page: Transform, runs: &mut Vec<Run>, missing: &mut BTreeSet<char>) {
    for (at, item) in frame.items() {
        let here = to_page.pre_concat(Transform::translate(at.x, at.y));
        match item {
            FrameItem::Group(group) => walk(&group.frame, here.pre_concat(group.transform), runs, missing),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|g| g.id == 0) {
                    missing.extend(
                        text.text.get(glyph.range()).into_iter().flat_map(str::chars).filter(|c| !c.is_whitespace()),
                    );
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
    let corners = [(text.size * 0.0, up), (text.width(), up), (text.size * 0.0, down), (text.width(), down)]
        .map(|(x, y)| Point::new(x, y).transform(to_page));
    let edge =
        |of: fn(&Point) -> f64, pick: fn(f64, f64) -> f64| corners.iter().map(of).reduce(pick).unwrap_or_default();
    let x = |p: &Point| p.x.to_pt();
    let y = |p: &Point| p.y.to_pt();
    let ink = match &text.fill {
        Paint::Solid(colour) => {
            let (r, g, b, _) = colour.to_rgb().into_components();
            Some([r, g, b])
        }
        _ => None,
    };
    let scale = to_page.kx.get().hypot(to_page.sy.get());
    Some(Run {
        text: words.trim().to_owned(),
        size: text.size.to_pt() * scale,
        ink,
        at: [edge(x, f64::min), edge(y, f64::min), edge(x, f64::max), edge(y, f64::max)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_type_are_one_run() {
        let run = |text: &str, left: f64, right: f64, size: f64| Run {
            text: text.into(),
            size,
            ink: None,
            at: [left, 10.0, right, 20.0],
        };
        let runs = joined(vec![
            run("読", 0.0, 10.0, 10.0),
            run("んで", 10.0, 30.0, 10.0),
            run("、", 30.0, 40.0, 10.0),
            run("小", 40.0, 45.0, 5.0),
            run("離れて", 60.0, 90.0, 5.0),
        ]);
        let texts: Vec<(&str, f64)> = runs.iter().map(|r| (r.text.as_str(), r.at[2])).collect();
        assert_eq!(texts, [("読んで、", 40.0), ("小", 45.0), ("離れて", 90.0)]);
    }
}
