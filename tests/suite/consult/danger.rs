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
    let shown = danger_box(&confirm);
    assert!(
        at(shown, "書いてくださって、ありがとうございます。元気に思えても、いま119へ。")
            < at(shown, "href=\"tel:119\""),
        "{shown}"
    );
    assert!(
        at(shown, "href=\"tel:119\"") < at(shown, "いのちSOS") && shown.matches("class=\"btn call\"").count() == 1,
        "one button: {shown}"
    );
    assert!(confirm.contains("お返事は11月25日（水）17時までです。お返事を待たずに、上の番号へ電話できます"));
    let quiet = ask(&web, "", "self", "妊娠20週です。出血があります").await;
    let path = ask(&web, "", "self", form[1].1).await;
    // Whom to ring stands before when somebody reads.
    let own = get(&web, &path, "").await.body;
    assert!(
        at(&own, "<h1>受け取りました") < at(&own, "いま119へ")
            && at(&own, "href=\"tel:119\"") < at(&own, "お返事は<strong>"),
        "{own}"
    );
    let token = path.trim_start_matches("/q/").to_owned();
    let thread = consult::by_token(&site.db, &token).await.unwrap().unwrap();
    let open = format!("/desk/q/{}", thread.id);

    // The list: life first, the kinds, and for who answers how it begins; the kinds are sealed.
    let (web, _) = site.at("2026-11-24T09:45");
    let mori = sign_in(&web, "mori").await;
    let list = get(&web, "/desk", &mori).await.body;
    assert!(
        at(&list, "いのち（薬）") < at(&list, "出血") && list.contains("7分前") && list.contains("死にたいです。薬を"),
        "{list}"
    );
    let stored = everything(&site.db).await;
    assert!(!stored.contains("overdose") && !stored.contains("bleeding"));

    // Closing: a question first, then a reason, then the newest word must have been seen.
    let close = format!("{open}/close");
    assert_eq!(send(&web, "POST", &close, &mori, &[]).await.location, format!("{close}?profession="));
    let page = get(&web, &close, &mori).await.body;
    assert!(page.contains("まだお返事をしていません。この相談を終えますか") && page.contains("電話で話した"), "{page}");
    let version = field(&page, "version");
    let sure = |reason: &'static str| [("sure", "yes"), ("version", version.as_str()), ("reason", reason)];
    for (form, status) in
        [(sure(""), 422), (sure("?"), 422), ([("sure", "yes"), ("version", "0"), ("reason", "phone")], 409)]
    {
        let refused = send(&web, "POST", &close, &mori, &form).await;
        assert!(refused.status == status && refused.body.contains("まだ終えていません"), "{form:?}");
        // Who has not read the newest word is told of it, and has chosen already.
        let told =
            (refused.body.contains("相談した方が、書きました"), refused.body.contains("value=\"phone\" checked"));
        assert_eq!(told, (status == 409, status == 409), "{}", refused.body);
    }
    let closed = send(&web, "POST", &close, &mori, &sure("phone")).await.location;
    let list = get(&web, &closed, &mori).await.body;
    assert!(list.contains("終えました。") && list.contains("もう一度開く") && list.contains("見守り"), "{list}");
    let own = get(&web, &path, "").await.body;
    assert!(
        danger_box(&own).contains("いま119へ")
            && own.contains("この相談は終わりました")
            && !own.contains("電話で話した"),
        "{own}"
    );
    assert!(get(&web, &open, &mori).await.body.contains("お返事をせずに終えました：電話で話した"));
    // Open again: urgent, in its old place.
    let version = field(&list, "version");
    send(&web, "POST", &format!("{open}/reopen"), &mori, &[("version", &version)]).await;
    let again = consult::by_token(&site.db, &token).await.unwrap().unwrap();
    assert!(
        urgent(&again) && again.state.asked_at == thread.state.asked_at && again.state.due_at == thread.state.due_at
    );
    let list = get(&web, "/desk", &mori).await.body;
    assert!(
        at(&list, "急ぎ</span>") < at(&list, &thread.id)
            && !get(&web, &closed, &mori).await.body.contains("終えました。")
    );
    // What was closed without an answer is urgent again when the asker goes on, whatever the words are.
    let version = field(&get(&web, &close, &mori).await.body, "version");
    send(&web, "POST", &close, &mori, &[("sure", "yes"), ("version", &version), ("reason", "other")]).await;
    let ticket = field(&get(&web, &path, "").await.body, "ticket");
    send(&web, "POST", &path, "", &[("text", "まだいます"), ("ticket", &ticket)]).await;
    assert!(urgent(&consult::by_token(&site.db, &token).await.unwrap().unwrap()));

    // The city's steps, and who was told: for the desk alone.
    let page = get(&web, &open, &mori).await.body;
    assert!(page.contains("命の危険があるとき") && page.contains("189（児童相談所）"), "{page}");
    let ticket = field(&page, "ticket");
    for _ in 0..2 {
        let told = send(
            &web,
            "POST",
            &format!("{open}/contacted"),
            &mori,
            &[("note", &format!("係長へ。{MARKER}")), ("ticket", &ticket)],
        )
        .await;
        assert!(told.location.contains("did=contacted"), "{}", told.body);
    }
    let page = get(&web, &open, &mori).await.body;
    assert_eq!(
        (page.matches(MARKER).count(), count(&site.db, "SELECT COUNT(*) FROM audit WHERE action = 'contacted'").await),
        (1, 1)
    );
    let own = get(&web, &path, "").await.body;
    assert!(!own.contains(MARKER) && !own.contains("係長"), "{own}");
    assert!(!everything(&site.db).await.contains(MARKER));

    // An answer, even a greeting, ends the hurry, not the watch; the next sign raises it again.
    let (web, later) = site.at("2026-11-24T10:00");
    let mori = sign_in(&web, "mori").await;
    let page = get(&web, &open, &mori).await.body;
    let ticket = page[page.find("class=\"write\"").unwrap()..].to_owned();
    let sent = send(
        &web,
        "POST",
        &format!("{open}/answer?profession=all"),
        &mori,
        &[("text", "こんにちは"), ("ticket", &field(&ticket, "ticket")), ("version", &field(&page, "version"))],
    )
    .await;
    assert_eq!(sent.location, format!("{open}?profession=all&did=sent#talk"), "{}", sent.body);
    assert!(get(&web, &sent.location, &mori).await.body.contains("送りました。"));
    let list = get(&web, "/desk", &mori).await.body;
    assert!(
        list.contains(&thread.id) && list.contains("見守り") && at(&list, "急ぎ</span>") < at(&list, "見守り</span>"),
        "{list}"
    );
    assert!(danger_box(&get(&web, &path, "").await.body).contains("いま119へ"));
    let (web, _) = site.at("2026-11-24T10:05");
    let ticket = field(&get(&web, &path, "").await.body, "ticket");
    send(&web, "POST", &path, "", &[("text", "やっぱり消えてしまいたい"), ("ticket", &ticket)]).await;
    assert!(urgent(&consult::by_token(&site.db, &token).await.unwrap().unwrap()));

    // A false alarm is taken back, with a way back; and any thread can be called urgent.
    let other = consult::by_token(&site.db, quiet.trim_start_matches("/q/")).await.unwrap().unwrap();
    let other = format!("/desk/q/{}", other.id);
    let version = field(&get(&web, &other, &mori).await.body, "version");
    let calm = send(&web, "POST", &format!("{other}/calm"), &mori, &[("version", &version)]).await.location;
    assert!(calm.contains("did=calm") && get(&web, &calm, &mori).await.body.contains("急ぎにもどす"));
    assert_eq!(danger_box(&get(&web, &quiet, "").await.body), "");
    send(&web, "POST", &format!("{other}/urgent"), &mori, &[]).await;
    assert!(danger_box(&get(&web, &quiet, "").await.body).contains("いま産院に電話を"), "as it was found before");
    let version = field(&get(&web, &other, &mori).await.body, "version");
    send(&web, "POST", &format!("{other}/calm"), &mori, &[("version", &version)]).await;
    let (web, _) = site.at("2026-11-24T10:10");
    send(&web, "POST", &format!("{other}/urgent"), &mori, &[("danger", "violence")]).await;
    let own = get(&web, &quiet, "").await.body;
    let shown = danger_box(&own);
    assert!(
        shown.contains("href=\"tel:110\"")
            && shown.contains("閉じても、端末の履歴に残ることがあります")
            && shown.contains("data-leave"),
        "{shown}"
    );
    assert!(!own.contains("ホーム画面に加えて") && !own.contains("登録して、知らせを受け取る"), "{own}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM audit WHERE action IN ('urgent_on', 'urgent_off')").await, 4);
    let (_, late) = site.at("2026-11-24T10:15");
    assert!(late.now() > later.now());
}

