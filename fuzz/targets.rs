//! Any bytes in where a person's file is expected; nothing out, and a panic where something that always holds does not.
//!
//! Used by libFuzzer (`fuzz_targets/`, see README.md) and by the test suite, which replays `corpus/` and mutates it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "each target is a program of its own; a target that cannot go on should stop"
)]

use otayori::calendar::{Date, date};
use otayori::config::Config;
use otayori::content::{Library, LoadOptions, load};
use otayori::diag::Diagnostics;
use otayori::diag::text::text_of;
use otayori::flyer;
use otayori::markdown::{answer_html, answer_problems};
use otayori::paper::Engine;
use otayori::review::{Record, record};
use otayori::segment::parse::{Known, parse};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Takes any bytes.
type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub const ALL: [(&str, Target); 6] = [
    ("front", front),
    ("markdown", markdown),
    ("segment", segment),
    ("flyer", flyer),
    ("lists", lists),
    ("danger", danger),
];

const TODAY: Date = date(2026, 11, 21);
const FRONT: &str =
    "---\ntitle: 題\nsummary: あ\ntopics: [からだ]\nauthors: [saeki-minori]\nsources: [厚生労働省]\n---\n";

/// Where the program's own folder is, from its tests and from here.
fn house() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    if here.join("otayori.yaml").is_file() { here } else { here.parent().unwrap() }
}

/// A site folder of this thread in which files come and go.
struct City {
    dir: tempfile::TempDir,
    config: Config,
}

thread_local! {
    static CITY: City = City::new();
    static ENGINE: std::sync::Arc<Engine> = Engine::of(&Config::load_with(house(), &|_| None).unwrap()).unwrap();
}

impl City {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::load_with(house(), &|_| None).unwrap();
        config.root = dir.path().to_owned();
        let city = Self { dir, config };
        city.put("content/people.yaml", b"- {id: saeki-minori, name: a, profession: midwife}\n");
        city.put("content/topics.yaml", "- {id: body, title: からだ, summary: 体}\n".as_bytes());
        city.put("segments/late.yaml", "title: 後期\nwhen: {pregnancy_weeks: 28-41}\n".as_bytes());
        city.put("content/articles/netsu.md", (FRONT.to_owned() + "## 原因\n\n{熱|ねつ}です。\n").as_bytes());
        city
    }

    fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The folder with these bytes at these paths; afterwards it is as it was.
    fn with<T>(&self, paths: &[&str], bytes: &[u8], see: impl FnOnce(&Library, &Diagnostics) -> T) -> T {
        let before: Vec<_> = paths.iter().map(|p| std::fs::read(self.dir.path().join(p)).ok()).collect();
        paths.iter().for_each(|p| drop(self.put(p, bytes)));
        let (library, problems) = load(&self.config, &LoadOptions { shift_days: 7, today: TODAY });
        let seen = see(&library, &problems);
        for (path, before) in paths.iter().zip(before) {
            match before {
                Some(bytes) => drop(self.put(path, &bytes)),
                None => std::fs::remove_file(self.dir.path().join(path)).unwrap(),
            }
        }
        seen
    }
}

/// A diagnostic says what and what to do, at a place that the file has.
fn told(problems: &Diagnostics, written: &BTreeMap<String, &[u8]>) {
    for problem in problems.iter() {
        assert!(!problem.message.is_empty() && !problem.hint.is_empty(), "{problem}");
        let Some(bytes) = written.get(&problem.file) else { continue };
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
        // One line below the last: 「この行の下に」 of a file that does not end.
        let lines = text.split('\n').count() as u32 + 1;
        assert!(problem.line <= lines, "{problem}: the file has {lines} lines");
        // Moved dates are as long as before, so places are those of the file.
        let column =
            text.split('\n').nth(problem.line.saturating_sub(1) as usize).map_or(0, |l| l.chars().count() as u32);
        assert!(problem.column <= column + 1, "{problem}: the line has {column} characters");
    }
}

/// Tags that are opened are closed, in order, and none but ours are there.
pub fn balanced(html: &str) {
    const EMPTY: [&str; 7] = ["br", "hr", "img", "input", "wbr", "path", "circle"];
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').unwrap_or_else(|| panic!("`<` without `>`: {html}"));
        let name = inside.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or_default();
        assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()), "no tag: <{inside}> in {html}");
        assert!(!["script", "style", "iframe", "object", "form"].contains(&name), "not ours: {html}");
        assert!(
            !inside.split('"').step_by(2).any(|outside| outside.split_whitespace().any(|word| word.starts_with("on"))),
            "<{inside}>"
        );
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{html}");
        } else if !inside.ends_with('/') && !EMPTY.contains(&name) {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "{html}");
}

/// A whole file with front matter: an article, its English version, a bulletin, a page; and the review that is written
/// into it.
pub fn front(bytes: &[u8]) {
    let paths = [
        "content/articles/strange.md",
        "content/articles/netsu.en.md",
        "content/bulletins/strange.md",
        "content/pages/strange.md",
    ];
    CITY.with(|city| {
        city.with(&paths, bytes, |library, problems| {
            told(problems, &paths.iter().map(|p| ((*p).to_owned(), bytes)).collect());
            let versions = library
                .articles
                .values()
                .flat_map(|a| a.versions.values())
                .chain(library.pages.values().flat_map(|p| p.versions.values()));
            for version in versions {
                balanced(&version.title_html);
                assert!(version.minutes >= 1);
            }
        });
    });
    if let Ok(text) = std::str::from_utf8(bytes) {
        let review = Record {
            by: Some("takase-wataru".into()),
            on: Some(TODAY),
            next: Some(date(2027, 11, 20)),
            body: "0123456789abcdef".into(),
            signed: Some("p1-0123456789ab".into()),
        };
        if let Ok(edited) = record(text, &review) {
            assert!(edited.contains("takase-wataru"));
            assert_eq!(record(&edited, &review).as_ref(), Ok(&edited), "a second time it is written already");
        }
    }
}

