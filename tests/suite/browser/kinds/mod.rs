//! Every kind of page, by one table: accessible in light and dark, valid, narrow enough for 320 px, whole without
//! script, strict, and light.
//!
//! `tests/web/kinds.mjs` opens the rows in one Chromium, has the W3C's checker read what was sent, and says what it
//! found: nothing may be left over.

mod table;
mod world;

use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use table::{Index, KINDS, Kind, PARTS};
use world::World;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A template that nobody listed is a kind of page that nobody checks.
#[test]
fn every_template_has_a_row() {
    let folder = Path::new(ROOT).join("themes/default/templates");
    let names = |folder: &Path, before: &str| -> Vec<String> {
        let files = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file());
        files.map(|p| format!("{before}{}", p.file_name().unwrap().to_string_lossy())).collect()
    };
    let there: BTreeSet<String> =
        names(&folder, "").into_iter().chain(names(&folder.join("preview"), "preview/")).collect();
    let rows: BTreeSet<String> = KINDS.iter().map(|k| k.template.to_owned()).collect();
    let parts: BTreeSet<String> = PARTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let both: Vec<_> = rows.intersection(&parts).collect();
    assert!(both.is_empty(), "a page or a part? {both:?}");
    let listed: BTreeSet<String> = rows.union(&parts).cloned().collect();
    let (missing, gone): (Vec<_>, Vec<_>) = (there.difference(&listed).collect(), listed.difference(&there).collect());
    assert!(missing.is_empty(), "no row shows {missing:?}: add one to KINDS in tests/suite/browser/kinds/table.rs");
    assert!(gone.is_empty(), "{gone:?} are no templates any more");
    // A part is used by a template; otherwise it would be a page after all.
    let all: String = there.iter().map(|name| std::fs::read_to_string(folder.join(name)).unwrap()).collect();
    for (part, _) in PARTS.iter().filter(|(part, _)| !["parts.html", "forms.html", "sw.js"].contains(part)) {
        let used = [format!("{{% extends \"{part}\" %}}"), format!("{{% include \"{part}\" %}}")];
        assert!(used.iter().any(|u| all.contains(u)), "no template uses {part}");
    }
}

/// What the runner says.
#[derive(Debug, Deserialize)]
struct Told {
    /// One line each: which page, what.
    findings: Vec<String>,
    /// For whoever reads the log.
    figures: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_page_holds() {
    let began = std::time::Instant::now();
    let world = World::new().await;
    println!("world: {:.1} s", began.elapsed().as_secs_f64());
    let (mut seen, mut measured) = (BTreeSet::new(), BTreeSet::new());
    let mut once = |kind: &Kind, n: usize| {
        row(&world, n, kind, seen.insert(kind.template), !kind.leads_on() && measured.insert(kind.template))
    };
    let mut rows: Vec<_> = KINDS.iter().zip(0..).map(|(kind, n)| once(kind, n)).collect();
    rows.push(json!({
        "name": "wrong", "file": "wrong.html", "url": world.wrong(), "who": "Nobody", "status": 404, "says": "よい見本",
        "index": "no", "scripted": "", "policy": true, "one": true, "thumb": true,
    }));
    let request =
        json!({ "rows": rows, "first": [format!("{}/articles/{}/", world.app.url, world.filled("{heaviest}"))] });
    let told = tokio::task::spawn_blocking(move || run(&request)).await.unwrap();
    for line in &told.figures {
        println!("{line}");
    }
    println!("all: {:.1} s", began.elapsed().as_secs_f64());
    let (wrong, findings): (Vec<String>, Vec<String>) =
        told.findings.into_iter().partition(|line| line.starts_with("wrong"));
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    let unseen: Vec<&str> = SEEN.into_iter().filter(|what| !wrong.iter().any(|line| line.contains(what))).collect();
    assert!(unseen.is_empty(), "nobody saw {unseen:?} on a page that has it:\n{}", wrong.join("\n"));
}

/// What the runner must find on the page with everything that must not be: a check that sees nothing would never fail.
const SEEN: [&str; 15] = [
    "too small for a thumb",
    "answered 200  instead of 404",
    "does not say “よい見本” without script",
    "px wide on a screen of 320",
    "px wide with script on a screen of 320",
    "inline: style on",
    "inline: script",
    "does nothing without script: the button",
    "only with script: link /later/",
    "a foreign request: http://127.0.0.2:9/foreign.png",
    "against its own policy: script-src",
    "the policy is not strict",
    "axe (light, 320 px): color-contrast",
    "axe (dark, 1280 px): image-alt",
    "vnu:",
];

/// Is it a page that households press things on? The staff's and the authors' own stand on a desk, as does what
/// programmers read.
fn on_a_phone(kind: &Kind) -> bool {
    use table::{Server, Who};
    !matches!(kind.who, Who::Midwife | Who::CityStaff)
        && !matches!(kind.server, Server::Demo | Server::Preview)
        && !matches!(kind.template, "api.html" | "sign-in.html")
}

/// A row as the runner reads it: `one` of its kind is looked at in the dark as well, and `measured` by Lighthouse.
fn row(world: &World, n: usize, kind: &Kind, one: bool, measured: bool) -> serde_json::Value {
    let form: Vec<(String, String)> =
        kind.form.iter().map(|(name, value)| ((*name).to_owned(), world.filled(value))).collect();
    let cookie = world.cookie(kind.who).map(|(name, value)| json!({ "name": name, "value": value }));
    let index = match kind.index {
        Index::Yes => "yes",
        Index::No(_) => "no",
        Index::Unreachable => "unreachable",
    };
    let categories: &[&str] = if kind.index == Index::Yes {
        &["accessibility", "best-practices", "seo"]
    } else {
        &["accessibility", "best-practices"]
    };
    json!({
        "name": format!("{n:02} {} {}", kind.template, kind.path), "file": format!("{n:02}.html"),
        "url": world.url(kind), "who": format!("{:?}", kind.who), "cookie": cookie,
        "form": (!form.is_empty()).then_some(form), "status": kind.status, "says": world.filled(kind.says),
        "index": index, "scripted": kind.scripted,
        "policy": kind.server != table::Server::Host, "stays": kind.leads_on(),
        "one": one, "thumb": on_a_phone(kind), "lighthouse": measured.then_some(categories),
    })
}

fn run(request: &serde_json::Value) -> Told {
    let node = Command::new("node")
        .arg(Path::new(ROOT).join("tests/web/kinds.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut node = node.expect("node (./test installs it)");
    serde_json::to_writer(node.stdin.take().unwrap(), request).unwrap();
    let done = node.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "tests/web/kinds.mjs failed (./test installs what it needs)\n{text}");
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|e| panic!("{e}: {text}"))
}
