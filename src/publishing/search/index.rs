//! Documents in, pairs of characters with the documents in which they stand out, as files of a few kilobytes.

use super::{Document, Words, ranked, spelled};
use crate::text::fold;
use rayon::prelude::*;
use serde_json::json;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{BuildHasherDefault, Hasher};

/// Documents in one file of titles.
pub const SLICE: usize = 8;
/// About so many bytes a file of pairs has.
const SHARD: usize = 3_000;

/// Two neighbouring UTF-16 units (JavaScript's characters), the first in the upper half; the second is 0 for a single
/// kanji.
type Pair = u32;
/// A document's number, doubled, plus 1 if the pair stands in its title.
type Posting = u32;
/// What a file of pairs holds.
type Shard = Vec<(Pair, Vec<Posting>)>;
/// Documents in which each pair stands, ascending.
type Lists = HashMap<Pair, Vec<Posting>, BuildHasherDefault<OfPairs>>;

/// Pairs are well enough spread by Knuth's multiplication.
#[derive(Default)]
struct OfPairs(u64);

impl Hasher for OfPairs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }
    fn write_u32(&mut self, n: u32) {
        self.0 = (self.0 ^ u64::from(n)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// The index of one language.
#[derive(Debug)]
pub struct Index<'a> {
    documents: &'a [Document],
    lists: Lists,
}

impl<'a> Index<'a> {
    /// The order of `documents` is the order in which equally good ones are shown.
    pub fn new(documents: &'a [Document]) -> Self {
        Self { documents, lists: with_postings(Lists::default(), documents.len(), &|n| &documents[n], |_| true) }
    }

    /// The documents that have all terms of the query, those with terms in the title first.
    pub fn find(&self, query: &str, words: &Words) -> Vec<usize> {
        let Ok(found) = ranked(query, words, |form| Ok::<_, Infallible>(self.with(form)));
        found
    }

    /// Documents with all pairs of a term, and whether all stand in the title.
    fn with(&self, term: &str) -> Vec<(usize, bool)> {
        let mut asked = pairs_of(term);
        if term.encode_utf16().count() > 1 {
            asked.retain(|p| p & 0xffff != 0); // the pairs say it all
        }
        let mut lists: Vec<&Vec<Posting>> = Vec::with_capacity(asked.len());
        for pair in &asked {
            match self.lists.get(pair) {
                Some(list) => lists.push(list),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(|l| l.len());
        let Some((shortest, others)) = lists.split_first() else { return Vec::new() };
        let mut found: Vec<(usize, bool)> = shortest.iter().map(|p| ((p >> 1) as usize, p & 1 == 1)).collect();
        for list in others {
            found.retain_mut(|(document, title)| match list.binary_search_by_key(document, |p| (p >> 1) as usize) {
                Ok(at) => {
                    *title &= list[at] & 1 == 1;
                    true
                }
                Err(_) => false,
            });
        }
        found
    }

    /// The files, by name below the index's own folder: `meta.json`, `b/<n>` (pairs), `d/<n>.json` (titles).
    ///
    /// A file of pairs is, for each: two UTF-16 units, little-endian; the length in bytes of what follows; for each
    /// document the difference to the one before, doubled, plus 1 if the pair stands in the title. Numbers are LEB128.
    pub fn files(&self, words: &Words) -> Vec<(String, Vec<u8>)> {
        let mut lists: Vec<(Pair, Vec<u8>)> = self.lists.par_iter().map(|(pair, list)| (*pair, packed(list))).collect();
        lists.par_sort_unstable_by_key(|(pair, _)| *pair);
        let bits = bits_of(lists.iter().map(|(_, list)| weight(list)).sum());
        let mut shards = vec![Vec::new(); 1 << bits];
        for (pair, list) in &lists {
            put(&mut shards[shard_of(*pair, bits)], *pair, list);
        }
        let mut files = vec![meta_file(self.documents.len(), bits, words)];
        files.extend(shards.into_iter().enumerate().map(|(n, bytes)| (format!("b/{n}"), bytes)));
        files.extend(self.documents.chunks(SLICE).enumerate().map(|(n, some)| (format!("d/{n}.json"), rows(some))));
        files
    }
}

/// An index that was made before, and what has become of its documents.
#[derive(Clone, Copy)]
pub struct Earlier<'a> {
    /// The number that each of its documents has now, if it is the same.
    pub numbers: &'a [Option<u32>],
    /// Its files, by the names that [`Index::files`] gives.
    pub read: &'a (dyn Fn(&str) -> Option<Vec<u8>> + Sync),
}

/// What [`Index::files`] would give of `count` documents, from the files of an earlier index; a file without bytes is
/// as it was. `document` is asked for its text only where it is new. `None` if the files are not whole, or too few or
/// too many by now.
pub fn patched(
    count: usize,
    document: &(dyn Fn(usize) -> Document + Sync),
    earlier: Earlier<'_>,
    words: &Words,
) -> Option<Vec<(String, Option<Vec<u8>>)>> {
    let Earlier { numbers, read } = earlier;
    let meta: serde_json::Value = serde_json::from_slice(&read("meta.json")?).ok()?;
    let bits = meta["bits"].as_u64().and_then(|bits| u32::try_from(bits).ok()).filter(|bits| *bits <= 16)?;
    let mut new = vec![true; count];
    numbers.iter().flatten().for_each(|n| new[*n as usize] = false);
    let mut added: Vec<Shard> = vec![Shard::new(); 1 << bits];
    for (pair, list) in with_postings(Lists::default(), count, document, |n| new[n]) {
        added[shard_of(pair, bits)].push((pair, list));
    }
    let in_place = |(n, now): (usize, &Option<u32>)| now.is_none_or(|now| now as usize == n);
    let all_in_place = numbers.iter().enumerate().all(in_place);
    let shards = added.into_par_iter().enumerate().map(|(n, added)| {
        let bytes = read(&format!("b/{n}"))?;
        // A small edit leaves most pairs of a text where they were.
        if let Some(weight) = all_in_place.then(|| as_it_was(&bytes, numbers, &added)).flatten() {
            return Some((None, weight));
        }
        let (bytes, weight) = written(merged(unpacked(&bytes, numbers)?, added));
        Some((Some(bytes), weight))
    });
    let (shards, weights): (Vec<Option<Vec<u8>>>, Vec<usize>) = shards.collect::<Option<Vec<_>>>()?.into_iter().unzip();
    if bits_of(weights.iter().sum()) != bits {
        return None;
    }
    let mut files =
        vec![meta_file(count, bits, words)].into_iter().map(|(name, bytes)| (name, Some(bytes))).collect::<Vec<_>>();
    files.extend(shards.into_iter().enumerate().map(|(n, bytes)| (format!("b/{n}"), bytes)));
    let titles = (0..count).step_by(SLICE).map(|from| {
        let to = (from + SLICE).min(count);
        let same = (from..to).all(|n| numbers.get(n) == Some(&Some(n as u32)))
            && (to.is_multiple_of(SLICE) || numbers.len() == count);
        (format!("d/{}.json", from / SLICE), (!same).then(|| rows(&(from..to).map(document).collect::<Vec<_>>())))
    });
    files.extend(titles);
    Some(files)
}

/// The postings of both, by pair.
fn merged(mut lists: Shard, added: Shard) -> Shard {
    let kept = lists.len();
    for (pair, list) in added {
        match lists[..kept].binary_search_by_key(&pair, |(p, _)| *p) {
            Ok(at) => {
                lists[at].1.extend(list);
                // Made for runs that are in order already, as this and the next are.
                lists[at].1.sort();
            }
            Err(_) => lists.push((pair, list)),
        }
    }
    if lists.len() > kept {
        lists.sort_by_key(|(pair, _)| *pair);
    }
    lists
}

/// What a file of pairs weighs, if it would not change: whatever is gone of it is `added` again. `None` if not, or if
/// the file is not whole.
fn as_it_was(bytes: &[u8], numbers: &[Option<u32>], added: &Shard) -> Option<usize> {
    let (mut rest, mut all, mut again) = (bytes, 0, 0);
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(4)?;
        let (length, after) = number(after)?;
        let (mut packed, after) = after.split_at_checked(length)?;
        all += weight(packed);
        rest = after;
        let mut document = 0usize;
        while !packed.is_empty() {
            let (step, after) = number(packed)?;
            packed = after;
            document += step >> 1;
            if numbers.get(document)?.is_none() {
                let (_, list) = added.iter().find(|(pair, _)| *pair == pair_of(head))?;
                list.binary_search(&((document as u32) << 1 | (step & 1) as u32)).ok()?;
                again += 1;
            }
        }
    }
    (again == added.iter().map(|(_, list)| list.len()).sum::<usize>()).then_some(all)
}

/// From four bytes.
fn pair_of(head: &[u8]) -> Pair {
    (u32::from(u16::from_le_bytes([head[0], head[1]])) << 16) | u32::from(u16::from_le_bytes([head[2], head[3]]))
}

/// The file of some lists, and how much they weigh.
fn written(lists: Shard) -> (Vec<u8>, usize) {
    let (mut shard, mut all) = (Vec::new(), 0);
    for (pair, list) in lists {
        let list = packed(&list);
        all += weight(&list);
        put(&mut shard, pair, &list);
    }
    (shard, all)
}

fn put(shard: &mut Vec<u8>, pair: Pair, list: &[u8]) {
    shard.extend(((pair >> 16) as u16).to_le_bytes());
    shard.extend((pair as u16).to_le_bytes());
    leb128(list.len(), shard);
    shard.extend(list);
}

/// Bytes that a packed list adds to a file, about.
fn weight(list: &[u8]) -> usize {
    list.len() + 6
}

/// How many files there are for so many bytes: two to this power.
fn bits_of(bytes: usize) -> u32 {
    (bytes / SHARD).max(1).next_power_of_two().trailing_zeros().clamp(1, 16)
}

fn meta_file(documents: usize, bits: u32, words: &Words) -> (String, Vec<u8>) {
    let folded: Vec<Vec<String>> = words.synonyms.iter().map(|g| g.iter().map(|w| fold(w)).collect()).collect();
    let first: Vec<(usize, String)> =
        words.first.iter().map(|(document, phrases)| (*document, spelled(phrases))).collect();
    let meta = json!({ "documents": documents, "bits": bits, "slice": SLICE, "synonyms": folded, "first": first });
    ("meta.json".to_owned(), meta.to_string().into_bytes())
}

/// A file of titles.
fn rows(documents: &[Document]) -> Vec<u8> {
    let rows: Vec<_> = documents.iter().map(|d| (&d.path, &d.title, &d.summary)).collect();
    // Texts in a list are always JSON.
    serde_json::to_vec(&rows).unwrap_or_default()
}

/// Which file a pair is in: multiplicative hashing (Knuth), the same in JavaScript by `Math.imul`.
pub(super) fn shard_of(pair: Pair, bits: u32) -> usize {
    // With one file, all are in it.
    pair.wrapping_mul(2_654_435_761).checked_shr(32 - bits).unwrap_or(0) as usize
}

/// Adds what stands in those of `count` documents that are `wanted`.
fn with_postings<D: Borrow<Document>>(
    mut lists: Lists,
    count: usize,
    document: &(dyn Fn(usize) -> D + Sync),
    wanted: impl Fn(usize) -> bool,
) -> Lists {
    let wanted: Vec<usize> = (0..count).filter(|n| wanted(*n)).collect();
    // So many at a time, that not all texts' pairs are in memory at once.
    for some in wanted.chunks(1_024) {
        let found: Vec<(usize, Vec<(Pair, bool)>)> =
            some.par_iter().map(|n| (*n, pairs_in(document(*n).borrow()))).collect();
        for (number, pairs) in found {
            for (pair, title) in pairs {
                let list = lists.entry(pair).or_default();
                let posting = ((number as u32) << 1) | u32::from(title);
                match list.last() {
                    Some(last) if *last > posting => list.insert(list.partition_point(|p| *p < posting), posting),
                    _ => list.push(posting),
                }
            }
        }
    }
    lists
}

/// The pairs of a document, each once, and whether they stand in the title.
fn pairs_in(document: &Document) -> Vec<(Pair, bool)> {
    let title = pairs_of(&fold(&document.title));
    let mut all = [pairs_of(&fold(&document.summary)), pairs_of(&fold(&document.text)), title.clone()].concat();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|pair| (pair, title.binary_search(&pair).is_ok())).collect()
}

