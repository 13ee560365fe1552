//! What is published and what is not: a failed build, days and drafts, the preview.

use super::*;

#[test]
fn a_failed_build_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = small(dir.path());
    let out = dir.path().join("public");
    publish(&loaded, &out, false).unwrap();
    let before = files(&out);
    // A template that names what does not exist fails while pages are being written.
    fs::write(dir.path().join("themes/default/templates/person.html"), "{{ nobody }}").unwrap();
    let broken = load(dir.path(), Some(DAY)).unwrap();
    assert!(publish(&broken, &out, false).is_err());
    assert_eq!(files(&out), before);
    // A mistake in an article stops before anything is written.
    fs::write(dir.path().join("content/articles/hajimete.md"), "---\ntitel: x\n---\n").unwrap();
    assert!(load(dir.path(), Some(DAY)).is_err());
    assert_eq!(
        fs::read_dir(dir.path())
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(".public"))
            .count(),
        0
    );
}

#[test]
fn what_is_not_published_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let bulletin = |name: &str, dates: &str| {
        fs::write(
            dir.path().join(format!("content/bulletins/{name}.md")),
            format!("---\ntitle: 見本\nsummary: 見本です。\n{dates}\n---\n本文です。\n"),
        )
        .unwrap()
    };
    bulletin("early", "publish: 2026-11-22");
    bulletin("late", "publish: 2026-11-01\nuntil: 2026-11-20");
    bulletin("draft", "publish: 2026-11-01\ndraft: true");
    bulletin("now", "publish: 2026-11-21\nuntil: 2026-11-21");
    let loaded = load(dir.path(), Some(DAY)).unwrap();
    let (_dir, _, all) = built(&loaded);
    for (slug, there) in [("early", false), ("late", false), ("draft", false), ("now", true)] {
        assert_eq!(all.contains_key(&format!("bulletins/{slug}/index.html")), there, "{slug}");
    }
    let drafts = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY).with_drafts();
    assert!(drafts.address_of("/bulletins/draft/").is_some());
}

/// With a mistake in a file the last good state stays, and the mistake is told with its place.
#[test]
fn the_preview_keeps_the_last_good_page() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let workshop = PreviewState::open(dir.path(), Some(DAY), std::sync::Arc::new(|_, _, _| Ok(None)));
    assert!(!workshop.news().has_errors());
    let article = dir.path().join("content/articles/hajimete.md");
    let good = fs::read_to_string(&article).unwrap();
    fs::write(&article, good.replace("title:", "titel:")).unwrap();
    workshop.reload();
    let news = workshop.news();
    assert!(
        news.has_errors() && news.problems.iter().any(|p| p.file == "content/articles/hajimete.md" && p.line > 0),
        "{news:?}"
    );
    assert_eq!(workshop.good().unwrap().loaded.library.articles["hajimete"].versions["ja"].title, "記事の見本です");
    fs::write(&article, good.replace("記事の見本です", "直しました")).unwrap();
    workshop.reload();
    assert!(!workshop.news().has_errors() && workshop.news().version > news.version);
    assert_eq!(workshop.good().unwrap().loaded.library.articles["hajimete"].versions["ja"].title, "直しました");
}
