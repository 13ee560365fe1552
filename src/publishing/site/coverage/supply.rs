//! Articles in, the weeks of each stage that can have one of them out: each article once, as a subject never gets it
//! twice.

use crate::content::Article;
use crate::segment::{Unit, Window};
use crate::site::Stage;
use std::collections::BTreeMap;

/// A week in which a letter goes: of pregnancy, or since birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Week {
    /// Completed weeks of pregnancy.
    Pregnancy(i32),
    /// Completed weeks since birth.
    Child(i32),
}

/// For every stage its letters, and how many of them can have an article of their own. The weeks are filled in the
/// order of life.
pub(super) fn letters(articles: &[&Article]) -> BTreeMap<Stage, (usize, usize)> {
    let weeks: Vec<(Stage, Week)> = weeks();
    // Narrow windows first: they have the least choice, so fewer have to move.
    let mut sorted: Vec<&Article> = articles.to_vec();
    sorted.sort_by_key(|a| (a.windows.iter().map(Window::width_days).sum::<i32>(), &a.slug));
    let fitting: Vec<Vec<usize>> = weeks
        .iter()
        .map(|(_, week)| (0..sorted.len()).filter(|n| sorted[*n].windows.iter().any(|w| week.is_in(w))).collect())
        .collect();
    let mut taken: Vec<Option<usize>> = vec![None; sorted.len()];
    let mut supplied: BTreeMap<Stage, (usize, usize)> = BTreeMap::new();
    for (n, (stage, _)) in weeks.iter().enumerate() {
        let found = place(n, &fitting, &mut taken, &mut vec![false; sorted.len()]);
        let counts = supplied.entry(*stage).or_default();
        counts.0 += 1;
        // A week that has an article keeps one, whatever moves later.
        counts.1 += usize::from(found);
    }
    supplied
}

/// Finds an article for a week, moving others to another of their weeks if need be (augmenting paths: as many weeks as
/// can be are filled).
fn place(week: usize, fitting: &[Vec<usize>], taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for &article in &fitting[week] {
        if std::mem::replace(&mut tried[article], true) {
            continue;
        }
        let free = match taken[article] {
            None => true,
            Some(other) => place(other, fitting, taken, tried),
        };
        if free {
            taken[article] = Some(week);
            return true;
        }
    }
    false
}

/// All weeks of letters with the stage that each belongs to.
fn weeks() -> Vec<(Stage, Week)> {
    let pregnancy = Stage::all().filter(|s| s.group() == "weeks").map(|s| (s, Week::Pregnancy(s.number())));
    let child = (0..).map(|n| (n, months(n))).take_while(|(_, months)| *months < 7 * 12);
    let child = child
        .map(|(n, months)| (if months < 12 { Stage::Month(months) } else { Stage::Year(months / 12) }, Week::Child(n)));
    pregnancy.chain(child).collect()
}

/// The day in the middle of a week since birth: letters go on any day of it.
fn middle(week: i32) -> i32 {
    week * 7 + 3
}

/// Months old in the middle of a week since birth, months of 30.44 days.
fn months(week: i32) -> i32 {
    (f64::from(middle(week)) / 30.44) as i32
}

impl Week {
    fn is_in(self, window: &Window) -> bool {
        let Window { unit, from, to } = *window;
        let n = match (self, unit) {
            (Self::Pregnancy(n), Unit::PregnancyWeeks) | (Self::Child(n), Unit::ChildWeeks) => n,
            (Self::Child(n), Unit::ChildDays) => middle(n),
            (Self::Child(n), Unit::ChildMonths) => months(n),
            (Self::Child(n), Unit::ChildYears) => months(n) / 12,
            _ => return false,
        };
        (from..=to).contains(&n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn article(slug: &str, unit: Unit, from: i32, to: i32) -> Article {
        Article { slug: slug.into(), windows: vec![Window { unit, from, to }], ..Article::default() }
    }

    fn filled(articles: &[Article]) -> BTreeMap<Stage, (usize, usize)> {
        letters(&articles.iter().collect::<Vec<_>>())
    }

    #[test]
    fn an_article_is_worth_one_letter() {
        let supplied = filled(&[
            article("wide", Unit::PregnancyWeeks, 5, 7),
            article("narrow", Unit::PregnancyWeeks, 5, 5),
            article("newborn", Unit::ChildDays, 0, 27),
            article("three", Unit::ChildYears, 3, 3),
        ]);
        // Week 5 has two, but the wide one is needed in week 6; week 7 is left.
        assert_eq!([5, 6, 7].map(|n| supplied[&Stage::Week(n)]), [(1, 1), (1, 1), (1, 0)]);
        assert_eq!(supplied[&Stage::Month(0)], (4, 1));
        assert_eq!(supplied[&Stage::Year(3)].1, 1);
        assert!((51..=53).contains(&supplied[&Stage::Year(3)].0), "{:?}", supplied[&Stage::Year(3)]);
        assert_eq!(supplied.len(), Stage::all().count());
    }

    /// The most that any sharing out could reach, by trying all.
    fn best(windows: &[(i32, i32)], week: i32, used: u32) -> usize {
        if week > 9 {
            return 0;
        }
        let with =
            (0..windows.len()).filter(|n| used & (1 << n) == 0 && (windows[*n].0..=windows[*n].1).contains(&week));
        with.map(|n| 1 + best(windows, week + 1, used | (1 << n))).max().unwrap_or(0).max(best(windows, week + 1, used))
    }

    proptest! {
        #[test]
        fn as_many_weeks_as_can_be_are_filled(windows in proptest::collection::vec((4i32..10, 0i32..4), 0..6)) {
            let windows: Vec<(i32, i32)> = windows.into_iter().map(|(from, width)| (from, (from + width).min(9)))
                .collect();
            let articles: Vec<Article> = windows.iter().enumerate().map(|(n, (from, to))| article(&n.to_string(),
                Unit::PregnancyWeeks, *from, *to)).collect();
            let supplied: usize = filled(&articles).values().map(|(_, with)| with).sum();
            prop_assert_eq!(supplied, best(&windows, 4, 0));
        }
    }
}
