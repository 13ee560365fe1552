//! Pages that belong to no room: health, the home page, and the built site.

use super::{Result, Shared, SignedIn};
use crate::calendar::Wall;
use crate::content::Library;
use crate::household;
use crate::watch;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use tower::ServiceExt as _;
use tower_http::services::{ServeDir, ServeFile};

/// 200 when the database answers, 503 otherwise. What is held for want of somebody who looks is named, and the site goes on.
pub(super) async fn healthz(State(app): State<Shared>) -> (StatusCode, &'static str) {
    let held = async {
        app.db.ping().await?;
        anyhow::Ok((watch::look(&app.db, Wall::at(app.now())).await?.holds(), !app.vault.has_ledger(&app.db).await?))
    };
    match held.await {
        Ok((false, false)) => (StatusCode::OK, "ok\n"),
        Ok((true, _)) => (StatusCode::OK, "ok\nheld: letters and erasing wait for `otayori clock confirm`\n"),
        Ok((false, true)) => (StatusCode::OK, "ok\nheld: letters wait, the ledger is missing (`otayori send --mark-sent`)\n"),
        Err(e) => {
            tracing::error!(error = format!("{e:#}"), "health check failed");
            (StatusCode::SERVICE_UNAVAILABLE, "database does not answer\n")
        }
    }
}

/// The built site in `public/`; an old address leads on to the present one, and what is not there gets the 404 page.
pub(super) async fn built_site(State(app): State<Shared>, request: Request) -> Response {
    if let Some(path) = present_path(&app.published().library, request.uri().path()) {
        return Redirect::permanent(&path).into_response();
    }
    let lasts = app.published().theme.assets().lasts(request.uri().path(), request.uri().query());
    let public = &app.config.public;
    let files = ServeDir::new(public).append_index_html_on_directories(true).not_found_service(ServeFile::new(public.join("404.html")));
    match files.oneshot(request).await {
        Ok(response) => {
            let mut response = response.map(Body::new).into_response();
            if lasts && matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
                response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
            }
            response
        }
        Err(never) => match never {},
    }
}

/// Where the article or bulletin is that once had this path (`aliases` in its front matter).
fn present_path(library: &Library, path: &str) -> Option<String> {
    let (kind, rest) = path.strip_prefix('/')?.split_once('/')?;
    let (old, behind) = rest.split_once('/').unwrap_or((rest, ""));
    let slug = match kind {
        "articles" => library.article_once(old),
        "bulletins" => library.bulletin_once(old),
        _ => None,
    }?;
    Some(format!("/{kind}/{slug}/{behind}"))
}

/// `GET /`: the built home page. A household that has stopped letters gets the quiet one, which does not open with weeks of pregnancy.
pub(super) async fn home(State(app): State<Shared>, signed_in: SignedIn, mut request: Request) -> Result<Response> {
    let quiet = match &signed_in.household {
        Some(id) => household::load(&app.db, id).await?.is_some_and(|h| h.quiet()),
        None => false,
    };
    if signed_in.household.is_some() {
        // The copy that the browser has may be the other page.
        request.headers_mut().remove(header::IF_MODIFIED_SINCE);
    }
    let file = app.config.public.join(if quiet { "quiet/index.html" } else { "index.html" });
    let mut response = match ServeFile::new(file).oneshot(request).await {
        Ok(response) => response.map(Body::new).into_response(),
        Err(never) => match never {},
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if signed_in.household.is_some() { "no-store" } else { "no-cache" }));
    Ok(response)
}
