//! One text in every size in, type that can be read and codes that lead home out.

use super::site::{GOOD, PUBLIC_URL, Site, codes, run, text};

/// One text in every size: set anew, so that what must be read is never smaller than may be, and every code leads home.
#[test]
fn one_text_in_every_size() {
    let long = "1. **読みとる** スマートフォンのカメラを、コードに向けてください。\n2. **日を入れる** 出産予定日か、\
        お子さんの誕生日を入力します。\n3. **届け方をえらぶ** LINEか、通知をえらべば終わります。\n\n##\n\n- \
        **お名前はいりません** 住所も聞きません。\n- **質問できます** 助産師や医師がお答えします。\n\n> [!119] \
        すぐに119番へ\n> - 息が苦しい\n";
    let flyer = GOOD
        .replace("template: handout", "template: poster\nlayouts: {a5: handout}")
        .replace("sizes: [a5]", "sizes: [a3, a4, a5, postcard, cards, stickers]")
        .replace("places:\n  - {code: nanbu, name: 南部保健センター}\n", "")
        .replace("1. **読みとる** カメラを向けます。\n", long);
    let site = Site::new(&[("content/flyers/x.md", &flyer)]);
    let out = site.root().join("out");
    assert_eq!(site.build(&out).unwrap().pdfs, 12);
    for (size, width, times, body) in [
        ("a3", 297.0, 1, 15.0),
        ("a4", 210.0, 1, 12.0),
        ("a5", 148.0, 1, 10.0),
        ("postcard", 100.0, 1, 9.0),
        ("cards", 210.0, 10, 9.0),
        ("stickers", 210.0, 12, 8.0),
    ] {
        let pdf = out.join(format!("flyers/x-{size}.screen.pdf"));
        assert_eq!(codes(&pdf), vec![format!("{PUBLIC_URL}/r/x"); times], "{size}");
        let shown = run("pdfinfo", &[pdf.to_str().unwrap()]);
        let points: f64 = shown
            .lines()
            .find_map(|l| l.strip_prefix("Page size:"))
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!((points * 25.4 / 72.0 - width).abs() < 0.1, "{size}: {points}");
        assert_eq!(
            shown.lines().find(|l| l.starts_with("Pages:")).unwrap().split_whitespace().last(),
            Some("1"),
            "{size}"
        );
        // As poppler measures it: the lead's height in points.
        let boxes = run("pdftotext", &["-bbox", pdf.to_str().unwrap(), "-"]);
        let word = boxes.lines().find(|l| l.contains("読んで")).map(|l| {
            let at = |key: &str| -> f64 { l.split_once(key).unwrap().1.split('"').nth(1).unwrap().parse().unwrap() };
            at("yMax=") - at("yMin=")
        });
        if let Some(height) = word {
            assert!(height >= body * 0.95, "{size}: {height}");
        }
        assert!(size == "stickers" || word.is_some(), "{size}: {boxes}");
    }
    let postcard = text(&out.join("flyers/x-postcard.screen.pdf"));
    assert!(
        postcard.contains("すぐに119番へ") && postcard.contains("息が苦しい") && postcard.contains("日を入れる"),
        "danger is never left out: {postcard}"
    );
}
