//! A folder as strangers bring it in: posts of other generators, files of other programs, texts that nobody would
//! write, names that no address can have, things that are no files. It is checked and built by the real program: never
//! a panic, never minutes; each file is a page or a diagnostic.

use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use otayori::engine::new;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than this is `minutes`, for a build that is not optimised, beside other tests.
const PATIENCE: Duration = Duration::from_secs(400);

/// Front matter that is right.
const FRONT: &str = "---\ntitle: よその記事\nsummary: よそから来た記事です。\ntopics: [からだ]\nauthors: [midwife-1]\n\
    sources: [見本]\n---\n";

/// Whole files: what other programs make of an article.
fn posts() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let utf16 = |text: &str| {
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>()
    };
    vec![
        (
            "toml-fence.md",
            text(
                "+++\ntitle = \"つわり\"\ndate = 2023-01-05T10:00:00+09:00\n[params]\nauthor = \"佐伯\"\n+++\n\n\
                 本文です。\n",
            ),
        ),
        ("json-fence.md", text("{\n  \"title\": \"つわり\",\n  \"date\": \"2023-01-05\"\n}\n\n本文です。\n")),
        (
            "2023-01-05-jekyll.md",
            text(
                "---\nlayout: post\ntitle: \"つわり\"\ndate: 2023-01-05 10:00:00 +0900\ncategories: [妊娠, からだ]\n\
                 tags: a b c\npermalink: /tsuwari/\npublished: false\n---\n{% include toc.html %}\n\n{% raw %}{{ \
                 site.baseurl }}{% endraw %}\n\n[前の]({% post_url 2022-12-01-mae %})\n{: .note}\n",
            ),
        ),
        (
            "hugo.md",
            text(
                "---\ntitle: つわり\ndate: 2023-01-05T10:00:00+09:00\nlastmod: 2023-02-01T00:00:00Z\ndraft: yes\n\
                 weight: 10\nmenu: {main: {parent: a}}\n---\n{{< figure src=\"a.png\" title=\"図\" >}}\n\n\
                 {{% notice warning %}}\n注意\n{{% /notice %}}\n\n{{< relref \"b.md\" >}}\n",
            ),
        ),
        (
            "shortcodes.md",
            text(&format!(
                "{FRONT}{{{{< figure src=\"a.png\" >}}}}\n\n{{% raw %}}{{{{ site.url }}}}{{% endraw %}}\n\n[[wiki]] と \
                 ![[embed.png]] と :::note\n中\n:::\n\n!!! warning \"注意\"\n    中\n"
            )),
        ),
        ("front-only.md", text("---\ntitle: 題だけ\nsummary: 本文がありません。\n---")),
        ("empty.md", Vec::new()),
        ("spaces.md", text(" \n\t\n　\n")),
        ("fence-only.md", text("---")),
        ("two-fences.md", text("---\n---\n")),
        ("null-values.md", text("---\ntitle:\nsummary: ~\nfor: null\ntopics:\nauthors: []\nreview:\n---\n本文\n")),
        (
            "wrong-types.md",
            text(
                "---\ntitle: [a, b]\nsummary: {a: b}\nfor: 5\ntopics: {a: 1}\nreview: yes\nask: [midwife]\nsources: \
                 true\naliases: 3\n---\n",
            ),
        ),
        (
            "numbers.md",
            text(
                "---\ntitle: 0x1F\nsummary: 1e400\nfor:\n  - pregnancy_weeks: 99999999999999999999-1\n  - child_days: \
                 -5-3\n  - child_years: 0-4294967296\n  - child_months: .inf\n---\n",
            ),
        ),
        (
            "dates.md",
            text(&format!(
                "{}\n{{9999-12-31}} {{0000-00-00}} {{2026-02-30}} {{-001-01-01}}\n",
                FRONT.replace("sources:", "review: {by: midwife-1, on: 9999-12-31, next: 9999-12-31}\nsources:")
            )),
        ),
        ("duplicate-keys.md", text("---\ntitle: 一\ntitle: 二\nsummary: あ\nsummary: い\n---\n")),
        ("tabs.md", text("---\ntitle:\t題\nfor:\n\t- pregnancy_weeks: 5-16\n---\n")),
        (
            "laughs.md",
            text(
                "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c \
                 [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n\
                 f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\ntitle: *a\n---\n",
            ),
        ),
        ("deep-yaml.md", text(&format!("---\ntitle: {}\n---\n", "[".repeat(10_000)))),
        ("deep-flow.md", text(&format!("---\n{}x{}\n---\n", "{a: ".repeat(5_000), "}".repeat(5_000)))),
        ("tagged.md", text("---\ntitle: !!binary aGVsbG8=\nsummary: !ruby/object:Gem::Installer x\n<<: {a: b}\n---\n")),
        (
            "many-keys.md",
            text(&format!("---\n{}title: 題\n---\n", (0..3_000).map(|n| format!("key{n}: {n}\n")).collect::<String>())),
        ),
        (
            "long-value.md",
            text(&format!("---\ntitle: {}\nsummary: {}\n---\n", "長".repeat(60_000), "い".repeat(60_000))),
        ),
        ("crlf.md", text(&format!("\u{FEFF}{FRONT}はじめの行。\n\n## 見出し\n\n- 一\n- 二\n").replace('\n', "\r\n"))),
        ("old-mac.md", text(&format!("{FRONT}はじめの行。\n\n## 見出し\n").replace('\n', "\r"))),
        ("boms.md", text(&format!("\u{FEFF}\u{FEFF}{FRONT}本文\n"))),
        ("utf-16.md", utf16(&format!("{FRONT}本文\n"))),
        ("shift-jis.md", b"---\ntitle: \x82\xC2\x82\xED\x82\xE8\n---\n".to_vec()),
        ("nul.md", text(&format!("{FRONT}本\0文\u{1}\u{8}\u{7F}\u{FFFE}\u{E000}\u{E001}\u{2028}\u{202E}ふ\n"))),
        ("picture.md", vec![0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, b'I', b'H', b'D', b'R']),
        (
            "html.md",
            text(&format!(
                "{FRONT}<script>alert(1)</script>\n\n<div class=\"box\" onclick=\"x()\">\n\n**中**\n\n</div>\n\n\
                 <iframe src=\"//evil.example\"></iframe>\n\n<!-- とじない\n\n<table><tr><td>表\n\n\
                 <style>*{{display:none}}</style>\n\n文の<b onmouseover=\"x\">中</b>の<a \
                 href=\"javascript:alert(1)\">リンク</a>と<img src=x onerror=alert(1)>\n"
            )),
        ),
        (
            "links.md",
            text(&format!(
                "{FRONT}[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.example) [d](../../etc/passwd) \
                 [e](file:///etc/passwd) [f](article:) [g](article:../x) [h](#) [i]() [](x) ![](images/../../x.png) \
                 ![x](/etc/passwd) <https://example.com/日本語?a=「b」>\n"
            )),
        ),
    ]
}