/// What is tapped shows what to do at once; it is sealed with the question, on top at the desk, and never in her own
/// thread: a partner may read it.
#[tokio::test]
async fn what_is_tapped_is_for_the_desk_alone() {
    for test in databases().await {
        taps(&test).await;
    }
}
async fn taps(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T03:00");
    let home = site.household("h1", app.now()).await;
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;

    // A household is asked what fits its subjects: a pregnancy, a child of one year; not a baby. Everything is there
    // without a script.
    let form = get(&web, "/ask", &home).await.body;
    for there in [
        "id=\"tap-still\"",
        "id=\"tap-limp\"",
        "id=\"tap-home\"",
        "id=\"tap-none\"",
        "朝を待たず、いま産院に電話を。夜中でもかまいません。",
        "data-taps=\"pregnancy\"",
    ] {
        assert!(form.contains(there), "{there}\n{form}");
    }
    // What her body may have after a loss is asked where that is chosen.
    assert!(
        !form.contains("id=\"tap-baby_fever\"")
            && form.contains("data-taps=\"after\"")
            && form.contains("id=\"tap-more_blood\""),
        "{form}"
    );
    // Nobody is there at three in the morning, and the form says when somebody will be.
    assert!(
        form.contains(
            "いま、この窓口を見ている人はいません。最初に読むのは<strong>11月24日（火）\
        9時</strong>ごろです。急ぐときは、待たずに電話してください。"
        ),
        "{form}"
    );
    assert!(form.find("この窓口を見ている人").unwrap() < form.find("次の平日の夕方までに").unwrap(), "on top: {form}");
    // Violence: those who listen stand below 110, and what is tapped and written is kept by no browser.
    let home_tap = &form[form.find("id=\"tap-home\"").unwrap()..];
    assert!(home_tap[..home_tap.find("id=\"tap-none\"").unwrap()].contains("href=\"tel:0120279889\""), "{home_tap}");
    assert!(
        form.contains("<form method=\"post\" action=\"/ask\" novalidate autocomplete=\"off\"")
            && get(&web, "/ask", &home).await.headers["cache-control"] == "no-store"
    );
    // The box stands before what is to be put right, once.
    let wrong =
        send(&web, "POST", "/ask", &home, &[("who", ""), ("text", "夫に殴られました"), ("from", ""), ("tap", "home")])
            .await;
    let at = |words: &str| wrong.body.find(words).unwrap_or_else(|| panic!("{words}\n{}", wrong.body));
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY
            && at("aria-labelledby=\"dg\"") < at("class=\"sum\"")
            && at("autofocus") < at("class=\"sum\""),
        "{}",
        wrong.body
    );
    assert!(
        wrong.body.matches("aria-labelledby=\"dg\"").count() == 1
            && wrong.body.matches(" autofocus").count() == 1
            && wrong.headers["cache-control"] == "no-store"
    );
    assert!(wrong.body.contains("data-hidden-away") && wrong.body.contains("class=\"btn mini\" href=\"/\" data-leave"));
    // Who cannot breathe herself is not told to stay beside somebody, who is in pain not that there may be none.
    for (tap, line) in [
        ("fits", "いま119へ。スピーカーにして、玄関の鍵を開けて。"),
        ("labour", "いま産院に電話を。へその緒が見えたら119。"),
        ("waters", "痛みがなくても、いま産院に電話を。"),
    ] {
        let confirm = send(
            &web,
            "POST",
            "/ask",
            &home,
            &[("who", "pregnancy-b"), ("text", "お願いします"), ("consent", "yes"), ("from", ""), ("tap", tap)],
        )
        .await
        .body;
        let shown = danger_box(&confirm);
        assert!(shown.contains(line) && (tap == "waters" || !shown.contains("痛みがなくても")), "{tap}: {shown}");
    }
    let (noon, _) = site.at("2026-11-24T12:00");
    assert!(!get(&noon, "/ask", &home).await.body.contains("この窓口を見ている人はいません"));
    assert!(
        get(&web, "/ask", "").await.body.contains("id=\"tap-baby_fever\""),
        "of a guest's child the age is not known"
    );

    // Words say nothing, the tap does: before sending the box is there, and what was tapped goes on in the form, never
    // in an address.
    let typed = [
        ("who", "pregnancy-b"),
        ("text", "来週の健診のことで聞きたいです"),
        ("consent", "yes"),
        ("from", ""),
        ("tap", "still"),
        ("tap", "home"),
        ("tap", "limp"),
    ];
    let confirm = send(&web, "POST", "/ask", &home, &typed).await.body;
    let shown = danger_box(&confirm);
    assert!(
        shown.contains("あなたは悪くありません")
            && shown.contains("いま産院に電話を")
            && shown.contains("href=\"tel:110\""),
        "{shown}"
    );
    assert!(confirm.matches("name=\"tap\" value=\"still\"").count() == 2, "{confirm}");
    let back = send(&web, "POST", "/ask", &home, &[&typed[..], &[("edit", "1")]].concat()).await.body;
    assert!(back.contains("value=\"still\" id=\"tap-still\" checked"), "{back}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries").await, 0);
    let ticket = field(&confirm, "ticket");
    let sent = send(&web, "POST", "/ask/send", &home, &[&typed[..], &[("ticket", &ticket)]].concat()).await.location;

    // Her own page and record know nothing of it, the database nothing in plain; the desk sees the kinds, on top.
    let own = get(&web, &sent, &home).await.body;
    assert!(danger_box(&own).is_empty() && !own.contains("表示しました") && !own.contains("checked"), "{own}");
    assert!(
        own.contains("<h1>受け取りました</h1>") && own.contains("最初に人が読むのは<strong>11月24日（火）9時</strong>"),
        "{own}"
    );
    let record = get(&web, "/me/record.json", &home).await.body;
    let stored = everything(&site.db).await;
    for word in ["violence", "fetal_movement"] {
        assert!(!record.contains(word) && !stored.contains(word), "{word}");
    }
    ask(&web, "", "child", "離乳食をいつ始めるか迷っています").await;
    let saeki = sign_in(&web, "saeki").await;
    let list = get(&web, "/desk?profession=all", &saeki).await.body;
    let at = |page: &str, words: &str| page.find(words).unwrap_or_else(|| panic!("{words}\n{page}"));
    assert!(
        at(&list, "急ぎ</span>") < at(&list, "ゲスト（子ども）") && list.contains("暴力") && list.contains("胎動"),
        "{list}"
    );
    let token = sent.trim_start_matches("/q/");
    let thread = consult::by_token(&site.db, token).await.unwrap().unwrap();
    assert!(urgent(&thread) && thread.state.alarm.since().is_some());
    let open = format!("/desk/q/{}", thread.id);
    let page = get(&web, &open, &saeki).await.body;
    assert!(
        page.contains("送る前に本人が押したもの：<strong>暴力、胎動</strong>") && !page.contains("意識・呼吸"),
        "only what fits the choice: {page}"
    );
    // Taken back and called urgent again: still nothing on her page, and the desk says just that.
    let calm =
        send(&web, "POST", &format!("{open}/calm"), &saeki, &[("version", &field(&page, "version"))]).await.location;
    assert!(get(&web, &calm, &saeki).await.body.contains("本人の画面に、電話番号は出ていません"));
    assert!(!urgent(&consult::by_token(&site.db, token).await.unwrap().unwrap()));
    let (web, _) = site.at("2026-11-24T03:10");
    let raised = send(&web, "POST", &format!("{open}/urgent"), &saeki, &[]).await.location;
    let page = get(&web, &raised, &saeki).await.body;
    assert!(page.contains("本人の画面には、何も出ません") && !page.contains("電話できる先が出ています"), "{page}");
    assert!(urgent(&consult::by_token(&site.db, token).await.unwrap().unwrap()));
    assert!(danger_box(&get(&web, &sent, &home).await.body).is_empty());

    // Who taps and cannot write is not told that something is missing.
    let unwritten = send(
        &web,
        "POST",
        "/ask",
        &home,
        &[("who", "child-a"), ("text", " "), ("consent", "yes"), ("from", ""), ("tap", "limp")],
    )
    .await;
    assert!(
        unwritten.status == 422
            && unwritten.body.contains("書けないときは、書かなくてかまいません")
            && unwritten.body.contains("href=\"tel:119\""),
        "{}",
        unwritten.body
    );

    // 「どれもない」 is an answer, too, and no alarm; a tap with a follow-up raises the thread.
    let typed = [("who", "child-a"), ("text", "うんちが緑色です"), ("consent", "yes"), ("from", ""), ("tap", "none")];
    let confirm = send(&web, "POST", "/ask", &home, &typed).await.body;
    assert!(danger_box(&confirm).is_empty(), "{confirm}");
    let sent =
        send(&web, "POST", "/ask/send", &home, &[&typed[..], &[("ticket", &field(&confirm, "ticket"))]].concat())
            .await
            .location;
    let token = sent.trim_start_matches("/q/").to_owned();
    let thread = consult::by_token(&site.db, &token).await.unwrap().unwrap();
    assert!(!urgent(&thread));
    let open = format!("/desk/q/{}", thread.id);
    assert!(get(&web, &open, &saeki).await.body.contains("押したもの：<strong>どれもない</strong>"));
    let own = get(&web, &sent, &home).await.body;
    assert!(own.contains("id=\"tap-limp\"") && !own.contains("id=\"tap-baby_fever\""), "{own}");
    let more = [("text", "よろしくお願いします"), ("ticket", &*field(&own, "ticket")), ("tap", "limp")];
    send(&web, "POST", &sent, &home, &more).await;
    assert!(urgent(&consult::by_token(&site.db, &token).await.unwrap().unwrap()));
    assert!(get(&web, &open, &saeki).await.body.contains("押したもの：<strong>意識・呼吸</strong>"));
    assert!(danger_box(&get(&web, &sent, &home).await.body).is_empty());
}

