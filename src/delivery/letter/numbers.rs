//! Names of articles, bulletins and notes in, their numbers out: handed out once, never reused, an entry in
//! `letters.sent`.
//!
//! `letters.sent` is groups of three characters. The numbers up to 4,095 are one group: the subject's slot (`a`–`z`,
//! `*` the household) and two base64url digits. Higher ones, which a city that writes a bulletin every day needs after
//! some years, are two: the slot marked (`A`–`Z`, `+`) with two digits, then `=` with the two lower ones. So what was
//! written before there were such numbers reads as it did.

use super::notes::NOTES;
use crate::content::Library;
use crate::db::Db;
use anyhow::{Context as _, Result, ensure};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Two digits hold so many numbers.
const SHORT: u32 = 64 * 64;
/// Four digits hold so many: one a day for 45,900 years.
const ALL: u32 = SHORT * SHORT;
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const READ: &str = "SELECT slug, number FROM article_numbers";

/// A number as `letters.sent` holds it, without the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    /// Of the first group.
    first: [u8; 2],
    /// Of the second one, if the number is a high one.
    second: Option<[u8; 2]>,
}

impl Code {
    fn of(number: u32) -> Self {
        let digits = |n: u32| [DIGITS[(n >> 6 & 63) as usize], DIGITS[(n & 63) as usize]];
        match number {
            ..SHORT => Self { first: digits(number), second: None },
            _ => Self { first: digits(number >> 12), second: Some(digits(number)) },
        }
    }

    /// The entry that says that a slot (`*` is the household) has had the item.
    pub(super) fn entry(self, slot: u8) -> impl Iterator<Item = char> {
        let slot = if self.second.is_some() { marked(slot) } else { slot };
        let second = self.second.map(|[x, y]| [SECOND, x, y]);
        [slot, self.first[0], self.first[1]].into_iter().chain(second.into_iter().flatten()).map(char::from)
    }
}

/// Begins the second group of a high number.
const SECOND: u8 = b'=';

/// The slot of a high number.
fn marked(slot: u8) -> u8 {
    if slot == b'*' { b'+' } else { slot.to_ascii_uppercase() }
}

/// The number of each name (`slug`, `bulletin:<slug>`, `note:<id>`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers(HashMap<String, u32>);

impl Numbers {
    /// What the database has handed out.
    pub async fn read(db: &Db) -> Result<Self> {
        let rows: Vec<(String, i64)> = sqlx::query_as(READ).fetch_all(db.pool()).await?;
        rows.into_iter()
            .map(|(name, n)| Ok((name, u32::try_from(n)?)))
            .collect::<Result<_>>()
            .map(Self)
            .context("article_numbers")
    }

    /// Numbers for the names that have none yet, in the order of their names: what [`Numbers::hand_out`] would store.
    pub fn complete(mut self, library: &Library) -> Result<Self> {
        let mut next = self.0.values().max().map_or(0, |n| n + 1);
        for name in names(library) {
            if let Entry::Vacant(free) = self.0.entry(name) {
                ensure!(next < ALL, "記事とお知らせの番号（{ALL}個）を使いきりました");
                free.insert(next);
                next += 1;
            }
        }
        Ok(self)
    }

    /// As [`Numbers::complete`], and stored. Two planners at once get the same numbers.
    pub async fn hand_out(db: &Db, library: &Library) -> Result<Self> {
        let mut tx = db.write().await?;
        let rows: Vec<(String, i64)> = sqlx::query_as(READ).fetch_all(&mut *tx).await?;
        let old = rows.into_iter().map(|(name, n)| Ok((name, u32::try_from(n)?))).collect::<Result<_>>().map(Self)?;
        let all = old.clone().complete(library)?;
        let mut new: Vec<(&String, &u32)> = all.0.iter().filter(|(name, _)| !old.0.contains_key(*name)).collect();
        new.sort_by_key(|(_, n)| **n);
        for some in new.chunks(100) {
            let sql = insert_sql(db, some.len());
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (name, n) in some {
                query = query.bind(name.as_str()).bind(i64::from(**n));
            }
            query.execute(&mut *tx).await.context("別の計画が同時に番号を付けました。もう一度実行してください")?;
        }
        tx.commit().await?;
        Ok(all)
    }

