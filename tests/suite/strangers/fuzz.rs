//! The fuzz targets of `fuzz/`, with the stable toolchain: their corpora replayed, and mutations of them, the same ones
//! in every run.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::path::Path;

#[path = "../../../fuzz/targets.rs"]
pub mod targets;

/// Files of a target's corpus, by name.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| (p.display().to_string(), std::fs::read(&p).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{} is nearly empty", folder.display());
    files
}

/// What means something to one of the parsers.
const PIECES: [&str; 46] = [
    "---\n",
    "+++",
    "\n",
    "\r\n",
    "\t",
    "　",
    " ",
    ": ",
    "：",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "|",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "> ",
    "> [!119] ",
    "**",
    "「",
    "」",
    "~~",
    "`",
    "```\n",
    "<b>",
    "<!--",
    "[^1]",
    "[^1]: ",
    "](article:netsu#x)",
    "![",
    "{2026-12-08}",
    "{9999-12-31}",
    "99999999999",
    "-1",
    "\u{FEFF}",
    "\u{E000}",
    "\u{0}",
    "👨‍👩‍👧",
    "ゔ゙",
    "title: ",
    "review: {by: a, on: 2026-01-01, next: 2026-01-02}\n",
];

/// One change; places are parts of 65,536 of the length.
#[derive(Debug, Clone)]
enum Change {
    Put(u16, usize),
    Cut(u16, u8),
    Twice(u16, u8, u8),
    Byte(u16, u8),
    Swap(u16, u16),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<u16>(), 0..PIECES.len()).prop_map(|(at, piece)| Change::Put(at, piece)),
        2 => (any::<u16>(), 1..40u8).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (any::<u16>(), 1..40u8, 2..60u8).prop_map(|(at, length, times)| Change::Twice(at, length, times)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => (any::<u16>(), any::<u16>()).prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

/// The place, moved to where a character begins, so that most results are still text.
fn place(bytes: &[u8], at: u16) -> usize {
    let mut place = bytes.len() * usize::from(at) / 65_536;
    while place > 0 && bytes.get(place).is_some_and(|b| b & 0xC0 == 0x80) {
        place -= 1;
    }
    place
}

fn end(bytes: &[u8], from: usize, length: u8) -> usize {
    let mut end = (from + usize::from(length)).min(bytes.len());
    while bytes.get(end).is_some_and(|b| b & 0xC0 == 0x80) {
        end += 1;
    }
    end
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        match *change {
            Change::Put(at, piece) => {
                let at = place(&bytes, at);
                bytes.splice(at..at, PIECES[piece].bytes());
            }
            Change::Cut(at, length) => {
                let at = place(&bytes, at);
                bytes.drain(at..end(&bytes, at, length));
            }
            Change::Twice(at, length, times) => {
                let at = place(&bytes, at);
                let part = bytes[at..end(&bytes, at, length)].repeat(usize::from(times));
                bytes.splice(at..at, part);
            }
            Change::Byte(at, byte) => {
                let at = place(&bytes, at);
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
            Change::Swap(a, b) => {
                let (a, b) = (place(&bytes, a), place(&bytes, b));
                let tail = bytes.split_off(a.min(b));
                let (front, back) = tail.split_at(a.max(b) - a.min(b));
                bytes.extend([back, front].concat());
            }
        }
    }
    bytes
}

fn mutate(name: &str, cases: u32) {
    let (_, target) = targets::ALL.into_iter().find(|(n, _)| *n == name).unwrap();
    let files = corpus(name);
    for (file, bytes) in &files {
        eprintln!("{file}");
        target(bytes);
    }
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = (0..files.len(), prop::collection::vec(change(), 1..6))
        .prop_map(|(n, changes)| changed(files[n].1.clone(), &changes));
    let result = runner.run(&strategy, |bytes| {
        target(&bytes);
        Ok(())
    });
    if let Err(error) = result {
        let text = match &error {
            proptest::test_runner::TestError::Fail(_, bytes) => String::from_utf8_lossy(bytes).into_owned(),
            proptest::test_runner::TestError::Abort(_) => String::new(),
        };
        panic!("{error}\n{text}");
    }
}

#[test]
fn any_front_matter() {
    mutate("front", 1_000);
}

#[test]
fn any_markdown() {
    mutate("markdown", 1_500);
}

#[test]
fn any_segment() {
    mutate("segment", 3_000);
}

#[test]
fn any_flyer() {
    mutate("flyer", 40);
}

#[test]
fn any_list() {
    mutate("lists", 300);
}
