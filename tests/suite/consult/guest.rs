//! A guest who asks: the way back, the registration that takes the question along, what is forgotten.

use super::*;
use otayori::consult::Outcome;

#[tokio::test]
async fn a_guest_asks_and_goes_on() {
    for test in databases().await {
        guest(&test).await;
    }
}
async fn guest(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T22:41");
    let form = get(&web, "/ask", "").await;
    assert_eq!(form.status, StatusCode::OK);
    for words in
        ["これは診断・治療・処方ではありません。心配なときは受診を", "11月25日（水）17時まで", "命の危険", "虐待"]
    {
        assert!(form.body.contains(words), "{words}");
    }
    // What is missing is said, and what was typed stays.
    let wrong = send(&web, "POST", "/ask", "", &[("who", "child"), ("text", "のこる文<b>")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("エラー：質問する")
            && wrong.body.contains("のこる文&lt;b&gt;")
            && wrong.body.contains("href=\"#consent\""),
        "{}",
        wrong.body
    );

    let long = "あ".repeat(4001);
    let wrong = send(&web, "POST", "/ask", "", &[("who", "child"), ("text", &long), ("consent", "yes")]).await;
    assert!(wrong.body.contains("4000文字までで書いてください（いま4001文字）"));

    let path = ask(&web, "", "child", &format!("{MARKER}。うんちが緑色です。\r\n2行目")).await;
    assert!(path.starts_with("/q/") && path.len() == 3 + 32, "{path}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations").await, 1);
    let thread = get(&web, &path, "").await;
    assert_eq!(thread.status, StatusCode::OK);
    assert_eq!(thread.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(thread.headers["x-robots-tag"], "noindex");
    assert_eq!(thread.headers[header::REFERRER_POLICY], "strict-origin");
    for words in [
        MARKER,
        "<br>2行目",
        "11月25日（水）17時までにお答えします",
        "このページを残しておいてください",
        "心配なときは受診を",
    ] {
        assert!(thread.body.contains(words), "{words}\n{}", thread.body);
    }
    assert_eq!(danger_box(&thread.body), "");

    // It goes on; sent twice, it is there once. The place in the queue stays.
    let (later, _) = site.at("2026-11-25T09:00");
    let ticket = field(&thread.body, "ticket");
    for _ in 0..2 {
        let more =
            send(&later, "POST", &path, "", &[("text", "けさから<ぐったり>しています"), ("ticket", &ticket)]).await;
        assert_eq!((more.status, more.location.as_str()), (StatusCode::SEE_OTHER, path.as_str()), "{}", more.body);
    }
    let thread = get(&later, &path, "").await.body;
    assert_eq!(thread.matches("<p>けさから&lt;ぐったり&gt;").count(), 1);
    assert!(
        danger_box(&thread).contains("お返事を待たないでください") && danger_box(&thread).contains("いま119へ"),
        "{thread}"
    );
    assert_eq!(
        count(&site.db, "SELECT COUNT(*) FROM consultations WHERE alarm = 'urgent' AND asked_at < danger_at").await,
        1
    );

    // A ticket of our own making only, an unknown link, and an erased key.
    let forged = send(&later, "POST", &path, "", &[("text", "x"), ("ticket", "x.y")]).await;
    assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
    let forged = send(
        &later,
        "POST",
        "/ask/send",
        "",
        &[("who", "child"), ("text", "x"), ("consent", "yes"), ("ticket", "x.y")],
    )
    .await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
    assert_eq!(get(&later, "/q/nothing-there", "").await.status, StatusCode::NOT_FOUND);
    assert!(
        !everything(&site.db).await.contains(MARKER) && !everything(&site.db).await.contains(&path[3..]),
        "{}",
        test.name()
    );
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    app.vault.destroy(&id).await.unwrap();
    assert_eq!(get(&later, &path, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_guest_registers_and_takes_the_question_along() {
    for test in databases().await {
        guest_registers(&test).await;
    }
}
async fn guest_registers(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let (db, vault) = (&site.db, &site.vault);
    let path = ask(&web, "", "pregnancy", &format!("{MARKER}。足がつります")).await;
    let token = &path[3..];
    let before = consult::by_token(db, token).await.unwrap().unwrap();
    let page = get(&web, &path, "").await.body;
    assert!(
        page.contains("登録して、知らせを受け取る") && page.contains("リンクを知っているだけでは開けません"),
        "{page}"
    );
    assert_eq!((field(&page, "step").as_str(), field(&page, "thread").as_str()), ("begin", token));

    // The link travels in the forms alone: no address, no cookie.
    let begin = send(&web, "POST", "/register", "", &[("step", "begin"), ("thread", token)]).await;
    assert_eq!((begin.status, begin.cookie.as_str()), (StatusCode::OK, ""));
    assert!(begin.body.contains("市からのお約束"));
    let (once, carried) = (field(&begin.body, "once"), field(&begin.body, "thread"));
    let consent = site.config.site.consent.version.clone();
    let form = [
        ("consent", consent.as_str()),
        ("due-y", "9"),
        ("due-m", "3"),
        ("due-d", "16"),
        ("area", ""),
        ("language", "easy"),
        ("once", &once),
        ("thread", &carried),
    ];
    let dates = send(&web, "POST", "/register", "", &[&form[..], &[("step", "dates")]].concat()).await;
    assert_eq!(field(&dates.body, "thread"), token);
    let mut home = String::new();
    // Pressed twice: one household, one thread.
    for _ in 0..2 {
        let done =
            send(&web, "POST", "/register", "", &[&form[..], &[("step", "channel"), ("channel", "none")]].concat())
                .await;
        assert_eq!(done.location, "/register/done?to=none", "{}", done.body);
        home = done.cookie;
    }
    let id: String = sqlx::query_scalar("SELECT id FROM households").fetch_one(db.pool()).await.unwrap();
    let joined = consult::by_token(db, token).await.unwrap().unwrap();
    assert_eq!((joined.household_id.as_deref(), joined.key_owner.as_str()), (Some(id.as_str()), id.as_str()));
    assert_eq!((joined.subject_slot.as_str(), joined.language.as_str()), ("a", "easy"), "the only pregnancy");
    assert!(vault.key(&before.key_owner).await.unwrap().is_none(), "the guest's key is destroyed");
    // Only the household reads it now, on its page and in its record.
    assert_eq!(get(&web, &path, "").await.location, "/me/enter");
    let thread = get(&web, &path, &home).await.body;
    assert!(
        thread.contains(MARKER)
            && thread.contains("登録した端末からだけ開けます")
            && !thread.contains("このページを残しておいて"),
        "{thread}"
    );
    assert!(
        get(&web, "/me", &home).await.body.contains(&path)
            && get(&web, "/me/record.json", &home).await.body.contains(MARKER)
    );
    assert!(get(&web, "/register/done?to=none", &home).await.body.contains("あなたの登録に移りました"));
    // Whoever still holds the thread as it was seals nothing with the destroyed key: what is written at this moment
    // stands in the household's thread.
    let desk = consult::desk_hours(&site.config.site.desk).unwrap();
    let about = otayori::danger::About::default();
    let more =
        consult::More { entry_id: "e1", seen: before.version, text: "つづきです", about: &about, tapped: None };
    assert_eq!(consult::follow_up(db, vault, &desk, &before, &more, &app.zoned()).await.unwrap(), Outcome::Done);
    let notice = crate::channel::notice("answer:x");
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
    let late = consult::NewAnswer {
        entry_id: "e2",
        seen: joined.version + 1,
        draft: "",
        staff_id: "s",
        text: "お返事です",
        notice: &notice,
    };
    assert_eq!(consult::answer(db, vault, &before, &late, app.now()).await.unwrap(), Outcome::Done);
    let words: Vec<String> = consult::entries(db, vault, &joined)
        .await
        .unwrap()
        .unwrap()
        .into_iter()
        .map(|e| e.text)
        .filter(|t| t.ends_with("です"))
        .collect();
    assert_eq!(words, ["つづきです", "お返事です"], "all is opened by the household's key");
    // Nobody takes it over a second time.
    let other = site.household("h2", app.now()).await;
    assert!(!consult::join(db, vault, token, &member("h2"), app.now()).await.unwrap());
    assert_eq!(send(&web, "POST", &format!("{path}/join"), &other, &[]).await.location, path);
    assert_eq!(consult::by_token(db, token).await.unwrap().unwrap().household_id, Some(id.clone()));

    // Told on its channel when it is answered.
    let address =
        vault.key(&id).await.unwrap().unwrap().seal("contacts.address", "U00000000000000000000000000000002").unwrap();
    let contact = "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, \
        created_at) VALUES ('c1', $1, $1, 'line', $2, 'c1', 1, 0)";
    sqlx::query(contact).bind(&id).bind(&address).execute(db.pool()).await.unwrap();
    let saeki = sign_in(&web, "saeki").await;
    let open = format!("/desk/q/{}", joined.id);
    let page = get(&web, &open, &saeki).await.body;
    assert!(page.contains(MARKER) && page.contains("24週0日"), "the desk sees the week: {page}");
    let (ticket, version) = (field(&page, "ticket"), field(&page, "version"));
    send(
        &web,
        "POST",
        &format!("{open}/answer"),
        &saeki,
        &[("text", "ふくらはぎを伸ばして"), ("ticket", &ticket), ("version", &version)],
    )
    .await;
    assert_eq!(count(db, "SELECT COUNT(*) FROM outbox WHERE contact_id = 'c1' AND key LIKE 'answer:%'").await, 1);
    assert!(get(&web, &path, &home).await.body.contains("ふくらはぎを伸ばして"));

    // A guest's thread on a device that is registered already: one tap, and only there.
    let second = ask(&web, "", "self", "もう1つ").await;
    assert_eq!(send(&web, "POST", &format!("{second}/join"), "", &[]).await.location, "/me/enter");
    assert!(get(&web, &second, &home).await.body.contains("いまの登録につなぐ"));
    assert_eq!(send(&web, "POST", &format!("{second}/join"), &home, &[]).await.location, second);
    assert_eq!(get(&web, &second, "").await.location, "/me/enter");
    assert_eq!(consult::of_person(db, vault, &id).await.unwrap().len(), 2);
    // A link that leads nowhere joins nothing and stops nobody from registering.
    assert!(!consult::join(db, vault, "nothing-there", &member(&id), app.now()).await.unwrap());
    erasure::household(db, vault, &id, app.now()).await.unwrap();
    assert_eq!(count(db, "SELECT COUNT(*) FROM consultations").await, 0);
}

/// A guest's thread is kept for so long after the last word in it, whoever wrote it.
#[tokio::test]
async fn guests_threads_are_forgotten() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T09:38");
        let (db, vault) = (&site.db, &site.vault);
        let home = site.household("h1", app.now()).await;
        let path = ask(&web, "", "self", "眠れません").await;
        let kept = ask(&web, &home, "self", "眠れません").await;
        let thread = consult::by_token(db, &path[3..]).await.unwrap().unwrap();
        assert_eq!(
            consult::forget_guests(db, vault, app.now(), app.now()).await.unwrap(),
            0,
            "written at this very second"
        );
        // A follow-up later begins the time anew.
        let (web, later) = site.at("2026-12-24T09:38");
        let ticket = field(&get(&web, &path, "").await.body, "ticket");
        send(&web, "POST", &path, "", &[("text", "その後"), ("ticket", &ticket)]).await;
        assert_eq!(consult::forget_guests(db, vault, later.now(), later.now()).await.unwrap(), 0);
        assert_eq!(consult::forget_guests(db, vault, later.now() + 1, later.now() + 1).await.unwrap(), 1);
        assert_eq!(get(&web, &path, "").await.status, StatusCode::NOT_FOUND);
        assert!(vault.key(&thread.id).await.unwrap().is_none());
        assert_eq!(get(&web, &kept, &home).await.status, StatusCode::OK, "{}", test.name());
        assert_eq!(count(db, "SELECT COUNT(*) FROM audit WHERE actor = 'system' AND action = 'erase'").await, 1);
        assert_eq!(consult::forget_guests(db, vault, later.now() + 1, later.now() + 1).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_article_fills_in_matter_and_profession() {
    let test = crate::support::sqlite().await;
    let site = Site::new(&test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let published = app.published();
    let article = published
        .library
        .articles
        .values()
        .find(|a| {
            !a.draft
                && consult::Category::of_article(a) == Some(consult::Category::Pregnancy)
                && a.ask == Some(Profession::Obstetrician)
        })
        .unwrap();
    let from = format!("article:{}", article.slug);
    let form = get(&web, &format!("/ask?from={from}"), "").await.body;
    assert!(form.contains("value=\"pregnancy\" checked") && form.contains(&article.versions["ja"].title), "{form}");
    let typed = |who: &'static str| {
        [("who", who), ("text", "質問です"), ("consent", "yes"), ("from", from.as_str())]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    for (who, profession) in [("pregnancy", "産婦人科医"), ("child", "小児科医")] {
        let typed = typed(who);
        let pairs: Vec<_> = typed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let page = send(&web, "POST", "/ask", "", &pairs).await.body;
        assert!(page.contains(&format!("<dd>{profession}</dd>")), "{page}");
    }
    // An address that is not ours is nowhere.
    assert!(!get(&web, "/ask?from=article:%22%3E%3Cscript%3E", "").await.body.contains("\"><script>"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    /// Tickets are ours or refused, whatever comes back.
    #[test]
    fn only_own_tickets(id in "[A-Za-z0-9_-]{1,40}", other in ".{0,80}") {
        static VAULT: std::sync::OnceLock<(tokio::runtime::Runtime, Vault,
            tempfile::TempDir)> = std::sync::OnceLock::new();
        let (_, vault, _) = VAULT.get_or_init(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().to_owned();
            let env = move |name: &str| (name == "OTAYORI_KEY_FILE" || name == "OTAYORI_KEY_STORE_URL")
                .then(|| if name.ends_with("FILE") { path.join("k").display().to_string() } else { format!("sqlite:{}",
                    path.join("k.db").display()) });
            let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap();
            let test = runtime.block_on(crate::support::sqlite());
            let vault = runtime.block_on(Vault::open(&config.services, &test.db)).unwrap();
            (runtime, vault, folder)
        });
        let ticket = consult::issue(vault, "a", &id);
        proptest::prop_assert_eq!(consult::redeem(vault, "a", &ticket), Some(id));
        proptest::prop_assert_eq!(consult::redeem(vault, "b", &ticket), None);
        proptest::prop_assert_eq!(consult::redeem(vault, "a", &other), None);
    }
}
