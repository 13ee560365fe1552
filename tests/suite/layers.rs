//! The arrows between rooms: a lower layer never imports a higher one, and rooms of one layer never import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// As in `ARCHITECTURE.md`.
const LAYERS: [&[&str]; 15] = [
    &["masking", "stamp", "text"],
    &["calendar", "mailbox"],
    &["clock", "diag", "search"],
    &["config"],
    &["segment", "markdown", "db", "danger"],
    &["content", "vault", "watch"],
    &["review", "wording", "paper", "contact", "press", "audit", "aid"],
    &["outbox"],
    &["site", "flyer", "household", "staff", "feedback", "crowd"],
    &["consult", "letter", "channel"],
    &["report", "handover", "runs", "erasure"],
    &["web", "schedule"],
    &["engine"],
    &["preview", "demo"],
    &["cli"],
];

/// The rooms stand in three packages, each of which knows those before it alone: the compiler sees to that.
const PACKAGES: [&str; 3] = ["src/publishing", "src/delivery", "src"];

/// Every source file of the house, with its path as it would be if all rooms stood in one folder: `web/mod.rs`.
fn house() -> Vec<(std::path::PathBuf, std::path::PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    assert!(files.len() > 300, "the sources were not found");
    let below = |file: &Path| {
        let package = PACKAGES.iter().find_map(|package| file.strip_prefix(root.join(package)).ok());
        package.unwrap().to_owned()
    };
    files
        .into_iter()
        .map(|file| (below(&file), file))
        .filter(|(b, _)| b != Path::new("lib.rs") && b != Path::new("main.rs"))
        .map(|(b, f)| (f, b))
        .collect()
}

/// The room of a path below the house.
fn room_of(below: &Path) -> String {
    below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

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
    let mut wrong = Vec::new();
    for (file, below) in house() {
        let room = room_of(&below);
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

/// The clock stands at the bottom, so that everybody may name an instant; only edges ask it what time it is.
#[test]
fn only_edges_ask_the_clock() {
    let mut asked = 0;
    for (file, below) in house() {
        let room = room_of(&below);
        if room == "clock" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let asks = code.lines().filter(|l| !l.trim_start().starts_with("//")).any(|l| {
            l.contains("Clock::")
                || l.contains("machine_seconds")
                || (l.contains("crate::clock::") && l.contains("Clock"))
        });
        assert!(!asks || layer(&room) >= layer("web"), "{}: rules take `today` or `now`", below.display());
        asked += usize::from(asks);
    }
    assert!(asked > 5, "nobody was found who asks it");
}

/// The modules of a room: `letter::write` by its file, a folder by its `mod.rs` or the file of its name.
fn modules() -> BTreeMap<Vec<String>, String> {
    house()
        .iter()
        .map(|(file, below)| {
            let below = below.with_extension("");
            let mut path: Vec<String> = below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            path.pop_if(|last| last == "mod");
            let text = std::fs::read_to_string(file).unwrap();
            // Who may see an item is no arrow.
            let code = text.split("\nmod tests {").next().unwrap();
            let code = code.replace("pub(in crate::", "pub(").replace("pub(in super::super)", "pub");
            let code = code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            (path, code)
        })
        .collect()
}

/// The paths that a tree of `use` names: `a::{b, c::{self, d}}` is `a::b`, `a::c` and `a::c::d`.
fn named_by(tree: &str, before: &[String], into: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let path = |text: &str| -> Vec<String> {
        let own = text.split("::").map(|part| part.split_whitespace().next().unwrap_or("").to_owned());
        before.iter().cloned().chain(own.filter(|part| !part.is_empty() && part != "self")).collect()
    };
    let Some((head, inner)) = tree.split_once('{') else {
        // `use self::…` begins where the file is.
        let begins_here = before.is_empty() && tree.starts_with("self::");
        into.push(if begins_here { [vec!["self".to_owned()], path(tree)].concat() } else { path(tree) });
        return;
    };
    let (head, inner) = (path(head), inner.strip_suffix('}').unwrap_or(inner));
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[from..at].trim().is_empty() {
                    named_by(&inner[from..at], &head, into);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// Is a `use …;` public, and which paths does it name?
type Use = (bool, Vec<Vec<String>>);

/// What a file says: every `use …;` (is it `pub`, and which paths does it name?), and the code without them.
fn uses(code: &str) -> (Vec<Use>, String) {
    let (mut all, mut rest) = (Vec::new(), String::new());
    let mut statement: Option<(bool, String)> = None;
    for line in code.lines() {
        let begun = line.trim_start();
        if let Some((_, text)) = &mut statement {
            text.push(' ');
            text.push_str(begun);
        } else {
            let public = begun.starts_with("pub");
            let tree =
                if public { begun.split_once(" use ").map(|(_, tree)| tree) } else { begun.strip_prefix("use ") };
            match tree {
                Some(tree) => statement = Some((public, tree.to_owned())),
                None => rest.extend([line, "\n"]),
            }
        }
        if let Some((public, text)) = statement.take_if(|(_, text)| text.contains(';')) {
            let mut paths = Vec::new();
            named_by(text.split(';').next().unwrap(), &[], &mut paths);
            all.push((public, paths));
        }
    }
    (all, rest)
}

/// Which files of its own room each file needs. What a `mod.rs` only passes on belongs to the file that it comes from.
fn arrows(modules: &BTreeMap<Vec<String>, String>) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let passed_on: BTreeMap<&Vec<String>, Vec<Vec<String>>> = modules
        .iter()
        .map(|(module, code)| {
            (module, uses(code).0.into_iter().filter(|(public, _)| *public).flat_map(|u| u.1).collect())
        })
        .collect();
    let target = |from: &Vec<String>, path: &[String]| -> Option<Vec<String>> {
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), path[1..].to_vec()),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                (from.get(..from.len().checked_sub(up)?)?.to_vec(), path[up..].to_vec())
            }
            "self" => (from.clone(), path[1..].to_vec()),
            first => {
                let child = [from.as_slice(), &[first.to_owned()]].concat();
                modules.contains_key(&child).then(|| (from.clone(), path.to_vec()))?
            }
        };
        // A name that is passed on twice is followed twice, and so on; a ring of names is none of Rust.
        for _ in 0..8 {
            while let Some(next) = rest.first().map(|part| [at.as_slice(), std::slice::from_ref(part)].concat())
                && modules.contains_key(&next)
            {
                at = next;
                rest.remove(0);
            }
            let Some(name) = rest.first() else { break };
            let Some(origin) = passed_on.get(&at)?.iter().find(|path| path.last() == Some(name) && path.len() > 1)
            else {
                break;
            };
            let child = [at.as_slice(), &[origin[0].clone()]].concat();
            if !modules.contains_key(&child) {
                break;
            }
            rest = origin.clone();
        }
        (at.first() == from.first() && at != *from).then_some(at)
    };
    modules
        .iter()
        .map(|(module, code)| {
            let (uses, rest) = uses(code);
            let mut paths: Vec<Vec<String>> =
                uses.into_iter().filter(|(public, _)| !public).flat_map(|(_, paths)| paths).collect();
            // Paths in the code itself.
            let words = rest.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')));
            let full = words.filter(|w| w.contains("::")).map(|w| w.split("::").map(str::to_owned).collect());
            paths.extend(full.filter(|path: &Vec<String>| !path[0].is_empty()));
            (module.clone(), paths.iter().filter_map(|path| target(module, path)).collect())
        })
        .collect()
}

