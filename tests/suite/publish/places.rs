//! A build takes nothing away that it did not make.

use crate::support::otayori;
use otayori::calendar::date;
use otayori::engine::new;
use otayori::press::MARK;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A small city in a folder that holds other things, too.
pub struct Around {
    dir: tempfile::TempDir,
}

impl Around {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        new::create(&dir.path().join("city"), date(2026, 11, 24)).unwrap();
        for (path, text) in [
            ("Documents/給与.xlsx", "x"),
            ("Documents/写真/a.jpg", "y"),
            ("flyers/original.pdf", "%PDF"),
            ("file", "z"),
            ("dotted/.bashrc", "a"),
            ("empty/.gitkeep", ""),
        ] {
            fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
            fs::write(dir.path().join(path), text).unwrap();
        }
        Self { dir }
    }
    pub fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }
    pub fn city(&self) -> PathBuf {
        self.at("city")
    }
    /// Every file with its bytes, but for what the program keeps for itself.
    pub fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        collect(self.dir.path(), &mut all);
        all.retain(|path, _| !path.starts_with(self.at("city/data")));
        all
    }
    /// Runs a command in the city's folder: whether it ended well, and what it said.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_otayori"))
            .current_dir(self.city())
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    }
}

fn collect(folder: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            collect(&path, all);
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap_or_default());
        }
    }
}

/// Every way in which somebody in a hurry names a folder that is not for the site.
#[test]
fn what_is_not_the_programs_own_stays() {
    let around = Around::new();
    let before = around.everything();
    let absolute = around.at("Documents").display().to_string();
    for out in [
        ".",
        "./",
        "..",
        "../",
        "/",
        "content",
        "content/",
        "./content/articles",
        "content/new",
        "segments",
        "themes/default/static",
        "data",
        "otayori.yaml",
        "public/..",
        "../Documents",
        &absolute,
        "../Documents/写真",
        "../dotted",
        "../file",
        "../flyers",
    ] {
        for command in [&["build", "--out", out][..], &["flyer", "--out", out], &["build", "--json", "--out", out]] {
            let (done, said) = around.run(command);
            assert!(!done && said.contains("出力先") && !said.contains("panicked"), "{command:?}: {said}");
            assert_eq!(around.everything(), before, "{command:?}");
        }
    }
    for command in [
        &["flyer", "pack", "--out", "content/flyers"][..],
        &["review", "hajimete", "--sheet", "--out", "content"],
        &["flyer", "pack", "--out", ".."],
        &["new", "content/x"],
        &["new", "public/x"],
        &["new", "../Documents"],
    ] {
        let (done, said) = around.run(command);
        assert!(!done, "{command:?}: {said}");
        assert_eq!(around.everything(), before, "{command:?}");
    }
}

/// A new folder, an empty one, one that is kept by git, one of the last build.
#[test]
fn what_is_empty_or_the_programs_own_is_written() {
    let around = Around::new();
    for out in ["../new/deep", "../empty", "public", "../empty"] {
        let (done, said) = around.run(&["build", "--out", out]);
        assert!(done, "{out}: {said}");
        assert!(
            around.city().join(out).join("index.html").is_file() && around.city().join(out).join(MARK).is_file(),
            "{out}"
        );
    }
    assert!(around.at("empty/.gitkeep").is_file());
}

/// What somebody puts into the published folder (a key of a search engine) stays through every build, and pages that
/// are gone go.
#[test]
fn a_file_put_there_by_hand_stays() {
    let around = Around::new();
    let (article, public) = (around.city().join("content/articles/mata.md"), around.city().join("public"));
    let text = fs::read_to_string(around.city().join("content/articles/hajimete.md")).unwrap();
    fs::write(&article, text.replace("記事の見本です", "また")).unwrap();
    assert!(around.run(&["build"]).0);
    fs::create_dir_all(public.join("old/site")).unwrap();
    for path in ["google0123.html", "old/site/a.html", "articles/mata/note.txt"] {
        fs::write(public.join(path), "by hand").unwrap();
    }
    fs::remove_file(&article).unwrap();
    for _ in 0..2 {
        let (done, said) = around.run(&["build"]);
        assert!(done, "{said}");
        assert!(
            !public.join("articles/mata/index.html").exists() && public.join("articles/hajimete/index.html").is_file()
        );
        for path in ["google0123.html", "old/site/a.html", "articles/mata/note.txt"] {
            assert_eq!(fs::read_to_string(public.join(path)).unwrap(), "by hand");
        }
    }
}

