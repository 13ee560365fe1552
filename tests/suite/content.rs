//! Authors' mistakes with the exact words they get, and what a whole site folder becomes.

#![cfg(test)]

use otayori::calendar::{Date, date};
use otayori::cli::check::{Format, report};
use otayori::config::Config;
use otayori::content::{Library, LoadOptions, load};
use otayori::diag::Diagnostics;
use otayori::markdown::answer_html;
use std::path::{Path, PathBuf};

const TODAY: Date = date(2026, 11, 21);

/// Reads a folder with the repository's own settings.
fn read(root: &Path, shift_days: i32) -> (Library, Diagnostics) {
    let mut config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &|_| None).unwrap();
    config.root = root.to_owned();
    load(&config, &LoadOptions { shift_days, today: TODAY })
}

fn shown(problems: Diagnostics) -> String {
    problems.sorted().iter().map(|p| format!("{p}\n")).collect()
}

/// Each folder of `tests/fixtures/bad` is a small site; `expected.txt` in it holds its diagnostics, word by word.
/// `UPDATE_EXPECTED=1` writes them anew, to be read before they are committed.
#[test]
fn mistakes_are_told_word_by_word() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 8);
    for case in cases {
        let found = shown(read(&case, 0).1);
        let file = case.join("expected.txt");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&file, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == expected, "{}\n--- expected\n{expected}--- found\n{found}", case.display());
    }
}

/// A site folder with these articles beside two people and two topics.
fn city(articles: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put(
        "content/people.yaml",
        "- {id: saeki-minori, name: 佐伯みのり, profession: 助産師}\n- \
         {id: takase-wataru, name: 高瀬 航, profession: obstetrician}\n",
    );
    put("content/topics.yaml", "- {id: body, title: からだ, summary: 体}\n");
    for (path, text) in articles {
        put(path, text);
    }
    dir
}

const FRONT: &str =
    "title: つわり（{2026-12-08}）\nsummary: あ\ntopics: [からだ]\nauthors: [saeki-minori]\nsources: [厚生労働省]\n";

/// The body of an article with this text, and its problems.
fn body(markdown: &str) -> (otayori::content::Body, String) {
    let dir = city(&[
        ("content/articles/tsuwari.md", &format!("---\n{FRONT}---\n{markdown}")),
        ("content/articles/netsu.md", &format!("---\n{FRONT}---\n## 原因\n")),
    ]);
    let (library, problems) = read(dir.path(), 0);
    (library.articles["tsuwari"].versions["ja"].body.clone(), shown(problems))
}

/// HTML of a text that has nothing wrong with it.
fn html(markdown: &str) -> String {
    let (body, problems) = body(markdown);
    assert_eq!(problems, "", "{markdown}");
    body.html.clone()
}