/// Files of a room that need one another in a circle, by room.
fn circles(arrows: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> BTreeMap<String, BTreeSet<String>> {
    let reached = |from: &Vec<String>| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            for to in arrows.get(&module).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    next.push(to.clone());
                }
            }
        }
        seen
    };
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in arrows.keys().filter(|module| reached(module).contains(*module)) {
        let name = if module.len() == 1 { "mod".to_owned() } else { module[1..].join("::") };
        found.entry(module[0].clone()).or_default().insert(name);
    }
    found
}

/// What a room says of its circle, in its `mod.rs`: `//! Circle of 4 files: why it is one.`
fn said_of_its_circle(text: &str) -> Option<(usize, &str)> {
    let said = text.lines().find_map(|line| line.strip_prefix("//! Circle of "))?;
    let (files, why) = said.split_once(" files: ")?;
    Some((files.parse().ok()?, why))
}

#[test]
fn files_of_a_room_need_each_other_one_way() {
    let mut found = circles(&arrows(&modules()));
    let mut wrong = Vec::new();
    for (file, below) in house() {
        if !below.ends_with("mod.rs") || below.iter().count() != 2 {
            continue;
        }
        let (room, text) = (room_of(&below), std::fs::read_to_string(&file).unwrap());
        match (found.remove(&room), said_of_its_circle(&text)) {
            (None, None) => {}
            (Some(files), Some((said, why))) if files.len() == said && !why.is_empty() => {}
            (files, said) => wrong.push(format!("{room} has a circle of {files:?}, and says {said:?}")),
        }
    }
    wrong.extend(found.iter().map(|(room, files)| format!("{room} has a circle of {files:?}, and no mod.rs")));
    let hint = "break the circle, or give its reason in mod.rs (`//! Circle of 4 files: …`)";
    assert!(wrong.is_empty(), "{hint}:\n{}", wrong.join("\n"));
}

