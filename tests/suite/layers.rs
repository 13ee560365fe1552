//! The arrows between rooms: a lower layer never imports a higher one, and rooms of one layer never import each other.

use std::path::Path;

/// As in `ARCHITECTURE.md`.
const LAYERS: [&[&str]; 12] = [
    &["calendar", "mailbox", "masking", "stamp", "text"],
    &["diag", "search"],
    &["config"],
    &["segment", "db", "danger"],
    &["content", "vault", "watch"],
    &["contact", "press", "audit", "aid"],
    &["outbox"],
    &["site", "flyer", "household", "staff", "consult", "readers", "crowd"],
    &["letter", "channel"],
    &["report", "handover"],
    &["web", "schedule"],
    &["cli"],
];

fn layer(room: &str) -> usize {
    LAYERS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("room `{room}` stands in no layer: add it to LAYERS and ARCHITECTURE.md"))
}

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Rooms named by `crate::…` in a line, in `use` trees and in paths.
fn rooms_in(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .map(|(at, word)| line[at + word.len()..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
        .filter(|r: &String| !r.is_empty())
        .collect()
}

#[test]
fn arrows_point_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 20, "the sources were not found");
    let mut wrong = Vec::new();
    for file in files {
        let below = file.strip_prefix(&src).unwrap();
        let room = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if matches!(room.as_str(), "lib" | "main") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for other in rooms_in(line) {
                if other != room && layer(&other) >= layer(&room) {
                    wrong.push(format!("{}:{}: {room} imports {other}", below.display(), n + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that ARCHITECTURE.md does not allow:\n{}", wrong.join("\n"));
}

/// A channel has one spelling, in the room `contact`: no text of SQL and no `match` names one by itself.
#[test]
fn a_channel_is_spelled_in_one_place() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let spelled = |line: &&str| ["line", "web_push", "email"].iter().any(|id| line.contains(&format!("'{id}'")) || line.contains(&format!("\"{id}\" =>")));
    for file in files.iter().filter(|f| !f.ends_with("contact/mod.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let found: Vec<&str> = code.lines().filter(|l| !l.trim_start().starts_with("//")).filter(spelled).collect();
        assert!(found.is_empty(), "{}: {found:?}", file.display());
    }
}
