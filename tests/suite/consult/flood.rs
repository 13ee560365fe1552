//! More than people write: nobody is refused, nothing is hidden, and who is in danger stands on top.

use super::*;
use axum::extract::ConnectInfo;
use otayori::consult::waiting;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Sends a form from an address, as it comes through the proxy on this machine.
async fn send_from(
    router: &Router,
    address: &str,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> (StatusCode, String, String) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::builder()
        .method(if form.is_empty() { "GET" } else { "POST" })
        .uri(path)
        .header(header::COOKIE, cookie);
    let request =
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header("x-forwarded-for", address);
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
    let response = router.clone().oneshot(request).await.unwrap();
    let location = response.headers().get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = response.status();
    (status, location, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

async fn ask_from(router: &Router, address: &str, cookie: &str, who: &str, text: &str) -> String {
    let form = [("who", who), ("text", text), ("consent", "yes"), ("from", "")];
    let (_, _, page) = send_from(router, address, "/ask", cookie, &form).await;
    let ticket = field(&page, "ticket");
    let (status, location, page) =
        send_from(router, address, "/ask/send", cookie, &[&form[..], &[("ticket", &ticket)]].concat()).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    location
}

impl Site {
    fn limited(mut self, source_per_day: i64, all_per_hour: i64) -> Self {
        let mut config = (*self.config).clone();
        (config.site.limits.source_per_day, config.site.limits.all_per_hour, config.site.limits.wait_seconds) =
            (source_per_day, all_per_hour, 0);
        self.config = Arc::new(config);
        self
    }
    async fn id(&self, path: &str) -> String {
        consult::by_token(&self.db, path.trim_start_matches("/q/")).await.unwrap().unwrap().id
    }
}

/// The ids of the lines on a page of the desk, in order.
fn lines(page: &str) -> Vec<String> {
    page.match_indices("/desk/q/")
        .map(|(at, found)| {
            page[at + found.len()..].chars().take_while(|c| *c == '-' || c.is_ascii_alphanumeric()).collect()
        })
        .collect()
}

#[tokio::test]
async fn a_flood_hides_nobody() {
    for test in databases().await {
        flood(&test).await;
    }
}
async fn flood(test: &TestDb) {
    let site = Site::new(test).await.limited(5, 10_000);
    let (web, app) = site.at("2026-11-24T09:38");
    site.staff("mori", Role::Clinician, Some(Profession::Midwife), app.now()).await;
    site.staff("city", Role::CityObserver, None, app.now()).await;
    // Somebody sends what sounds like danger, again and again, and harmless questions, too: all are stored.
    let mut flood = Vec::new();
    for n in 0..60 {
        flood.push(ask_from(&web, "198.51.100.7", "", "self", &format!("死にたい {n}")).await);
    }
    for n in 0..7 {
        ask_from(&web, "198.51.100.8", "", "self", &format!("離乳食について {n}")).await;
    }
    // Who is calm waited a turn beyond the limit, in danger nobody: neither was refused.
    assert_eq!(app.turns(), 2);
    let (web, _) = site.at("2026-11-24T09:40");
    let real = ask_from(&web, "203.0.113.20", "", "pregnancy", "30週です。今朝から出血しています").await;
    let (mori, city) = (sign_in(&web, "mori").await, sign_in(&web, "city").await);
    let page = get(&web, "/desk?profession=all", &mori).await.body;
    let id = site.id(&real).await;
    assert!(lines(&page).contains(&id), "{page}");
    assert!(lines(&page).len() <= waiting::PAGE + 1);
    // Beyond its limit the source is a group below, which counts; it is no wall before the others.
    for words in ["急ぎ 6", "<span>6件</span>", "続けて届いた 2組", "<p>55件</p>", "急ぎのしるし 55件", "<p>2件</p>"]
    {
        assert!(page.replace("</b>", "").contains(words) || page.contains(words), "{words}\n{page}");
    }
    assert!(page.contains("（急ぎ6）"), "the title counts");
    let crowd = page[page.find("crowd=").unwrap()..].split(['"', '>', ' ']).next().unwrap().to_owned();
    assert!(crowd.len() < 20 && !everything(&site.db).await.contains("198.51.100"), "no address is kept");
    // The group has pages, too: every question is somewhere.
    let mut seen = BTreeSet::new();
    for path in [
        "/desk?profession=all".to_owned(),
        format!("/desk?profession=all&{crowd}"),
        format!("/desk?profession=all&{crowd}&page=2"),
    ] {
        seen.extend(lines(&get(&web, &path, &mori).await.body));
    }
    for path in &flood {
        assert!(seen.contains(&site.id(path).await), "{path} is in no list");
    }
    // The first words: for who answers, written down once an hour; others see that there is something.
    assert!(page.contains("30週です。今朝から出血しています"), "{page}");
    assert!(!get(&web, "/desk?profession=all", &city).await.body.contains("今朝から出血"));
    let glances = "SELECT COUNT(*) FROM audit WHERE action = 'glance'";
    let before = count(&site.db, glances).await;
    get(&web, "/desk?profession=all", &mori).await;
    assert!(before > 0 && count(&site.db, glances).await == before);
    // The light poll says that something is new, and nothing else.
    let pulse = |body: String| serde_json::from_str::<serde_json::Value>(&body).unwrap();
    let first = pulse(get(&web, "/desk/pulse?profession=all", &mori).await.body);
    assert_eq!((first["urgent"].as_u64(), first["crowds"].as_u64()), (Some(6), Some(55)));
    assert!(page.contains(first["mark"].as_str().unwrap()));
    ask_from(&web, "203.0.113.21", "", "child", "ミルクの量は").await;
    let second = pulse(get(&web, "/desk/pulse?profession=all", &mori).await.body);
    assert_ne!(first["mark"], second["mark"]);
    assert_eq!(get(&web, "/desk/pulse", "").await.location, "/desk/sign-in");
}

/// When the day is over, a group is a name by chance: no part of a hash of where it came from is left, and it still is
/// one group.
#[tokio::test]
async fn the_source_is_forgotten_and_the_group_stays() {
    for test in databases().await {
        let site = Site::new(&test).await.limited(1, 10_000);
        let (web, app) = site.at("2026-11-24T09:38");
        let mut paths = Vec::new();
        for n in 0..4 {
            paths.push(ask_from(&web, "203.0.113.7", "", "self", &format!("つわりについて {n}")).await);
        }
        let groups = async || {
            sqlx::query_scalar::<_, String>("SELECT crowd FROM consultations ORDER BY crowd")
                .fetch_all(site.db.pool())
                .await
                .unwrap()
        };
        let before = groups().await;
        assert!(
            before[0].is_empty() && before[1].len() == 10 && before[1..].iter().all(|g| *g == before[1]),
            "{before:?}"
        );
        let midnight = |day: i8| {
            date(2026, 11, day).to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap().timestamp().as_second()
        };
        assert_eq!(
            (consult::forget_crowds(&site.db, midnight(24)).await.unwrap(), groups().await),
            (0, before.clone()),
            "today"
        );
        assert_eq!(consult::forget_crowds(&site.db, midnight(25)).await.unwrap(), 1);
        let after = groups().await;
        assert!(
            after[0].is_empty() && after[1].starts_with("past-") && after[1..].iter().all(|g| *g == after[1]),
            "{after:?}"
        );
        assert_eq!(
            (consult::forget_crowds(&site.db, midnight(26)).await.unwrap(), groups().await),
            (0, after.clone()),
            "{}",
            test.name()
        );
        // What is joined to a household came from that household.
        site.household("h1", app.now()).await;
        assert!(
            consult::join(&site.db, &site.vault, paths[3].trim_start_matches("/q/"), &member("h1"), app.now())
                .await
                .unwrap()
        );
        assert_eq!(
            count(&site.db, "SELECT COUNT(*) FROM consultations WHERE household_id = 'h1' AND crowd = ''").await,
            1
        );
    }
}

/// No list has a silent end, and the newest danger is in view whatever else there is.
#[tokio::test]
async fn every_list_has_pages() {
    for test in databases().await {
        pages(&test).await;
    }
}
async fn pages(test: &TestDb) {
    let site = Site::new(test).await.limited(5, 10_000);
    let (web, app) = site.at("2026-11-24T09:38");
    site.staff("mori", Role::Clinician, Some(Profession::Midwife), app.now()).await;
    let mut all = BTreeSet::new();
    for n in 0..58 {
        let text = if n % 4 == 3 { "つわりについて" } else { "薬をたくさん飲みました" };
        all.insert(site.id(&ask_from(&web, &format!("203.0.113.{n}"), "", "self", text).await).await);
    }
    for n in 0..20 {
        all.insert(site.id(&ask_from(&web, &format!("192.0.2.{n}"), "", "self", "薬をぜんぶ飲みました").await).await);
    }
    let (web, _) = site.at("2026-11-24T09:50");
    let newest = site.id(&ask_from(&web, "198.51.100.1", "", "self", "やけどをしました").await).await;
    all.insert(newest.clone());
    let mori = sign_in(&web, "mori").await;
    let first = get(&web, "/desk?profession=all", &mori).await.body;
    assert!(
        first.contains("いちばん新しい急ぎ") && lines(&first)[0] == newest,
        "less grave than sixty others, and still in view\n{first}"
    );
    assert!(first.contains("1 / 2 ページ") && first.contains("page=2"), "{first}");
    let second = get(&web, "/desk?profession=all&page=2", &mori).await.body;
    let seen: BTreeSet<_> = lines(&first).into_iter().chain(lines(&second)).collect();
    assert_eq!(seen, all);
    for odd in ["0", "-1", "x", "99", "99999999999999999999999"] {
        assert_eq!(get(&web, &format!("/desk?profession=all&page={odd}"), &mori).await.status, StatusCode::OK, "{odd}");
    }
    // A thread that is opened from the second page leads back to it.
    let open = format!("/desk/q/{}", lines(&second)[0]);
    assert!(
        second.contains(&format!("{open}?profession=all&amp;page=2"))
            || second.contains(&format!("{open}?profession=all&page=2")),
        "{second}"
    );
    // What is done has pages as well.
    sqlx::query(
        "UPDATE consultations SET turn = 'answered', answered_at = due_at, alarm = 'silent', watched_at = \
        NULL, danger_at = NULL",
    )
    .execute(site.db.pool())
    .await
    .unwrap();
    let done: BTreeSet<_> = [
        lines(&get(&web, "/desk?show=done&profession=all", &mori).await.body),
        lines(&get(&web, "/desk?show=done&profession=all&page=2", &mori).await.body),
    ]
    .concat()
    .into_iter()
    .collect();
    assert_eq!(done, all);
}

/// A flood from everywhere does not touch a household that is signed in; what is counted is gone the day after.
#[tokio::test]
async fn households_are_not_held_up() {
    for test in databases().await {
        held_up(&test).await;
    }
}
async fn held_up(test: &TestDb) {
    let site = Site::new(test).await.limited(5, 3);
    let (web, app) = site.at("2026-11-24T09:38");
    let cookie = site.household("h1", app.now()).await;
    for n in 0..6 {
        ask_from(&web, &format!("203.0.113.{n}"), "", "self", "つわりについて").await;
    }
    ask_from(&web, "203.0.113.99", &cookie, "child-a", "離乳食について").await;
    let crowds: Vec<(String, i64)> =
        sqlx::query_as("SELECT crowd, COUNT(*) FROM consultations GROUP BY crowd ORDER BY crowd")
            .fetch_all(site.db.pool())
            .await
            .unwrap();
    assert_eq!(crowds, [(String::new(), 4), ("all".into(), 3)]);
    // A flyer's code leads on however often it is opened; what no people open is not counted.
    let code: String = site.config.root.join("content").exists().then(|| household_code(&app)).unwrap();
    let (_, _, _) = send_from(&web, "203.0.113.50", &format!("/r/{code}"), "", &[]).await;
    for _ in 0..80 {
        let (status, location, _) = send_from(&web, "203.0.113.51", &format!("/r/{code}"), "", &[]).await;
        assert!(status == StatusCode::SEE_OTHER && !location.is_empty());
    }
    let opened = count(&site.db, "SELECT CAST(SUM(opened) AS BIGINT) FROM visits").await;
    assert!((1..=30).contains(&opened), "{opened}");
    let tomorrow =
        otayori::calendar::Timestamp::from_second(app.now() + 86_400).unwrap().to_zoned(app.config.zone.clone());
    assert!(otayori::crowd::forget(&site.db, &tomorrow).await.unwrap() > 0);
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM source_counts").await, 0);
}

/// Whoever registers again and again is one address; and what is urgent in a crowd is everybody's matter, whatever list
/// they look at.
#[tokio::test]
async fn many_households_of_one_address() {
    for test in databases().await {
        let site = Site::new(&test).await.limited(2, 10_000);
        let (web, app) = site.at("2026-11-24T09:38");
        site.staff("mori", Role::Clinician, Some(Profession::Midwife), app.now()).await;
        for n in 0..6 {
            let home = site.household(&format!("h{n}"), app.now()).await;
            for m in 0..2 {
                ask_from(&web, "198.51.100.9", &home, "child-a", &format!("けいれんして意識がありません {n} {m}"))
                    .await;
            }
        }
        let elsewhere = site.household("h9", app.now()).await;
        ask_from(&web, "203.0.113.5", &elsewhere, "child-a", "離乳食について").await;
        // Five times what one household may send; the guests behind the same address are counted apart.
        ask_from(&web, "198.51.100.9", "", "pregnancy", "つわりについて").await;
        let mut crowds: Vec<i64> =
            sqlx::query_scalar("SELECT COUNT(*) FROM consultations GROUP BY crowd ORDER BY crowd")
                .fetch_all(site.db.pool())
                .await
                .unwrap();
        crowds.sort_unstable();
        assert_eq!(crowds, [2, 12], "{}", test.name());
        // All of them wait for the paediatrician. The midwife's own list says so, counts the crowd, and hears of the
        // next one.
        let mori = sign_in(&web, "mori").await;
        let page = get(&web, "/desk?profession=midwife", &mori).await.body;
        assert!(page.contains("ほかの職種あての急ぎが12件あります"), "{page}");
        let pulse = async || {
            serde_json::from_str::<serde_json::Value>(&get(&web, "/desk/pulse?profession=midwife", &mori).await.body)
                .unwrap()
        };
        let first = pulse().await;
        assert_eq!((first["urgent"].as_u64(), first["crowds"].as_u64()), (Some(10), Some(2)));
        let (later, app) = site.at("2026-11-24T09:39");
        let home = site.household("h7", app.now()).await;
        ask_from(&later, "198.51.100.9", &home, "child-a", "息をしていません").await;
        let second = pulse().await;
        assert!(
            second["newest"].as_i64() > first["newest"].as_i64() && second["mark"] != first["mark"],
            "{first} {second}"
        );
    }
}

/// A code of the sample's flyers.
fn household_code(app: &Shared) -> String {
    let published = app.published();
    let text = std::fs::read_to_string(app.config.root.join("content/flyers/touroku.md")).unwrap();
    let code = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-').to_owned();
    text.split_whitespace()
        .map(code)
        .find(|w| household::known_code(&published.library, w))
        .expect("a code in the sample")
}
