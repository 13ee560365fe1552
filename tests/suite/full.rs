//! A disk on which nothing more can be written, in the middle of a build and of a send. Real processes; the limit is
//! the shell's own (`ulimit -f`, a write beyond it fails as on a full disk), so that it needs no rights.

use crate::killed::City;
use otayori::calendar::date;
use otayori::engine::new;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a command so that no file may grow beyond `kib` KiB: a write beyond it is an error, not a signal.
fn limited(command: &Command, kib: u64) -> Command {
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\""), "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    command.get_envs().for_each(|(name, value)| {
        value.map(|value| shell.env(name, value));
    });
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

fn build(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otayori"));
    command.args(["build", "--date", "2026-11-24", "--root"]).arg(root);
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if entry.is_dir() {
            found.extend(files(&entry).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, std::fs::read(&entry).unwrap());
        }
    }
    found
}

#[test]
fn a_build_on_a_full_disk_leaves_the_last_site() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    let built = build(&root).output().unwrap();
    assert!(built.status.success(), "{}", stderr(&built));
    let before = files(&root.join("public"));
    assert!(before.contains_key("articles/hajimete/index.html"));
    let article = root.join("content/articles/hajimete.md");
    let changed = std::fs::read_to_string(&article).unwrap().replace("記事の見本です", "直した見本です");
    std::fs::write(&article, changed).unwrap();

    // Too small for a page, for a picture, for a handout's PDF.
    for kib in [1, 8, 24] {
        let full = limited(&build(&root), kib).output().unwrap();
        let said = stderr(&full);
        assert_eq!(full.status.code(), Some(1), "{kib} KiB: {said}");
        assert!(
            said.contains("に書けません") && said.contains("  hint: ディスクに空きがありません。`df -h` で確かめ"),
            "{kib} KiB: {said}"
        );
        assert!(said.trim_end().ends_with("public は、前のままです。"), "{kib} KiB: {said}");
        assert_eq!(files(&root.join("public")), before, "{kib} KiB");
        let left: Vec<String> = std::fs::read_dir(&root)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|n| n.starts_with(".public"))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "{kib} KiB");
    }
    let mended = build(&root).output().unwrap();
    assert!(mended.status.success(), "{}", stderr(&mended));
    assert!(
        String::from_utf8_lossy(&files(&root.join("public"))["articles/hajimete/index.html"])
            .contains("直した見本です")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_cannot_write_says_so_and_sends_nobody_twice() {
    let city = City::new(None).await;
    let push = city.push.base().to_owned();
    city.run(&[
        "households",
        "generate",
        "--count",
        "120",
        "--seed",
        "7",
        "--line",
        "50",
        "--push-base",
        &push,
        "--date",
        "2026-11-24",
    ])
    .await;
    let planned = city.run(&["plan", "--date", "2026-11-24", "--json"]).await;
    let send = ["send", "--date", "2026-11-24", "--json"];
    // (KiB, requests of this call, how it ended)
    let mut calls = Vec::new();
    for kib in [4, 64, 400, 460, 520, 620] {
        let mut command = limited(&city.otayori(&send), kib);
        let before = city.line.requests() + city.push.requests();
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let (said, requests) = (stderr(&output), city.line.requests() + city.push.requests() - before);
        let unwritable = said.contains("データベースに書けないので、途中で止めました（")
            && said.contains("同じ命令をもう一度動かしてください");
        // Or it waited for what it could not settle, until its patience ended: then it says that, and the next call
        // goes on.
        let waits = said.contains("まだ送れていないものがあります。もう一度 `otayori send` を動かす");
        assert!(output.status.success() || unwritable || waits, "{kib} KiB: {said}");
        calls.push((
            kib,
            requests,
            if unwritable {
                "unwritable"
            } else if waits {
                "waits"
            } else {
                "done"
            },
        ));
    }
    eprintln!("calls: {calls:?}");
    assert!(calls.first() == Some(&(4, 0, "unwritable")), "nothing is sent that could not be planned: {calls:?}");
    assert!(
        calls.iter().any(|(_, requests, end)| *requests > 0 && *end != "done"),
        "none was stopped in the middle: {calls:?}"
    );
    let mut sent = serde_json::Value::Null;
    for _ in 0..4 {
        sent = city.run(&send).await;
        if sent["retry"] == 0 && sent["pending"] == 0 {
            break;
        }
    }
    assert_eq!((&sent["retry"], &sent["pending"], &sent["refused"]), (&0.into(), &0.into(), &0.into()), "{sent}");
    city.everybody_has_one(&planned).await;
}