/// After a loss, or when all letters were stopped, nothing speaks of the pregnancy: not the choices, not the taps, not
/// the names of older threads.
#[tokio::test]
async fn nothing_speaks_of_what_was_stopped() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T09:38");
        let home = site.household("h1", app.now()).await;
        let older = ask(&web, &home, "pregnancy-b", "足がつります").await;
        assert!(get(&web, "/me", &home).await.body.contains("わたしと、おなかの子"));
        household::stop_subject(&site.db, "h1", "b", app.now()).await.unwrap();
        for path in ["/me", "/me/answers", "/ask", &older] {
            let page = get(&web, path, &home).await;
            assert_eq!(page.status, StatusCode::OK);
            for word in ["おなかの子", "出産予定日", "id=\"tap-still\"", "24週", "のことのこと"] {
                assert!(!page.body.contains(word), "{path} {word}\n{}", page.body);
            }
        }
        assert!(get(&web, "/me", &home).await.body.contains("わたしのからだのこと"));
        let record = get(&web, "/me/record.json", &home).await.body;
        assert!(record.contains("わたしのからだのこと") && !record.contains("おなかの子"), "{record}");
        // A guest's thread that was joined afterwards names no subject.
        let joined = ask(&web, "", "pregnancy", "足がつります").await;
        assert!(
            consult::join(&site.db, &site.vault, joined.trim_start_matches("/q/"), &member("h1"), app.now())
                .await
                .unwrap()
        );
        let page = get(&web, &joined, &home).await.body;
        assert!(!page.contains("id=\"tap-still\"") && page.contains("わたしのからだ"), "{page}");

        // After a birth the thread of the pregnancy is about her body.
        let home = site.household("h3", app.now()).await;
        let older = ask(&web, &home, "pregnancy-b", "足がつります").await;
        assert!(get(&web, &older, &home).await.body.contains("id=\"tap-still\""));
        let child = household::NewSubject {
            kind: otayori::segment::SubjectKind::Child,
            stage_on: date(2026, 11, 23),
            due_on: None,
        };
        household::born(&site.db, "h3", &["b"], child, app.now()).await.unwrap();
        let page = get(&web, &older, &home).await.body;
        assert!(!page.contains("id=\"tap-still\"") && page.contains("わたしのからだ"), "{page}");

        let home = site.household("h2", app.now()).await;
        household::stop_all(&site.db, "h2", app.now()).await.unwrap();
        for path in ["/me", "/ask"] {
            let page = get(&web, path, &home).await.body;
            for word in ["おなかの子", "出産予定日", "id=\"tap-still\"", "24週"] {
                assert!(!page.contains(word), "{path} {word}\n{page}");
            }
        }
    }
}

