//! What is pasted is no review: no page bears its stamp, no letter carries it.

use super::places::Around;
use std::fs;
use std::path::Path;

/// Everything between ```markdown and ``` in the guides that is a whole file.
fn templates() -> Vec<(String, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut found = Vec::new();
    for entry in fs::read_dir(docs).unwrap() {
        let path = entry.unwrap().path();
        let Some(text) = path.extension().filter(|e| *e == "md").map(|_| fs::read_to_string(&path).unwrap()) else {
            continue;
        };
        let mut open: Option<(usize, String)> = None;
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            match &mut open {
                Some((_, block)) if line.trim() == "```" => {
                    found.extend(
                        block.trim_start().starts_with("---").then(|| (path.display().to_string(), block.clone())),
                    );
                    open = None;
                }
                Some((indent, block)) => {
                    block.push_str(&format!("{}\n", line.get(*indent..).unwrap_or(line.trim_start())))
                }
                None if line.trim_start().starts_with("```") => open = Some((indent, String::new())),
                None => {}
            }
        }
    }
    found
}

/// A city whose people bear the ids of the guides, but are real.
fn city() -> Around {
    let around = Around::new();
    let people = ["saeki-minori", "takase-wataru", "ogata-rei", "natori-megumi"]
        .map(|id| format!("- id: {id}\n  name: 本物 {id}\n  profession: 産婦人科医\n"));
    let path = around.city().join("content/people.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + &people.concat()).unwrap();
    around
}

/// The article bears no stamp and names no reviewer; the list of what is due names it.
fn is_not_reviewed(around: &Around, what: &str) {
    let (_, said) = around.run(&["check", "--date", "2026-11-24"]);
    assert!(!said.contains("error: content/articles/pasted.md"), "{what}: {said}");
    let (done, said) = around.run(&["build", "--date", "2026-11-24"]);
    assert!(done, "{what}: {said}");
    let page = fs::read_to_string(around.city().join("public/articles/pasted/index.html")).unwrap();
    for word in ["産婦人科医が監修", "本物 takase-wataru", "reviewedBy", "lastReviewed", "<svg class=stamp"] {
        assert!(!page.contains(word), "{what}: {word}\n{page}");
    }
    assert!(page.contains("まだ監修を受けていません") || page.contains("監修"), "{what}: {page}");
    let api = fs::read_to_string(around.city().join("public/api/v1/articles/pasted.json")).unwrap();
    assert!(api.contains("\"reviewed\":\"none\"") && !api.contains("\"by\":\"takase-wataru\""), "{what}: {api}");
    let (done, said) = around.run(&["check", "--overdue", "--date", "2026-11-24"]);
    assert!(done && said.contains("content/articles/pasted.md"), "{what}: {said}");
}

#[test]
fn no_template_of_a_guide_is_a_review() {
    let around = city();
    let articles: Vec<(String, String)> = templates()
        .into_iter()
        .filter(|(_, text)| text.contains("pregnancy_weeks:") || text.contains("child_months:"))
        .collect();
    assert!(!articles.is_empty(), "the guide shows how an article is written");
    for (file, text) in articles {
        let text = text.replace("topics: [からだ, 食べる]", "topics: [からだ]");
        fs::write(around.city().join("content/articles/pasted.md"), &text).unwrap();
        is_not_reviewed(&around, &file);
        // Nor with the line that somebody adds to it, or takes from another article together with its mark.
        for line in [
            "review: {by: takase-wataru, on: 2026-10-03, next: 2027-10-02}",
            "review:\n  by: takase-wataru\n  on: 2026-10-03\n  next: 2027-10-02",
        ] {
            fs::write(
                around.city().join("content/articles/pasted.md"),
                text.replacen("topics:", &format!("{line}\ntopics:"), 1),
            )
            .unwrap();
            is_not_reviewed(&around, line);
        }
    }
}

/// A midwife's draft with the reviewer of the template before it: nobody has seen the text.
#[test]
fn a_draft_under_a_pasted_review_is_not_sent() {
    let around = city();
    let text = "---\ntitle: 赤ちゃんのしゃっくり\nsummary: しゃっくりは病気ではありません。\nfor:\n  - child_months: \
        0-3\ntopics: [からだ]\nauthors: [saeki-minori]\n\
        review: {by: takase-wataru, on: 2026-10-03, next: 2027-10-02}\nask: midwife\nsources:\n  - 本\n---\n\
        しゃっくりは、たいてい自然に止まります。\n";
    fs::write(around.city().join("content/articles/pasted.md"), text).unwrap();
    is_not_reviewed(&around, "draft");
    assert!(around.run(&["households", "generate", "--count", "60", "--seed", "3", "--date", "2026-11-24"]).0);
    let (done, said) = around.run(&["plan", "--date", "2026-11-24", "--json"]);
    assert!(done && !said.contains("\"pasted\""), "{said}");
    // Recorded by the command, with a name and a day, it is a review; then it may go.
    let (done, said) = around.run(&["review", "pasted", "--by", "takase-wataru", "--on", "2026-11-20"]);
    assert!(done, "{said}");
    let (done, said) = around.run(&["plan", "--date", "2026-11-24", "--json"]);
    assert!(done && said.contains("\"pasted\""), "{said}");
    assert!(around.run(&["build", "--date", "2026-11-24"]).0);
    assert!(
        fs::read_to_string(around.city().join("public/articles/pasted/index.html"))
            .unwrap()
            .contains("本物 takase-wataru")
    );
    // Its mark on another text is none.
    let marked = fs::read_to_string(around.city().join("content/articles/pasted.md")).unwrap();
    fs::write(
        around.city().join("content/articles/other.md"),
        marked.replace("たいてい自然に止まります", "かならず自然に止まります"),
    )
    .unwrap();
    let (_, said) = around.run(&["check", "--overdue", "--date", "2026-11-24"]);
    assert!(said.contains("content/articles/other.md"), "{said}");
    let (_, said) = around.run(&["plan", "--date", "2026-11-24", "--json"]);
    assert!(!said.contains("\"other\""), "{said}");
}
