//! Numbers of people in, what may be told of them out: the one rule for small numbers. Pure.
//!
//! From 1 to 4 people might be somebody whom a neighbour knows, so such a number is hidden; none is no secret. Where
//! totals are told, a number that could be reckoned from the others of its row or column is hidden with it ([`mask`]);
//! a number that stands alone is a [`Figure`].

use serde::Serialize;

/// Fewer people than this are not told.
pub const LEAST: u64 = 5;

/// A number that stands alone, as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// So many.
    Exactly(u64),
    /// Fewer than [`LEAST`], but not none.
    Few(#[serde(serialize_with = "few")] ()),
}

impl Figure {
    /// Hides a small number.
    pub fn of(people: u64) -> Self {
        if is_told(people) { Self::Exactly(people) } else { Self::Few(()) }
    }

    /// With the word that counts them, where a sentence wants it: `12世帯`, `5世帯未満`.
    pub fn counted(self, unit: &str) -> String {
        match self {
            Self::Exactly(n) => format!("{n}{unit}"),
            Self::Few(()) => format!("{LEAST}{unit}未満"),
        }
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::Few(()) => write!(f, "{LEAST}未満"),
        }
    }
}

fn few<S: serde::Serializer>((): &(), to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format!("<{LEAST}"))
}

fn is_told(people: u64) -> bool {
    people == 0 || people >= LEAST
}

/// A number of a table, or that it is not told.
pub fn figure(people: Option<u64>) -> String {
    people.map_or_else(|| "非表示".to_owned(), |n| n.to_string())
}

/// The table with its totals: `None` is a hidden number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// Rows as they came, each with its total at the end; the last row is the columns' totals.
    pub rows: Vec<Vec<Option<u64>>>,
}

/// Adds totals and hides what must be hidden. All rows are of one length.
///
/// ```
/// use otayori_publishing::masking::mask;
///
/// let table = mask(&[vec![3, 40, 12], vec![9, 20, 7]]);
/// // The three are hidden, and with them whatever they could be reckoned from.
/// assert_eq!(table.rows[0], [None, Some(40), None, Some(55)]);
/// assert_eq!(table.rows[1], [None, Some(20), None, Some(36)]);
/// assert_eq!(table.rows[2], [Some(12), Some(60), Some(19), Some(91)]);
/// ```
pub fn mask(table: &[Vec<u64>]) -> Masked {
    let columns = table.first().map_or(0, Vec::len);
    let mut all: Vec<Vec<u64>> =
        table.iter().map(|row| row.iter().copied().chain([row.iter().sum()]).collect()).collect();
    all.push((0..=columns).map(|c| all.iter().map(|row| row[c]).sum()).collect());
    let mut hidden: Vec<Vec<bool>> = all.iter().map(|row| row.iter().map(|n| !is_told(*n)).collect()).collect();
    let lines = lines(all.len(), columns + 1);
    // Each round hides at least one more number, so it ends.
    loop {
        let alone = lines.iter().find_map(|line| {
            let mut shut = line.iter().filter(|(r, c)| hidden[*r][*c]);
            let one = shut.next().is_some() && shut.next().is_none();
            // The smallest of the others goes with it, one with people in it first.
            let others = line.iter().filter(|(r, c)| !hidden[*r][*c]);
            one.then(|| others.min_by_key(|(r, c)| (all[*r][*c] == 0, all[*r][*c]))).flatten().copied()
        });
        let Some((row, column)) = alone else { break };
        hidden[row][column] = true;
    }
    let rows = all
        .iter()
        .zip(&hidden)
        .map(|(row, shut)| row.iter().zip(shut).map(|(n, h)| (!h).then_some(*n)).collect())
        .collect();
    Masked { rows }
}

/// Every row and every column as cells.
fn lines(rows: usize, columns: usize) -> Vec<Vec<(usize, usize)>> {
    let across = (0..rows).map(|r| (0..columns).map(|c| (r, c)).collect());
    let down = (0..columns).map(|c| (0..rows).map(|r| (r, c)).collect());
    across.chain(down).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_number_is_not_told() {
        let shown = |n| (Figure::of(n).to_string(), serde_json::to_string(&Figure::of(n)).unwrap());
        assert_eq!(
            [0, 1, 4, 5].map(shown),
            [("0", "0"), ("5未満", "\"<5\""), ("5未満", "\"<5\""), ("5", "5")]
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    #[test]
    fn a_hidden_number_takes_another_with_it() {
        assert_eq!(mask(&[vec![10, 20]]).rows, [[Some(10), Some(20), Some(30)], [Some(10), Some(20), Some(30)]]);
        // 2 could be reckoned as 12 − 10.
        let masked = mask(&[vec![10, 2], vec![30, 40]]);
        assert_eq!(masked.rows[0][1], None);
        assert!(masked.rows[0].iter().filter(|n| n.is_none()).count() >= 2, "{masked:?}");
        assert_eq!(mask(&[]).rows, [[Some(0)]]);
    }

    proptest! {
        #[test]
        fn nothing_small_is_told_or_can_be_reckoned(table in (1usize..5)
            .prop_flat_map(|w| proptest::collection::vec(proptest::collection::vec(0u64..12, w), 1..5))) {
            let masked = mask(&table);
            let (rows, columns) = (masked.rows.len(), masked.rows[0].len());
            prop_assert!(masked.rows.iter().flatten().flatten().all(|n| !(1..LEAST).contains(n)));
            for line in lines(rows, columns) {
                prop_assert!(line.iter().filter(|(r, c)| masked.rows[*r][*c].is_none()).count() != 1);
            }
            for (row, shown) in table.iter().zip(&masked.rows) {
                for (n, shown) in row.iter().zip(shown) {
                    prop_assert!(shown.is_none_or(|s| s == *n), "what is shown is true");
                }
            }
        }
    }
}