/// The mark put by hand into a folder of somebody's, and a site whose record of earlier builds is lost: what nobody
/// knows stays and is told, in every folder of it; asked for, it goes.
#[test]
fn without_a_record_nothing_goes_that_this_build_does_not_make() {
    let around = Around::new();
    fs::write(around.at("Documents").join(MARK), "").unwrap();
    let (done, said) = around.run(&["build", "--out", "../Documents"]);
    assert!(
        done && said.contains("2件のファイルを残しました（")
            && said.contains("給与.xlsx")
            && said.contains("写真/a.jpg")
            && said.contains("--clean-unknown"),
        "{said}"
    );
    for _ in 0..2 {
        assert_eq!(
            (fs::read(around.at("Documents/給与.xlsx")).unwrap(), fs::read(around.at("Documents/写真/a.jpg")).unwrap()),
            (b"x".to_vec(), b"y".to_vec())
        );
        let (done, said) = around.run(&["build", "--out", "../Documents"]);
        assert!(done && !said.contains("残しました"), "it is on record now: {said}");
    }

    let public = around.city().join("public");
    assert!(around.run(&["build"]).0 && around.run(&["flyer", "--handouts"]).0);
    let by_hand = [
        "google0123.html",
        "old/site/a.html",
        "flyers/ours.pdf",
        "handouts/ours.pdf",
        "articles/hajimete/note.txt",
        "x/1",
        "x/2",
    ];
    for path in by_hand {
        fs::create_dir_all(public.join(path).parent().unwrap()).unwrap();
        fs::write(public.join(path), "by hand").unwrap();
    }
    let stays = |when: &str| {
        by_hand
            .iter()
            .for_each(|path| assert_eq!(fs::read_to_string(public.join(path)).unwrap(), "by hand", "{when}: {path}"))
    };
    assert!(around.run(&["build"]).0);
    stays("with a record");
    for lost in ["data/cache", "data"] {
        fs::remove_dir_all(around.city().join(lost)).unwrap();
        let (done, said) = around.run(&["build"]);
        assert!(
            done && said.contains("7件のファイルを残しました（articles/hajimete/note.txt、")
                && said.contains(" など）"),
            "{said}"
        );
        stays(lost);
    }
    let (done, said) = around.run(&["build", "--clean-unknown"]);
    assert!(done && public.join("index.html").is_file(), "{said}");
    assert!(by_hand.iter().all(|path| !public.join(path).exists()) && public.join(MARK).is_file());
}

/// What `otayori flyer` put into the site is no hand's: it goes with its flyer.
#[test]
fn what_the_flyer_command_made_goes_with_its_article() {
    let around = Around::new();
    let (article, public) = (around.city().join("content/articles/mata.md"), around.city().join("public"));
    let text = fs::read_to_string(around.city().join("content/articles/hajimete.md")).unwrap();
    fs::write(&article, text.replace("記事の見本です", "また")).unwrap();
    assert!(around.run(&["build"]).0);
    let settings = around.city().join("otayori.yaml");
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + "handouts: false\n").unwrap();
    assert!(around.run(&["build"]).0 && !public.join("handouts/mata.pdf").exists());
    assert!(around.run(&["flyer", "--handouts"]).0 && public.join("handouts/mata.pdf").is_file());
    fs::write(public.join("handouts/ours.pdf"), "by hand").unwrap();
    fs::remove_file(&article).unwrap();
    assert!(around.run(&["build"]).0);
    assert!(!public.join("handouts/mata.pdf").exists() && public.join("handouts/ours.pdf").is_file());
}

/// A folder of the site that cannot be looked into is not lost with an exchange.
#[cfg(unix)]
#[test]
fn what_cannot_be_seen_stops_the_build() {
    use std::os::unix::ffi::OsStrExt as _;
    let around = Around::new();
    let public = around.city().join("public");
    assert!(around.run(&["build"]).0);
    let odd = public.join(std::ffi::OsStr::from_bytes(b"\xff.html"));
    fs::write(&odd, "by hand").unwrap();
    let (done, said) = around.run(&["build"]);
    assert!(
        !done && said.contains("文字として読めない名前のファイル") && fs::read_to_string(&odd).unwrap() == "by hand",
        "{said}"
    );
}

