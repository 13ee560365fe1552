//! The same content twice in, the same bytes and times out.

use super::site::{GOOD, Site, names, read, shown};
use crate::incremental::tree;
use otayori::flyer;
use otayori::paper::Engine;
use std::time::SystemTime;

#[test]
fn the_same_content_gives_the_same_bytes() {
    let site = Site::new(&[("content/flyers/x.md", GOOD)]);
    let (one, two) = (site.root().join("one"), site.root().join("two"));
    let report = site.build(&one).unwrap();
    assert_eq!((report.flyers, report.pdfs, report.files), (1, 4, 10));
    site.build(&two).unwrap();
    let files = names(&one.join("flyers"));
    assert_eq!(files, names(&two.join("flyers")));
    let (old, new) = (SystemTime::UNIX_EPOCH, one.join("flyers").join(&files[0]));
    std::fs::File::options().write(true).open(&new).unwrap().set_modified(old).unwrap();
    site.build(&one).unwrap();
    for name in files {
        assert!(
            std::fs::read(one.join("flyers").join(&name)).unwrap()
                == std::fs::read(two.join("flyers").join(&name)).unwrap(),
            "{name}"
        );
    }
    assert_eq!(std::fs::metadata(new).unwrap().modified().unwrap(), old, "unchanged files keep their time");
}

/// Fonts are read and sheets are set by as many threads as there are: none of it shows.
#[test]
fn one_thread_makes_the_same_bytes_as_many() {
    let site =
        Site::new(&[("content/flyers/x.md", GOOD), ("content/flyers/y.md", &GOOD.replace("code: x", "code: y"))]);
    let build = |threads: usize, out: &str| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (config, library) = read(site.root());
        let out = site.root().join(out);
        pool.install(|| flyer::build(&config, &library, &Engine::of(&config).unwrap(), &out, None, &|_, _| {}))
            .map_err(shown)
            .unwrap();
        tree(&out)
    };
    let (one, many) = (build(1, "one"), build(4, "many"));
    assert_eq!(one.len(), 21, "twice ten, and the list of them");
    assert_eq!(one.keys().collect::<Vec<_>>(), many.keys().collect::<Vec<_>>());
    one.iter().for_each(|(name, bytes)| assert!(many[name] == *bytes, "{name}"));
}
