//! Who may do what at the desk, and what a guesser of passwords meets.

use super::*;

#[tokio::test]
async fn rights_of_each_role() {
    for test in databases().await {
        rights(&test).await;
    }
}
async fn rights(test: &TestDb) {
    const OK: u16 = 200;
    const DONE: u16 = 303;
    const NO: u16 = 403;
    const WRITES: [&str; 10] =
        ["preview", "draft", "find", "insert", "answer", "close", "reopen", "urgent", "calm", "contacted"];
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    ask(&web, "", "self", "眠れません").await;
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    let routes = [("GET", "/desk".to_owned()), ("GET", format!("/desk/q/{id}"))].into_iter();
    let routes: Vec<_> = routes
        .chain([("GET", format!("/desk/q/{id}/close"))])
        .chain(WRITES.map(|what| ("POST", format!("/desk/q/{id}/{what}"))))
        .collect();
    let table = [
        (
            Role::Clinician,
            Some(Profession::Counsellor),
            [OK, OK, OK, DONE, DONE, DONE, 404, 409, DONE, DONE, DONE, DONE, 400],
        ),
        (Role::CityObserver, None, [OK, OK, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO]),
        (Role::Admin, None, [OK, OK, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO]),
        (Role::Editor, None, [NO; 13]),
        (Role::CityStaff, None, [NO; 13]),
    ];
    for (role, profession, expected) in table {
        site.staff(role.id(), role, profession, app.now()).await;
        let cookie = sign_in(&web, role.id()).await;
        for ((method, path), expected) in routes.iter().zip(expected) {
            let answer = if *method == "GET" {
                get(&web, path, &cookie).await
            } else {
                send(&web, method, path, &cookie, &[("text", "x"), ("ticket", "no"), ("version", "1")]).await
            };
            assert_eq!(answer.status, expected, "{} {method} {path}", role.id());
        }
        // The observer has no way to write on the page either.
        if role == Role::CityObserver {
            assert!(!get(&web, &routes[1].1, &cookie).await.body.contains("<textarea"));
        }
    }
    for (method, path) in &routes {
        let answer = if *method == "GET" {
            get(&web, path, "").await
        } else {
            send(&web, method, path, "staff=made-up", &[]).await
        };
        assert_eq!((answer.status.as_u16(), answer.location.as_str()), (303, "/desk/sign-in"), "{path}");
        assert_eq!(
            count(&site.db, "SELECT COUNT(*) FROM consultations WHERE closed_at IS NOT NULL").await,
            0,
            "{path}"
        );
    }
    // Who has nothing to do at the desk is told what the role can do; a slash too many is no other page.
    for (role, begins, says) in [
        (Role::Editor, "/desk/role", "編集ができること"),
        (Role::CityStaff, "/desk/role", "市の担当ができること"),
        (Role::Clinician, "/desk", "相談を読み、お返事を書く"),
    ] {
        let answer = send(&web, "POST", "/desk/sign-in", "", &[("login", role.id()), ("password", PASSWORD)]).await;
        assert_eq!(answer.location, begins);
        let page = get(&web, "/desk/role", &answer.cookie).await;
        assert!(page.status == OK && page.body.contains(says), "{}", page.body);
        // Figures are for the city and the editors; who answers has no need of them.
        let figures = get(&web, "/desk/flyers?weeks=4", &answer.cookie).await;
        assert_eq!(
            figures.status == OK && figures.body.contains("チラシから来た数") && figures.body.contains("<svg"),
            role != Role::Clinician,
            "{}",
            figures.body
        );
        assert_eq!(page.body.contains("/desk/flyers"), role != Role::Clinician);
        assert_eq!(
            page.body.contains("href=/desk>") || page.body.contains("href=\"/desk\""),
            begins == "/desk",
            "a way to the desk only for those who may"
        );
    }
    assert_eq!(
        (get(&web, "/desk/", "").await.status.as_u16(), get(&web, "/desk/", "").await.location),
        (308, "/desk".to_owned())
    );
    assert_eq!(get(&web, "/desk/role", "").await.location, "/desk/sign-in");
    // Signed out, disabled, expired: out.
    let cookie = sign_in(&web, "admin").await;
    send(&web, "POST", "/desk/sign-out", &cookie, &[]).await;
    assert_eq!(get(&web, "/desk", &cookie).await.status, 303);
    let cookie = sign_in(&web, "admin").await;
    let (later, _) = site.at("2026-11-24T21:38");
    assert_eq!(get(&later, "/desk", &cookie).await.status, 303);
    staff::disable(&site.db, "admin", app.now()).await.unwrap();
    assert_eq!(get(&web, "/desk", &cookie).await.status, 303);
    let shut = send(&web, "POST", "/desk/sign-in", "", &[("login", "admin"), ("password", PASSWORD)]).await;
    assert_eq!(shut.status, 422);
    staff::enable(&site.db, "admin", app.now()).await.unwrap();
    let cookie = sign_in(&web, "admin").await;
    assert_eq!(get(&web, "/desk", &cookie).await.status, OK);
    assert!(staff::enable(&site.db, "nobody", app.now()).await.is_err());
}