/// 「赤ちゃんが動きません」 is a child in the womb where that was chosen, and one that does not wake where a child was:
/// on every page, in a thread, at the desk.
#[tokio::test]
async fn the_chosen_matter_decides() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T03:00");
        let home = site.household("h1", app.now()).await;
        site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
        let (womb, child) =
            ("朝を待たず、いま産院に電話を。夜中でもかまいません。", "いま119へ。スピーカーにして、そばを離れずに。");
        for (cookie, who, text, line) in [
            ("", "pregnancy", "赤ちゃんが動きません", womb),
            ("", "child", "赤ちゃんが動きません", child),
            (&home, "pregnancy-b", "うごかない", womb),
            (&home, "child-a", "うごかない", child),
            (&home, "pregnancy-b", "上の子がけいれんしています", child),
        ] {
            // The form with a mistake, the confirmation, the thread.
            let form = [("who", who), ("text", text), ("from", "")];
            let wrong = send(&web, "POST", "/ask", cookie, &form).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
            let confirm = send(&web, "POST", "/ask", cookie, &[&form[..], &[("consent", "yes")]].concat()).await;
            let thread = get(&web, &ask(&web, cookie, who, text).await, cookie).await;
            for page in [wrong, confirm, thread] {
                let shown = danger_box(&page.body);
                let other = if line == womb { child } else { womb };
                assert!(shown.contains(line) && !shown.contains(other), "{who} {text}\n{shown}");
            }
        }
        // In a thread what was written before tells of whom it is.
        let thread = ask(&web, "", "pregnancy", "34週です。足がつります").await;
        let ticket = field(&get(&web, &thread, "").await.body, "ticket");
        send(&web, "POST", &thread, "", &[("text", "赤ちゃんが全然動きません"), ("ticket", &ticket)]).await;
        assert!(danger_box(&get(&web, &thread, "").await.body).contains(womb));
        let (web, _) = site.at("2026-11-24T09:45");
        let saeki = sign_in(&web, "saeki").await;
        assert!(get(&web, "/desk", &saeki).await.body.contains("胎動"));
    }
}