/// All pairs of a folded text without white space in them, and its single kanji; each once, ascending.
fn pairs_of(text: &str) -> Vec<Pair> {
    let mut found = Vec::with_capacity(text.len() / 2);
    let space = u16::from(b' ');
    let mut before = space;
    for unit in text.encode_utf16() {
        if unit != space && before != space {
            found.push((u32::from(before) << 16) | u32::from(unit));
        }
        if (0x3400..=0x9FFF).contains(&unit) {
            found.push(u32::from(unit) << 16);
        }
        before = unit;
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn packed(list: &[Posting]) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len() + 2);
    let mut before = 0;
    for posting in list {
        let document = posting >> 1;
        leb128((((document - before) << 1) | (posting & 1)) as usize, &mut out);
        before = document;
    }
    out
}

/// The lists of a file of pairs with the documents' new numbers; pairs that stand nowhere any more are left out. `None`
/// if it is not whole.
fn unpacked(bytes: &[u8], numbers: &[Option<u32>]) -> Option<Shard> {
    let mut lists = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(4)?;
        let pair = pair_of(head);
        let (length, after) = number(after)?;
        let (mut packed, after) = after.split_at_checked(length)?;
        rest = after;
        let mut list: Vec<Posting> = Vec::with_capacity(length);
        let mut document = 0usize;
        while !packed.is_empty() {
            let (step, after) = number(packed)?;
            packed = after;
            document += step >> 1;
            if let Some(now) = numbers.get(document)? {
                list.push((now << 1) | (step & 1) as u32);
            }
        }
        if !list.is_sorted() {
            list.sort_unstable();
        }
        if !list.is_empty() {
            lists.push((pair, list));
        }
    }
    Some(lists)
}

