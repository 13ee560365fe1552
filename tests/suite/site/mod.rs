//! The site's pages, by matter.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod article;
mod letter;
mod pictures;
mod privacy;
mod published;
mod quiet;
mod urgent;
mod whole;

use otayori::calendar::{Date, date};
use otayori::content::{LetterItem, LetterView};
use otayori::engine::new;
use otayori::engine::{Loaded, load, publish};
use otayori::preview::PreviewState;
use otayori::site::{self, Edition, PhoneView};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const DAY: Date = date(2026, 11, 21);

/// The sample city in this repository.
fn sample() -> Loaded {
    match load(Path::new(env!("CARGO_MANIFEST_DIR")), Some(DAY)) {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{}", problems.sorted().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

/// A new small site.
fn small(dir: &Path) -> Loaded {
    new::create(dir, DAY).unwrap();
    load(dir, Some(DAY)).unwrap()
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(dir: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(dir, "", &mut found);
    found
}

fn built(loaded: &Loaded) -> (tempfile::TempDir, PathBuf, BTreeMap<String, Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("public");
    publish(loaded, &out, false).unwrap();
    let all = files(&out);
    (dir, out, all)
}

fn letter() -> LetterView {
    let item = |kind: &str, stage: &str, subject: &str| LetterItem {
        kind: kind.into(),
        id: "tsuwari".into(),
        stage: stage.into(),
        subject: subject.into(),
        title_html: "健診は、<wbr>2週間に1回に".into(),
        title: "健診は、2週間に1回に".into(),
        summary: "summary".into(),
        lead_html: "<p>受診票は、7枚目からです。</p>".into(),
        link: "/articles/tsuwari/".into(),
        byline: "助産師 佐伯みのり".into(),
        minutes: 4,
        on: if kind == "bulletin" { "2026-12-08".into() } else { String::new() },
        ask: "midwife".into(),
    };
    LetterView {
        week: "2026-W48".into(),
        date: "2026-11-24".into(),
        language: "ja".into(),
        items: vec![
            item("article", "24週", "pregnancy"),
            item("article", "1歳7か月", "child"),
            item("bulletin", "", ""),
        ],
    }
}

/// Values of an attribute, quoted or not.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in html.split('<').skip(1) {
        let mut rest = tag;
        while let Some(at) = rest.find(&format!("{name}=")) {
            let own = at > 0 && (rest.as_bytes()[at - 1].is_ascii_whitespace() || rest.as_bytes()[at - 1] == b'"');
            let value = &rest[at + name.len() + 1..];
            let end = match value.as_bytes().first() {
                Some(q @ (b'"' | b'\'')) => value[1..].find(*q as char).map_or(value.len(), |n| n + 1),
                _ => value.find([' ', '>', '\n']).unwrap_or(value.len()),
            };
            if own {
                found.push(value[..end].trim_matches(['"', '\'']).replace("&amp;", "&"));
            }
            rest = &value[end..];
        }
    }
    found
}

/// Elements close in order, ampersands are entities.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in xml.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        for entity in text.split('&').skip(1).chain(tag.split('&').skip(1)) {
            assert!(
                entity.split(';').next().is_some_and(|e| ["amp", "lt", "gt", "quot", "#39"].contains(&e)),
                "{entity}"
            );
        }
        match tag.as_bytes() {
            [b'?', ..] | [.., b'/'] => {}
            [b'/', ..] => assert_eq!(open.pop(), Some(&tag[1..])),
            _ => open.push(tag.split_whitespace().next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
