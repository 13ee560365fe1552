//! Pages that belong to no room: health, the home page, and the built site.

use super::{App, Result, Shared, SignedIn, guard, quiet};
use crate::channel;
use crate::clock::Wall;
use crate::contact::{Channel, UnknownChannel};
use crate::content::Library;
use crate::outbox;
use crate::runs;
use crate::watch;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use percent_encoding::percent_decode_str;
use std::sync::atomic::Ordering;
use tower::ServiceExt as _;
use tower_http::services::{ServeDir, ServeFile};

/// So long, in seconds, what could be written lately is not tried again.
const PROBED: i64 = 30;

/// 200 while the site works, 503 when the database does not answer or nothing can be written. The first line is `ok`
/// only when nothing waits for somebody who looks; everything that does is named below it.
pub(super) async fn healthz(State(app): State<Shared>) -> (StatusCode, String) {
    let (now, zoned) = (app.now(), app.zoned());
    let looked = async {
        app.db.ping().await?;
        let health = watch::health(&app.db, Wall::at(now)).await?;
        let has_ledger = app.vault.has_ledger(&app.db).await?;
        let channels = channels(&app).await?;
        let missed = runs::missed(&app.db, &app.config, &zoned, has_ledger).await?;
        anyhow::Ok((health, !has_ledger, missed, outbox::in_doubt(&app.db).await?, channels))
    };
    let (health, without_ledger, missed, in_doubt, channels) = match looked.await {
        Ok(found) => found,
        Err(e) => {
            tracing::error!(error = format!("{e:#}"), "health check failed");
            return (StatusCode::SERVICE_UNAVAILABLE, "database does not answer\n".into());
        }
    };
    if (now - app.probed.load(Ordering::Relaxed)).abs() >= PROBED {
        if let Err(e) = app.db.probe().await {
            tracing::error!(error = format!("{e:#}"), "the database cannot be written");
            return (StatusCode::SERVICE_UNAVAILABLE, "database cannot be written (is the disk full?)\n".into());
        }
        app.probed.store(now, Ordering::Relaxed);
    }
    let lines = [
        (
            app.standing.moved(),
            "data: a file was moved or exchanged under the running service; put it back, and restart".to_owned(),
        ),
        (health.stand.holds(), "held: letters and erasing wait for `otayori clock confirm`".to_owned()),
        (without_ledger, "held: letters wait, the ledger is missing (`otayori send --mark-sent`)".to_owned()),
    ];
    let erasing = health.erasing_waits.map(|until| {
        format!(
            "held: erasing waits until {}, a day after `otayori clock confirm`",
            crate::clock::shown(until, &app.config.zone)
        )
    });
    let missed = missed
        .into_iter()
        .map(|week| format!("missed: the letters of {week} were not sent (`otayori send --date {}`)", week.first()));
    let in_doubt = in_doubt.into_iter().map(|(what, n)| {
        format!("uncertain: nobody knows whether {n} messages of {what} arrived (`otayori outbox --uncertain`)")
    });
    let wrong: Vec<String> = lines
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, line)| line)
        .chain(channels)
        .chain(erasing)
        .chain(missed)
        .chain(in_doubt)
        .chain(app.waiting())
        .collect();
    let text = if wrong.is_empty() { "ok\n".to_owned() } else { format!("attention\n{}\n", wrong.join("\n")) };
    (StatusCode::OK, text)
}

/// What keeps a channel's messages waiting, a line each.
async fn channels(app: &App) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for channel in Channel::ALL {
        let why = match channel::lacks(channel, &app.config) {
            Some(lacks) => watch::is_used(&app.db, channel.id()).await?.then_some(lacks.short),
            None => watch::refuses(&app.db, channel.id()).await?.then(|| channel::refused(channel).short.to_owned()),
        };
        lines.extend(why.map(|why| format!("{channel}: {why}, letters on {} wait", channel.english())));
    }
    lines.extend(
        outbox::unknown_channels(&app.db)
            .await?
            .iter()
            .map(|UnknownChannel(id)| format!("{id}: not a channel of this version, what goes by it waits")),
    );
    Ok(lines)
}

/// The built site in `public/`; an old address leads on to the present one, and what is not there gets the 404 page.
/// Where a page has a quiet sibling, a device that is to be spared gets that, unless it asks for the whole by its own
/// word.
pub(super) async fn built_site(State(app): State<Shared>, jar: CookieJar, request: Request) -> Result<Response> {
    if let Some(file) = with_a_sibling(&app, request.uri().path()) {
        let signed_in = guard::who(&app, &jar).await?.0;
        return one_of_two(&app, &signed_in, &jar, &file, request).await;
    }
    Ok(one_for_all(&app, request).await)
}

async fn one_for_all(app: &Shared, request: Request) -> Response {
    if let Some(path) = present_path(&app.published().library, request.uri().path()) {
        return Redirect::permanent(&path).into_response();
    }
    let lasts = app.published().theme.assets().lasts(request.uri().path(), request.uri().query());
    let public = &app.config.public;
    let files = ServeDir::new(public)
        .append_index_html_on_directories(true)
        .not_found_service(ServeFile::new(public.join("404.html")));
    match files.oneshot(request).await {
        Ok(response) => {
            let mut response = response.map(Body::new).into_response();
            if lasts && matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
                response
                    .headers_mut()
                    .insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
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

/// `GET /`: the built home page, or the quiet one, which does not open with weeks of pregnancy.
pub(super) async fn home(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    request: Request,
) -> Result<Response> {
    one_of_two(&app, &signed_in, &jar, HOME, request).await
}

const HOME: &str = "index.html";
const QUIET: &str = "quiet";

/// The file of a page in `public/`, if there is another one for those who are to be spared.
fn with_a_sibling(app: &App, path: &str) -> Option<String> {
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let mut names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    if path.ends_with('/') {
        names.push(HOME);
    }
    let plain = |name: &&str| !name.starts_with('.') && !name.contains(['\\', ':', '\0']);
    let file = names.iter().all(plain).then(|| names.join("/"))?;
    let public = &app.config.public;
    (names.first() != Some(&QUIET) && public.join(QUIET).join(&file).is_file() && public.join(&file).is_file())
        .then_some(file)
}

/// One of two built pages that have the same address. Of the one that is for this device alone no copy is kept, so none
/// is ever the wrong one (the service worker keeps its own, and is told when they change).
async fn one_of_two(
    app: &Shared,
    signed_in: &SignedIn,
    jar: &CookieJar,
    file: &str,
    mut request: Request,
) -> Result<Response> {
    let quiet = quiet::is(app, signed_in, jar).await?;
    let own = signed_in.household.is_some() || quiet;
    if own {
        // The copy that the browser has may be the other page.
        request.headers_mut().remove(header::IF_MODIFIED_SINCE);
    }
    let whole = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "whole=yes"));
    let sibling = app.config.public.join(QUIET).join(file);
    let file = if quiet && !whole { sibling } else { app.config.public.join(file) };
    let mut response = match ServeFile::new(file).oneshot(request).await {
        Ok(response) => response.map(Body::new).into_response(),
        Err(never) => match never {},
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if own { "no-store" } else { "no-cache" }));
    Ok(response)
}