/// A LEB128 number, and what is behind it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0usize;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        number |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
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
    use std::collections::BTreeMap;

    fn document(title: &str, text: &str) -> Document {
        Document { path: String::new(), title: title.into(), summary: String::new(), text: text.into() }
    }

    /// The files of a patched index; those that are as they were, from `files`.
    fn patch(
        files: &BTreeMap<String, Vec<u8>>,
        numbers: &[Option<u32>],
        after: &[Document],
    ) -> Option<Vec<(String, Vec<u8>)>> {
        let read = |name: &str| files.get(name).cloned();
        let patched = patched(after.len(), &|n| after[n].clone(), Earlier { numbers, read: &read }, &Words::default())?;
        Some(
            patched
                .into_iter()
                .map(|(name, bytes)| (name.clone(), bytes.unwrap_or_else(|| files[&name].clone())))
                .collect(),
        )
    }

    #[test]
    fn finds_whatever_is_written() {
        let documents = [
            document("予防接種のはじめかた", "ロタウイルスワクチンは口から飲みます。"),
            document("つわり", "水分をひと口ずつ。妊娠悪阻は点滴で楽になります。"),
            document("ウイルスの話", "ワクチンがないものもあります。熱が出たら。"),
        ];
        let index = Index::new(&documents);
        let groups = vec![
            vec!["つわり".to_owned(), "妊娠悪阻".to_owned(), "悪阻".to_owned()],
            vec!["予防接種".to_owned(), "ワクチン".to_owned()],
        ];
        let synonyms = Words { synonyms: groups, first: Vec::new() };
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
        assert_eq!(index.find("予防接種", &Words::default()), [0]);
        assert_eq!(index.find("予防接種", &synonyms), [0, 2], "by the synonym");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
        /// … with many files, too.
        #[test]
        fn a_patch_of_many_files_is_a_new_index(gone in 0usize..12, text in "[ぁ-んァ-ン一-十]{0,80}") {
            let texts: Vec<Document> = (0..12).map(|n| document("",
                &(0..900).map(|i| char::from_u32(0x4E00 + (n * 131 + i * i * 7) % 3_000).unwrap()).collect::<String>()))
                    .collect();
            let files: BTreeMap<String, Vec<u8>> = Index::new(&texts).files(&Words::default()).into_iter().collect();
            prop_assert!(files.keys().filter(|name| name.starts_with("b/")).count() > 8);
            let numbers: Vec<Option<u32>> = (0..12).map(|n| (n != gone).then_some(n as u32)).collect();
            let mut after = texts.clone();
            after[gone] = document("", &text);
            if let Some(patched) = patch(&files, &numbers, &after) {
                prop_assert_eq!(patched, Index::new(&after).files(&Words::default()));
            } else {
                prop_assert!(Index::new(&after).files(&Words::default()).len() != files.len());
            }
        }
    }

    proptest! {
        /// A patched index is, file by file, the index of what is there now.
        #[test]
        fn a_patch_is_a_new_index(old in proptest::collection::vec("[あアい熱水]{0,6}", 0..8),
            new in proptest::collection::vec(prop_oneof![(0usize..8).prop_map(Ok), "[あアい熱水]{0,6}".prop_map(Err)],
                0..8)) {
            let before: Vec<Document> = old.iter().map(|t| document(t, t)).collect();
            let files: BTreeMap<String, Vec<u8>> = Index::new(&before).files(&Words::default()).into_iter().collect();
            let mut numbers = vec![None; before.len()];
            let mut after = Vec::new();
            for one in new {
                match one {
                    Ok(n) if n < before.len() && numbers[n].is_none() => {
                        numbers[n] = Some(after.len() as u32);
                        after.push(before[n].clone());
                    }
                    Ok(_) => {}
                    Err(text) => {
                        after.push(document("", &text));
                    }
                }
            }
            let patched = patch(&files, &numbers, &after).unwrap();
            prop_assert_eq!(patched, Index::new(&after).files(&Words::default()));
        }
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let numbers = [Some(0), None, Some(2)];
            prop_assert!(as_it_was(&bytes, &numbers, &Shard::new()).is_none() || unpacked(&bytes, &numbers).is_some());
        }
        /// Recall is grep's: what stands in the folded text is found.
        #[test]
        fn nothing_that_grep_finds_is_missed(texts in proptest::collection::vec("[あアｱいイ熱水a ]{0,20}", 1..6),
            at in 0usize..6, from in 0usize..18, length in 2usize..6) {
            let documents: Vec<Document> = texts.iter().map(|t| document("", t)).collect();
            let index = Index::new(&documents);
            let folded = fold(&texts[at % texts.len()]);
            let term: String = folded.chars().skip(from).take(length).collect();
            if term.chars().count() >= 2 && !term.contains(' ') {
                let found = index.find(&term, &Words::default());
                for (n, text) in texts.iter().enumerate() {
                    prop_assert!(!fold(text).contains(&term) || found.contains(&n), "{} in {}", term, text);
                }
            }
        }
    }
}
