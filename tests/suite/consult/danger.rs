//! Signs of danger at the desk: nothing makes them vanish by one tap.

use super::*;

/// Signs of danger: nothing that is done at the desk makes them vanish by one tap.
#[tokio::test]
async fn danger_stays_until_a_clinician_says_so() {
    for test in databases().await {
        danger(&test).await;
    }
}
async fn danger(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    site.staff("mori", Role::Clinician, Some(Profession::Counsellor), app.now()).await;
    let form = [("who", "self"), ("text", "死にたいです。薬をたくさん飲みました"), ("consent", "yes"), ("from", "")];
    let confirm = send(&web, "POST", "/ask", "", &form).await.body;
    let at = |page: &str, words: &str| page.find(words).unwrap_or_else(|| panic!("{words}\n{page}"));
    assert!(at(&confirm, "「薬をたくさん飲みました」と言えば伝わります") < at(&confirm, "今すぐ119へ</a>") && at(&confirm, "今すぐ119へ</a>") < at(&confirm, "いのちSOS"));
    assert!(confirm.contains("書いてくださって、ありがとうございます。お返事は11月25日（水）17時までです。それまでのあいだ、上の番号はいまつながります"));
    let quiet = ask(&web, "", "self", "夫に出血を見られたくありません").await;
    let path = ask(&web, "", "self", form[1].1).await;
    let token = path.trim_start_matches("/q/").to_owned();
    let thread = consult::by_token(&site.db, &token).await.unwrap().unwrap();
    let open = format!("/desk/q/{}", thread.id);

    // The list: life first, the kinds, and for who answers how it begins; the kinds are sealed.
    let (web, _) = site.at("2026-11-24T09:45");
    let mori = sign_in(&web, "mori").await;
    let list = get(&web, "/desk", &mori).await.body;
    assert!(at(&list, "いのち（薬）") < at(&list, "出血") && list.contains("7分前") && list.contains("死にたいです。薬を"), "{list}");
    let stored = everything(&site.db).await;
    assert!(!stored.contains("overdose") && !stored.contains("bleeding"));

    // Closing: a question first, then a reason, then the newest word must have been seen.
    let close = format!("{open}/close");
    assert_eq!(send(&web, "POST", &close, &mori, &[]).await.location, format!("{close}?profession="));
    let page = get(&web, &close, &mori).await.body;
    assert!(page.contains("まだお返事をしていません。この相談を終えますか") && page.contains("電話で話した"), "{page}");
    let seen = field(&page, "seen");
    for form in [&[("sure", "yes"), ("seen", seen.as_str())][..], &[("sure", "yes"), ("seen", "older"), ("reason", "phone")], &[("sure", "yes"), ("seen", &seen), ("reason", "?")]]
    {
        let refused = send(&web, "POST", &close, &mori, form).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains("まだ終えていません"), "{form:?}");
    }
    let closed = send(&web, "POST", &close, &mori, &[("sure", "yes"), ("seen", &seen), ("reason", "phone")]).await.location;
    let list = get(&web, &closed, &mori).await.body;
    assert!(list.contains("終えました。") && list.contains("もう一度開く") && list.contains("見守り"), "{list}");
    let own = get(&web, &path, "").await.body;
    assert!(own.contains("今すぐ119へ") && own.contains("この相談は終わりました") && !own.contains("電話で話した"), "{own}");
    assert!(get(&web, &open, &mori).await.body.contains("お返事をせずに終えました：電話で話した"));
    // Open again: urgent, in its old place.
    send(&web, "POST", &format!("{open}/reopen"), &mori, &[]).await;
    let again = consult::by_token(&site.db, &token).await.unwrap().unwrap();
    assert!(again.urgent() && again.asked_at == thread.asked_at && again.due_at == thread.due_at);
    let list = get(&web, "/desk", &mori).await.body;
    assert!(at(&list, "急ぎ</span>") < at(&list, &thread.id) && !get(&web, &closed, &mori).await.body.contains("終えました。"));
    // What was closed without an answer is urgent again when the asker goes on, whatever the words are.
    send(&web, "POST", &close, &mori, &[("sure", "yes"), ("seen", &seen), ("reason", "other")]).await;
    let ticket = field(&get(&web, &path, "").await.body, "ticket");
    send(&web, "POST", &path, "", &[("text", "まだいます"), ("ticket", &ticket)]).await;
    assert!(consult::by_token(&site.db, &token).await.unwrap().unwrap().urgent());

    // The city's steps, and who was told: for the desk alone.
    let page = get(&web, &open, &mori).await.body;
    assert!(page.contains("命の危険があるとき") && page.contains("189（児童相談所）"), "{page}");
    let ticket = field(&page, "ticket");
    for _ in 0..2 {
        let told = send(&web, "POST", &format!("{open}/contacted"), &mori, &[("note", &format!("係長へ。{MARKER}")), ("ticket", &ticket)]).await;
        assert!(told.location.contains("did=contacted"), "{}", told.body);
    }
    let page = get(&web, &open, &mori).await.body;
    assert_eq!((page.matches(MARKER).count(), count(&site.db, "SELECT COUNT(*) FROM audit WHERE action = 'contacted'").await), (1, 1));
    let own = get(&web, &path, "").await.body;
    assert!(!own.contains(MARKER) && !own.contains("係長"), "{own}");
    assert!(!everything(&site.db).await.contains(MARKER));

    // An answer, even a greeting, ends the hurry, not the watch; the next sign raises it again.
    let (web, later) = site.at("2026-11-24T10:00");
    let mori = sign_in(&web, "mori").await;
    let page = get(&web, &open, &mori).await.body;
    let ticket = page[page.find("class=\"write\"").unwrap()..].to_owned();
    let sent =
        send(&web, "POST", &format!("{open}/answer?profession=all"), &mori, &[("text", "こんにちは"), ("ticket", &field(&ticket, "ticket")), ("seen", &field(&page, "seen"))])
            .await;
    assert_eq!(sent.location, format!("{open}?profession=all&did=sent#talk"), "{}", sent.body);
    assert!(get(&web, &sent.location, &mori).await.body.contains("送りました。"));
    let list = get(&web, "/desk", &mori).await.body;
    assert!(list.contains(&thread.id) && list.contains("見守り") && at(&list, "急ぎ</span>") < at(&list, "見守り</span>"), "{list}");
    assert!(get(&web, &path, "").await.body.contains("今すぐ119へ"));
    let (web, _) = site.at("2026-11-24T10:05");
    let ticket = field(&get(&web, &path, "").await.body, "ticket");
    send(&web, "POST", &path, "", &[("text", "やっぱり消えてしまいたい"), ("ticket", &ticket)]).await;
    assert!(consult::by_token(&site.db, &token).await.unwrap().unwrap().urgent());

    // A false alarm is taken back, with a way back; and any thread can be called urgent.
    let other = consult::by_token(&site.db, quiet.trim_start_matches("/q/")).await.unwrap().unwrap();
    let other = format!("/desk/q/{}", other.id);
    let calm = send(&web, "POST", &format!("{other}/calm"), &mori, &[]).await.location;
    assert!(calm.contains("did=calm") && get(&web, &calm, &mori).await.body.contains("急ぎにもどす"));
    assert!(!get(&web, &quiet, "").await.body.contains("119へ</"));
    send(&web, "POST", &format!("{other}/urgent"), &mori, &[]).await;
    assert!(get(&web, &quiet, "").await.body.contains("今すぐ119へ"), "as it was found before");
    send(&web, "POST", &format!("{other}/calm"), &mori, &[]).await;
    let (web, _) = site.at("2026-11-24T10:10");
    send(&web, "POST", &format!("{other}/urgent"), &mori, &[("danger", "violence")]).await;
    let own = get(&web, &quiet, "").await.body;
    assert!(own.contains("このページを閉じる") && own.contains("110へ") && !own.contains("ホーム画面に加えて"), "{own}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM audit WHERE action IN ('urgent_on', 'urgent_off')").await, 4);
    let (_, late) = site.at("2026-11-24T10:15");
    assert!(late.now() > later.now());
}