/// Bodies under front matter that is right: too much of one thing.
fn bodies() -> Vec<(&'static str, String)> {
    let numbered = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    vec![
        (
            "thousands-of-links.md",
            numbered(2_000, &|n| format!("- [行き先{n}](https://example.jp/{n}) と [記事](article:hajimete#s{n})\n")),
        ),
        (
            "thousands-of-broken-links.md",
            numbered(1_500, &|n| format!("[ない{n}](article:nai-{n}) ![写真](images/nai-{n}.png)\n\n")),
        ),
        (
            "notes.md",
            numbered(1_500, &|n| format!("文{n}[^{n}]\n\n"))
                + &numbered(1_500, &|n| format!("[^{n}]: 注{n}[^{}]\n", (n + 1) % 1_500)),
        ),
        ("headings.md", numbered(1_000, &|_| "## 同じ見出し\n\n文です。\n\n".into())),
        ("one-line.md", "長い一行の文です。".repeat(2_000)),
        ("one-word.md", "a".repeat(20_000)),
        ("too-large.md", "本文です。\n\n".repeat(50_000)),
        ("one-heading.md", format!("## {}\n", "見出しの文です".repeat(1_000))),
        ("quotes.md", ">".repeat(20_000) + "深い"),
        ("lists.md", numbered(400, &|n| format!("{}- 深さ{n}\n", "  ".repeat(n)))),
        ("brackets.md", "[".repeat(4_000)),
        ("pictures.md", "![".repeat(3_000)),
        ("stars.md", "*a **b ".repeat(1_500)),
        ("stars-beside-brackets.md", "**「".repeat(10_000)),
        ("backticks.md", numbered(200, &|n| "`".repeat(n + 1) + "a")),
        ("braces.md", "{".repeat(8_000)),
        ("ruby.md", "{漢字|かんじ}".repeat(8_000)),
        ("ruby-open.md", "{漢字|".repeat(3_000)),
        ("tags.md", "<a ".repeat(3_000)),
        ("entities.md", "&amp;&#x0;&#1114112;&notanentity;".repeat(3_000)),
        ("wide-table.md", format!("|{}\n|{}\n|{}\n", "列|".repeat(1_000), "-|".repeat(1_000), "値|".repeat(1_000))),
        ("long-table.md", format!("|a|b|\n|-|-|\n{}", "|値|値|\n".repeat(3_000))),
        ("boxes.md", "> [!119]\n> - 呼んでも起きない\n\n> [!なにか] 題\n> 文\n\n".repeat(1_000)),
        (
            "references.md",
            numbered(3_000, &|n| format!("[r{n}]: https://example.jp/{n}\n"))
                + &numbered(3_000, &|n| format!("[文][r{n}] ")),
        ),
        ("numbers-to-call.md", "03-1234-5678 #7119 119 0120-000-000 ".repeat(300)),
        ("joined.md", "👨‍👩‍👧‍👦🇯🇵e\u{301}\u{200D}\u{FE0F}ﾊﾟ\u{3099}".repeat(300)),
        ("rules.md", "---\n".repeat(5_000)),
    ]
}

