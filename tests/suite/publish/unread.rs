//! What cannot be read is a mistake: no site without articles takes the place of the one that stands.

use super::places::Around;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// The city with a site that stands, and what `build` says after a change: it fails, and the site is as it was.
fn fails(around: &Around, what: &str, word: &str) {
    let index = around.city().join("public/articles/hajimete/index.html");
    let before = fs::read(&index).unwrap();
    let (done, said) = around.run(&["build"]);
    assert!(!done && said.contains(word) && !said.contains("panicked"), "{what}: {said}");
    assert_eq!(fs::read(&index).unwrap(), before, "{what}");
    let (done, said) = around.run(&["check"]);
    assert!(what.starts_with("emptied") || !done, "{what}: {said}");
}

#[test]
fn what_is_away_or_no_file_is_a_mistake() {
    let around = Around::new();
    let at = |path: &str| around.city().join(path);
    assert!(around.run(&["build"]).0);
    // Away, and a file or a link to nowhere in its place.
    for folder in ["content", "content/articles", "segments"] {
        fs::rename(at(folder), around.at("away")).unwrap();
        fails(
            &around,
            &format!("emptied {folder}"),
            if folder == "segments" { "error: segments" } else { "error: content" },
        );
        fs::write(at(folder), "").unwrap();
        fails(&around, folder, &format!("error: {folder}"));
        fs::remove_file(at(folder)).unwrap();
        symlink("nowhere", at(folder)).unwrap();
        fails(&around, folder, &format!("error: {folder}"));
        fs::remove_file(at(folder)).unwrap();
        // Where something was to be mounted.
        fs::create_dir(at(folder)).unwrap();
        fails(
            &around,
            &format!("emptied {folder}"),
            if folder == "segments" { "error: segments" } else { "error: content" },
        );
        fs::remove_dir(at(folder)).unwrap();
        fs::rename(around.at("away"), at(folder)).unwrap();
    }
    // A single file: a folder, a link to nowhere, a pipe (which must not be waited for).
    for file in [
        "content/articles/hajimete.md",
        "content/pages/about.md",
        "content/bulletins/otayori-hajimemashita.md",
        "content/people.yaml",
        "content/contacts.yaml",
        "segments/everyone.yaml",
    ] {
        fs::rename(at(file), around.at("away")).unwrap();
        let word = format!("error: {file}");
        fs::create_dir(at(file)).unwrap();
        fails(&around, file, &word);
        fs::remove_dir(at(file)).unwrap();
        symlink("nowhere", at(file)).unwrap();
        fails(&around, file, &word);
        fs::remove_file(at(file)).unwrap();
        assert!(Command::new("mkfifo").arg(at(file)).status().unwrap().success());
        fails(&around, file, &word);
        fs::remove_file(at(file)).unwrap();
        fs::rename(around.at("away"), at(file)).unwrap();
    }
    let (done, said) = around.run(&["build"]);
    assert!(done, "everything is back: {said}");
    // Flyers: what the program has published is missed, what somebody put there is not.
    fs::create_dir_all(at("public/flyers")).unwrap();
    fs::write(at("public/flyers/ours.pdf"), "%PDF").unwrap();
    assert!(around.run(&["build"]).0);
    fs::write(at("public/flyers/haru.cards.print.pdf"), "%PDF").unwrap();
    for command in ["build", "check"] {
        let (done, said) = around.run(&[command]);
        assert!(
            !done
                && said.contains("error: content/flyers 公開中のサイトにはチラシがあるのに、このフォルダがありません"),
            "{command}: {said}"
        );
    }
    fs::create_dir(at("content/flyers")).unwrap();
    assert!(around.run(&["build"]).0);
}

/// From whoever builds a file or a folder is kept. As root, whom nothing is kept from, the program runs as nobody.
#[test]
fn what_may_not_be_read_is_a_mistake() {
    let root = fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let around = Around::new();
    assert!(around.run(&["build"]).0);
    let city = around.city();
    let shell = |script: &str| {
        assert!(Command::new("sh").arg("-ec").arg(script).current_dir(&city).status().unwrap().success(), "{script}")
    };
    // The program may stand where nobody else may look.
    let program = around.at("otayori");
    fs::copy(env!("CARGO_BIN_EXE_otayori"), &program).unwrap();
    if root {
        shell("chmod o+rx ..; chown -R 65534:65534 .");
    }
    let build = || {
        let mut command = if root { Command::new("setpriv") } else { Command::new(&program) };
        if root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        }
        let output = command.arg("build").current_dir(&city).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (done, said) = build();
    assert!(done, "{said}");
    for (kept, word) in [
        ("content", "error: content"),
        ("content/articles", "error: content/articles"),
        ("content/articles/hajimete.md", "error: content/articles/hajimete.md"),
        ("content/contacts.yaml", "error: content/contacts.yaml"),
        ("segments", "error: segments"),
        ("otayori.yaml", "otayori.yaml"),
    ] {
        let (keep, give) = if root {
            ("chown root:root {}; chmod go-rwx {}", "chown 65534:65534 {}; chmod go+rX {}")
        } else {
            ("chmod a-rwx {}", "chmod u+rwX {}")
        };
        shell(&keep.replace("{}", kept));
        let before = fs::read(city.join("public/articles/hajimete/index.html")).unwrap();
        let (done, said) = build();
        assert!(!done && said.contains(word), "{kept}: {said}");
        assert_eq!(fs::read(city.join("public/articles/hajimete/index.html")).unwrap(), before);
        shell(&give.replace("{}", kept));
    }
    // A link to a folder in one that is somebody else's: it is said what to do.
    shell("mkdir -p ../www/site; rm -rf public; ln -s ../www/site public");
    shell(if root { "chown 65534:65534 ../www/site; chmod 755 ../www" } else { "chmod a-w ../www" });
    let (done, said) = build();
    assert!(
        !done && said.contains("そこに書く権利がありません") && said.contains("公開するフォルダを1段深くして"),
        "{said}"
    );
    shell(if root { "chown 65534:65534 ../www" } else { "chmod u+w ../www" });
    assert!(build().0 && around.at("www/site/index.html").is_file());
}

/// What every city has is away: neither a site nor letters are made without it, and it is said which.
#[test]
fn lists_that_every_city_has_are_missed() {
    let around = Around::new();
    let at = |path: &str| around.city().join(path);
    assert!(around.run(&["build"]).0);
    assert!(around.run(&["households", "generate", "--count", "5", "--seed", "1", "--date", "2026-11-24"]).0);
    for (place, word) in [
        ("content/contacts.yaml", "error: content/contacts.yaml 急ぐときの連絡先が、1つもありません"),
        ("content/pages", "error: content/pages ページ（個人情報の取り扱いなど）が、1つもありません"),
        ("segments", "error: segments だれに届けるか（segments/*.yaml）が、1つもありません"),
        (
            "content/bulletins",
            "error: content/bulletins 公開中のサイトにはお知らせがあるのに、このフォルダがありません",
        ),
    ] {
        fs::rename(at(place), around.at("away")).unwrap();
        fails(&around, place, word);
        for command in [&["plan", "--date", "2026-11-24"][..], &["send", "--date", "2026-11-24", "--yes"]] {
            let (done, said) = around.run(command);
            assert!(!done && said.contains(word), "{place} {command:?}: {said}");
        }
        fs::rename(around.at("away"), at(place)).unwrap();
    }
    fs::write(at("content/contacts.yaml"), "# だれもいません\n").unwrap();
    fails(&around, "an empty list", "急ぐときの連絡先が、1つもありません");
}
