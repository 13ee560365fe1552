//! A photograph on a flyer in, what its shape and its pixels are good for told, or the part that was asked for out.

use super::site::{Site, read, shown, text};
use otayori::flyer;
use otayori::paper::Engine;

const FLYER: &str = "---\ntitle: 両親学級\nsummary: 申し込みが要ります。\ntemplate: event\nsizes: [a5]\ncode: x\non: \
    2026-12-12\npicture: {file: images/p.png, alt: 人形を抱く人たち}\n---\n- **日時** {2026-12-12} 10:00\n- **会場** \
    保健センター\n";
const CREDITS: &str = "- {file: p.png, source: はるかぜ市, licence: 市の写真}\n";

/// Blue to the left, red in the middle, green to the right; the same from top to bottom where it is tall.
fn site(width: u32, height: u32, flyer: &str) -> Site {
    let site = Site::new(&[("content/flyers/x.md", flyer), ("content/images/credits.yaml", CREDITS)]);
    let third = |x: u32, y: u32| if width >= height { x * 3 / width } else { y * 3 / height };
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([[0, 0, 255], [255, 0, 0], [0, 128, 0]][third(x, y).min(2) as usize])
    });
    picture.save(site.root().join("content/images/p.png")).unwrap();
    site
}

fn made(site: &Site) -> Result<image::RgbImage, Vec<String>> {
    let (config, library) = read(site.root());
    // An engine of its own: it reads this site's pictures.
    let made = flyer::make(&config, &library, &Engine::of(&config).unwrap(), "x").map_err(shown)?;
    let png = made.files.into_iter().find(|(name, _)| name == "x-a5.png").unwrap().1;
    Ok(image::load_from_memory(&png).unwrap().into_rgb8())
}

fn has(picture: &image::RgbImage, colour: [u8; 3]) -> bool {
    picture.pixels().filter(|p| p.0 == colour).count() > 500
}

#[test]
fn a_shape_that_does_not_fit_is_told_or_cut_as_asked() {
    let page = made(&site(900, 500, FLYER)).unwrap();
    assert!(
        has(&page, [0, 0, 255]) && has(&page, [255, 0, 0]) && has(&page, [0, 128, 0]),
        "a shape that fits is shown whole"
    );
    let tall = made(&site(900, 1600, FLYER)).unwrap_err();
    assert_eq!(tall.len(), 1, "{tall:?}");
    assert!(
        tall[0].starts_with(
            "error: content/flyers/x.md:8:11 写真 `images/p.png` が、A5（event） の場所より縦に長く、上下が"
        ),
        "{tall:?}"
    );
    assert!(tall[0].contains("%切れます\n  hint: 幅") && tall[0].contains("`keep: まん中`"), "{tall:?}");
    let wide = made(&site(2400, 300, FLYER)).unwrap_err();
    assert!(wide[0].contains("の場所より横に長く、左右が"), "{wide:?}");
    // What stays is what was said.
    let keep =
        |word: &str| made(&site(2400, 300, &FLYER.replace("人たち}", &format!("人たち, keep: {word}}}")))).unwrap();
    let (left, middle) = (keep("左"), keep("まん中"));
    assert!(has(&left, [0, 0, 255]) && !has(&left, [0, 128, 0]), "left");
    assert!(has(&middle, [255, 0, 0]) && !has(&middle, [0, 128, 0]) && !has(&middle, [0, 0, 255]), "middle");
}

#[test]
fn too_few_pixels_and_mistakes_are_told() {
    let coarse = made(&site(90, 50, FLYER)).unwrap_err();
    assert!(
        coarse[0].contains("写真 `images/p.png` は画素が足りず、A5（event） で刷るとぼやけます（")
            && coarse[0].contains("dpi。150 dpi 以上）"),
        "{coarse:?}"
    );
    let wrong = |from: &str, to: &str| made(&site(900, 500, &FLYER.replace(from, to))).unwrap_err().remove(0);
    insta::assert_snapshot!(wrong("images/p.png", "images/q.png"), @r"
    error: content/flyers/x.md:8:11 写真 `images/q.png` がありません
      hint: 「images/p.png」のことですか
    ");
    insta::assert_snapshot!(wrong(", alt: 人形を抱く人たち", ""), @r"
    error: content/flyers/x.md:8:10 写真（picture）に alt（見えない人のための説明） がありません
      hint: 例: picture: {file: images/kyoshitsu.jpg, alt: 人形を抱く練習をする人たち}
    ");
    insta::assert_snapshot!(wrong("人たち}", "人たち, keep: 真ん中}"), @r"
    error: content/flyers/x.md:8:46 残す所 `真ん中` はありません
      hint: 「まん中」のことですか
    ");
    assert!(
        wrong("template: event", "template: handout").contains("`picture` という項目はありません")
            || wrong("template: event", "template: handout").contains("`on` という項目")
    );
}

/// Whose it is stands below it, and what it shows is read out.
#[test]
fn a_picture_names_its_source() {
    let site = site(900, 500, FLYER);
    let out = site.root().join("out");
    let (config, library) = read(site.root());
    flyer::build(&config, &library, &Engine::of(&config).unwrap(), &out, None, &|_, _| {}).map_err(shown).unwrap();
    let pdf = out.join("flyers/x-a5.screen.pdf");
    assert!(text(&pdf).contains("写真・絵：はるかぜ市"), "{}", text(&pdf));
}
