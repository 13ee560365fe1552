//! Who stands behind an article, and when its review has run out.

use super::*;

#[test]
fn a_review_that_has_run_out_is_said_on_the_page() {
    let loaded = sample();
    let page = |today| {
        let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, today);
        edition.render(&edition.address_of("/articles/tsuwari/").unwrap()).unwrap()
    };
    assert!(!page(DAY).contains("いま、内容を確かめています"));
    assert!(page(date(2028, 12, 1)).contains("いま、内容を確かめています"));
}

/// People and machines read who stands behind an article: names, professions, interests, dates.
#[test]
fn an_article_says_who_stands_behind_it() {
    let mut loaded = sample();
    let page = |loaded: &Loaded, path: &str| {
        let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
        edition.render(&edition.address_of(path).unwrap()).unwrap()
    };
    let data = |html: &str| -> serde_json::Value {
        let script = html
            .split_once("<script type=\"application/ld+json\">")
            .or_else(|| html.split_once("<script type=application/ld+json>"))
            .unwrap()
            .1;
        serde_json::from_str(script.split_once("</script>").unwrap().0).unwrap()
    };
    let html = page(&loaded, "/articles/tsuwari/");
    let review = loaded.library.articles["tsuwari"].versions["ja"].review.clone().unwrap();
    for shown in [
        "利益相反：ありません",
        "最終監修日",
        "次回監修予定",
        "佐伯みのり",
        "高瀬 航",
        "（産婦人科医）",
        "妊娠5〜16週のころ",
        "読むのに",
        "写真・絵：",
    ] {
        assert!(html.contains(shown), "{shown}");
    }
    assert!(
        html.contains(&format!("datetime=\"{}\"", review.next)) || html.contains(&format!("datetime={}", review.next))
    );
    let read = data(&html);
    assert_eq!(
        (&read["@type"], &read["inLanguage"], &read["lastReviewed"]),
        (&"MedicalWebPage".into(), &"ja".into(), &review.on.to_string().into())
    );
    assert_eq!(
        (&read["reviewedBy"]["name"], &read["reviewedBy"]["jobTitle"]),
        (&"高瀬 航".into(), &"産婦人科医".into())
    );
    assert_eq!(
        (&read["author"]["name"], &read["author"]["affiliation"]["name"]),
        (&"佐伯みのり".into(), &"はるかぜ市 こども未来課 母子保健係".into())
    );
    assert_eq!(
        (&read["medicalAudience"]["name"], &read["aspect"]),
        (&"妊娠5〜16週のころ".into(), &serde_json::json!(["からだ", "食べる"]))
    );
    assert_eq!(read["publisher"]["name"], "はるかぜ市");
    assert!(
        read["citation"].as_array().unwrap().len() == 2
            && read["url"].as_str().unwrap().ends_with("/articles/tsuwari/")
    );
    assert_eq!(data(&page(&loaded, "/articles/tsuwari/easy/"))["inLanguage"], "ja");
    assert!(page(&loaded, "/articles/tsuwari/en/").contains("Conflicts of interest: none"));

    // A text that was rewritten since is nobody's reviewed text; and no title ends the script.
    let article = std::sync::Arc::make_mut(loaded.library.articles.get_mut("tsuwari").unwrap());
    let version = std::sync::Arc::make_mut(article.versions.get_mut("ja").unwrap());
    version.review.as_mut().unwrap().text = otayori::content::ReviewedText::Changed;
    version.title = "</script><b>&".into();
    let html = page(&loaded, "/articles/tsuwari/");
    let read = data(&html);
    assert_eq!(read["name"], "</script><b>&");
    assert!(read.get("reviewedBy").is_none() && read.get("lastReviewed").is_none());
    assert!(
        html.contains("いま、監修を待っています")
            && !html.contains("監修しました")
            && !html.contains("class=\"stamp\"")
    );
}