/// A site with another output folder: that one is looked at when all articles are away.
#[test]
fn an_emptied_site_is_known_by_the_folder_that_is_written() {
    let around = Around::new();
    assert!(around.run(&["build", "--out", "../www"]).0 && around.at("www/index.html").is_file());
    fs::remove_file(around.city().join("content/articles/hajimete.md")).unwrap();
    let (done, said) = around.run(&["build", "--out", "../www"]);
    assert!(
        !done
            && said.contains("公開中のサイトには記事があるのに")
            && around.at("www/articles/hajimete/index.html").is_file(),
        "{said}"
    );
    // Another folder has no articles that could go.
    assert!(!around.city().join("public/index.html").exists());
    let (done, said) = around.run(&["build"]);
    assert!(done, "{said}");
}

/// The folder that an earlier version filled has no mark: it is known by what is in it, with the ledger or without.
#[test]
fn a_folder_of_before_the_mark_goes_on() {
    let around = Around::new();
    let public = around.city().join("public");
    assert!(around.run(&["build"]).0);
    for cache in [true, false] {
        fs::remove_file(public.join(MARK)).unwrap();
        if !cache {
            fs::remove_dir_all(around.city().join("data/cache")).unwrap();
        }
        let (done, said) = around.run(&["build"]);
        assert!(done && public.join(MARK).is_file(), "{cache}: {said}");
    }
    // Something else at the place of an old build is not it.
    fs::remove_dir_all(&public).unwrap();
    fs::create_dir_all(&public).unwrap();
    fs::write(public.join("index.html"), "another site").unwrap();
    let (done, said) = around.run(&["build"]);
    assert!(
        !done
            && said.contains("index.html")
            && fs::read_to_string(public.join("index.html")).unwrap() == "another site",
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_written_through() {
    use std::os::unix::fs::symlink;
    let around = Around::new();
    let public = around.city().join("public");
    fs::remove_dir_all(&public).unwrap();
    for (to, real) in [("../www", "www"), ("../empty", "empty")] {
        let _ = fs::remove_file(&public);
        symlink(to, &public).unwrap();
        for _ in 0..2 {
            let (done, said) = around.run(&["build"]);
            assert!(done, "{said}");
            assert!(
                public.is_symlink() && around.at(real).join("index.html").is_file() && !around.at(real).is_symlink()
            );
        }
    }
    // A link is no way round: what is behind it is what counts.
    for to in ["../Documents", "content", ".."] {
        fs::remove_file(&public).unwrap();
        symlink(to, &public).unwrap();
        let before = around.everything();
        let (done, said) = around.run(&["build"]);
        assert!(!done && said.contains("には"), "{to}: {said}");
        assert_eq!(around.everything(), before, "{to}");
    }
}

/// Names of temporary folders are of this process: nothing that only looks like one is taken away.
#[test]
fn what_looks_like_a_leftover_stays() {
    let around = Around::new();
    for name in [".public.old", ".public.new", "public.old"] {
        fs::create_dir_all(around.city().join(name)).unwrap();
        fs::write(around.city().join(name).join("mine"), "").unwrap();
    }
    assert!(around.run(&["build"]).0 && around.run(&["build"]).0);
    for name in [".public.old", ".public.new", "public.old"] {
        assert!(around.city().join(name).join("mine").is_file(), "{name}");
    }
}

/// The sheet for a reviewer, the printer's ZIP and the chart go where nothing else stands by their name.
#[test]
fn a_file_of_another_kind_is_not_written_over() {
    let around = Around::new();
    fs::create_dir_all(around.at("sheets")).unwrap();
    fs::write(around.at("sheets/hajimete-review.pdf"), "a letter").unwrap();
    let (done, said) = around.run(&["review", "hajimete", "--sheet", "--out", "../sheets"]);
    assert!(!done && said.contains("書きかえません"), "{said}");
    assert_eq!(fs::read_to_string(around.at("sheets/hajimete-review.pdf")).unwrap(), "a letter");
    fs::remove_file(around.at("sheets/hajimete-review.pdf")).unwrap();
    for _ in 0..2 {
        let (done, said) = around.run(&["review", "hajimete", "--sheet", "--out", "../sheets"]);
        assert!(done, "{said}");
    }
    assert!(
        otayori(&around.city(), &["households", "generate", "--count", "5", "--seed", "1", "--date", "2026-11-24"])
            .status
            .success()
    );
    let before = fs::read(around.city().join("content/people.yaml")).unwrap();
    let (done, said) = around.run(&["flyer", "report", "--date", "2026-11-24", "--svg", "content/people.yaml"]);
    assert!(!done && fs::read(around.city().join("content/people.yaml")).unwrap() == before, "{said}");
    let (done, said) = around.run(&["flyer", "report", "--date", "2026-11-24", "--svg", "content/articles/chart.svg"]);
    assert!(
        !done
            && said.contains("人が書いたもの（content/）の中です")
            && !around.city().join("content/articles/chart.svg").exists(),
        "{said}"
    );
    assert!(
        around.run(&["flyer", "report", "--date", "2026-11-24", "--svg", "../chart.svg"]).0
            && around.run(&["flyer", "report", "--date", "2026-11-24", "--svg", "../chart.svg"]).0
    );
}

/// Icons that somebody drew by hand are kept, each once, by their bytes; what is as it was stays untouched.
#[test]
fn icons_drawn_by_hand_are_kept() {
    let around = Around::new();
    let icons = around.city().join("themes/default/static");
    let kept = around.city().join("data/replaced");
    let drawn: Vec<Vec<u8>> =
        [180, 192, 512].iter().map(|side| format!("drawn by hand, {side}").into_bytes()).collect();
    let write = |which: &[Vec<u8>]| {
        [180, 192, 512]
            .iter()
            .zip(which)
            .for_each(|(side, bytes)| fs::write(icons.join(format!("icon-{side}.png")), bytes).unwrap())
    };
    let all_kept =
        || fs::read_dir(&kept).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect::<Vec<_>>();
    write(&drawn);
    let before = around.everything();
    let (done, said) = around.run(&["theme", "icons"]);
    assert!(done && said.contains("data/replaced"), "{said}");
    let made = around.everything();
    let other: Vec<&PathBuf> = made.keys().filter(|path| before.get(*path) != made.get(*path)).collect();
    assert_eq!((other.len(), made.len()), (3, before.len()), "{other:?}");
    for bytes in &drawn {
        assert_eq!(all_kept().iter().filter(|kept| *kept == bytes).count(), 1);
    }
    // Again: nothing is another, so nothing is kept. Drawn anew: both are.
    assert!(around.run(&["theme", "icons"]).0 && all_kept().len() == 3 && around.everything() == made);
    let again: Vec<Vec<u8>> = drawn.iter().map(|bytes| [bytes.as_slice(), b" again"].concat()).collect();
    write(&again);
    assert!(around.run(&["theme", "icons"]).0);
    assert!(drawn.iter().chain(&again).all(|bytes| all_kept().contains(bytes)), "{:?}", all_kept().len());
}

/// The demo beside a city's own site and registrations: it has a folder of its own, and no byte elsewhere is another.
#[test]
fn the_demo_leaves_the_citys_own_site_alone() {
    let around = Around::new();
    assert!(
        around.run(&["build", "--date", "2026-11-24"]).0
            && around.run(&["households", "generate", "--count", "5", "--seed", "1", "--date", "2026-11-24"]).0
    );
    let everything = || {
        let mut all = BTreeMap::new();
        collect(&around.at(""), &mut all);
        all.retain(|path, _| {
            !path.starts_with(around.city().join("data/demo")) && !path.starts_with(around.city().join("data/cache"))
        });
        all
    };
    fs::write(around.city().join("public/google0123.html"), "by hand").unwrap();
    let before = everything();
    assert!(
        before.keys().any(|path| path.ends_with("data/otayori.db"))
            && before.keys().any(|path| path.ends_with("public/index.html"))
    );
    // It takes a port and the next two; another test may be quicker, then there are others.
    let free = (20_000..60_000u16)
        .step_by(7)
        .filter(|port| (0..3).all(|n| std::net::TcpListener::bind(("127.0.0.1", port + n)).is_ok()));
    let run = |port: u16| around.run(&["demo", "--once", "--date", "2026-11-24", "--port", &port.to_string()]).1;
    let said = free.map(run).find(|said| !said.contains("を使えません")).unwrap();
    assert!(
        around.city().join("data/demo/public/index.html").is_file()
            && around.city().join("data/demo/otayori.db").is_file(),
        "{said}"
    );
    let after = everything();
    let other: Vec<&PathBuf> =
        after.keys().chain(before.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(other.is_empty(), "{other:?}\n{said}");
}