/// Names that are no addresses.
const NAMES: [&str; 11] = [
    "日本語の名前.md",
    "With Space.md",
    "UPPER.md",
    "a.b.c.md",
    "a.fr.md",
    "-.md",
    "x.markdown",
    "x.txt",
    "写真.png",
    "%2e%2e.md",
    "'quote\".md",
];

/// What a command said and how it ended, if it ended in time.
fn run(root: &Path, arguments: &[&str]) -> Output {
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_otayori"));
    let mut child = command
        .args(arguments)
        .args(["--date", "2026-11-24", "--root"])
        .arg(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, err) = (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{arguments:?} was not done after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let output = Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(status.code(), Some(0 | 1)) && !said.contains("panicked"),
        "{arguments:?}: {status}\n{}",
        said.chars().take(4_000).collect::<String>()
    );
    eprintln!("{arguments:?}: {:.1} s", began.elapsed().as_secs_f64());
    output
}

fn drain(mut pipe: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        pipe.read_to_end(&mut all).unwrap();
        all
    })
}

/// The files that `check` names, with the severities.
fn checked(root: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let output = run(root, &["check", "--format", "json"]);
    let problems: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for problem in problems {
        let text = |key: &str| problem[key].as_str().unwrap().to_owned();
        assert!(!text("message").is_empty() && !text("hint").is_empty(), "{problem}");
        found.entry(text("file")).or_default().insert(text("severity"));
    }
    found
}

/// A small site of our own with a stranger's files in all its folders.
fn strange_city() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    new::create(root, date(2026, 11, 24)).unwrap();
    let put = |path: &str, bytes: &[u8]| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    for folder in ["articles", "bulletins", "pages", "flyers"] {
        for (name, bytes) in posts() {
            put(&format!("content/{folder}/{name}"), &bytes);
        }
        for name in NAMES {
            put(&format!("content/{folder}/{name}"), FRONT.as_bytes());
        }
    }
    for (name, bytes) in posts() {
        put(&format!("segments/{}", name.replace(".md", ".yaml")), &bytes);
    }
    for (name, body) in bodies() {
        put(&format!("content/articles/{name}"), (FRONT.to_owned() + &body).as_bytes());
    }
    put("content/articles/.hidden.md", b"x");
    put("content/articles/backup.md~", b"x");
    things_that_are_no_files(&root.join("content/articles"));
    dir
}

