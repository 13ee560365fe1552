//! Arrivals in, bars by week as SVG out: a row for each place, openings light, registrations dark before them.

use super::arrivals::{Arrivals, Counts};
use crate::masking::figure;
use crate::text::escape;
use std::fmt::Write as _;

const LABEL: usize = 190;
const WEEK: usize = 34;
const NUMBERS: usize = 150;
const ROW: usize = 56;
const TOP: usize = 34;
/// Highest bar.
const HIGH: f64 = 36.0;

impl Arrivals {
    /// Bars by week as SVG: a row for each place by which somebody came.
    pub fn svg(&self) -> String {
        weekly(self)
    }
}

/// Colours come from the page (`currentColor`); alone in a file it is dark blue on white.
fn weekly(arrivals: &Arrivals) -> String {
    // Places by which nobody came are in the table only.
    let came: Vec<_> =
        arrivals.places.iter().filter(|p| p.counts.opened_total > 0 || p.counts.registered_total != Some(0)).collect();
    let rows: Vec<(String, &Counts)> =
        std::iter::once(("すべて".to_owned(), &arrivals.total))
            .chain(came.iter().map(|p| {
                (if p.flyer.is_empty() { p.name.clone() } else { format!("{}　{}", p.flyer, p.name) }, &p.counts)
            }))
            .collect();
    let (width, height) = (LABEL + WEEK * arrivals.weeks.len() + NUMBERS, TOP + ROW * rows.len() + 8);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" class=\"chart\" \
         color=\"#00316a\" font-family=\"sans-serif\" font-size=\"11\"><title>場所ごとの、開かれた数と登録した世帯（週\
         ごと）</title>"
    );
    for (n, week) in arrivals.weeks.iter().enumerate() {
        // A date under every other week leaves room for the figures.
        if n % 2 == 0 {
            let _ = write!(
                svg,
                "<text x=\"{}\" y=\"16\" fill=\"currentColor\">{}/{}</text>",
                LABEL + n * WEEK,
                week.month(),
                week.day()
            );
        }
    }
    for (at, (label, counts)) in rows.iter().enumerate() {
        row(&mut svg, TOP + at * ROW, label, counts);
    }
    svg + "</svg>\n"
}

fn row(svg: &mut String, y: usize, label: &str, counts: &Counts) {
    let floor = (y + ROW - 14) as f64;
    let most = counts.opened.iter().chain(counts.registered.iter().flatten()).copied().max().unwrap_or(0).max(1) as f64;
    let end = LABEL + WEEK * counts.opened.len();
    let _ = write!(svg, "<text x=\"0\" y=\"{floor}\" fill=\"currentColor\">{}</text>", escape(&shortened(label)));
    let _ = write!(
        svg,
        "<line x1=\"{LABEL}\" x2=\"{end}\" y1=\"{floor}\" y2=\"{floor}\" stroke=\"currentColor\" \
         stroke-opacity=\".35\"/>"
    );
    for (n, (opened, registered)) in counts.opened.iter().zip(&counts.registered).enumerate() {
        let x = LABEL + n * WEEK;
        let mut bar = |value: u64, x: usize, opacity: &str| {
            let high = HIGH * value as f64 / most;
            if value > 0 {
                let _ = write!(
                    svg,
                    "<rect x=\"{x}\" y=\"{:.1}\" width=\"11\" height=\"{high:.1}\" fill=\"currentColor\" \
                     fill-opacity=\"{opacity}\"/>",
                    floor - high
                );
            }
        };
        bar(*opened, x + 2, ".4");
        match registered {
            Some(value) => bar(*value, x + 15, "1"),
            // Hidden: a mark without a height.
            None => {
                let _ = write!(
                    svg,
                    "<circle cx=\"{}\" cy=\"{:.1}\" r=\"2.5\" fill=\"none\" stroke=\"currentColor\"/>",
                    x + 20,
                    floor - 4.0
                );
            }
        }
    }
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{floor}\" fill=\"currentColor\">開かれた {}　登録 {}</text>",
        end + 8,
        counts.opened_total,
        figure(counts.registered_total)
    );
}

/// Fits the label's column.
fn shortened(label: &str) -> String {
    if label.chars().count() <= 16 { label.to_owned() } else { label.chars().take(15).chain(['…']).collect() }
}
