//! Content, its mistakes, and the oddities of Markdown.

use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use std::path::Path;

#[test]
fn try_main() {
    let config = Config::load_with(Path::new("/work/main"), &|_| None).unwrap();
    let (library, problems) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    for p in problems.sorted() {
        println!("{p}");
    }
    let a = &library.articles["tsuwari"];
    println!("{:#?}", a.versions["ja"]);
    println!("{}\n\n{}", library.articles["netsu"].versions["easy"].body.html, library.pages["night"].versions["ja"].body.html);
    for (slug, a) in &library.articles {
        for v in a.versions.values() {
            println!("{slug} {} {} {}", v.language, v.body.minutes, v.body.lead_html);
        }
    }
}
