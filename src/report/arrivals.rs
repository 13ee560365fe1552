//! Flyers and a span of weeks in, how often each place's code was opened and how many registered by it out, week by
//! week.

use crate::calendar::{Date, LetterWeek, TimeZone, Timestamp, Weekday, plus_days};
use crate::content::Library;
use crate::db::Db;
use crate::household;
use crate::masking::{figure, mask};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Span {
    /// A day of the last week.
    pub until: Date,
    /// How many weeks.
    pub weeks: usize,
    /// The city's.
    pub zone: TimeZone,
    /// Count made-up households too.
    pub made_up: bool,
}

/// How many came, by place and by week.
#[derive(Debug, Clone, Serialize)]
pub struct Arrivals {
    /// Mondays.
    pub weeks: Vec<Date>,
    /// One place each, in the order of flyers and places; codes that no flyer has any more come last.
    pub places: Vec<Place>,
    /// All places together.
    pub total: Counts,
}

/// One code.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    /// `/r/<code>`.
    pub code: String,
    /// The flyer's id; empty for a code that no flyer has any more.
    pub flyer: String,
    /// The place's name.
    pub name: String,
    /// Its numbers.
    pub counts: Counts,
}

/// Numbers by week, and in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How often the code was opened: not people, the same one may open it twice.
    pub opened: Vec<u64>,
    /// In all.
    pub opened_total: u64,
    /// Households that registered; `None` is hidden, because so few are not told.
    pub registered: Vec<Option<u64>>,
    /// In all.
    pub registered_total: Option<u64>,
}

/// Counts.
pub async fn arrivals(db: &Db, library: &Library, span: &Span) -> Result<Arrivals> {
    let last = LetterWeek::of(span.until, Weekday::Monday).first();
    let back = i32::try_from(span.weeks.max(1) - 1).unwrap_or(520);
    let weeks: Vec<Date> = (0..=back).rev().map(|n| plus_days(last, -7 * n)).collect();
    let (from, until) = (weeks.first().copied().unwrap_or(last), plus_days(last, 6));
    let week_of = |day: Date| weeks.iter().position(|w| *w == LetterWeek::of(day, Weekday::Monday).first());
    let mut seen: BTreeMap<String, (Vec<u64>, Vec<u64>)> = BTreeMap::new();
    let none = || (vec![0; weeks.len()], vec![0; weeks.len()]);
    for (code, day, opened) in household::opened(db, from, until).await? {
        if let Some(week) = day.parse().ok().and_then(week_of) {
            seen.entry(code).or_insert_with(none).0[week] += opened.unsigned_abs();
        }
    }
    let second = |day: Date| Ok::<_, anyhow::Error>(day.to_zoned(span.zone.clone())?.timestamp().as_second());
    let (begin, end) = (second(from)?, second(plus_days(until, 1))?);
    for (code, at) in household::registered(db, begin, end, span.made_up).await? {
        if let Some(week) = week_of(Timestamp::from_second(at)?.to_zoned(span.zone.clone()).date()) {
            seen.entry(code).or_insert_with(none).1[week] += 1;
        }
    }
    Ok(table(library, weeks, seen))
}

