//! Documents in, pairs of characters with the documents in which they stand out, as files of a few kilobytes.

use super::{Document, Synonyms, fold, terms};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Documents in one file of titles.
pub const SLICE: usize = 8;
/// About so many bytes a file of pairs has.
const SHARD: usize = 3_000;

/// Two neighbouring UTF-16 units (JavaScript's characters); the second is 0 for a single kanji.
type Pair = (u16, u16);

/// The index of one language.
#[derive(Debug)]
pub struct Index<'a> {
    documents: &'a [Document],
    /// Documents in which a pair stands, ascending, and whether it stands in the title.
    pairs: BTreeMap<Pair, Vec<(usize, bool)>>,
}

impl<'a> Index<'a> {
    /// The order of `documents` is the order in which equally good ones are shown.
    pub fn new(documents: &'a [Document]) -> Self {
        let mut pairs: BTreeMap<Pair, Vec<(usize, bool)>> = BTreeMap::new();
        for (number, document) in documents.iter().enumerate() {
            let title = pairs_of(&fold(&document.title));
            let all: BTreeSet<Pair> = title.iter().copied().chain(pairs_of(&fold(&document.summary))).chain(pairs_of(&fold(&document.text))).collect();
            for pair in all {
                pairs.entry(pair).or_default().push((number, title.contains(&pair)));
            }
        }
        Self { documents, pairs }
    }

    /// The documents that have all terms of the query, those with terms in the title first.
    pub fn find(&self, query: &str, synonyms: &Synonyms) -> Vec<usize> {
        let mut found: Option<BTreeMap<usize, usize>> = None;
        for forms in terms(query, synonyms) {
            let mut any: BTreeMap<usize, usize> = BTreeMap::new();
            for form in &forms {
                for (document, title) in self.with(form) {
                    let best = any.entry(document).or_default();
                    *best = (*best).max(usize::from(title));
                }
            }
            found = Some(match found {
                None => any,
                Some(before) => before.into_iter().filter_map(|(d, score)| Some((d, score + any.get(&d)?))).collect(),
            });
        }
        let mut found: Vec<(usize, usize)> = found.unwrap_or_default().into_iter().collect();
        found.sort_by_key(|(document, score)| (usize::MAX - score, *document));
        found.into_iter().map(|(document, _)| document).collect()
    }

