//! What the desk does: a household's question answered, drafts kept, what no article answers, who is around a mother.

use super::*;

/// The desk marks a question that no article answers: only a topic is kept, and nothing leads from it to the thread.
#[tokio::test]
async fn the_desk_says_what_no_article_answers() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T09:38");
        let path = ask(&web, "", "child", &format!("{MARKER}。夜に何度も起きます")).await;
        let id = consult::by_token(&site.db, &path[3..]).await.unwrap().unwrap().id;
        site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
        site.staff("kanri", Role::CityObserver, None, app.now()).await;
        let (saeki, kanri) = (sign_in(&web, "saeki").await, sign_in(&web, "kanri").await);
        let open = format!("/desk/q/{id}");
        let mark = async |cookie: &str, topic: &str| {
            send(&web, "POST", &format!("{open}/wanted"), cookie, &[("topic", topic)]).await
        };
        assert!(get(&web, &open, &saeki).await.body.contains("答える記事がない"));
        assert_eq!(mark(&kanri, "sleep").await.status, StatusCode::FORBIDDEN);
        assert_eq!(mark(&saeki, "nothing").await.status, StatusCode::NOT_FOUND);
        for _ in 0..2 {
            let done = mark(&saeki, "sleep").await;
            assert!(
                done.status == StatusCode::SEE_OTHER
                    && get(&web, done.location.split('#').next().unwrap(), &saeki)
                        .await
                        .body
                        .contains("書きとめました"),
                "{}",
                done.location
            );
        }
        let row: (String, String, String, String) =
            sqlx::query_as("SELECT mark, topic, category, week FROM wanted_articles")
                .fetch_one(site.db.pool())
                .await
                .unwrap();
        assert!(row.1 == "sleep" && row.2 == "child" && row.3 == "2026-W48" && !row.0.contains(&id), "{row:?}");
        assert!(get(&web, &open, &saeki).await.body.contains("value=\"sleep\" selected"));
        mark(&saeki, "").await;
        assert_eq!(count(&site.db, "SELECT COUNT(*) FROM wanted_articles").await, 0, "{}", test.name());
    }
}