/// Every code of a flyer has a row, also one by which nobody came.
fn table(library: &Library, weeks: Vec<Date>, mut seen: BTreeMap<String, (Vec<u64>, Vec<u64>)>) -> Arrivals {
    let mut named = Vec::new();
    for flyer in library.flyers.values().filter(|f| !f.draft) {
        named.push((flyer.code.clone(), flyer.id.clone(), "場所なし".to_owned()));
        named.extend(
            flyer.places.iter().map(|p| (format!("{}-{}", flyer.code, p.code), flyer.id.clone(), p.name.clone())),
        );
    }
    let others: Vec<String> =
        seen.keys().filter(|code| !named.iter().any(|(known, ..)| known == *code)).cloned().collect();
    named.extend(others.into_iter().map(|code| (code, String::new(), "いまはないコード".to_owned())));
    let rows: Vec<_> = named
        .into_iter()
        .map(|names| (seen.remove(&names.0).unwrap_or_else(|| (vec![0; weeks.len()], vec![0; weeks.len()])), names))
        .collect();
    let mut masked = mask(&rows.iter().map(|((_, registered), _)| registered.clone()).collect::<Vec<_>>()).rows;
    let totals = masked.pop().unwrap_or_default();
    let counts = |opened: Vec<u64>, mut registered: Vec<Option<u64>>| {
        let registered_total = registered.pop().flatten();
        // Without a row there is nothing to hide.
        registered.resize(weeks.len(), Some(0));
        Counts { opened_total: opened.iter().sum(), opened, registered, registered_total }
    };
    let all = (0..weeks.len()).map(|w| rows.iter().map(|((opened, _), _)| opened[w]).sum()).collect();
    let total = counts(all, totals);
    let places = rows
        .into_iter()
        .zip(masked)
        .map(|(((opened, _), (code, flyer, name)), registered)| Place {
            code,
            flyer,
            name,
            counts: counts(opened, registered),
        })
        .collect();
    Arrivals { weeks, places, total }
}

impl Arrivals {
    /// For a spreadsheet: a line for each place and week.
    pub fn csv(&self) -> String {
        let mut out = String::from("\u{FEFF}チラシ,場所,コード,週（月曜）,開かれた数,登録した世帯\r\n");
        let cell = |text: &str| {
            let safe =
                if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
            if safe.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
        };
        for place in &self.places {
            for (n, week) in self.weeks.iter().enumerate() {
                let counts = &place.counts;
                out.push_str(&format!(
                    "{},{},{},{week},{},{}\r\n",
                    cell(&place.flyer),
                    cell(&place.name),
                    cell(&place.code),
                    counts.opened[n],
                    figure(counts.registered[n])
                ));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    #[test]
    fn every_place_has_a_row_and_few_are_hidden() {
        let flyer = crate::content::Flyer {
            id: "touroku".into(),
            code: "touroku".into(),
            places: vec![crate::content::Place { code: "chuo".into(), name: "中央".into() }],
            ..sample()
        };
        let library = Library { flyers: BTreeMap::from([("touroku".to_owned(), flyer)]), ..Library::default() };
        let weeks = vec![date(2026, 11, 9), date(2026, 11, 16)];
        let seen = BTreeMap::from([
            ("touroku-chuo".to_owned(), (vec![9, 1], vec![6, 2])),
            ("old".to_owned(), (vec![1, 0], vec![0, 0])),
        ]);
        let table = table(&library, weeks, seen);
        let rows: Vec<(&str, &str, u64)> =
            table.places.iter().map(|p| (p.code.as_str(), p.name.as_str(), p.counts.opened_total)).collect();
        assert_eq!(rows, [("touroku", "場所なし", 0), ("touroku-chuo", "中央", 10), ("old", "いまはないコード", 1)]);
        assert_eq!(table.places[1].counts.registered[1], None, "two households");
        assert_eq!(table.total.opened, [10, 1]);
        let svg = table.svg();
        assert!(svg.starts_with("<svg") && svg.contains("中央") && !svg.contains("style="), "{svg}");
        assert!(table.csv().contains("touroku,中央,touroku-chuo,2026-11-16,1,非表示\r\n"), "{}", table.csv());
    }

    fn sample() -> crate::content::Flyer {
        crate::content::Flyer {
            id: String::new(),
            file: String::new(),
            title: String::new(),
            summary: String::new(),
            template: String::new(),
            sizes: Vec::new(),
            language: "ja".into(),
            code: String::new(),
            places: Vec::new(),
            opens: None,
            on: None,
            fields: BTreeMap::new(),
            markdown: String::new(),
            body_line: 1,
            draft: false,
        }
    }
}
