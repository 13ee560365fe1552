//! The list of how texts read: grades, and places in the authors' files.

use otayori::calendar::date;
use otayori::cli::check::{Format, readability_list};
use std::path::Path;

#[test]
fn texts_are_graded_with_places_in_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let settings = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("otayori.yaml")).unwrap();
    put("otayori.yaml", &settings);
    put(
        "content/glossary.yaml",
        "- {term: 嘔吐, meaning: 吐くこと。, plain: 吐くこと, explain: false}\n- {term: 悪露, meaning: 産後の出血。}\n",
    );
    let front = "---\r\ntitle: 題\r\nsummary: 要約です\r\nfor: [{child_months: 3-6}]\r\n---\r\n";
    put("content/articles/a.md", &format!("{front}悪露が出ます。\r\n\r\n## 目安\r\n\r\n嘔吐のときは、水を。\r\n"));
    put("content/articles/a.easy.md", "---\ntitle: だい\nsummary: よう\n---\n{水|みず}を飲みます。\n");
    put("content/articles/a.en.md", "---\ntitle: T\nsummary: s\n---\nText.\n");
    let json = readability_list(dir.path(), Format::Json, Some(date(2026, 11, 21)), &[]).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let mut rows: Vec<String> = Vec::new();
    for g in &all {
        for t in g["troubles"].as_array().unwrap() {
            rows.push(format!(
                "{} {} {} {}:{} {}",
                g["grade"].as_str().unwrap(),
                g["file"].as_str().unwrap(),
                g["text"].as_str().unwrap(),
                t["line"],
                t["column"],
                t["message"].as_str().unwrap()
            ));
        }
    }
    rows.sort();
    assert_eq!(
        rows,
        [
            "C content/articles/a.easy.md article 5:8 「飲」にルビがありません",
            "C content/articles/a.easy.md letter 5:8 「飲」にルビがありません",
            "C content/articles/a.md article 10:1 「嘔吐」は、「吐くこと」と言えます",
            "C content/articles/a.md letter 6:1 「悪露」の説明が、ここには出ません",
        ]
        .map(str::to_owned)
    );
    assert!(all.iter().all(|g| g["language"] != "en"));
    let text = readability_list(dir.path(), Format::Human, Some(date(2026, 11, 21)), &[]).unwrap();
    assert!(text.contains("content/articles/a.easy.md:5:8 「飲」にルビがありません\n    hint: {飲|よみ}"), "{text}");
}
