//! The table of routes against the service itself: every route, by everybody, and what its answer says of who may keep
//! it.

use crate::support::TestApp;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt as _;
use otayori::content::Profession;
use otayori::household;
use otayori::staff::{self, NewAccount, Role, SignIn};
use otayori::web::{Privacy, Right, Route, router, routes};
use std::fs;
use tower::ServiceExt as _;

const PASSWORD: &str = "tsubame ga kaeru";

/// The path with something in the place of its parts.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{week}" => "2026-W48",
        "{*name}" => "articles/tsuwari.json",
        part if part.starts_with('{') => "x",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

async fn send(app: &TestApp, request: axum::http::request::Builder, body: Vec<u8>) -> Answer {
    let request =
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body)).unwrap();
    let response = router(app.engine.app.clone()).oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = String::from_utf8_lossy(&response.into_body().collect().await.unwrap().to_bytes()).into_owned();
    Answer { status, headers, body }
}

/// Is nothing in it for anybody but its reader?
fn is_private(answer: &Answer) -> bool {
    answer.header("cache-control") == "no-store" && answer.header("x-robots-tag") == "noindex"
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_as_the_table_says() {
    let app = TestApp::on("2026-11-24").await;
    let state = &app.engine.app;
    let mut cookies = vec![(None, String::new())];
    for role in Role::ALL {
        let account = NewAccount {
            login: role.id().into(),
            name: "名前".into(),
            role,
            profession: (role == Role::Clinician).then_some(Profession::Midwife),
        };
        staff::add(&state.db, &account, PASSWORD, state.now()).await.unwrap();
        let SignIn::In { token, .. } =
            staff::sign_in(&state.db, &state.vault, role.id(), PASSWORD, None, state.now()).await.unwrap()
        else {
            panic!("{}", role.id())
        };
        cookies.push((Some(role), format!("staff={token}")));
    }
    for Route { path, method, properties, .. } in routes() {
        let at = filled(path);
        // Some of them erase the household: each route meets one of its own, whose session is old enough to be
        // lengthened.
        let id = app.household("ja", &[], None).await;
        let session = household::sign_in(&state.db, &id, state.now() - 40 * 86_400).await.unwrap();
        let own = (None, format!("household={session}"));
        for (role, cookie) in cookies.iter().chain([&own]) {
            if path == "/desk/sign-out" && role.is_some() {
                continue;
            }
            let request = Request::builder().method(&method).uri(&at).header(header::COOKIE, cookie);
            let answer = send(&app, request, Vec::new()).await;
            let what = format!(
                "{method} {path} as {role:?} with {} bytes of cookie: {} {:?}",
                cookie.len(),
                answer.status,
                answer.headers
            );
            // An answer is private or it is not, whoever asks and whatever comes of it.
            match properties.privacy {
                Privacy::Private => assert!(is_private(&answer), "{what}"),
                Privacy::Public => {
                    assert!(
                        answer.header("x-robots-tag").is_empty() && answer.header("set-cookie").is_empty(),
                        "{what}"
                    );
                    assert!(answer.header("cache-control") != "no-store" || path == "/", "{what}");
                }
            }
            // Who may not is led to the way in, or told so.
            let signed_in = !cookie.is_empty();
            match properties.right {
                Right::Household if role.is_some() || !signed_in => {
                    assert!(answer.status == 303 && answer.header("location") == "/me/enter", "{what}")
                }
                // A device that leaves stands before the door as well.
                Right::Household => {
                    assert!(answer.header("location") != "/me/enter" || path.starts_with("/me/leave"), "{what}")
                }
                Right::Staff(_) if role.is_none() => {
                    assert!(answer.status == 303 && answer.header("location") == "/desk/sign-in", "{what}")
                }
                Right::Staff(roles) => {
                    assert_eq!(answer.status == 403, !role.is_some_and(|role| roles.contains(&role)), "{what}")
                }
                Right::Anyone | Right::Signed => assert_ne!(answer.status, 403, "{what}"),
            }
        }
        if method == Method::POST {
            // As long as the table says, to the byte.
            let body = |bytes: usize| [b"x=".to_vec(), vec![b'a'; bytes - 2]].concat();
            for (bytes, too_long) in [(properties.most, false), (properties.most + 1, true)] {
                let answer = send(&app, Request::post(&at), body(bytes)).await;
                assert_eq!(answer.status == 413, too_long, "{path}: {bytes} {}", answer.status);
                assert_eq!(is_private(&answer), properties.privacy == Privacy::Private, "{path}");
            }
            // From another site's page only who proves himself otherwise.
            let answer = send(&app, Request::post(&at).header("sec-fetch-site", "cross-site"), Vec::new()).await;
            assert_eq!(
                answer.body.contains("別のサイトから送られたため"),
                !matches!(properties.right, Right::Signed),
                "{path}: {}",
                answer.body
            );
        }
    }
}

/// A page is for everybody, whatever its name begins with.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_public_whatever_its_name_begins_with() {
    let app = TestApp::on("2026-11-24").await;
    for name in ["media", "asking", "stop-smoking", "registered", "desks", "mealtime"] {
        let folder = app.engine.app.config.public.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("index.html"), "<p>本文です</p>").unwrap();
        let answer = send(&app, Request::get(format!("/{name}/")), Vec::new()).await;
        assert!(answer.status == 200 && answer.body.contains("本文です"), "{name}");
        assert!(
            answer.header("cache-control").is_empty() && answer.header("x-robots-tag").is_empty(),
            "{name}: {:?}",
            answer.headers
        );
    }
}
