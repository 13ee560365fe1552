//! A query and a way to read an index's files in, the documents that it finds out: as `static/search.js` does it, for
//! programs.

use super::{Synonyms, Words, phrases, ranked};
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// What `meta.json` says.
#[derive(Debug, Deserialize)]
struct Meta {
    bits: u32,
    slice: usize,
    #[serde(default)]
    synonyms: Synonyms,
    #[serde(default)]
    first: Vec<(usize, String)>,
    #[serde(default)]
    documents: usize,
}

/// A document that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where it is.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
}

/// Documents with a pair; true where it stands in the title.
type Having = BTreeMap<usize, bool>;

/// Reads an index by the names of its files (`meta.json`, `b/<n>`, `d/<n>.json`).
#[derive(Debug)]
pub struct Reader<R> {
    read: R,
    shards: HashMap<usize, HashMap<(u16, u16), Having>>,
}

impl<R: Fn(&str) -> Result<Vec<u8>>> Reader<R> {
    /// `read` gives a file's bytes.
    pub fn new(read: R) -> Self {
        Self { read, shards: HashMap::new() }
    }

    /// How many documents have all terms of the query, and `most` of them from number `from` on; those with terms in
    /// the title come first.
    pub fn find(&mut self, query: &str, from: usize, most: usize) -> Result<(usize, Vec<Hit>)> {
        let meta: Meta = serde_json::from_slice(&(self.read)("meta.json")?).context("meta.json")?;
        ensure!((1..=16).contains(&meta.bits) || meta.bits == 0, "meta.json: bits");
        ensure!(meta.slice > 0, "meta.json: slice");
        let numbers = self.numbers(query, &meta)?;
        let shown = numbers.iter().skip(from).take(most);
        let hits = shown.map(|n| self.hit(*n, meta.slice)).collect::<Result<_>>()?;
        Ok((numbers.len(), hits))
    }

    fn numbers(&mut self, query: &str, meta: &Meta) -> Result<Vec<usize>> {
        let first = meta
            .first
            .iter()
            .filter(|(document, _)| *document < meta.documents)
            .map(|(document, text)| (*document, phrases(text)))
            .collect();
        let words = Words { synonyms: meta.synonyms.clone(), first };
        ranked(query, &words, |form| self.with(form, meta.bits))
    }

    /// Documents with all pairs of a term.
    fn with(&mut self, term: &str, bits: u32) -> Result<Having> {
        let units: Vec<u16> = term.encode_utf16().collect();
        let pairs: Vec<(u16, u16)> = if let [only] = units.as_slice() {
            vec![(*only, 0)]
        } else {
            units.windows(2).map(|w| (w[0], w[1])).collect()
        };
        let mut found: Option<Having> = None;
        for pair in pairs {
            let having = self.having(pair, bits)?;
            found = Some(match found {
                None => having,
                Some(before) => {
                    before.into_iter().filter_map(|(d, title)| Some((d, title & having.get(&d)?))).collect()
                }
            });
        }
        Ok(found.unwrap_or_default())
    }

    fn having(&mut self, pair: (u16, u16), bits: u32) -> Result<Having> {
        let number = super::index::shard_of((u32::from(pair.0) << 16) | u32::from(pair.1), bits);
        if let std::collections::hash_map::Entry::Vacant(place) = self.shards.entry(number) {
            place.insert(unpacked(&(self.read)(&format!("b/{number}"))?)?);
        }
        Ok(self.shards.get(&number).and_then(|shard| shard.get(&pair)).cloned().unwrap_or_default())
    }

    fn hit(&self, number: usize, slice: usize) -> Result<Hit> {
        let name = format!("d/{}.json", number / slice);
        let rows: Vec<(String, String, String)> =
            serde_json::from_slice(&(self.read)(&name)?).with_context(|| name.clone())?;
        let (path, title, summary) =
            rows.into_iter().nth(number % slice).with_context(|| format!("{name} is too short"))?;
        Ok(Hit { path, title, summary })
    }
}

/// The pairs of one file; how they are written stands at [`super::Index::files`].
fn unpacked(bytes: &[u8]) -> Result<HashMap<(u16, u16), Having>> {
    let mut lists = HashMap::new();
    let mut rest = bytes;
    while let [a, b, c, d, behind @ ..] = rest {
        let mut at = behind;
        let length = number(&mut at)?;
        let (mut list, behind) = at.split_at_checked(length).context("a list ends too soon")?;
        let (mut document, mut having) = (0usize, Having::new());
        while !list.is_empty() {
            let next = number(&mut list)?;
            document = document.checked_add(next >> 1).context("a document's number is too large")?;
            having.insert(document, next & 1 == 1);
        }
        lists.insert((u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d])), having);
        rest = behind;
    }
    ensure!(rest.is_empty(), "a pair ends too soon");
    Ok(lists)
}

/// LEB128.
fn number(bytes: &mut &[u8]) -> Result<usize> {
    let mut value = 0usize;
    for shift in (0..=28).step_by(7) {
        let (byte, rest) = bytes.split_first().context("a number ends too soon")?;
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    anyhow::bail!("a number is too long")
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Index};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is read from the files is what the index itself finds, in its order.
        #[test]
        fn finds_what_the_index_finds(texts in proptest::collection::vec("[あアｱいイ熱水a悪阻 \
            ]{0,20}", 0..20), titles in proptest::collection::vec("[あい熱水]{0,4}", 20), query in "[あイ熱水a悪阻 ]{0,6}") {
            let documents: Vec<Document> = texts.iter().enumerate().map(|(n, t)| Document { path: format!("/{n}/"),
                title: titles[n].clone(), summary: String::new(), text: t.clone() }).collect();
            let first = if documents.is_empty() { vec![] } else { vec![(documents.len() - 1,
                vec![vec![vec!["熱".to_owned()]]])] };
            let synonyms = Words { synonyms: vec![vec!["悪阻".to_owned(), "水".to_owned()]], first };
            let index = Index::new(&documents);
            let files: HashMap<String, Vec<u8>> = index.files(&synonyms).into_iter().collect();
            let mut reader = Reader::new(|name: &str| files.get(name).cloned().with_context(|| name.to_owned()));
            let expected: Vec<String> = index.find(&query, &synonyms).into_iter().map(|n| documents[n].path.clone())
                .collect();
            let (total, hits) = reader.find(&query, 0, 100).unwrap();
            prop_assert_eq!(total, expected.len());
            prop_assert_eq!(hits.into_iter().map(|h| h.path).collect::<Vec<_>>(), expected.clone());
            let (_, hits) = reader.find(&query, 2, 3).unwrap();
            prop_assert_eq!(hits.into_iter().map(|h| h.path).collect::<Vec<_>>(),
                expected.into_iter().skip(2).take(3).collect::<Vec<_>>());
        }

        #[test]
        fn broken_files_are_errors(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpacked(&bytes);
        }
    }
}