/// Folders, links that lead nowhere or round, devices, pipes: reading some of them never ends.
fn things_that_are_no_files(folder: &Path) {
    use std::os::unix::fs::symlink;
    std::fs::create_dir(folder.join("folder.md")).unwrap();
    std::fs::write(folder.join("folder.md/inside.md"), FRONT).unwrap();
    symlink("hajimete.md", folder.join("linked.md")).unwrap();
    symlink("nowhere.md", folder.join("dangling.md")).unwrap();
    symlink("round.md", folder.join("round.md")).unwrap();
    symlink("..", folder.join("upwards")).unwrap();
    symlink("/dev/zero", folder.join("endless.md")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.md")).status().unwrap().success());
}

#[test]
fn a_strangers_folder_is_told_of_or_built() {
    let dir = strange_city();
    let root = dir.path();
    let found = checked(root);
    let says = |file: &str| found.contains_key(file);
    for name in NAMES.iter().copied().chain([
        "folder.md",
        "dangling.md",
        "round.md",
        "endless.md",
        "pipe.md",
        "too-large.md",
        "utf-16.md",
        "shift-jis.md",
        "picture.md",
        "toml-fence.md",
        "json-fence.md",
    ]) {
        assert!(says(&format!("content/articles/{name}")), "nothing was said of {name}");
    }
    for name in ["crlf.md", "old-mac.md", "linked.md", "hajimete.md"] {
        // Warnings (no review yet, words of the model) it may have.
        let severities = found.get(&format!("content/articles/{name}"));
        assert!(severities.is_none_or(|s| !s.contains("error")), "{name} is as good as any");
    }
    assert!(
        !says("content/articles/.hidden.md") && !says("content/articles/..md") && !says("content/articles/backup.md~")
    );
    run(root, &["build"]);
    assert!(!root.join("public/index.html").exists(), "a folder with mistakes was built");
    run(root, &["check", "--readability"]);

    // What has mistakes goes; what is left is a site, however strange.
    for (file, _) in found.iter().filter(|(_, severities)| severities.contains("error")) {
        let path = root.join(file);
        let gone = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        gone.unwrap_or_else(|e| panic!("{file}: {e}"));
    }
    let left = checked(root);
    assert!(left.values().all(|severities| !severities.contains("error")), "{left:?}");
    // Not everything fits on paper: what does not is told of.
    let printed = run(root, &["build"]);
    let told = String::from_utf8_lossy(&printed.stderr).into_owned();
    assert!(printed.status.code() == Some(1) && told.contains("error: content/articles/wide-table.md:"), "{told}");
    let settings = std::fs::read_to_string(root.join("otayori.yaml")).unwrap();
    std::fs::write(root.join("otayori.yaml"), format!("{settings}\nhandouts: false\n")).unwrap();
    let built = run(root, &["build"]);
    assert_eq!(built.status.code(), Some(0), "{}", String::from_utf8_lossy(&built.stderr));
    let slugs: Vec<String> = bodies()
        .iter()
        .map(|(name, _)| name.trim_end_matches(".md").to_owned())
        .filter(|slug| root.join(format!("content/articles/{slug}.md")).exists())
        .collect();
    assert!(slugs.len() >= 15, "too few are left to be built: {slugs:?}");
    for slug in slugs {
        assert!(root.join(format!("public/articles/{slug}/index.html")).is_file(), "{slug} has no page");
    }
    let html = std::fs::read_to_string(root.join("public/articles/html/index.html")).unwrap();
    assert!(html.contains("&lt;script") && !html.contains("alert(1)</script>"));
}

/// The lists and the settings, too: each of these files in the place of each of them.
#[test]
fn strange_lists_and_settings_are_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    new::create(root, date(2026, 11, 24)).unwrap();
    std::fs::create_dir_all(root.join("content/images")).unwrap();
    let read = || match Config::load_with(root, &|_| None) {
        Ok(config) => load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 24) }).1.has_errors(),
        Err(problems) => problems.has_errors(),
    };
    assert!(!read());
    for list in [
        "otayori.yaml",
        "content/topics.yaml",
        "content/people.yaml",
        "content/contacts.yaml",
        "content/glossary.yaml",
        "content/brands.yaml",
        "content/images/credits.yaml",
    ] {
        let before = std::fs::read(root.join(list)).ok();
        let mut told = 0;
        for (_, bytes) in posts() {
            std::fs::write(root.join(list), &bytes).unwrap();
            told += usize::from(read());
        }
        assert!(told >= posts().len() - 4, "only {told} of {} were told of in {list}", posts().len());
        match before {
            Some(bytes) => std::fs::write(root.join(list), bytes).unwrap(),
            None => std::fs::remove_file(root.join(list)).unwrap(),
        }
    }
    assert!(!read());
}