/// After a loss or a stop no box speaks of movements, waters or a cord, before sending and after; a fresh danger is
/// told without assuming, and who is pregnant is told everything.
#[tokio::test]
async fn no_box_speaks_of_what_is_gone() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T03:00");
        let home = site.household("h1", app.now()).await;
        site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
        let engorged = "流産のあと、お乳が張って痛い";
        let gone = ["胎動", "破水", "へその緒", "母子健康手帳", "夜中でもかまいません"];
        let before = |who: &'static str, text: &'static str| {
            vec![("who", who), ("text", text), ("consent", "yes"), ("from", "")]
        };
        let shown = async |home: &str, who, text| {
            let confirm = send(&web, "POST", "/ask", home, &before(who, text)).await.body;
            let form =
                send(&web, "POST", "/ask", home, &[&before(who, text)[..], &[("edit", "1")]].concat()).await.body;
            let thread = ask(&web, home, who, text).await;
            [form, confirm, get(&web, &thread, home).await.body].map(|page| danger_box(&page).to_owned())
        };
        household::stop_subject(&site.db, "h1", "b", app.now()).await.unwrap();
        for (home, who) in [(home.as_str(), "body"), (home.as_str(), "self"), ("", "body"), ("", "self")] {
            for card in shown(home, who, engorged).await {
                assert!(
                    card.contains("書いてくださって、ありがとうございます")
                        && card.contains("tel:0120279338")
                        && card.contains("href=\"/loss/\""),
                    "{who}: {card}"
                );
                assert!(
                    card.contains("増える出血は、いま産院に電話を") && card.contains("data-own-clinic"),
                    "{who}: {card}"
                );
                assert!(
                    !gone.iter().any(|word| card.contains(word)) && !card.contains("待たないでください"),
                    "{who}: {card}"
                );
            }
        }
        for danger in shown(&home, "body", "34週 胎動がない").await {
            assert!(
                danger.contains("いま産院に電話を。夜中でもかまいません。")
                    && danger.contains("診察券")
                    && !danger.contains("母子健康手帳"),
                "{danger}"
            );
        }
        // Who lost one before and is pregnant now.
        let pregnant = site.household("h2", app.now()).await;
        for danger in shown(&pregnant, "pregnancy-b", "前に死産しました。いま24週です。破水しました").await
        {
            assert!(danger.contains("へその緒が見えたら119") && danger.contains("母子健康手帳"), "{danger}");
        }
        // A clinician's word brings the numbers.
        let thread = ask(&web, &home, "body", engorged).await;
        let id = consult::by_token(&site.db, thread.trim_start_matches("/q/")).await.unwrap().unwrap().id;
        let saeki = sign_in(&web, "saeki").await;
        send(&web, "POST", &format!("/desk/q/{id}/urgent"), &saeki, &[("danger", "waters_preterm")]).await;
        let page = get(&web, &thread, &home).await.body;
        let shown = danger_box(&page);
        assert!(
            shown.contains("強い痛み、38℃以上の熱、増える出血は、いま産院に電話を")
                && !gone[..4].iter().any(|word| shown.contains(word)),
            "{shown}"
        );
        assert!(!everything(&site.db).await.contains("called"));
    }
}

