//! Names of articles, bulletins and notes in, their numbers out: handed out once, never reused, two characters in `letters.sent`.

use super::notes::NOTES;
use crate::content::Library;
use crate::db::Db;
use anyhow::{Context as _, Result, ensure};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Two base64url characters hold so many numbers.
const ALL: usize = 64 * 64;
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const READ: &str = "SELECT slug, number FROM article_numbers";

/// Two base64url characters.
pub(super) type Code = [u8; 2];

/// The number of each name (`slug`, `bulletin:<slug>`, `note:<id>`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers(HashMap<String, u16>);

impl Numbers {
    /// What the database has handed out.
    pub async fn read(db: &Db) -> Result<Self> {
        let rows: Vec<(String, i64)> = sqlx::query_as(READ).fetch_all(db.pool()).await?;
        rows.into_iter().map(|(name, n)| Ok((name, u16::try_from(n)?))).collect::<Result<_>>().map(Self).context("article_numbers")
    }

    /// Numbers for the names that have none yet, in the order of their names: what [`Numbers::hand_out`] would store.
    pub fn complete(mut self, library: &Library) -> Result<Self> {
        let mut next = self.0.values().max().map_or(0, |n| n + 1);
        for name in names(library) {
            if let Entry::Vacant(free) = self.0.entry(name) {
                ensure!(usize::from(next) < ALL, "記事とお知らせの番号（{ALL}個）を使いきりました。letters.sent の形を広げてください");
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
        let old = rows.into_iter().map(|(name, n)| Ok((name, u16::try_from(n)?))).collect::<Result<_>>().map(Self)?;
        let all = old.clone().complete(library)?;
        let mut new: Vec<(&String, &u16)> = all.0.iter().filter(|(name, _)| !old.0.contains_key(*name)).collect();
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

    /// The two characters of a name; `None` if it has no number.
    pub(super) fn code(&self, name: &str) -> Option<Code> {
        self.0.get(name).map(|&n| [DIGITS[usize::from(n >> 6) & 63], DIGITS[usize::from(n & 63)]])
    }
}

/// Everything that a letter may hold, sorted within its kind.
fn names(library: &Library) -> Vec<String> {
    let articles = library.articles.values().filter(|a| !a.draft && !a.windows.is_empty()).map(|a| a.slug.clone());
    let bulletins = library.bulletins.values().filter(|b| !b.draft && !b.segments.is_empty()).map(|b| bulletin(&b.slug));
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

/// Has `slot` (`*` is the household) had the item with this code? `sent` is entries of three characters: slot and code.
pub(super) fn had(sent: &str, slot: u8, code: Code) -> bool {
    sent.as_bytes().chunks_exact(3).any(|e| e == [slot, code[0], code[1]])
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
        /// What was written for a slot is found for it, and for no other.
        #[test]
        fn entries_are_read_back(entries in proptest::collection::vec((b'a'..=b'e', 0u16..4096), 0..200), slot in b'a'..=b'e', n in 0u16..4096) {
            let numbers = Numbers((0..4096).map(|n| (n.to_string(), n)).collect());
            let code = |n: u16| numbers.code(&n.to_string()).unwrap();
            let sent: String = entries.iter().flat_map(|(s, n)| { let [x, y] = code(*n); [*s, x, y] }).map(char::from).collect();
            prop_assert_eq!(had(&sent, slot, code(n)), entries.contains(&(slot, n)));
        }
    }
}