    /// Documents with all pairs of a term, and whether all stand in the title.
    fn with(&self, term: &str) -> Vec<(usize, bool)> {
        let mut asked = pairs_of(term);
        if term.encode_utf16().count() > 1 {
            asked.retain(|p| p.1 != 0); // the pairs say it all
        }
        let mut lists: Vec<&Vec<(usize, bool)>> = Vec::with_capacity(asked.len());
        for pair in &asked {
            match self.pairs.get(pair) {
                Some(list) => lists.push(list),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(|l| l.len());
        let Some((shortest, others)) = lists.split_first() else { return Vec::new() };
        let mut found = (*shortest).clone();
        for list in others {
            found.retain_mut(|(document, title)| match list.binary_search_by_key(document, |e| e.0) {
                Ok(at) => {
                    *title &= list[at].1;
                    true
                }
                Err(_) => false,
            });
        }
        found
    }

    /// The files, by name below the index's own folder: `meta.json`, `b/<n>` (pairs), `d/<n>.json` (titles).
    ///
    /// A file of pairs is, for each: two UTF-16 units, little-endian; the length in bytes of what follows; for each document the difference
    /// to the one before, doubled, plus 1 if the pair stands in the title. Numbers are LEB128.
    pub fn files(&self, synonyms: &Synonyms) -> Vec<(String, Vec<u8>)> {
        let lists: Vec<(Pair, Vec<u8>)> = self.pairs.iter().map(|(pair, list)| (*pair, packed(list))).collect();
        let bytes: usize = lists.iter().map(|(_, l)| l.len() + 6).sum();
        let bits = (bytes / SHARD).max(1).next_power_of_two().trailing_zeros().clamp(1, 16);
        let mut shards = vec![Vec::new(); 1 << bits];
        for (pair, list) in &lists {
            let shard = &mut shards[shard_of(*pair, bits)];
            shard.extend(pair.0.to_le_bytes());
            shard.extend(pair.1.to_le_bytes());
            leb128(list.len(), shard);
            shard.extend(list);
        }
        let folded: Vec<Vec<String>> = synonyms.iter().map(|g| g.iter().map(|w| fold(w)).collect()).collect();
        let meta = json!({ "documents": self.documents.len(), "bits": bits, "slice": SLICE, "synonyms": folded });
        let mut files = vec![("meta.json".to_owned(), meta.to_string().into_bytes())];
        files.extend(shards.into_iter().enumerate().map(|(n, bytes)| (format!("b/{n}"), bytes)));
        files.extend(self.documents.chunks(SLICE).enumerate().map(|(n, some)| {
            let rows: Vec<_> = some.iter().map(|d| json!([d.path, d.title, d.summary])).collect();
            (format!("d/{n}.json"), json!(rows).to_string().into_bytes())
        }));
        files
    }
}

/// Which file a pair is in: multiplicative hashing (Knuth), the same in JavaScript by `Math.imul`.
pub(super) fn shard_of((a, b): Pair, bits: u32) -> usize {
    let key = (u32::from(a) << 16) | u32::from(b);
    (key.wrapping_mul(2_654_435_761) >> (32 - bits)) as usize
}

/// All pairs of a folded text without white space in them, and its single kanji.
fn pairs_of(text: &str) -> BTreeSet<Pair> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let space = u16::from(b' ');
    let pairs = units.windows(2).filter(|w| !w.contains(&space)).map(|w| (w[0], w[1]));
    let kanji = units.iter().filter(|u| (0x3400..=0x9FFF).contains(*u)).map(|u| (*u, 0));
    pairs.chain(kanji).collect()
}

fn packed(list: &[(usize, bool)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len() + 2);
    let mut before = 0;
    for (document, title) in list {
        leb128((document - before) * 2 + usize::from(*title), &mut out);
        before = *document;
    }
    out
}

fn leb128(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn document(title: &str, text: &str) -> Document {
        Document { path: String::new(), title: title.into(), summary: String::new(), text: text.into() }
    }

    #[test]
    fn finds_whatever_is_written() {
        let documents = [
            document("予防接種のはじめかた", "ロタウイルスワクチンは口から飲みます。"),
            document("つわり", "水分をひと口ずつ。妊娠悪阻は点滴で楽になります。"),
            document("ウイルスの話", "ワクチンがないものもあります。熱が出たら。"),
        ];
        let index = Index::new(&documents);
        let synonyms = vec![vec!["つわり".to_owned(), "妊娠悪阻".to_owned(), "悪阻".to_owned()], vec!["予防接種".to_owned(), "ワクチン".to_owned()]];
        for (query, found) in [
            ("ロタウイルスワクチン", vec![0]),
            ("ﾛﾀｳｲﾙｽ", vec![0]),
            ("わくちん", vec![0, 2]),
            ("悪阻", vec![1]),
            ("熱", vec![2]),
            ("ウイルス ワクチン", vec![0, 2]),
            ("ウイルス 熱", vec![2]),
            ("ない言葉", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(index.find(query, &synonyms), found, "{query}");
        }
        assert_eq!(index.find("予防接種", &Vec::new()), [0]);
        assert_eq!(index.find("予防接種", &synonyms), [0, 2], "by the synonym");
    }

    proptest! {
        /// Recall is grep's: what stands in the folded text is found.
        #[test]
        fn nothing_that_grep_finds_is_missed(texts in proptest::collection::vec("[あアｱいイ熱水a ]{0,20}", 1..6), at in 0usize..6, from in 0usize..18, length in 2usize..6) {
            let documents: Vec<Document> = texts.iter().map(|t| document("", t)).collect();
            let index = Index::new(&documents);
            let folded = fold(&texts[at % texts.len()]);
            let term: String = folded.chars().skip(from).take(length).collect();
            if term.chars().count() >= 2 && !term.contains(' ') {
                let found = index.find(&term, &Vec::new());
                for (n, text) in texts.iter().enumerate() {
                    prop_assert!(!fold(text).contains(&term) || found.contains(&n), "{} in {}", term, text);
                }
            }
        }
    }
}
