//! A request in, let through or not: rights, same-origin writes, and the headers that every answer has.

use super::error::Failed;
use super::session::{SignedIn, cookie_name, session_cookie};
use super::{App, Error, Privacy, Properties, Right, Shared};
use crate::contact;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;
use axum_extra::extract::CookieJar;
use http_body_util::BodyExt as _;

/// The handler behind everything that holds of its route.
pub(super) fn guarded(handler: MethodRouter<Shared>, properties: Properties, app: &Shared) -> MethodRouter<Shared> {
    handler.layer(from_fn_with_state((app.clone(), properties), enforce))
}

/// So much of a body that is too long is still taken off the line, unread, so that its sender gets to see why.
const TAKEN_OFF: usize = 4 << 20;

/// The request with its body read: what comes too slowly or is too long reaches no handler.
async fn whole(request: Request, most: usize) -> Result<Request, Error> {
    let (parts, mut body) = request.into_parts();
    let (mut kept, mut seen) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Error::TooSlow)?.into_data() else { continue };
        seen += data.len();
        if seen <= most {
            kept.extend_from_slice(&data);
        } else if seen > TAKEN_OFF {
            break;
        }
    }
    if seen > most { Err(Error::TooLong) } else { Ok(Request::from_parts(parts, Body::from(kept))) }
}

/// The answer, marked with what holds of its route.
async fn enforce(
    State((app, properties)): State<(Shared, Properties)>,
    jar: CookieJar,
    request: Request,
    next: Next,
) -> Response {
    let mut response = let_through(&app, properties, jar, request, next).await;
    response.extensions_mut().insert(properties);
    response
}

async fn let_through(
    app: &Shared,
    Properties { right, privacy, most, .. }: Properties,
    jar: CookieJar,
    request: Request,
    next: Next,
) -> Response {
    if !matches!(right, Right::Signed) && is_foreign(app, &request) {
        return foreign();
    }
    let mut request = match whole(request, most).await {
        Ok(request) => request,
        Err(e) => return e.into_response(),
    };
    let (signed_in, worn) = match who(app, &jar).await {
        Ok(found) => found,
        Err(e) => return e.into_response(),
    };
    // Answers that others may keep never set a cookie.
    let renewed = worn && privacy == Privacy::Private;
    match right {
        Right::Anyone | Right::Signed => {}
        Right::Household if signed_in.household.is_some() => {}
        Right::Household => return Redirect::to(&way_in(app, request.uri().query())).into_response(),
        Right::Staff(roles) => match &signed_in.staff {
            None => {
                // What was written must outlive the session.
                let written = if request.method() == Method::POST {
                    super::sign_in::instead_of(app, request).await
                } else {
                    None
                };
                return written.unwrap_or_else(|| Redirect::to("/desk/sign-in").into_response());
            }
            Some(staff) if !roles.contains(&staff.role) => return Error::Forbidden.into_response(),
            Some(_) => {}
        },
    }
    let token = signed_in.token.clone();
    request.extensions_mut().insert(signed_in);
    let mut response = next.run(request).await;
    if renewed && let Err(e) = renew(app, &token, &mut response).await {
        // It is only shorter than it might be.
        tracing::error!(error = format!("{e:#}"), "a session was not lengthened");
    }
    response
}

/// The way in, in the language that a link from a letter asks for.
fn way_in(app: &App, query: Option<&str>) -> String {
    let asked = query.into_iter().flat_map(|q| q.split('&')).find_map(|part| part.strip_prefix("lang="));
    let known = app.config.site.languages.iter().skip(1).find(|l| Some(l.as_str()) == asked);
    known.map_or_else(|| "/me/enter".to_owned(), |language| format!("/me/enter?lang={language}"))
}

/// Lengthens the session of a household that was here, and its cookie, unless the answer says something of that cookie
/// itself.
async fn renew(app: &Shared, token: &str, response: &mut Response) -> anyhow::Result<()> {
    let name = format!("{}=", cookie_name(app, "household"));
    if response.headers().get_all(header::SET_COOKIE).iter().any(|c| c.as_bytes().starts_with(name.as_bytes())) {
        return Ok(());
    }
    if contact::renew_session(&app.db, token, app.now()).await? {
        let cookie = session_cookie(app, "household", token.to_owned(), contact::SESSION_DAYS);
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie.to_string())?);
    }
    Ok(())
}

