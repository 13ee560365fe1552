//! A designer's slips in a theme and words too many in, what finished pages show of them out.

use super::site::{GOOD, Site, read, shown};
use otayori::flyer::{self, Engine};

/// What a designer did wrong is told as the finished pages show it, with the author's line.
#[test]
fn finished_pages_are_looked_at() {
    let other = |file: &str, name: &str, text: String, from: &str, to: &str| {
        assert!(name != file || text.contains(from), "{from} is not in {file}");
        if name == file { text.replace(from, to) } else { text }
    };
    // A sheet scaled down: its type is measured as it stands on the paper.
    let small = Site::theme_mistakes(GOOD, |name, text| {
        if name == "handout.typ" {
            text.replace(
                "for p in d.lead { para(p) }",
                "scale(90%, reflow: true, origin: left, for p in d.lead { para(p) })",
            )
        } else {
            text
        }
    });
    assert!(
        small[0].starts_with(
            "error: content/flyers/x.md:10:1 「読んで、聞けます。」の字が小さすぎます（A5（handout） で 9."
        ),
        "{small:?}"
    );
    let pale = Site::theme_mistakes(GOOD, |name, text| {
        other("colours.typ", name, text, "#let ink = pick(\"#1c2733\"", "#let ink = pick(\"#8899aa\"")
    });
    assert!(
        pale.iter().any(|m| m.starts_with(
            "error: content/flyers/x.md:14:6 「読みとる」の色が、\
        うしろの色に近すぎます（A5（handout） でコントラスト 2."
        )),
        "{pale:?}"
    );
    let covered = Site::theme_mistakes(GOOD, |name, text| {
        other(
            "lib.typ",
            name,
            text,
            "+ qr-curve(size))",
            "+ qr-curve(size) + place(top + left, rect(width: 60%, height: 60%, fill: white)))",
        )
    });
    assert_eq!(
        covered,
        ["error: content/flyers/x.md:6:7 A5（handout） の二次元コードを読めません（1個のうち0個を読めました）\n  \
             hint: テーマの flyers/ を作った人に見せてください"]
    );
    let cut = Site::theme_mistakes(GOOD, |name, text| {
        if name == "handout.typ" { text.replace("a5: (side: 11mm", "a5: (side: 2mm") } else { text }
    });
    assert!(cut.iter().any(|m| m.contains("が、紙の端に近すぎます（A5（handout） で 2.0 mm。3 mm 以上）")), "{cut:?}");
}

#[test]
fn text_that_runs_over_is_measured() {
    let text = format!("{GOOD}{}", "2. **日を入れる** 出産予定日か、お子さんの誕生日を入力します。\n".repeat(14));
    let mistakes = Site::mistakes(&text);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(
        mistakes[0].starts_with("error: content/flyers/x.md:10:1 本文が A5（handout） に入りきりません（"),
        "{mistakes:?}"
    );
    assert!(
        mistakes[0].ends_with(
            "mm あふれています）\n  hint: 文を短くするか、項目を減らしてください。\
        ほかの大きさ（sizes）にすることもできます"
        ),
        "{mistakes:?}"
    );
    let text = GOOD.replace("code: x", &format!("code: {}", "long-".repeat(7)));
    let long = Site::mistakes(&text);
    assert!(
        long[0].starts_with("error: content/flyers/x.md:6:7 二次元コードの下の URLが A5（handout） に入りきりません"),
        "{long:?}"
    );
}

/// What the program does not bring for Typst is told where a template asks for it: no sheet stays white there.
#[test]
fn a_template_hears_that_pdfs_and_plugins_are_not_there() {
    for (asks, file, bytes, told) in [
        ("image(\"/content/images/map.pdf\")", "map.pdf", "%PDF-1.7\n", "PDF は絵として置けません"),
        ("plugin(\"/content/images/p.wasm\")", "p.wasm", "\0asm\u{1}\0\0\0", "this program runs no plugins"),
    ] {
        let picture = format!("content/images/{file}");
        let site = Site::with_theme(&[("content/flyers/x.md", GOOD), (&picture, bytes)], |name, text| {
            if name == "handout.typ" { text.replace("  voice-slot()", &format!("  {asks}\n  voice-slot()")) } else { text }
        });
        let (config, library) = read(site.root());
        let engine = Engine::of(&config).unwrap();
        let failed = flyer::build(&config, &library, &engine, &site.root().join("out"), None, &|_, _| {});
        let problems = shown(failed.unwrap_err());
        assert!(problems.iter().any(|p| p.contains(told) && p.contains("handout.typ:")), "{problems:?}");
    }
}