    /// A name's number as it is written; `None` if it has none.
    pub(super) fn code(&self, name: &str) -> Option<Code> {
        self.0.get(name).map(|&n| Code::of(n))
    }
}

/// Everything that a letter may hold, sorted within its kind.
fn names(library: &Library) -> Vec<String> {
    let articles = library.articles.values().filter(|a| !a.draft && !a.windows.is_empty()).map(|a| a.slug.clone());
    let bulletins =
        library.bulletins.values().filter(|b| !b.draft && !b.segments.is_empty()).map(|b| bulletin(&b.slug));
    articles.chain(NOTES.iter().map(|n| note(n.id))).chain(bulletins).collect()
}

/// The name of a bulletin among the numbers.
pub(super) fn bulletin(slug: &str) -> String {
    format!("bulletin:{slug}")
}

/// The name of a note among the numbers.
pub(super) fn note(id: &str) -> String {
    format!("note:{id}")
}

/// Has `slot` (`*` is the household) had the item with this code? `sent` as in this file's first lines.
pub(super) fn had(sent: &str, slot: u8, code: Code) -> bool {
    let ([x, y], groups) = (code.first, sent.as_bytes().as_chunks::<3>().0);
    match code.second {
        None => groups.contains(&[slot, x, y]),
        Some([v, w]) => groups.windows(2).any(|g| g == [[marked(slot), x, y], [SECOND, v, w]]),
    }
}

fn insert_sql(db: &Db, rows: usize) -> String {
    format!("INSERT INTO article_numbers (slug, number) VALUES {}", db.values(rows, 2, 1))
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    vec![READ.into(), insert_sql(db, 2)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What was written for a slot is found for it, and for no other; short and high numbers beside each other.
        #[test]
        fn entries_are_read_back(
            entries in proptest::collection::vec((prop_oneof![Just(b'*'), b'a'..=b'e'], number()), 0..200),
            slot in prop_oneof![Just(b'*'), b'a'..=b'e'],
            n in number(),
        ) {
            let sent: String = entries.iter().flat_map(|(slot, n)| Code::of(*n).entry(*slot)).collect();
            prop_assert!(sent.len().is_multiple_of(3) && sent.is_ascii());
            prop_assert_eq!(had(&sent, slot, Code::of(n)), entries.contains(&(slot, n)));
            for (slot, n) in &entries {
                prop_assert!(had(&sent, *slot, Code::of(*n)));
            }
        }
    }

    /// Few, so that some are drawn twice: around where one group ends, and where a high number's groups look like
    /// another's.
    fn number() -> impl Strategy<Value = u32> {
        prop_oneof![0u32..40, SHORT - 20..SHORT + 20, (SHORT * 2 - 3)..(SHORT * 2 + 3), Just(ALL - 1)]
    }

    /// As the program wrote it before there were high numbers (`sent` of the sample city, W48).
    #[test]
    fn what_was_written_before_reads_as_it_did() {
        let sent = "aAaaA1*CC*_-";
        for (slot, n) in [(b'a', 26), (b'a', 53), (b'*', 130), (b'*', 4094)] {
            assert!(had(sent, slot, Code::of(n)), "{n}");
            assert!(!had(sent, b'b', Code::of(n)) && !had(sent, slot, Code::of(n + SHORT)), "{n}");
        }
    }

    /// A bulletin every day for a hundred years, beside some thousand articles, and its letter is still chosen and
    /// remembered.
    #[test]
    fn a_hundred_years_of_daily_bulletins_have_numbers() {
        let used: HashMap<String, u32> = (0..100 * 366 + 5_000).map(|n| (bulletin(&format!("b{n}")), n)).collect();
        let library = Library::default();
        let numbers = Numbers(used).complete(&library).unwrap();
        let newest = numbers.code(&note(NOTES[0].id)).unwrap();
        assert!(newest.second.is_some());
        let sent: String = newest.entry(b'a').collect();
        assert!(had(&sent, b'a', newest) && !had(&sent, b'b', newest));
    }
}