/// Violence that was only tapped: nothing on the page gives it away, and nothing invites to notices that somebody else
/// would see.
#[tokio::test]
async fn violence_is_not_invited_to_notices() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, _) = site.at("2026-11-24T09:38");
        let invited = ["登録して、知らせを受け取る", "お知らせします", "お知らせできます", "ホーム画面に"];
        for (tap, text, invites) in [
            ("home", "健診のことで聞きたいです", false),
            ("none", "健診のことで聞きたいです", true),
            ("none", "夫に殴られました", false),
        ] {
            let typed = [("who", "self"), ("text", text), ("consent", "yes"), ("from", ""), ("tap", tap)];
            let confirm = send(&web, "POST", "/ask", "", &typed).await.body;
            let sent =
                send(&web, "POST", "/ask/send", "", &[&typed[..], &[("ticket", &field(&confirm, "ticket"))]].concat())
                    .await
                    .location;
            let page = get(&web, &sent, "").await.body;
            for shown in [&confirm, &page] {
                assert_eq!(invited.iter().any(|words| shown.contains(words)), invites, "{tap} {text}\n{shown}");
            }
            assert_eq!(
                page.contains("履歴やブックマークには残さない"),
                text.contains("殴"),
                "what was tapped is not given away: {page}"
            );
            assert!(page.contains("お返事は、このページに出ます") && !sent.contains("violence"), "{page}");
        }
    }
}

