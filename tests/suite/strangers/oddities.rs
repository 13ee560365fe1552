//! Oddities of Japanese Markdown as files: each `tests/fixtures/markdown/*.md` is a body, `*.html` beside it what the
//! page gets and what is said.

use super::fuzz::targets::balanced;
use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use std::path::Path;

/// The parts of the rendered body with their names, and the diagnostics.
fn rendered(body: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("content/people.yaml", "- {id: a, name: a, profession: midwife}\n");
    put("content/topics.yaml", "- {id: body, title: からだ, summary: 体}\n");
    let front = "---\ntitle: 題\nsummary: あ\ntopics: [からだ]\nauthors: [a]\nsources: [市]\n---\n";
    put("content/articles/odd.md", &format!("{front}{body}"));
    put("content/articles/netsu.md", &format!("{front}熱です。\n"));
    let mut config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &|_| None).unwrap();
    config.root = dir.path().to_owned();
    let (library, problems) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    let body = &library.articles["odd"].versions["ja"].body;
    let mut out = String::new();
    for (name, html) in
        [("まとめ", &body.gist_html), ("おたより", &body.lead_html), ("本文", &body.html), ("注", &body.footnotes_html)]
    {
        balanced(html);
        if !html.is_empty() {
            out.push_str(&format!("<!-- {name} -->\n{}\n", without_drawings(html).trim_end()));
        }
    }
    let said: Vec<String> =
        problems.sorted().iter().map(|p| p.to_string().replace("content/articles/odd.md:", "")).collect();
    if !said.is_empty() {
        out.push_str(&format!("<!-- 知らせ\n{}\n-->\n", said.join("\n")));
    }
    out
}

/// The HTML without its drawings.
fn without_drawings(html: &str) -> String {
    let mut parts = html.split("<svg");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once("</svg>").unwrap().1)
}

/// `UPDATE_EXPECTED=1` writes the expected files anew, to be read before they are committed.
#[test]
fn oddities_of_markdown_read_as_they_were_meant() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/markdown");
    let mut cases: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "md"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 12);
    let mut wrong = Vec::new();
    for case in cases {
        let found = rendered(&std::fs::read_to_string(&case).unwrap());
        let file = case.with_extension("html");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&file, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- found\n{found}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
