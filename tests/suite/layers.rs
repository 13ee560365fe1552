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
    &["site", "flyer", "household", "staff", "readers", "crowd"],
    &["consult", "letter", "channel"],
    &["report", "handover", "runs", "erasure"],
    &["web", "schedule"],
    &["cli"],
];

fn layer(room: &str) -> usize {
    LAYERS
        .iter()
        .position(|rooms| rooms.contains(&room))
        .unwrap_or_else(|| panic!("room `{room}` stands in no layer: add it to LAYERS and ARCHITECTURE.md"))
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
        .map(|(at, word)| {
            line[at + word.len()..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
        })
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
    let spelled = |line: &&str| {
        ["line", "web_push", "email"]
            .iter()
            .any(|id| line.contains(&format!("'{id}'")) || line.contains(&format!("\"{id}\" =>")))
    };
    for file in files.iter().filter(|f| !f.ends_with("contact/channel.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let found: Vec<&str> = code.lines().filter(|l| !l.trim_start().starts_with("//")).filter(spelled).collect();
        assert!(found.is_empty(), "{}: {found:?}", file.display());
    }
}

/// Each table belongs to one room, which alone writes it; others read it through that room's functions.
const OWNERS: [(&str, &[&str]); 14] = [
    ("audit", &["audit", "erased_watches"]),
    ("channel", &["line_counts", "line_events"]),
    ("consult", &["consultation_entries", "consultation_surveys", "consultations"]),
    ("contact", &["contacts", "email_confirmations", "person_links", "person_sessions", "persons"]),
    ("crowd", &["source_counts"]),
    ("db", &["upkeep"]),
    ("household", &["households", "subjects", "visits"]),
    ("letter", &["article_numbers", "letter_counts", "letter_items", "letter_tallies", "letters"]),
    ("outbox", &["batches", "messages", "outbox"]),
    ("readers", &["readers_said", "readers_tries", "wanted_articles"]),
    ("runs", &["runs"]),
    ("staff", &["sign_in_failures", "staff", "staff_sessions"]),
    ("vault", &["installation_keys"]),
    ("watch", &["clock"]),
];

/// Who reads another room's tables in SQL of its own, and why that is better than asking their owner.
const READS_ABROAD: [(&str, &[&str], &str); 5] = [
    (
        "watch",
        &[
            "audit",
            "consultation_entries",
            "consultations",
            "contacts",
            "households",
            "line_events",
            "outbox",
            "person_sessions",
            "runs",
            "staff",
            "staff_sessions",
        ],
        "the newest instant of whatever people did, where no process has left one: it lies below all of them",
    ),
    ("vault", &["consultations", "households"], "is there anything that a key opens, asked before anything is opened"),
    ("db", &["households", "runs"], "is a file that is not opened yet a city's, and does it answer"),
    (
        "letter",
        &["contacts", "households", "outbox", "subjects"],
        "a million households are planned page by page: a function a household would take hours",
    ),
    (
        "outbox",
        &["contacts", "households", "persons", "subjects"],
        "what may be sent is looked at once more in the statement that says so",
    ),
];

/// Where a source names tables in statements: the table, and whether it is written.
fn tables_in(text: &str) -> Vec<(&'static str, bool)> {
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let known = |word: &str| OWNERS.iter().flat_map(|(_, tables)| tables.iter()).find(|table| **table == word).copied();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = |n: usize| at.checked_sub(n).map_or("", |at| words[at]);
        let (Some(table), first) = (known(word), before(1)) else { continue };
        match (before(2), first) {
            ("DELETE", "FROM") | ("INSERT", "INTO") | (_, "UPDATE") => found.push((table, true)),
            (_, "FROM" | "JOIN") => found.push((table, false)),
            _ => {}
        }
    }
    found
}

#[test]
fn a_table_belongs_to_a_room() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let owner = |table: &str| OWNERS.iter().find(|(_, tables)| tables.contains(&table)).unwrap().0;
    let mut abroad = std::collections::BTreeMap::new();
    for file in files {
        let below = file.strip_prefix(&src).unwrap();
        let room = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        for (table, written) in tables_in(&text).into_iter().filter(|(table, _)| owner(table) != room) {
            abroad.entry((room.clone(), table, written)).or_insert_with(|| below.display().to_string());
        }
    }
    let reads =
        |room: &str, table: &str| READS_ABROAD.iter().any(|(r, tables, _)| *r == room && tables.contains(&table));
    let wrong: Vec<String> = abroad
        .iter()
        .filter(|((room, table, written), _)| *written || !reads(room, table))
        .map(|((room, table, written), file)| {
            format!(
                "{file}: `{room}` {} `{table}`, which is `{}`'s",
                if *written { "writes" } else { "reads" },
                owner(table)
            )
        })
        .collect();
    assert!(wrong.is_empty(), "ask the table's owner:\n{}", wrong.join("\n"));
    let idle: Vec<_> = READS_ABROAD
        .iter()
        .flat_map(|(room, tables, _)| tables.iter().map(move |table| (*room, *table)))
        .filter(|(room, table)| !abroad.contains_key(&((*room).to_owned(), *table, false)))
        .collect();
    assert!(idle.is_empty(), "nobody reads these there any more: {idle:?}");
}