/// What bites when Japanese is written in CommonMark; each line is a trap that somebody fell into.
#[test]
fn japanese_reads_as_it_was_meant() {
    for (markdown, expected) in [
        ("**「太字」**です", "<p><strong>「太字」</strong>です</p>"),
        ("これは**（注意）**と**5%**以上。", "<p>これは<strong>（注意）</strong>と<strong>5%</strong>以上。</p>"),
        (
            "**{妊娠悪阻|にんしんおそ}**という",
            "<p><strong><ruby>妊娠悪阻<rp>（</rp><rt>にんしんおそ</rt><rp>）</rp></ruby></strong>という</p>",
        ),
        (
            "**38℃**で、**#7119**へ。**「A」**。**「B」**",
            "<p><strong>38℃</strong>で、<strong>#7119</strong>へ。<strong>「A」</strong>。<strong>「B」</strong></p>",
        ),
        ("~~（前の文）~~は消しました", "<p><del>（前の文）</del>は消しました</p>"),
        ("~5日~から37~38℃、10〜20分", "<p>~5日~から37~38℃、10〜20分</p>"),
        ("$500、上限$1,000です", "<p>$500、上限$1,000です</p>"),
        (
            "日本語の文を\n途中で折る。\nEnglish words\nbroken too",
            "<p>日本語の文を途中で折る。English words\nbroken too</p>",
        ),
        ("**太字**\nのあと", "<p><strong>太字</strong>のあと</p>"),
        ("`{a|b} **「x」** ~5~`", "<p><code>{a|b} **「x」** ~5~</code></p>"),
        ("snake_case_name と 2*3*4", "<p>snake_case_name と 2<em>3</em>4</p>"),
        (
            "{2026-12-08}と{2027-01-01}",
            "<p><time datetime=\"2026-12-08\">12月8日（火）</time>と<time datetime=\"2027-01-01\">1月1日（金）\
             </time></p>",
        ),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"),
        (
            "- [ ] 母子健康手帳\n- [x] 保険証",
            "<ul class=\"tasks\">\n<li><label><input type=\"checkbox\"> 母子健康手帳</label></li>\n<li><label><input \
             type=\"checkbox\" checked> 保険証</label></li>\n</ul>",
        ),
        (
            "## {熱|ねつ}がある {#netsu}\n[上](#netsu)",
            "<h2 id=\"netsu\"><ruby>熱<rp>（</rp><rt>ねつ</rt><rp>）</rp></ruby>が<wbr>ある</h2>\n<p><a \
             href=\"#netsu\">上</a></p>",
        ),
        (
            "## {2026-12-08}の会",
            "<h2 id=\"12月8日-火-の会\"><time datetime=\"2026-12-08\">12月8日（火）</time>の<wbr>会</h2>",
        ),
        ("## 同じ\n## 同じ\n## c1", "<h2 id=\"同じ\">同じ</h2>\n<h2 id=\"同じ-2\">同じ</h2>\n<h2 id=\"s-c1\">c1</h2>"),
        (
            "[よその原因](article:netsu#原因)と<https://www.example.jp/a?b=1&c=2>",
            "<p><a href=\"/articles/netsu/#原因\">よその原因</a>と<a \
             href=\"https://www.example.jp/a?b=1&amp;c=2\">https://www.example.jp/a?b=1&amp;c=2</a></p>",
        ),
        ("[#7119](tel:#7119)", "<p><a href=\"tel:%237119\">#7119</a></p>"),
        ("文です<!-- 編集者へ: 後で直す -->。", "<p>文です。</p>"),
    ] {
        assert_eq!(html(markdown), expected, "{markdown}");
    }
}

#[test]
fn boxes_tables_and_notes() {
    let markdown = "> [!まとめ]\n> - 水分を\n\nはじめ。[^b]\n\nつづき。\n\nみっつめ。\n\n## 目安\n\n> [!119]\n> - \
        呼んでも起きない\n\n> [!今日] 産院へ**電話**\n> 朝を\n> 待たずに。\n\n\
        | 名前 | {量|りょう} |\n|---|---:|\n| 水 | 1[^a] |\n\n[^a]: あとの注[^b]。\n[^b]: さきの注。\n";
    let (body, problems) = body(markdown);
    assert_eq!(problems, "");
    assert_eq!(
        body.gist_html,
        "<section class=\"sheet gist\" aria-labelledby=\"g\"><h2 id=\"g\">まず、これだけ</h2><ul>\n<li>水分を</li>\n\
         </ul></section>"
    );
    assert_eq!(body.lead_html, "<p>はじめ。</p>\n<p>つづき。</p>");
    let icons = without_drawings(&body.html);
    assert_eq!(
        icons,
        "<p>はじめ。<sup><a href=\"#f1\" id=\"r1\" aria-label=\"注1\">1</a></sup></p>\n<p>つづき。</p>\n<p>みっつめ。\
         </p>\n<h2 id=\"目安\">目安</h2>\n\
         <section class=\"care now\" aria-labelledby=\"c1\"><h3 id=\"c1\">すぐに119番へ</h3><div><ul>\n\
         <li>呼んでも起きない</li>\n</ul><a class=\"btn call\" href=\"tel:119\">119に電話する</a></div></section>\n\
         <section class=\"care today\" aria-labelledby=\"c2\"><h3 id=\"c2\">産院へ<strong>電話</strong></h3><div><p>朝\
         を待たずに。</p></div></section>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"表：目安\"><table><thead><tr><th \
         scope=\"col\">名前</th><th scope=\"col\" class=\"n\"><ruby>量<rp>（</rp><rt>りょう</rt><rp>）\
         </rp></ruby></th></tr></thead><tbody>\n\
         <tr><td>水</td><td class=\"n\">1<sup><a href=\"#f2\" id=\"r2\" aria-label=\"注2\">2</a></sup></td></tr>\n\
         </tbody></table></div>"
    );
    assert_eq!(
        body.footnotes_html,
        "<li id=\"f1\">さきの注。<a href=\"#r1\" aria-label=\"注1の本文へ戻る\">↩</a></li>\n<li \
         id=\"f2\">あとの注<sup><a href=\"#f1\" id=\"r1-2\" aria-label=\"注1\">1</a></sup>。<a href=\"#r2\" \
         aria-label=\"注2の本文へ戻る\">↩</a></li>\n"
    );
    assert_eq!((body.headings.len(), body.minutes), (1, 1));
}

