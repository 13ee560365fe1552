//! What cannot be read is a mistake: no site without articles takes the place of the one that stands.

use super::places::Around;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
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
        if folder != "segments" {
            fails(&around, &format!("emptied {folder}"), "error: content");
        }
        fs::write(at(folder), "").unwrap();
        fails(&around, folder, &format!("error: {folder}"));
        fs::remove_file(at(folder)).unwrap();
        symlink("nowhere", at(folder)).unwrap();
        fails(&around, folder, &format!("error: {folder}"));
        fs::remove_file(at(folder)).unwrap();
        // Where something was to be mounted.
        fs::create_dir(at(folder)).unwrap();
        if folder != "segments" {
            fails(&around, &format!("emptied {folder}"), "error: content");
        }
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
}

/// As another user, from whom a file or a folder is kept. (`chown` and `setpriv` need root, as which the tests run here.)
#[test]
fn what_may_not_be_read_is_a_mistake() {
    let root = fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    if !root {
        // Nothing can be given to another user here.
        return;
    }
    let around = Around::new();
    assert!(around.run(&["build"]).0);
    let city = around.city();
    let shell = |script: &str| assert!(Command::new("sh").arg("-ec").arg(script).current_dir(&city).status().unwrap().success(), "{script}");
    shell("chmod o+rx ..; chown -R 65534:65534 .");
    // The program may stand where nobody else may look.
    let program = around.at("otayori");
    fs::copy(env!("CARGO_BIN_EXE_otayori"), &program).unwrap();
    let nobody = |program: &Path| {
        let output = Command::new("setpriv").args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).arg("build").current_dir(&city).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (done, said) = nobody(&program);
    assert!(done, "{said}");
    for (kept, word) in [
        ("content", "error: content"),
        ("content/articles", "error: content/articles"),
        ("content/articles/hajimete.md", "error: content/articles/hajimete.md"),
        ("content/contacts.yaml", "error: content/contacts.yaml"),
        ("segments", "error: segments"),
        ("otayori.yaml", "otayori.yaml"),
    ] {
        shell(&format!("chown root:root {kept}; chmod go-rwx {kept}"));
        let before = fs::read(city.join("public/articles/hajimete/index.html")).unwrap();
        let (done, said) = nobody(&program);
        assert!(!done && said.contains(word), "{kept}: {said}");
        assert_eq!(fs::read(city.join("public/articles/hajimete/index.html")).unwrap(), before);
        shell(&format!("chown 65534:65534 {kept}; chmod go+rX {kept}"));
    }
}