#[tokio::test]
async fn a_household_asks_and_a_midwife_answers() {
    for test in databases().await {
        household_and_desk(&test).await;
    }
}
async fn household_and_desk(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let home = site.household("h1", app.now()).await;
    let other = site.household("h2", app.now()).await;
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
    site.staff("takase", Role::Clinician, Some(Profession::Obstetrician), app.now()).await;

    let form = get(&web, "/ask?from=letter", &home).await.body;
    for words in
        ["24週0日。助産師か産婦人科医が答えます", "1歳7か月の子", "「おたより」から", "わたしの気持ち、家族のこと"]
    {
        assert!(form.contains(words), "{words}\n{form}");
    }
    assert!(!form.contains("pregnancy-c"), "a stopped pregnancy is not offered");

    // Danger is shown before sending …
    let text = format!("{MARKER}。24週です。今朝、少し出血がありました。いまは布団で休んでいます。");
    let typed = [("who", "pregnancy-b"), ("text", text.as_str()), ("consent", "yes"), ("from", "letter")];
    let confirm = send(&web, "POST", "/ask", &home, &typed).await.body;
    for words in [
        "いま産院に電話を。あふれる、ふらつくなら119。",
        "出血がありました」",
        "はるかぜ産婦人科",
        "#7119",
        "心配なときは受診を",
        "まだ送っていません",
    ] {
        assert!(confirm.contains(words), "{words}\n{confirm}");
    }
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations").await, 0);
    // … going back keeps the text …
    let back = send(&web, "POST", "/ask", &home, &[&typed[..], &[("edit", "1")]].concat()).await.body;
    assert!(back.contains(MARKER) && back.contains("value=\"pregnancy-b\" checked"));
    // … and after.
    let path = ask(&web, &home, "pregnancy-b", &text).await;
    assert!(danger_box(&get(&web, &path, &home).await.body).contains("href=\"tel:0000004567\""));
    // Nobody else opens it, link or not.
    for cookie in ["", other.as_str()] {
        let shut = get(&web, &path, cookie).await;
        assert_eq!((shut.status, shut.location.as_str()), (StatusCode::SEE_OTHER, "/me/enter"));
        assert_eq!(send(&web, "POST", &path, cookie, &[("text", "x")]).await.location, "/me/enter");
    }
    let quiet = ask(&web, &home, "child-a", "離乳食のあと、よく眠ります").await;

    // The desk: urgent first, of the texts only how they begin, the card of the person only.
    let (web, app) = site.at("2026-11-24T09:42");
    let (saeki, takase) = (sign_in(&web, "saeki").await, sign_in(&web, "takase").await);
    let list = get(&web, "/desk?profession=all", &saeki).await.body;
    let at = |words: &str| list.find(words).unwrap_or_else(|| panic!("{words}\n{list}"));
    assert!(
        at("急ぎ") < at("24週0日")
            && at("24週0日") < at("4分前")
            && at("4分前") < at("待っている</span>")
            && at("待っている</span>") < at("1歳7か月")
            && at("1歳7か月") < at("明日 17:00")
    );
    assert!(
        !list.contains("休んでいます")
            && list.contains(MARKER)
            && list.contains("離乳食のあと、よく眠ります")
            && list.contains("やさしい日本語")
    );
    let filtered = get(&web, "/desk?profession=paediatrician", &saeki).await.body;
    assert!(filtered.contains("1歳7か月") && !filtered.contains("24週0日"));

    let id: String = sqlx::query_scalar("SELECT id FROM consultations WHERE category = 'pregnancy'")
        .fetch_one(site.db.pool())
        .await
        .unwrap();
    let open = format!("/desk/q/{id}");
    let page = get(&web, &open, &saeki).await.body;
    for words in [
        MARKER,
        "<mark>出血が</mark>",
        "本人に案内した電話",
        "はるかぜ産婦人科",
        "いま 24週0日（予定日 2027年3月16日）",
        "南部・やさしい日本語",
        "LINE",
        "チラシ a4-k3f7",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    let card = &page[page.find("id=\"home\"").unwrap()..];
    assert!(!card.contains("1歳7か月"), "the card is the person's, not the household's");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM audit WHERE action = 'read'").await, 1);
    assert!(!page.contains("いま見ている") && get(&web, &open, &takase).await.body.contains("いま見ている：saekiさん"));

    // A preview stores nothing; what is sent is rendered, and nothing in it is HTML.
    let answer = format!("**産院に電話**してください。{MARKER}<script>\n\n- 横になる");
    let (ticket, version) = (field(&page, "ticket"), field(&page, "version"));
    let typed = [("text", answer.as_str()), ("ticket", ticket.as_str()), ("version", version.as_str())];
    // (The page is another one: going back to it sends nothing again.)
    let preview = send(&web, "POST", &format!("{open}/preview?profession=midwife"), &saeki, &typed).await;
    assert_eq!(
        (preview.status, preview.location.as_str()),
        (StatusCode::SEE_OTHER, format!("{open}?profession=midwife&did=preview#pv").as_str())
    );
    let preview = get(&web, &preview.location, &saeki).await.body;
    assert!(
        preview.contains("<strong>産院に電話</strong>")
            && preview.contains("<li>横になる")
            && preview.contains("&lt;script&gt;\n\n- 横になる</textarea>"),
        "{preview}"
    );
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 0);
    // Where the queue cannot take the notice, the answer is not stored either: nobody would be told of it.
    for (sql, status) in [
        ("ALTER TABLE messages RENAME TO away", StatusCode::INTERNAL_SERVER_ERROR),
        ("ALTER TABLE away RENAME TO messages", StatusCode::SEE_OTHER),
    ] {
        sqlx::query(sql).execute(site.db.pool()).await.unwrap();
        assert_eq!(send(&web, "POST", &format!("{open}/answer"), &saeki, &typed).await.status, status);
        assert_eq!(
            count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await,
            i64::from(status != StatusCode::INTERNAL_SERVER_ERROR)
        );
    }
    for _ in 0..2 {
        let sent = send(&web, "POST", &format!("{open}/answer"), &saeki, &typed).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 1);

    // A colleague who wrote meanwhile sees it, keeps the text, and overwrites nothing.
    let fresh = field(&get(&web, &open, &takase).await.body, "ticket");
    let late = send(
        &web,
        "POST",
        &format!("{open}/answer"),
        &takase,
        &[("text", "わたしの返事"), ("ticket", &fresh), ("version", &version)],
    )
    .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        late.body.contains("お返事を送りました（saekiさん）")
            && late.body.contains("書いた文は残っています")
            && late.body.contains("わたしの返事")
            && late.body.contains("<strong>産院に電話</strong>")
    );

    // The household is told once, neutrally, by a link that asks who it is.
    let told: Vec<(String, String)> =
        sqlx::query_as("SELECT o.key, m.body FROM outbox o JOIN messages m ON m.hash = o.hash")
            .fetch_all(site.db.pool())
            .await
            .unwrap();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].0.starts_with("answer:")
            && told[0].1.contains("お返事が届いています。")
            && told[0].1.contains("http://localhost:8080/me/answers\""),
        "{told:?}"
    );
    assert!(!told[0].1.contains("/q/") && !told[0].1.contains("週"));
    assert_eq!(get(&web, "/me/answers", "").await.location, "/me/enter");
    let mine = get(&web, "/me/answers", &home).await.body;
    assert!(
        mine.contains(&path) && mine.contains(&quiet) && mine.contains("お返事が届いています（11月24日（火）9:42）"),
        "{mine}"
    );
    let me = get(&web, "/me", &home).await.body;
    assert!(me.contains(&path) && me.contains(&quiet) && me.contains("お返事があります"), "{me}");
    let own = get(&web, "/me/record.json", &home).await.body;
    assert!(
        own.matches(MARKER).count() == 2 && own.contains("助産師 saekiさん") && own.contains("離乳食のあと"),
        "{own}"
    );
    let threads = consult::of_person(&site.db, &site.vault, "h1").await.unwrap();
    assert_eq!(
        threads.iter().map(|t| (format!("/q/{}", t.token), t.stands.answered_at())).collect::<Vec<_>>(),
        [(quiet, None), (path.clone(), Some(app.now()))]
    );

    let thread = get(&web, &path, &home).await.body;
    assert!(
        thread.contains("<strong>助産師 saekiさん</strong>")
            && thread.contains("<strong>産院に電話</strong>")
            && !thread.contains("<script>")
    );
    // The telephone numbers stay until a clinician ends the watch; until then nobody asks for a mark.
    assert!(
        danger_box(&thread).contains("いま産院に電話を")
            && !thread.contains("役に立ちましたか")
            && !thread.contains("お返事を待たないで"),
        "{thread}"
    );
    let list = get(&web, "/desk", &saeki).await.body;
    assert!(list.contains("見守り") && list.contains("出血") && !list.contains("急ぎ</span>"), "{list}");
    let version = async |web: &Router, cookie: &str| field(&get(web, &open, cookie).await.body, "version");
    assert!(
        send(&web, "POST", &format!("{open}/calm"), &saeki, &[("version", &version(&web, &saeki).await)])
            .await
            .location
            .contains("did=unwatched")
    );
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM audit WHERE action = 'watch_end'").await, 1);
    let thread = get(&web, &path, &home).await.body;
    assert!(
        danger_box(&thread).is_empty() && thread.contains("役に立ちましたか") && !thread.contains("見守り"),
        "{thread}"
    );

    // The survey counts once, without a trace to the thread.
    let shown = field(&thread, "version");
    for _ in 0..2 {
        assert_eq!(
            send(&web, "POST", &format!("{path}/survey"), &home, &[("answer", "helped"), ("version", &shown)])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
    }
    let counts: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT day, answer, given FROM consultation_surveys").fetch_all(site.db.pool()).await.unwrap();
    assert_eq!(counts, [("2026-11-24".into(), "helped".into(), 1)]);
    assert!(get(&web, &path, &home).await.body.contains("教えてくださって"));

    // Closed, reopened by the asker, due anew.
    let closed = send(
        &web,
        "POST",
        &format!("{open}/close?profession=all"),
        &saeki,
        &[("version", &version(&web, &saeki).await)],
    )
    .await
    .location;
    assert_eq!(closed, format!("/desk?profession=all&closed={id}"));
    assert!(get(&web, &closed, &saeki).await.body.contains("終えました。"));
    assert!(
        !get(&web, "/desk", &saeki).await.body.contains(&id)
            && get(&web, "/desk?show=done", &saeki).await.body.contains(&id)
    );
    let (web, _) = site.at("2026-11-27T18:00");
    let home = format!("household={}", household::sign_in(&site.db, "h1", 1_795_700_000).await.unwrap());
    let ticket = field(&get(&web, &path, &home).await.body, "ticket");
    send(&web, "POST", &path, &home, &[("text", "その後は落ち着きました"), ("ticket", &ticket)]).await;
    let thread = get(&web, &path, &home).await.body;
    assert!(
        thread.contains("この相談は終わりました") && thread.contains("11月30日（月）17時までにお答えします"),
        "{thread}"
    );
    let saeki = sign_in(&web, "saeki").await;
    let list = get(&web, "/desk?profession=all", &saeki).await.body;
    assert!(list.contains(&id) && !list.contains("急ぎ</span>"), "the danger was answered");
    // A thread of which its answer is late stands under its own heading.
    assert!(list.contains("まもなく期限") && list.contains("過ぎています"));

    // The desk closes it and opens it again.
    send(
        &web,
        "POST",
        &format!("{open}/close"),
        &saeki,
        &[("sure", "yes"), ("version", &version(&web, &saeki).await), ("reason", "other")],
    )
    .await;
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations WHERE closed_at IS NOT NULL").await, 1);
    assert_eq!(
        send(&web, "POST", &format!("{open}/reopen"), &saeki, &[("version", &version(&web, &saeki).await)])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    assert!(get(&web, "/desk", &saeki).await.body.contains(&id));
    let all = everything(&site.db).await;
    assert!(!all.contains(MARKER) && !all.contains("落ち着きました") && !all.contains("産院に電話"), "{}", test.name());
}

/// What somebody at the desk has typed is not lost: drafts, the picker of articles, a session that ended.
#[tokio::test]
async fn drafts_are_kept() {
    for test in databases().await {
        drafts(&test).await;
    }
}
async fn drafts(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let now = app.now();
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), now).await;
    site.staff("mori", Role::Clinician, Some(Profession::Counsellor), now).await;
    let path = ask(&web, "", "self", "眠れません").await;
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    let open = format!("/desk/q/{id}");
    let saeki = sign_in(&web, "saeki").await;
    // The own profession's list first, what is urgent elsewhere not hidden, and a word before answering for others.
    assert!(
        !get(&web, "/desk", &saeki).await.body.contains(&id)
            && get(&web, "/desk?profession=all", &saeki).await.body.contains(&id)
    );
    assert!(get(&web, &open, &saeki).await.body.contains("これは相談員あての相談です"));
    ask(&web, "", "self", "消えたいです").await;
    assert!(get(&web, "/desk", &saeki).await.body.contains("ほかの職種あての急ぎが1件あります"));

    let text = format!("{MARKER}\n二行目。0000-00-4567へ");
    // What the writer's page shows of the thread and of the draft goes along.
    let write = async |what: &str, fields: &[(&str, &str)]| {
        let page = get(&web, &open, &saeki).await.body;
        let (version, draft) = (field(&page, "version"), field(&page, "draft"));
        send(
            &web,
            "POST",
            &format!("{open}/{what}"),
            &saeki,
            &[fields, &[("version", version.as_str()), ("draft", draft.as_str())]].concat(),
        )
        .await
    };
    let kept = write("draft", &[("text", &text)]).await.location;
    assert!(kept.contains("did=draft") && !kept.contains("%E3"));
    assert!(
        get(&web, &open, &saeki).await.body.contains("下書きがあります")
            && !everything(&site.db).await.contains(MARKER)
    );
    let mori = sign_in(&web, "mori").await;
    assert!(!get(&web, &open, &mori).await.body.contains(MARKER), "a draft is its writer's");
    assert!(!get(&web, &path, "").await.body.contains(MARKER));
    // The picker: found by title, put at the end.
    let found = write("find", &[("text", &text), ("find", "貧血")]).await.location;
    let page = get(&web, &found, &saeki).await.body;
    assert!(page.contains("value=\"tachikurami\"") && page.contains(MARKER), "{page}");
    let put = write("insert", &[("text", &text), ("article", "tachikurami")]).await.location;
    let page = get(&web, &put, &saeki).await.body;
    assert!(page.contains("](article:tachikurami)</textarea>"), "{page}");
    assert_eq!(write("insert", &[("text", &text), ("article", "nai")]).await.status, StatusCode::NOT_FOUND);
    // A link to no article is said in the preview and stops the sending.
    let wrong = format!("{text}\n\n[これ](article:nai)");
    let preview = write("preview", &[("text", &wrong)]).await.location;
    assert!(get(&web, &preview, &saeki).await.body.contains("記事 `nai` はありません"));
    let page = get(&web, &open, &saeki).await.body;
    let form = page[page.find("class=\"write\"").unwrap()..].to_owned();
    let (ticket, version) = (field(&form, "ticket"), field(&form, "version"));
    let refused = send(
        &web,
        "POST",
        &format!("{open}/answer"),
        &saeki,
        &[("text", &wrong), ("ticket", &ticket), ("version", &version)],
    )
    .await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY
            && refused.body.contains("記事 `nai` はありません")
            && refused.body.contains(MARKER)
    );
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 0);

    // The session has ended: the words travel through the sign-in, a wrong password too, and stand in the box.
    let late = send(
        &web,
        "POST",
        &format!("{open}/answer"),
        "",
        &[("text", &text), ("ticket", &ticket), ("version", &version)],
    )
    .await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.body.contains("書いた文は残っています") && late.location.is_empty());
    let (back, carried) = (field(&late.body, "back"), field(&late.body, "text").replace("&#x2F;", "/"));
    let wrong = send(
        &web,
        "POST",
        "/desk/sign-in",
        "",
        &[("login", "saeki"), ("password", "wrong"), ("back", &back), ("text", &carried)],
    )
    .await;
    assert_eq!((field(&wrong.body, "back"), field(&wrong.body, "text").contains(MARKER)), (back.clone(), true));
    let again = send(
        &web,
        "POST",
        "/desk/sign-in",
        "",
        &[("login", "saeki"), ("password", PASSWORD), ("back", &back), ("text", &carried)],
    )
    .await;
    assert!(again.location.starts_with(&open) && again.location.contains("did=kept"), "{}", again.location);
    let page = get(&web, &again.location, &again.cookie).await.body;
    assert!(page.contains("まだ送っていません。") && page.contains(MARKER), "{page}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 0);
    // An address that is not the desk's carries nothing.
    let nowhere = send(
        &web,
        "POST",
        "/desk/sign-in",
        "",
        &[("login", "saeki"), ("password", PASSWORD), ("back", "//evil.example/x"), ("text", "x")],
    )
    .await;
    assert_eq!(nowhere.location, "/desk");

    // Sent: a line break is one, a number can be rung, and the draft is gone.
    let form = page[page.find("class=\"write\"").unwrap()..].to_owned();
    send(
        &web,
        "POST",
        &format!("{open}/answer"),
        &saeki,
        &[
            ("text", &text),
            ("ticket", &field(&form, "ticket")),
            ("version", &field(&form, "version")),
            ("draft", &field(&form, "draft")),
        ],
    )
    .await;
    let own = get(&web, &path, "").await.body;
    assert!(own.contains("<br>二行目。<a href=\"tel:0000004567\">0000-00-4567</a>へ"), "{own}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'draft'").await, 0);
}

/// A mother who asks about herself: her children and what was lost matter to who answers.
#[tokio::test]
async fn a_question_about_oneself_shows_who_is_around() {
    let test = crate::support::sqlite().await;
    let site = Site::new(&test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let home = site.household("h1", app.now()).await;
    site.staff("mori", Role::Clinician, Some(Profession::Counsellor), app.now()).await;
    let path = ask(&web, &home, "self", "先月、流産しました").await;
    let own = get(&web, &path, &home).await.body;
    assert!(
        own.contains("書いてくださって、ありがとうございます")
            && !danger_box(&own).contains("tel:119")
            && !own.contains("お返事を待たないで"),
        "{own}"
    );
    let mori = sign_in(&web, "mori").await;
    let list = get(&web, "/desk", &mori).await.body;
    assert!(!list.contains("急ぎ</span>"), "grief is no emergency");
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    let page = get(&web, &format!("/desk/q/{id}"), &mori).await.body;
    for words in ["いま 24週0日", "いま 1歳7か月", "お別れがあったかもしれません", "いいえ（上の子がいます）"]
    {
        assert!(page.contains(words), "{words}\n{page}");
    }
}