/// The HTML without its drawings.
fn without_drawings(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<svg") {
        out.push_str(before);
        rest = after.split_once("</svg>").unwrap().1;
    }
    out + rest
}

#[test]
fn versions_link_to_their_own_language() {
    let dir = city(&[
        ("content/articles/a.md", &format!("---\n{FRONT}---\n[b](article:b) [c](article:c) [夜](page:night)")),
        (
            "content/articles/a.en.md",
            "---\ntitle: A on {2026-12-08}\nsummary: a\n---\n[b](article:b) [c](article:c) [here](page:contacts)",
        ),
        ("content/articles/b.md", &format!("---\n{FRONT}---\nb")),
        ("content/articles/b.en.md", "---\ntitle: B\nsummary: b\n---\nb"),
        ("content/articles/c.md", &format!("---\n{FRONT}---\nc")),
    ]);
    let (library, problems) = read(dir.path(), 7);
    assert_eq!(shown(problems), "");
    let a = &library.articles["a"];
    assert_eq!(a.versions["ja"].title, "つわり（12月15日（火））");
    assert_eq!(a.versions["en"].title, "A on Tue 15 Dec");
    assert_eq!(
        a.versions["ja"].body.html,
        "<p><a href=\"/articles/b/\">b</a> <a href=\"/articles/c/\">c</a> <a href=\"/night/\">夜</a></p>"
    );
    assert_eq!(
        a.versions["en"].body.html,
        "<p><a href=\"/articles/b/en/\">b</a> <a href=\"/articles/c/\">c</a> <a href=\"/contacts/\">here</a></p>"
    );
}

/// All dates move by the same days; `review` too, so that a shifted sample has nothing that ran out.
#[test]
fn dates_move_together() {
    let bulletin =
        "---\ntitle: a\nsummary: a\npublish: 2026-11-18\nuntil: 2026-12-12\non: 2026-12-12\n---\n{2026-12-12}\n";
    let article = format!("---\n{FRONT}review: {{by: takase-wataru, on: 2026-10-03, next: 2027-10-02}}\n---\na");
    let body = otayori::content::marks::mark_of(&article, Vec::new()).unwrap();
    let article = article.replace("2027-10-02}", &format!("2027-10-02, body: {body}}}"));
    let dir = city(&[
        ("content/bulletins/b.md", bulletin),
        ("content/articles/a.md", &article),
        (
            "content/contacts.yaml",
            "- \
             {id: a, number: \"119\", title: a, when: a, hours: a, open: [{days: weekdays, from: \"19:30\", to: \"08:00\"}], kind: danger, checked: 2026-11-02}\n",
        ),
    ]);
    let (library, problems) = read(dir.path(), 364);
    assert_eq!(
        shown(problems),
        "warning: content/articles/a.md:7:33 監修日（2027-10-02）が、まだ来ていません\n  hint: その日まで、\
         おたよりでは送りません\n\
        warning: content/contacts.yaml:1:132 確かめた日（2027-11-01）が、まだ来ていません\n  hint: \
        かけて確かめた日を書いてください。先の日では、番号が古くなったことに気づけません\n"
    );
    let bulletin = &library.bulletins["b"];
    assert_eq!(
        (bulletin.publish, bulletin.until, bulletin.on),
        (date(2027, 11, 17), Some(date(2027, 12, 11)), Some(date(2027, 12, 11)))
    );
    assert!(bulletin.versions["ja"].body.html.contains("2027-12-11"));
    assert_eq!(library.contacts[0].checked, date(2027, 11, 1));
    assert_eq!((library.contacts[0].open[0].from, library.contacts[0].open[0].to), (19 * 60 + 30, 32 * 60));
}