#[tokio::test]
async fn guesses_are_slowed() {
    for test in databases().await {
        rate_limit(&test).await;
    }
}
async fn rate_limit(test: &TestDb) {
    let site = Site::new(test).await;
    let (_, app) = site.at("2026-11-24T09:00");
    let (now, db, vault) = (app.now(), &site.db, &site.vault);
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), now).await;
    site.staff("maki", Role::Clinician, Some(Profession::Midwife), now).await;
    let attempt = async |login: &str, password: &str, address: Option<&str>, at: i64| {
        staff::sign_in(db, vault, login, password, address, at).await.unwrap()
    };
    let is_in = |s: &staff::SignIn| matches!(s, staff::SignIn::In { .. });

    // By login, from whatever address, known or unknown alike.
    for login in ["saeki", "nobody"] {
        for n in 0..5 {
            assert_eq!(attempt(login, "wrong", Some(&format!("192.0.2.{n}")), now + n).await, staff::SignIn::Wrong);
        }
        assert_eq!(attempt(login, PASSWORD, Some("192.0.2.9"), now + 10).await, staff::SignIn::TooMany);
    }
    assert!(is_in(&attempt("saeki", PASSWORD, Some("192.0.2.9"), now + 15 * 60 + 10).await));

    // The operator opens a login at once; the address keeps its own count.
    for n in 0..5 {
        assert_eq!(
            attempt("maki", "wrong", Some(&format!("192.0.2.{}", 100 + n)), now + 20).await,
            staff::SignIn::Wrong
        );
    }
    assert_eq!(attempt("maki", PASSWORD, Some("192.0.2.110"), now + 21).await, staff::SignIn::TooMany);
    assert!(staff::unlock(db, vault, "maki", now + 22).await.unwrap());
    assert!(is_in(&attempt("maki", PASSWORD, Some("192.0.2.110"), now + 23).await));
    assert!(!staff::unlock(db, vault, "maki", now + 24).await.unwrap(), "nothing to open");
    assert!(staff::unlock(db, vault, "nobody", now).await.is_err());

    // By address, whatever the login.
    let then = now + 3600;
    for n in 0..5 {
        assert_eq!(attempt(&format!("guess{n}"), "wrong", Some("198.51.100.7"), then).await, staff::SignIn::Wrong);
    }
    assert_eq!(attempt("maki", PASSWORD, Some("198.51.100.7"), then).await, staff::SignIn::TooMany);
    assert!(is_in(&attempt("MAKI ", PASSWORD, Some("198.51.100.8"), then).await));
    // An address that is not known shuts out nobody else.
    for n in 0..6 {
        assert_eq!(attempt(&format!("stranger{n}"), "wrong", None, then).await, staff::SignIn::Wrong);
    }
    // Signing in does not use up tries.
    for _ in 0..7 {
        assert!(is_in(&attempt("maki", PASSWORD, Some("203.0.113.5"), then).await));
    }
    let all = everything(db).await;
    for plain in ["192.0.2", "198.51.100.7", "203.0.113", PASSWORD, "guess0"] {
        assert!(!all.contains(plain), "{plain} is in the database ({})", test.name());
    }

    // Over HTTP it is a page with 429.
    let (web, _) = site.at("2026-11-24T12:00");
    for _ in 0..5 {
        let wrong = send(&web, "POST", "/desk/sign-in", "", &[("login", "maki"), ("password", "wrong")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("ログイン名かパスワードが違います"));
    }
    let shut = send(&web, "POST", "/desk/sign-in", "", &[("login", "maki"), ("password", PASSWORD)]).await;
    assert_eq!(shut.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(shut.body.contains("15分ほど待ってください"));
}