/// The body of an article, and the same text as an answer of the desk.
pub fn markdown(bytes: &[u8]) {
    let file = [FRONT.as_bytes(), bytes].concat();
    let path = "content/articles/strange.md";
    CITY.with(|city| {
        city.with(&[path], &file, |library, problems| {
            told(problems, &BTreeMap::from([(path.to_owned(), file.as_slice())]));
            let Some(article) = library.articles.get("strange") else { return };
            let body = &article.versions["ja"].body;
            for html in [&body.html, &body.gist_html, &body.lead_html, &body.footnotes_html] {
                balanced(html);
            }
            body.headings.iter().for_each(|h| balanced(&h.html));
            assert!(
                !body.html.contains(['\u{E000}', '\u{E001}', '\u{E002}'])
                    || file.windows(3).any(|w| w.starts_with(&[0xEE, 0x80])),
                "marks of ours were left"
            );
            if let Ok(answer) = std::str::from_utf8(bytes) {
                balanced(&answer_html(answer, library));
                answer_problems(answer, library);
            }
        });
    });
}

/// A rule: the same one comes out twice, and its places are in the file.
pub fn segment(bytes: &[u8]) {
    let Ok(text) = text_of(bytes) else { return };
    let known = Known { areas: vec!["north".into(), "bay".into()], languages: vec!["ja".into(), "en".into()] };
    let read = |problems: &mut Diagnostics| parse("strange", "segments/strange.yaml", &text, &known, problems);
    let mut problems = Diagnostics::new();
    let rule = read(&mut problems);
    told(&problems, &BTreeMap::from([("segments/strange.yaml".to_owned(), bytes)]));
    assert!(rule.is_some() || problems.has_errors(), "nothing came out and nothing was said");
    assert_eq!(format!("{rule:?}"), format!("{:?}", read(&mut Diagnostics::new())));
}

/// A flyer; one that can be read is laid out in every size.
pub fn flyer(bytes: &[u8]) {
    let path = "content/flyers/strange.md";
    CITY.with(|city| {
        city.with(&[path], bytes, |library, problems| {
            told(problems, &BTreeMap::from([(path.to_owned(), bytes)]));
            let wrong = problems.iter().any(|p| p.file == path && p.severity == otayori::diag::Severity::Error);
            assert!(library.flyers.contains_key("strange") || wrong, "nothing came out and nothing was said");
            if !wrong {
                let laid_out = ENGINE.with(|engine| flyer::check(&city.config, library, engine));
                told(&laid_out, &BTreeMap::from([(path.to_owned(), bytes)]));
            }
        });
    });
}

/// Any of the lists that editors keep.
pub fn lists(bytes: &[u8]) {
    CITY.with(|city| {
        for path in [
            "content/topics.yaml",
            "content/people.yaml",
            "content/contacts.yaml",
            "content/glossary.yaml",
            "content/brands.yaml",
            "content/images/credits.yaml",
            "content/triage.yaml",
        ] {
            city.with(&[path], bytes, |library, problems| {
                told(problems, &BTreeMap::from([(path.to_owned(), bytes)]));
                library.articles.values().flat_map(|a| a.versions.values()).for_each(|v| balanced(&v.body.html));
            });
        }
    });
}

/// A file of `content/danger/` (which of them its length says), and the same text as somebody's message.
pub fn danger(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let names = ["concepts.txt", "rules.txt", "steps.tsv", "words.ja.txt", "words.vi.txt", "examples.ja.tsv"];
    let name = names[bytes.len() % names.len()];
    // The first lines of the other files are enough beside the one that is strange.
    let few = |t: &str| t.lines().take(12).collect::<Vec<_>>().join("\n");
    let texts = otayori::danger::own()
        .into_iter()
        .map(|(n, t)| {
            if n == name {
                (n, text.to_owned())
            } else {
                let t = few(&t);
                (n, t)
            }
        })
        .collect();
    let (data, problems) = otayori::danger::Data::read(&texts);
    for problem in problems.iter().filter(|p| p.file == name) {
        assert!(!problem.message.is_empty() && !problem.hint.is_empty(), "{problem:?}");
        assert!(problem.line as usize <= text.lines().count().max(1), "{problem:?}");
    }
    let detector = otayori::danger::Detector {
        data,
        model: otayori::danger::Model::none(),
        thresholds: otayori::danger::Thresholds::default(),
    };
    assert!(
        detector
            .signs("生後2か月で38.5度、死にたい。no fever, không thở", &Default::default())
            .iter()
            .all(|s| !s.word.is_empty())
    );
    for sign in otayori::danger::signs(text, &Default::default()) {
        assert_eq!(text.get(sign.at.clone()), Some(sign.word.as_str()));
    }
}