#[test]
fn pictures_keep_their_size() {
    let dir =
        city(&[("content/articles/a.md", &format!("---\n{FRONT}---\n![抱き方](images/daki.png \"たて抱き\")\n"))]);
    std::fs::create_dir_all(dir.path().join("content/images")).unwrap();
    image::RgbImage::new(30, 20).save(dir.path().join("content/images/daki.png")).unwrap();
    assert_eq!(
        shown(read(dir.path(), 0).1),
        "warning: content/articles/a.md:8:1 写真 `images/daki.png` の出典と、使ってよい条件がありません\n  hint: \
         content/images/credits.yaml に `- {file: daki.png, source: 作った人, licence: 使ってよい条件}` \
         を足してください\n"
    );
    std::fs::write(
        dir.path().join("content/images/credits.yaml"),
        "- {file: daki.png, source: 市, licence: CC BY 4.0}\n",
    )
    .unwrap();
    let (library, problems) = read(dir.path(), 0);
    assert_eq!(shown(problems), "");
    let body = &library.articles["a"].versions["ja"].body;
    let img = "<img src=\"/images/daki.png\" alt=\"抱き方\" width=\"30\" height=\"20\" loading=\"lazy\" \
        data-image=\"images/daki.png\">";
    assert_eq!(body.html, format!("<figure>{img}<figcaption>たて抱き</figcaption></figure>"));
    assert_eq!(body.images, ["images/daki.png"]);
}

#[test]
fn answers_link_only_to_what_is_safe() {
    let (library, _) = read(city(&[("content/articles/a.md", &format!("---\n{FRONT}---\na"))]).path(), 0);
    let answer = "水分を**「少しずつ」**で。<script>alert(1)</script>\n\n[記事](article:a) [ない](article:b) \
        [x](javascript:alert(1)) [y](/desk) [z](https://example.jp/) ![i](images/x.png)\n\n> [!119] すぐに119番へ\n> - \
        けいれん";
    let html = without_drawings(&answer_html(answer, &library));
    let prefix = html.split_once("aria-labelledby=\"").unwrap().1.split_once("c1").unwrap().0.to_owned();
    assert_eq!(
        html.replace(&prefix, ""),
        "<p>水分を<strong>「少しずつ」</strong>で。&lt;script&gt;alert(1)&lt;/script&gt;</p>\n<p><a \
         href=\"/articles/a/\">記事</a> ない x y <a href=\"https://example.jp/\">z</a> i</p>\n\
         <section class=\"care now\" aria-labelledby=\"c1\"><h3 id=\"c1\">すぐに<a \
         href=\"tel:119\">119</a>番へ</h3><div><ul>\n<li>けいれん</li>\n</ul><a class=\"btn call\" \
         href=\"tel:119\">119に電話する</a></div></section>"
    );
}

/// Nobody writes this; the program must not fall over all the same.
#[test]
fn deep_nesting_is_flattened() {
    for unit in [">", "- ", "[", "![", "*a **b ", "{", "| ", "1. ", "<div>", "~~", "[^1]: "] {
        let text = unit.repeat(3000);
        body(&format!("{text}a\n"));
        body(&format!("---\n{text}"));
    }
}

