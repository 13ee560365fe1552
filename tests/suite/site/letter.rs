//! A letter's page.

use super::*;

fn time(hour: i8, minute: i8) -> otayori::calendar::Time {
    DAY.at(hour, minute, 0, 0).time()
}

#[test]
fn a_letter_is_addressed_to_its_stages() {
    let theme = sample().theme;
    let html = site::letter_page(&theme, &letter()).unwrap();
    for part in [
        "<span class=\"nb\">24週と、</span><wbr><span class=\"nb\">1歳7か月の</span>ご家庭へ",
        "続きを読む（4分）",
        "12/8",
        "noindex",
        "合わせて8分",
        "朝晩が冷えてきました",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    // One quiet way to stop at its top, where it speaks of a pregnancy, and nowhere else.
    let before = &html[..html.find("<article").unwrap()];
    assert!(before.contains("href=\"/stop\" data-stop-link>おたよりを止めたいとき</a>"), "{before}");
    let mut child = letter();
    child.items.retain(|i| i.subject != "pregnancy");
    assert!(!site::letter_page(&theme, &child).unwrap().contains("おたよりを止めたいとき"));
    // Only news: the city writes to everybody, and no belly or child is spoken of.
    let news = LetterView { items: letter().items.split_off(2), ..letter() };
    let html = site::letter_page(&theme, &news).unwrap();
    assert!(html.contains("はるかぜ市のご家庭へ") && !html.contains("おなかの子"));
    let view = PhoneView::letter(
        "はるかぜ市 おたより",
        date(2026, 11, 24),
        time(7, 30),
        "今週のおたよりです",
        "読みもの1つ。",
        "/letters/x/",
        "/ask",
    );
    let phone = theme.render("phone.html", "ja", &serde_json::json!({ "view": view })).unwrap();
    assert!(
        phone.contains("11月24日（火）7:30")
            && phone.contains("11月24日 火曜日")
            && phone.contains("今週のおたよりです")
    );
    for language in ["en", "easy"] {
        let html = site::letter_page(&theme, &LetterView { language: language.into(), ..letter() }).unwrap();
        assert!(html.contains(&format!("href=\"/stop?lang={language}\" data-stop-link>")), "{html}");
    }
}
