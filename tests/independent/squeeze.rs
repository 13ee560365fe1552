//! Our squeezing of pages beside `minify-html`: what that makes of a squeezed page is what it makes of the page, but
//! for spaces at the edges of blocks.

use otayori::calendar::date;
use otayori::engine::load;
use otayori::site::{Edition, squeeze};
use std::path::Path;

fn minified(html: &[u8]) -> String {
    let keep = minify_html::Cfg {
        keep_closing_tags: true,
        keep_html_and_head_opening_tags: true,
        keep_input_type_text_attr: true,
        ..minify_html::Cfg::new()
    };
    String::from_utf8(minify_html::minify(html, &keep)).unwrap()
}

#[test]
fn squeezed_pages_of_the_sample_say_the_same() {
    let loaded = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), Some(date(2026, 11, 24)))
        .unwrap_or_else(|p| panic!("{:#?}", p.sorted()));
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, loaded.today);
    let (mut before, mut ours, mut theirs) = (0, 0, 0);
    for address in edition.addresses() {
        let html = edition.render(&address).unwrap();
        let (squeezed, minified) = (squeeze(&html), minified(html.as_bytes()));
        // It leaves spaces at the edges of blocks inside list items.
        let edges = |html: &str| String::from_utf8(squeeze(html)).unwrap();
        let (both, minified_html) = (edges(&self::minified(&squeezed)), edges(&minified));
        let at = both
            .bytes()
            .zip(minified_html.bytes())
            .position(|(a, b)| a != b)
            .unwrap_or(both.len().min(minified_html.len()));
        let near = |s: &str| {
            s.chars()
                .skip(s.char_indices().position(|(n, _)| n >= at.saturating_sub(80)).unwrap_or(0))
                .take(160)
                .collect::<String>()
        };
        assert!(both == minified_html, "{address:?}\n{}\n---\n{}", near(&both), near(&minified_html));
        (before, ours, theirs) = (before + html.len(), ours + squeezed.len(), theirs + minified.len());
    }
    assert!(ours < before && ours * 20 < theirs * 23, "{before} bytes, squeezed {ours}, by minify-html {theirs}");
}