/// A reason is read with its number; what is no reason is none.
#[test]
fn a_circle_has_a_reason() {
    assert_eq!(said_of_its_circle("//! Pools.\n//!\n//! Circle of 4 files: a pool.\n"), Some((4, "a pool.")));
    for text in ["", "//! Pools.", "//! Circle of four files: a pool.", "// Circle of 4 files: a pool."] {
        assert_eq!(said_of_its_circle(text), None, "{text}");
    }
}

/// The check finds a circle, and does not take a name that is only passed on for one.
#[test]
fn a_circle_is_found() {
    let room = |files: &[(&str, &str)]| {
        files.iter().map(|(path, code)| (path.split("::").map(str::to_owned).collect(), (*code).to_owned())).collect()
    };
    let circle = |files: &[(&str, &str)]| circles(&arrows(&room(files))).remove("r").unwrap_or_default().len();
    assert_eq!(circle(&[("r", "mod a;\nmod b;\n"), ("r::a", "use super::b::B;"), ("r::b", "use crate::r::a;")]), 2);
    let passed = ("r", "mod a;\nmod b;\npub use a::{A, One as Two};\npub use b::B;\n");
    assert_eq!(circle(&[passed, ("r::a", "fn f() -> super::B {}"), ("r::b", "")]), 0);
    assert_eq!(circle(&[passed, ("r::a", "use super::{\n    B,\n};"), ("r::b", "use super::A;")]), 2);
    assert_eq!(circle(&[("r", "mod a;\nfn f() { a::g(); }"), ("r::a", "use super::f;")]), 2);
    assert_eq!(circle(&[("r", "mod a;\nfn f() { a::g(); }"), ("r::a", "")]), 0);
}

/// A channel has one spelling, in the room `contact`: no text of SQL and no `match` names one by itself.
#[test]
fn a_channel_is_spelled_in_one_place() {
    let spelled = |line: &&str| {
        ["line", "web_push", "email"]
            .iter()
            .any(|id| line.contains(&format!("'{id}'")) || line.contains(&format!("\"{id}\" =>")))
    };
    for (file, _) in house().iter().filter(|(f, _)| !f.ends_with("contact/channel.rs")) {
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
    ("feedback", &["readers_said", "readers_tries", "wanted_articles"]),
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
    let owner = |table: &str| OWNERS.iter().find(|(_, tables)| tables.contains(&table)).unwrap().0;
    let mut abroad = BTreeMap::new();
    for (file, below) in house() {
        let room = room_of(&below);
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
    for (manifest, sources, at_least) in [
        ("Cargo.toml", ["tests/suite", "benches", "src"].as_slice(), 6),
        ("src/publishing/Cargo.toml", &["src/publishing"], 2),
        ("src/delivery/Cargo.toml", &["src/delivery"], 2),
        ("tests/independent/Cargo.toml", &["tests/independent", "benches"], 6),
    ] {
        let manifest = std::fs::read_to_string(root.join(manifest)).unwrap();
        let part = manifest.split("[dev-dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        let crates: Vec<String> = part
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric()))
            .map(|line| line.split([' ', '=', '.']).next().unwrap().replace('-', "_"))
            .collect();
        assert!(crates.len() >= at_least, "{crates:?}");
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

/// What `ARCHITECTURE.md` says of the house: each room in its layer, and every file that the walks name.
#[test]
fn the_house_is_as_it_is_described() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    for (n, rooms) in LAYERS.iter().enumerate() {
        let row =
            page.lines().find(|line| line.starts_with(&format!("| {n} | "))).unwrap_or_else(|| panic!("layer {n}"));
        // A room's name stands first, or behind the point that parts it from the room before.
        let named: BTreeSet<&str> = row
            .split(" · ")
            .map(|room| room.trim_start_matches(&format!("| {n} | ")).split('`').nth(1).unwrap())
            .collect();
        assert_eq!(named, rooms.iter().copied().collect(), "layer {n}");
    }
    let quoted = page.split('`').skip(1).step_by(2);
    let files: Vec<&str> = quoted.filter(|name| name.ends_with(".rs") && name.contains('/')).collect();
    assert!(files.len() > 50, "the walks were not found");
    // `pages/article.rs` stands behind the file of its room.
    let there = |name: &&str| {
        root.join(name).is_file()
            || PACKAGES.iter().any(|package| root.join(package).join(name).is_file())
            || root.join("src/publishing/site").join(name).is_file()
    };
    let gone: Vec<&str> = files.into_iter().filter(|name| !there(name)).collect();
    assert!(gone.is_empty(), "ARCHITECTURE.md names files that are not there: {gone:?}");
}