/// Who is asking, and whether the household's session is to be lengthened.
pub(super) async fn who(app: &Shared, jar: &CookieJar) -> Result<(SignedIn, bool), Error> {
    let token = |what| jar.get(&cookie_name(app, what)).map(|c| c.value().to_owned());
    let own = token("household").unwrap_or_default();
    let session = if own.is_empty() { None } else { contact::session(&app.db, &own, app.now()).await? };
    let staff = match token("staff") {
        Some(token) => crate::staff::session(&app.db, &token, app.now()).await?,
        None => None,
    };
    let worn = session.as_ref().is_some_and(|s| s.wears(app.now()));
    let token = if session.is_some() { own } else { String::new() };
    let (person, household) = session.map(|s| (s.person_id, s.household_id)).unzip();
    Ok((SignedIn { household, person, token, staff }, worn))
}

/// Is it a write from another site's page? (Beside the cookies' SameSite.)
fn is_foreign(app: &App, request: &Request) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let foreign_site = header("sec-fetch-site").is_some_and(|s| s != "same-origin" && s != "none");
    let host = header("host");
    let foreign_origin = header("origin").is_some_and(|o| {
        let own =
            o == app.config.site.public_url || host.as_ref().is_some_and(|h| o.split("://").nth(1) == Some(h.as_str()));
        !own
    });
    foreign_site || foreign_origin
}

fn foreign() -> Response {
    Error::BadRequest(
        "別のサイトから送られたため、受け取りませんでした。このサイトのページから、もう一度送ってください。".into(),
    )
    .into_response()
}

/// A write from another site's page is refused, where a route stands in another table than ours.
pub async fn same_origin(State(app): State<Shared>, request: Request, next: Next) -> Response {
    if is_foreign(&app, &request) { foreign() } else { next.run(request).await }
}

/// Is a page of this very machine asked for by one of its own names? A site elsewhere may have its own name answered
/// with this machine's address (DNS rebinding), and would read what only its owner may. A request without a name is no
/// browser's.
pub fn by_own_name(request: &Request) -> bool {
    let named = request
        .headers()
        .get(header::HOST)
        .map(|v| v.to_str().unwrap_or("?"))
        .or_else(|| request.uri().authority().map(|a| a.as_str()));
    named.is_none_or(|name| crate::config::is_loopback(&format!("http://{name}")))
}

/// Lets pages of this machine be read by its own names only.
pub async fn own_names(request: Request, next: Next) -> Response {
    if by_own_name(&request) {
        next.run(request).await
    } else {
        (
            StatusCode::FORBIDDEN,
            "この機械の中からだけ開けます。http://127.0.0.1 か http://localhost で開いてください。\n",
        )
            .into_response()
    }
}

/// The Content-Security-Policy of every page: nothing inline, nothing foreign. What else forms may lead to stands
/// behind it.
pub const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
    frame-ancestors 'none'; form-action 'self'";

/// The longest part of a path, in bytes: what a file may be called (Linux, macOS, Windows).
const LONGEST_PART: usize = 255;
/// The longest path: with the folder before it, what a file system takes.
const LONGEST_PATH: usize = 2048;

/// Can there be anything at this path? What no file system and no database takes as a name is not there, and not our
/// fault.
fn can_be(path: &str) -> bool {
    let plain = |part: &str| percent_encoding::percent_decode_str(part).collect::<Vec<u8>>();
    path.len() <= LONGEST_PATH
        && path.split('/').map(plain).all(|part| part.len() <= LONGEST_PART && !part.contains(&0))
}

/// Nothing else is asked for in a folder of this machine.
pub async fn possible(request: Request, next: Next) -> Response {
    if can_be(request.uri().path()) { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() }
}

/// Security headers on every answer; errors become pages.
pub async fn headers(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let mut response =
        if can_be(request.uri().path()) { next.run(request).await } else { Error::NotFound.into_response() };
    let properties = response.extensions().get::<Properties>().copied();
    if let Some(Failed(error)) = response.extensions().get::<Failed>().cloned() {
        if let Error::Internal(e) = &*error {
            tracing::error!(
                what = properties.map_or("the built site", |p| p.purpose),
                error = format!("{e:#}"),
                "request failed"
            );
        }
        response = app.error_page(&error);
    }
    let policy = format!("{POLICY} {}", app.config.services.line_link_base);
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Another site learns where its reader came from at most by the city's name: paths are secrets.
    set(header::REFERRER_POLICY, "strict-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    if app.config.site.public_url.starts_with("https:") {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if properties.is_some_and(|p| p.privacy == Privacy::Private) {
        set(header::CACHE_CONTROL, "no-store");
        set(HeaderName::from_static("x-robots-tag"), "noindex");
    }
    response
}
