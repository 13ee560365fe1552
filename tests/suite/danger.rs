//! `otayori danger` as a process: a city's own data are copied, changed, trained, checked and reviewed.

use crate::support::otayori;
use otayori::calendar::date;
use otayori::engine::new;
use std::path::Path;

fn said(root: &Path, arguments: &[&str]) -> (bool, String) {
    let output = otayori(root, arguments);
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
    )
}

/// A model that is older than its data is an error that says what to do; a review warns and switches nothing off.
#[test]
fn a_citys_own() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    assert!(!root.join("content/danger").exists(), "`new` does not copy it");
    let (good, text) = said(&root, &["danger", "train"]);
    assert!(!good && text.contains("otayori danger copy"), "{text}");

    let (good, text) = said(&root, &["danger", "copy"]);
    assert!(good, "{text}");
    let (_, text) = said(&root, &["check"]);
    assert!(text.contains("まだ専門職の監修を受けていません") && !text.contains("otayori danger train"), "{text}");

    let words = root.join("content/danger/words.ja.txt");
    let before = std::fs::read_to_string(&words).unwrap();
    std::fs::write(&words, format!("{before}\nfever: ほてり\n")).unwrap();
    for command in
        [&["check"][..], &["build"], &["serve", "--listen", "127.0.0.1:0"], &["danger", "review", "--by", "x"]]
    {
        let (good, text) = said(&root, command);
        assert!(!good && text.contains("otayori danger train"), "{command:?}: {text}");
    }
    let (good, text) = said(&root, &["danger", "train"]);
    assert!(good, "{text}");
    assert!(!said(&root, &["check"]).1.contains("otayori danger train"));

    std::fs::write(&words, format!("{before}\nfeber: ほてり\n")).unwrap();
    let (good, text) = said(&root, &["check"]);
    assert!(!good && text.contains("content/danger/words.ja.txt:") && text.contains("feber"), "{text}");
}

/// A file of sentences is counted by language, kind and style; what is wrong in it is told with its line.
#[test]
fn checks_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    let file = dir.path().join("x.tsv");
    std::fs::write(
        &file,
        "x-1\tja\tdanger\tvital\teveryday\t息をしていない\nx-2\ten\tcalm\tordinary\todd\tWhere can I buy diapers?\n",
    )
    .unwrap();
    let output = otayori(&root, &["danger", "check", "--json", "--file", file.to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["figures"]["all"]["found"], 1, "{json}");
    assert_eq!(json["figures"]["languages"]["en"]["calm"], 1, "{json}");
    assert_eq!(json["model_is_old"], false, "{json}");
    std::fs::write(&file, "x-1\tja\tmaybe\tvital\t息をしていない\n").unwrap();
    let (good, text) = said(&root, &["danger", "check", "--file", file.to_str().unwrap()]);
    assert!(!good && text.contains("x.tsv:1") && text.contains("maybe"), "{text}");
}
