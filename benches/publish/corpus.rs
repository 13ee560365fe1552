//! A number of articles in, the same made-up Japanese site as a folder for Otayori and as one for Hugo out; the same
//! number, the same bytes.

use anyhow::Result;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Topics of the corpus; an article has three.
const TOPICS: usize = 42;
/// Links of an article to others.
const LINKS: usize = 3;
/// Bytes of an article's body, about.
const BYTES: usize = 3_800;

const WHO: [&str; 8] = [
    "赤ちゃんは",
    "産後のからだは",
    "お母さんとお父さんは",
    "上の子は",
    "助産師は",
    "小児科医は",
    "家族は",
    "保健師は",
];
const WHEN: [&str; 8] = [
    "夜中の授乳のあとに",
    "生後3か月ごろから",
    "予防接種の次の日に",
    "妊娠24週の健診で",
    "離乳食を始めるころ",
    "37.5〜38℃の熱のあいだ",
    "寒い日の朝に",
    "泣きやまない夕方に",
];
const WHAT: [&str; 8] = [
    "水分を少しずつとり、",
    "無理をせずに横になり、",
    "いつもと違うようすをメモして、",
    "**「いつもと同じか」**を確かめて、",
    "手を洗ってから、",
    "だれかに代わってもらい、",
    "窓口に電話して、",
    "部屋の温度を見て、",
];
const DO: [&str; 8] = [
    "一日のうちに何度か休みます。",
    "次の健診で話してください。",
    "半日ほどようすを見ます。",
    "早めに産院へ電話しましょう。",
    "30分ほどで落ち着くことが多いです。",
    "心配なときは#8000に電話できます。",
    "母子健康手帳に書いておきます。",
    "ひとりで抱えなくてよいことです。",
];
const THEMES: [&str; 12] = [
    "授乳",
    "ねんね",
    "離乳食",
    "予防接種",
    "つわり",
    "発熱",
    "湿疹",
    "うんち",
    "健診",
    "しごと",
    "きょうだい",
    "こころ",
];

/// Steps of a linear congruential generator (Knuth's MMIX): the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }
}

fn topic(n: usize) -> String {
    format!("{}{}", THEMES[n % THEMES.len()], n / THEMES.len() + 1)
}

struct Text {
    title: String,
    summary: String,
    topics: [usize; 3],
    /// With `{link N}` where an article is linked.
    body: String,
}

fn article(n: usize, of: usize) -> Text {
    let mut dice = Dice(n as u64 + 1);
    let title = format!(
        "{}の{}について（{n}）",
        topic(dice.roll(TOPICS)),
        dice.pick(&["はじめかた", "困ったとき", "よくある質問", "目安", "準備"])
    );
    let summary = format!("{}{}", dice.pick(&WHEN), dice.pick(&DO));
    let first = dice.roll(TOPICS);
    let topics = [
        first,
        (first + 1 + dice.roll(TOPICS / 2 - 1)) % TOPICS,
        (first + TOPICS / 2 + dice.roll(TOPICS / 2 - 1)) % TOPICS,
    ];
    let mut body = String::with_capacity(BYTES + 400);
    let mut section = 0;
    while body.len() < BYTES {
        if section > 0 {
            let _ = write!(
                body,
                "## {}の{}\n\n",
                topic(dice.roll(TOPICS)),
                dice.pick(&["目安", "ようす", "しかた", "準備"])
            );
        }
        for _ in 0..2 {
            for _ in 0..3 {
                let _ = write!(body, "{}{}{}{}", dice.pick(&WHEN), dice.pick(&WHO), dice.pick(&WHAT), dice.pick(&DO));
            }
            body.push_str("\n\n");
        }
        for _ in 0..3 {
            let _ = writeln!(body, "- {}{}", dice.pick(&WHAT), dice.pick(&DO));
        }
        body.push('\n');
        if section < LINKS {
            let _ = write!(body, "くわしくは{{link {}}}へ。\n\n", dice.roll(of));
        }
        section += 1;
    }
    Text { title, summary, topics, body }
}

/// Puts the links in.
fn linked(body: &str, link: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(body.len() + 100);
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once("{link ") {
        let (number, after) = behind.split_once('}').unwrap_or((behind, ""));
        out.push_str(before);
        out.push_str(&link(number.parse().unwrap_or_default()));
        rest = after;
    }
    out + rest
}

/// A site folder for Otayori with the theme at `themes`.
pub fn otayori(folder: &Path, articles: usize, themes: &Path) -> Result<()> {
    let content = folder.join("content");
    for below in ["articles", "bulletins", "pages", "flyers"] {
        fs::create_dir_all(content.join(below))?;
    }
    fs::create_dir_all(folder.join("segments"))?;
    copy(themes, &folder.join("themes"))?;
    fs::write(
        folder.join("otayori.yaml"),
        "title: おたより\ncity: 見本市\noffice: 母子保健係\ntel: 0000-00-0000\nhours: 平日\npublic_url: \
         https://example.jp\nlanguages: [ja]\nhandouts: false\napi: false\n\
         web_push:\n  contact: mailto:a@example.jp\nconsent:\n  version: \"2026-01-01\"\n",
    )?;
    let topics: String =
        (0..TOPICS).map(|n| format!("- {{id: t{n}, title: {}, summary: {}のこと。}}\n", topic(n), topic(n))).collect();
    fs::write(content.join("topics.yaml"), topics)?;
    fs::write(
        content.join("people.yaml"),
        "- \
         {id: a, name: 佐伯みのり, kana: さえきみのり, profession: 助産師, licence: 助産師免許, affiliation: 見本市, bio: 見本です。, conflicts: ありません}\n",
    )?;
    fs::write(content.join("contacts.yaml"), "[]\n")?;
    for n in 0..articles {
        let text = article(n, articles);
        let window = match n % 3 {
            0 => format!("pregnancy_weeks: {0}-{0}", 4 + n / 3 % 38),
            1 => format!("child_months: {0}-{0}", n / 3 % 12),
            _ => format!("child_years: {0}-{0}", 1 + n / 3 % 6),
        };
        let [a, b, c] = text.topics.map(topic);
        let body = linked(&text.body, |to| format!("[関係する記事](article:a{to:05})"));
        fs::write(
            content.join("articles").join(format!("a{n:05}.md")),
            format!(
                "---\ntitle: {}\nsummary: {}\nfor:\n  - {window}\ntopics: [{a}, {b}, {c}]\nauthors: [a]\nreview: {{by: \
                 a, on: 2026-10-01, next: 2027-09-30}}\nsources:\n  - 見本\n---\n{body}",
                text.title, text.summary
            ),
        )?;
    }
    Ok(())
}

