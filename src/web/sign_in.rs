//! Staff sign in and out.

use super::address::Address;
use super::session::{cookie_name, session_cookie};
use super::{Error, Result, Shared, SignedIn};
use crate::staff::{self, Role};
use axum::extract::{Form, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(flatten)]
    kept: Kept,
}

/// What was about to be sent when the session had ended: it travels through the sign-in form, in no address.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(super) struct Kept {
    /// Where it was sent.
    #[serde(default)]
    back: String,
    /// What was written.
    #[serde(default)]
    text: String,
}

/// `GET /desk/sign-in`
pub(super) async fn form(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    match signed_in.staff {
        Some(staff) => Ok(Redirect::to(home(staff.role)).into_response()),
        None => page(&app, "", false, &Kept::default()),
    }
}

/// `POST /desk/sign-in`
pub(super) async fn sign_in(
    State(app): State<Shared>,
    Address(address): Address,
    jar: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    match staff::sign_in(&app.db, &app.vault, &typed.login, &typed.password, address.as_deref(), app.now()).await? {
        staff::SignIn::In { token, role } => {
            let mut cookie = session_cookie(&app, "staff", token, 1);
            cookie.set_max_age(time::Duration::seconds(staff::SESSION_SECONDS));
            let staff = staff::session(&app.db, cookie.value(), app.now()).await?;
            let kept = match staff {
                Some(staff) => {
                    super::desk::act::kept(&app, &staff, &typed.kept.back, &typed.kept.text).await.unwrap_or_default()
                }
                None => None,
            };
            Ok((jar.add(cookie), Redirect::to(kept.as_deref().unwrap_or(home(role)))).into_response())
        }
        staff::SignIn::Wrong => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, &typed.login, true, &typed.kept)?).into_response())
        }
        staff::SignIn::TooMany => Err(Error::TooMany),
    }
}

/// `POST /desk/sign-out`
pub(super) async fn sign_out(State(app): State<Shared>, jar: CookieJar) -> Result<Response> {
    if let Some(cookie) = jar.get(&cookie_name(&app, "staff")) {
        staff::sign_out(&app.db, cookie.value()).await?;
    }
    let mut gone = session_cookie(&app, "staff", String::new(), 0);
    gone.set_max_age(time::Duration::ZERO);
    Ok((jar.add(gone), Redirect::to("/desk/sign-in")).into_response())
}

/// `GET /desk/`: typed with a slash.
pub(super) async fn without_slash() -> Redirect {
    Redirect::permanent("/desk")
}

/// `GET /desk/role`: what the role of who is signed in can do.
pub(super) async fn role(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    let staff = signed_in.staff()?;
    let (can, cannot): (&[&str], &[&str]) = match staff.role {
        Role::Clinician => (&["相談を読み、お返事を書く"], &[]),
        Role::CityObserver => (&["相談を読む"], &["お返事を書く"]),
        Role::Admin => {
            (&["相談を読む", "アカウントを作る・止める（設置した機械の otayori staff で）"], &["お返事を書く"])
        }
        Role::Editor => (
            &[
                "記事と固定ページを書く（content/articles と content/pages のファイルで）",
                "otayori preview で見て、otayori check で確かめる",
            ],
            &["相談を読む", "お返事を書く"],
        ),
        Role::CityStaff => (
            &[
                "お知らせとチラシを書く（content/bulletins と content/flyers のファイルで）",
                "だれに届くかを決める（segments のファイルで）",
                "otayori preview で見て、otayori check で確かめる",
            ],
            &["相談を読む", "お返事を書く"],
        ),
    };
    let desk = home(staff.role) == "/desk";
    let figures = staff.role != Role::Clinician;
    let context = serde_json::json!({ "name": staff.name, "title": staff.title(), "can": can, "cannot": cannot,
        "desk": desk, "figures": figures });
    app.page("desk-role.html", app.config.main_language(), &context)
}

/// Where a role begins; those who have nothing to do at the desk are told what they can do.
fn home(role: Role) -> &'static str {
    match role {
        Role::Clinician | Role::CityObserver | Role::Admin => "/desk",
        Role::Editor | Role::CityStaff => "/desk/role",
    }
}

/// Instead of a write without a session: the sign-in, with what was written in it (no longer than its route takes).
/// `None`: nothing was.
pub(super) async fn instead_of(app: &Shared, request: Request) -> Option<Response> {
    let back = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.ok()?;
    let text = url::form_urlencoded::parse(&body).find(|(name, _)| name == "text")?.1.into_owned();
    if !back.starts_with("/desk/q/") || text.trim().is_empty() {
        return None;
    }
    let page = page(app, "", false, &Kept { back, text });
    Some(page.map_or_else(IntoResponse::into_response, |page| (StatusCode::FORBIDDEN, page).into_response()))
}

fn page(app: &Shared, login: &str, wrong: bool, kept: &Kept) -> Result<Response> {
    app.page(
        "sign-in.html",
        app.config.main_language(),
        &serde_json::json!({ "login": login, "wrong": wrong, "kept": kept }),
    )
}