#[test]
fn check_prints_for_people_and_machines() {
    let dir = city(&[(
        "content/articles/a.md",
        "---\ntitle: 題\nsumary: あ\nsummary: い\ntopics: [からだ, 食べ]\nauthors: [saeki-minori]\nsources: \
         [厚生労働省]\n---\na",
    )]);
    let settings = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("otayori.yaml")).unwrap();
    std::fs::write(dir.path().join("otayori.yaml"), settings).unwrap();
    let (text, failed) = report(dir.path(), Format::Human, Some(TODAY)).unwrap();
    assert!(failed);
    assert_eq!(
        text.matches(
            "error: themes/default テーマにテンプレートがありません\n  hint: otayori.yaml の theme: を確かめるか"
        )
        .count(),
        1,
        "{text}"
    );
    std::os::unix::fs::symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes"), dir.path().join("themes"))
        .unwrap();
    let (text, failed) = report(dir.path(), Format::Human, Some(TODAY)).unwrap();
    assert!(failed);
    insta::assert_snapshot!(text, @r"
    error: content/articles/a.md:3:1 `sumary` という項目はありません
      hint: 「summary」のことですか
      3 | sumary: あ
        | ^

    error: content/articles/a.md:5:15 分野 `食べ` が content/topics.yaml にありません
      hint: content/topics.yaml にあるもの: からだ
      5 | topics: [からだ, 食べ]
        |                  ^

    error: content/contacts.yaml 急ぐときの連絡先が、1つもありません
      hint: 119 などの番号は、どの市にも要ります。フォルダがつながっているか（マウント）を確かめるか、`otayori new` が別の所に作るフォルダから写してください

    warning: content/danger/review.yaml 危険のしるしのことばと例の文は、まだ専門職の監修を受けていません
      hint: 産婦人科医・小児科医・助産師・相談員に見てもらい、`otayori danger review --by 監修者の id` で記録してください（docs/危険のしるし.md）

    error: content/pages ページ（個人情報の取り扱いなど）が、1つもありません
      hint: 登録のページから、ここにリンクしています。フォルダがつながっているか（マウント）を確かめるか、`otayori new` が別の所に作るフォルダから写してください

    warning: content/triage.yaml 受診の目安の表（content/triage.yaml）がありません。プログラムの中の表を使います
      hint: `otayori new` が作るフォルダの content/triage.yaml を写し、市の医師に見てもらってください

    error: segments だれに届けるか（segments/*.yaml）が、1つもありません
      hint: お知らせが、だれにも届きません。フォルダがつながっているか（マウント）を確かめるか、`otayori new` が別の所に作るフォルダから写してください

    エラー 5件、注意 2件（記事 1、お知らせ 0、ページ 0、チラシ 0、セグメント 0）
    ");
    let (json, _) = report(dir.path(), Format::Json, Some(TODAY)).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(all[0]["message"], "`sumary` という項目はありません");
    assert_eq!((&all[0]["severity"], &all[0]["line"], &all[0]["column"]), (&"error".into(), &3.into(), &1.into()));
    std::fs::remove_file(dir.path().join("content/articles/a.md")).unwrap();
    let (text, failed) = report(dir.path(), Format::Human, Some(TODAY)).unwrap();
    assert!(failed && text.starts_with("error: content 記事もページも、1つもありません\n"), "{text}");
    std::fs::create_dir_all(dir.path().join("content/pages")).unwrap();
    std::fs::write(dir.path().join("content/pages/about.md"), "---\ntitle: 題\nsummary: あ\n---\n本文です。\n")
        .unwrap();
    // What `build` misses, `check` tells, whether a site is published or not.
    let (text, failed) = report(dir.path(), Format::Human, Some(TODAY)).unwrap();
    assert!(
        failed
            && text.contains("error: content/contacts.yaml ")
            && text.contains("error: segments ")
            && text.contains("エラー 2件"),
        "{text}"
    );
    for (file, text) in [
        (
            "content/contacts.yaml",
            "- {id: a, number: \"119\", title: a, when: a, hours: a, kind: danger, checked: 2026-11-02}\n",
        ),
        ("segments/everyone.yaml", include_str!("../../src/engine/new/site/everyone.yaml")),
    ] {
        std::fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
        std::fs::write(dir.path().join(file), text).unwrap();
    }
    let (text, failed) = report(dir.path(), Format::Human, Some(TODAY)).unwrap();
    assert_eq!(
        (text.as_str(), failed),
        ("問題はありません（記事 0、お知らせ 0、ページ 1、チラシ 0、セグメント 1）\n", false)
    );
    assert_eq!(report(dir.path(), Format::Json, Some(TODAY)).unwrap().0, "[]\n");
    let (text, failed) = report(Path::new("/nowhere"), Format::Human, Some(TODAY)).unwrap();
    assert!(failed && text.starts_with("error: otayori.yaml "), "{text}");
}