/// The same for Hugo: pages, paginated topics, sitemap, feed, a layout of the same parts.
pub fn hugo(folder: &Path, articles: usize) -> Result<()> {
    for below in ["content/articles", "layouts/_default", "layouts/partials"] {
        fs::create_dir_all(folder.join(below))?;
    }
    fs::write(
        folder.join("config.toml"),
        "baseURL = \"https://example.jp/\"\nlanguageCode = \"ja\"\ntitle = \"おたより\"\npaginate = 20\nhasCJKLanguage \
         = true\ndisableKinds = [\"section\"]\n\
         [taxonomies]\ntopic = \"topics\"\n[markup.goldmark.renderer]\nunsafe = true\n[outputs]\nhome = \
         [\"HTML\", \"RSS\"]\nterm = [\"HTML\"]\ntaxonomy = [\"HTML\"]\n",
    )?;
    let layouts = folder.join("layouts/_default");
    fs::write(layouts.join("baseof.html"), BASE)?;
    fs::write(layouts.join("single.html"), SINGLE)?;
    fs::write(layouts.join("term.html"), TERM)?;
    fs::write(
        layouts.join("taxonomy.html"),
        "{{ define \"main\" }}<main><h1>{{ .Title }}</h1><ul>{{ range .Pages }}<li><a href=\"{{ .RelPermalink }}\">{{ \
         .Title }}</a></li>{{ end }}</ul></main>{{ end }}",
    )?;
    fs::write(
        folder.join("layouts/index.html"),
        "{{ define \"main\" }}<main><h1>{{ .Site.Title }}</h1><ul>{{ range first 20 .Site.RegularPages }}<li><a \
         href=\"{{ .RelPermalink }}\">{{ .Title }}</a></li>{{ end }}</ul></main>{{ end }}",
    )?;
    for n in 0..articles {
        let text = article(n, articles);
        let [a, b, c] = text.topics.map(topic);
        let body = linked(&text.body, |to| format!("[関係する記事](/articles/a{to:05}/)"));
        fs::write(
            folder.join(format!("content/articles/a{n:05}.md")),
            format!(
                "---\ntitle: \"{}\"\nsummary: \"{}\"\ndate: 2026-10-01\ntopics: [\"{a}\", \"{b}\", \"{c}\"]\n---\n\
                 {body}",
                text.title, text.summary
            ),
        )?;
    }
    Ok(())
}

const BASE: &str = r##"<!doctype html><html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ .Title }}｜{{ .Site.Title }}</title>
{{ with .Summary }}<meta name="description" content="{{ . }}">{{ end }}<link rel="stylesheet" href="/style.css"></head><body>
<a class="skip" href="#main">本文へ</a><header><a href="/">{{ .Site.Title }}</a><nav><ul><li><a href="/">読みもの</a></li><li><a href="/bulletins/">お知らせ</a></li><li><a href="/ask">質問する</a></li><li><a href="/me">マイページ</a></li></ul></nav></header>
{{ block "main" . }}{{ end }}
<footer><ul><li><a href="/">読みもの</a></li><li><a href="/contacts/">急ぐとき</a></li><li><a href="/people/">書いている人</a></li></ul><p>見本市 母子保健係</p></footer></body></html>"##;
const SINGLE: &str = r#"{{ define "main" }}<main id="main"><article><h1>{{ .Title }}</h1><p>読むのに{{ .ReadingTime }}分</p>{{ .TableOfContents }}{{ .Content }}
<dl><dt>書いた人</dt><dd>佐伯みのり（助産師）</dd><dt>最終監修日</dt><dd>{{ .Date.Format "2006年1月2日" }}</dd></dl>
<ul>{{ range .GetTerms "topics" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>
{{ $related := first 4 (where (index (.GetTerms "topics") 0).Pages "RelPermalink" "ne" .RelPermalink) }}<h2>続けて読む</h2><ul>{{ range $related }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a><p>{{ .Summary }}</p></li>{{ end }}</ul></article></main>{{ end }}"#;
const TERM: &str = r#"{{ define "main" }}<main id="main"><h1>{{ .Title }}</h1>{{ range .Paginator.Pages }}<section><h2><a href="{{ .RelPermalink }}">{{ .Title }}</a></h2><p>{{ .Summary }}</p></section>{{ end }}{{ template "_internal/pagination.html" . }}</main>{{ end }}"#;

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}