/// Before any stop she can ask about her body after a loss; from an article or the page of loss her body and her
/// feelings come first, and nothing speaks of a belly or a child that is not there.
#[tokio::test]
async fn from_a_page_of_loss_nothing_speaks_of_a_belly() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T03:00");
        let home = site.household("h1", app.now()).await;
        let alone = site.household("h2", app.now()).await;
        sqlx::query("DELETE FROM subjects WHERE household_id = 'h2' AND slot IN ('a', 'c')")
            .execute(test.db.pool())
            .await
            .unwrap();
        let choices = |page: &str| {
            page.split("name=\"who\"")
                .skip(1)
                .map(|c| c.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        // The choice exists for everybody who is pregnant, and for guests.
        let page = get(&web, "/ask", &alone).await.body;
        assert_eq!(choices(&page), ["pregnancy-b", "body", "self"], "{page}");
        assert!(
            page.contains("わたしのからだのこと（お別れのあと）") && page.contains("わたしと、おなかの子"),
            "{page}"
        );
        assert!(get(&web, "/ask", "").await.body.contains("わたしのからだのこと（産後、お別れのあと）"));
        // She may have an elder child that she has not named: it is asked, as of everybody. From a page of loss nothing
        // asks for a child that is not there.
        assert!(page.contains("id=\"tap-hand\"") && page.contains("id=\"tap-die\""), "{page}");
        assert!(
            get(&web, "/ask", &home).await.body.contains("id=\"tap-hand\"")
                && get(&web, "/ask", "").await.body.contains("id=\"tap-hand\"")
        );

        for (from, chosen) in [
            ("article:ryuzan-care", "body"),
            ("article:shizan-care", "body"),
            ("article:tsugi-no-ninshin", "body"),
            ("article:kodomo-wakare", "self"),
            ("article:wakare-kazoku", "self"),
            ("page:loss", ""),
        ] {
            for (cookie, expected) in [
                ("", &["body", "self", "child", "pregnancy"][..]),
                (&*alone, &["body", "self", "pregnancy-b"]),
                (&*home, &["body", "self", "child-a", "pregnancy-b"]),
            ] {
                let page = get(&web, &format!("/ask?from={from}"), cookie).await.body;
                assert_eq!(choices(&page), expected, "{from}");
                for word in ["おなかの子", "24週", "お腹"] {
                    assert!(!page.contains(word), "{from} {word}\n{page}");
                }
                let marked = page
                    .split("name=\"who\"")
                    .skip(1)
                    .find(|c| c.split('>').next().unwrap().contains("checked"))
                    .map(|c| c.split("value=\"").nth(1).unwrap().split('"').next().unwrap());
                assert_eq!(marked.unwrap_or_default(), chosen, "{from}");
                assert!(
                    page.find("data-list=\"after\"") < page.find("data-list=\"pregnancy\"")
                        && page.contains("わたしのからだのこと（お別れのあと）"),
                    "{page}"
                );
                assert!(!page.contains("id=\"tap-hand\"") || cookie == home, "{page}");
            }
        }
        // A mistake in the form, and the way back to it, stay so; a midwife answers.
        let wrong = send(&web, "POST", "/ask", "", &[("text", ""), ("from", "article:ryuzan-care")]).await.body;
        assert_eq!(choices(&wrong)[..2], ["body", "self"]);
        let form = [("who", "body"), ("text", "心拍が止まりました"), ("consent", "yes"), ("from", "page:loss")];
        let confirm = send(&web, "POST", "/ask", &alone, &form).await.body;
        assert!(
            confirm.contains("「お別れのあとに」") && confirm.contains("助産師") && !confirm.contains("おなかの子"),
            "{confirm}"
        );
        // The quiet card has her clinic, before the stop as well, and so has the thread.
        let sent =
            send(&web, "POST", "/ask/send", &alone, &[&form[..], &[("ticket", &*field(&confirm, "ticket"))]].concat())
                .await
                .location;
        for page in [confirm, get(&web, &sent, &alone).await.body] {
            let card = danger_box(&page);
            assert!(
                card.contains("からだのこと")
                    && card.contains("data-own-clinic")
                    && card.contains("tel:0000004567")
                    && card.contains("診察券")
                    && !card.contains("母子健康手帳"),
                "{card}"
            );
        }
        assert!(!get(&web, &sent, &alone).await.body.contains("id=\"tap-hand\""));
        // Who took the first choice is not told of a belly either, and is offered what her body may have, in a
        // household and as a guest.
        let first = |who| [("who", who), ("text", "心拍が止まりました"), ("consent", "yes"), ("from", "")];
        for (cookie, who) in [(&*alone, "pregnancy-b"), ("", "pregnancy")] {
            let confirm = send(&web, "POST", "/ask", cookie, &first(who)).await.body;
            let sent = send(
                &web,
                "POST",
                "/ask/send",
                cookie,
                &[&first(who)[..], &[("ticket", &*field(&confirm, "ticket"))]].concat(),
            )
            .await
            .location;
            let thread = get(&web, &sent, cookie).await.body;
            assert!(
                !confirm.contains("おなかの子")
                    && !thread.contains("おなかの子")
                    && danger_box(&thread).contains("からだのこと"),
                "{confirm}\n{thread}"
            );
            assert!(!thread.contains("id=\"tap-still\"") && thread.contains("id=\"tap-more_blood\""), "{thread}");
            let more =
                [("text", "よろしくお願いします"), ("ticket", &*field(&thread, "ticket")), ("tap", "more_blood")];
            send(&web, "POST", &sent, cookie, &more).await;
            assert!(danger_box(&get(&web, &sent, cookie).await.body).contains("tel:0000004567"));
        }
        // What stands in the column leads back to the page's title at the desk.
        let source: String = sqlx::query_scalar("SELECT source FROM consultations ORDER BY source DESC")
            .fetch_one(test.db.pool())
            .await
            .unwrap();
        assert_eq!(source, "page:loss");
    }
}