/// A table that no room owns is written by everybody.
#[tokio::test]
async fn every_table_has_an_owner() {
    for test in crate::support::databases().await {
        let sql = if test.db.is_sqlite() {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        } else {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY \
             table_name"
        };
        let there: Vec<String> = sqlx::query_scalar(sql).fetch_all(test.db.pool()).await.unwrap();
        let there: Vec<&str> = there.iter().map(String::as_str).filter(|t| *t != "_sqlx_migrations").collect();
        let mut owned: Vec<&str> = OWNERS.iter().flat_map(|(_, tables)| tables.iter().copied()).collect();
        owned.sort_unstable();
        assert_eq!(there, owned, "{}", test.name());
    }
}

/// `migrations/README.md` tells whoever writes the next migration whose each table is.
#[test]
fn the_owners_stand_beside_the_migrations() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/README.md")).unwrap();
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let told: Vec<(String, String)> = text
        .lines()
        .map(cells)
        .filter(|c| c.len() == 5 && c[1].starts_with('`'))
        .map(|c| (c[1].trim_matches('`').to_owned(), c[2].trim_matches('`').to_owned()))
        .collect();
    let mut owned: Vec<(String, String)> = OWNERS
        .iter()
        .flat_map(|(room, tables)| tables.iter().map(|table| ((*table).to_owned(), (*room).to_owned())))
        .collect();
    owned.sort();
    assert_eq!(told, owned);
}

/// What nobody uses is compiled by nobody. The program's own dependencies are looked at by the compiler
/// (`unused_crate_dependencies` in `lib.rs`); those of tests and benches, whose crates each use a part, here.
#[test]
fn every_crate_of_tests_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (manifest, sources) in [
        ("Cargo.toml", ["tests/suite", "benches", "src"].as_slice()),
        ("tests/independent/Cargo.toml", &["tests/independent", "benches"]),
    ] {
        let manifest = std::fs::read_to_string(root.join(manifest)).unwrap();
        let part = manifest.split("[dev-dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        let crates: Vec<String> = part
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric()))
            .map(|line| line.split([' ', '=']).next().unwrap().replace('-', "_"))
            .collect();
        assert!(crates.len() > 5, "{crates:?}");
        let mut files = Vec::new();
        sources.iter().for_each(|folder| rust_files(&root.join(folder), &mut files));
        let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let used = |name: &str| {
            let (path, alone) = (format!("{name}::"), format!("use {name};"));
            texts.iter().any(|text| text.contains(&path) || text.contains(&alone))
        };
        let unused: Vec<&String> = crates.iter().filter(|name| !used(name)).collect();
        assert!(unused.is_empty(), "take these out: {unused:?}");
    }
}