/// On the confirmation and in the thread a question after a loss leads to what helps; one of everyday does not.
#[tokio::test]
async fn a_question_after_a_loss_leads_to_what_helps() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T10:00");
        let alone = site.household("h2", app.now()).await;
        sqlx::query("DELETE FROM subjects WHERE household_id = 'h2' AND slot IN ('a', 'c')")
            .execute(test.db.pool())
            .await
            .unwrap();
        let main = |page: &str| page[page.find("<main").unwrap()..page.find("</main>").unwrap()].to_owned();
        let help = "href=\"/loss/\">お別れのあとに、役に立つこと";
        for (cookie, who, from, text, leads) in [
            (&*alone, "body", "", "母乳を止めたい", true),
            (&*alone, "pregnancy-b", "", "母乳を止めたい", false),
            (&*alone, "self", "", "仕事はいつから", false),
            ("", "self", "page:loss", "上の子にどう話したらいいですか", true),
            ("", "body", "", "お乳の出を減らしたい", false),
        ] {
            let form = [("who", who), ("text", text), ("consent", "yes"), ("from", from)];
            let page = send(&web, "POST", "/ask", cookie, &form).await.body;
            assert_eq!(main(&page).contains(help), leads, "{who} {text}: {page}");
            let ticket = page.split("name=\"ticket\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            let sent = send(&web, "POST", "/ask/send", cookie, &[&form[..], &[("ticket", &ticket)]].concat()).await;
            let thread = get(&web, &sent.location, cookie).await.body;
            assert_eq!(main(&thread).contains(help), leads, "{who} {text}: {thread}");
            assert_eq!(main(&thread).contains("/loss/"), leads, "{who} {text}: {thread}");
        }
        // Words of a loss have the quiet card, which leads there.
        for text in ["流産しました。火葬はどうすればいいですか", "死産届はだれが出しますか。死産でした"]
        {
            let form = [("who", "self"), ("text", text), ("consent", "yes"), ("from", "")];
            let page = main(&send(&web, "POST", "/ask", "", &form).await.body);
            assert_eq!(page.matches("href=\"/loss/\"").count(), 1, "{text}: {page}");
        }
        // Stopped, for whatever reason: care, and no word of a loss.
        sqlx::query("UPDATE subjects SET stopped_at = 1 WHERE household_id = 'h2'")
            .execute(test.db.pool())
            .await
            .unwrap();
        let page = main(
            &send(
                &web,
                "POST",
                "/ask",
                &alone,
                &[("who", "body"), ("text", "母乳を止めたい"), ("consent", "yes"), ("from", "")],
            )
            .await
            .body,
        );
        assert!(page.contains("href=\"/loss/\">からだと気持ちの相談先") && !page.contains("お別れ"), "{page}");
    }
}
