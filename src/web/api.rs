//! `/api/v1/…`: a request in, JSON out, for any program that reads (CORS without credentials). What is not filtered is
//! the built file.

use super::Shared;
use crate::search::Reader;
use crate::site::api::shape::{Found, Hit, Problem};
use crate::site::api::{BASE, bytes, query};
use crate::site::{Edition, Published, api::shape::List};
use crate::stamp::Digest;
use anyhow::{Context as _, Result};
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path as File;
use std::sync::Arc;

/// A copy may be used for so long before it is asked for again.
const FRESH: &str = "public, max-age=60";

/// Why there is no answer.
enum Failure {
    NotFound,
    Asked(String),
    Ours(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(e: anyhow::Error) -> Self {
        Self::Ours(e)
    }
}

/// JSON that was made, with the address of what follows.
struct Answer {
    body: Vec<u8>,
    next: Option<String>,
}

/// `/api/v1/articles?topic=…`
pub(super) async fn articles(state: State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    filtered(state, "articles", uri, headers, |edition, query| edition.find_articles(query)).await
}

/// `/api/v1/bulletins?topic=…`
pub(super) async fn bulletins(state: State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    filtered(state, "bulletins", uri, headers, |edition, query| edition.find_bulletins(query)).await
}

async fn filtered<Q, T>(
    State(app): State<Shared>,
    name: &str,
    uri: Uri,
    headers: HeaderMap,
    find: fn(&Edition<'_>, &Q) -> Result<List<T>, String>,
) -> Response
where
    Q: DeserializeOwned + Send + 'static,
    T: Serialize + 'static,
{
    if uri.query().is_none_or(str::is_empty) {
        return file_answer(&app, name, &headers).await;
    }
    let found = blocking(&app, move |app| {
        let query: Q = asked(&uri)?;
        let published: Arc<Published> = app.published();
        let edition = Edition::new(&app.config, &published.library, &published.theme, app.today());
        let list = find(&edition, &query).map_err(Failure::Asked)?;
        Ok(Answer { body: bytes(&list)?, next: list.next })
    })
    .await;
    answered(found, &headers)
}

/// `/api/v1/search?q=…`: reads the same files as the page does.
pub(super) async fn search(State(app): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let found = blocking(&app, move |app| {
        let asked: query::SearchQuery = asked(&uri)?;
        let most = query::limit(asked.limit).map_err(Failure::Asked)?;
        let language = asked.language.as_deref().unwrap_or(app.config.main_language());
        query::known("language", asked.language.as_deref(), app.config.site.languages.iter().map(String::as_str))
            .map_err(Failure::Asked)?;
        let folder = app.config.public.join("search").join(language);
        let mut reader = Reader::new(|name: &str| {
            std::fs::read(folder.join(name)).with_context(|| format!("search/{language}/{name}"))
        });
        let from = asked.from.unwrap_or(0);
        let (total, hits) = reader.find(query::searched(&asked.q).map_err(Failure::Asked)?, from, most)?;
        let more =
            (from + hits.len() < total).then(|| query::SearchQuery { from: Some(from + hits.len()), ..asked.clone() });
        let next = more.map(|q| app.config.url(&format!("{BASE}/search?{}", query::query_string(&q))));
        let items = hits
            .into_iter()
            .map(|h| Hit { url: app.config.url(&h.path), title: h.title, summary: h.summary })
            .collect();
        Ok(Answer { body: bytes(&Found { total, items, next: next.clone() })?, next })
    })
    .await;
    answered(found, &headers)
}

/// `/api/v1`
pub(super) async fn root(State(app): State<Shared>, headers: HeaderMap) -> Response {
    file_answer(&app, "", &headers).await
}

/// All else below `/api/v1/`: with or without `.json` at the end.
pub(super) async fn file(
    State(app): State<Shared>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if query.is_some_and(|q| !q.is_empty()) {
        return answered(Err(Failure::Asked(format!("/{name} は絞りこめません。? のあとを消してください"))), &headers);
    }
    file_answer(&app, name.trim_end_matches('/'), &headers).await
}

/// Before a browser asks with headers of its own.
pub(super) async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("if-none-match"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

async fn file_answer(app: &Shared, name: &str, headers: &HeaderMap) -> Response {
    let name = name.to_owned();
    let found = blocking(app, move |app| {
        let below = app.config.public.join(BASE.trim_start_matches('/'));
        let body = read(&below, &name)?.ok_or(Failure::NotFound)?;
        let next = next_of(&body);
        Ok(Answer { body, next })
    })
    .await;
    answered(found, headers)
}

/// The file of a name, if it is one of ours: nothing above the folder, nothing hidden.
fn read(below: &File, name: &str) -> Result<Option<Vec<u8>>> {
    let good = |part: &str| {
        !part.starts_with('.')
            && !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
    };
    if !name.is_empty() && !name.split('/').all(good) {
        return Ok(None);
    }
    let names = if name.ends_with(".json") {
        vec![name.to_owned()]
    } else {
        vec![format!("{name}.json"), format!("{name}/index.json")]
    };
    for name in names {
        let path = below.join(name.trim_start_matches('/'));
        match std::fs::read(&path) {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(e)
                if matches!(
                    e.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory | std::io::ErrorKind::IsADirectory
                ) => {}
            Err(e) => return Err(e).with_context(|| path.display().to_string()),
        }
    }
    Ok(None)
}

/// What a list says of itself; other shapes say nothing.
fn next_of(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Next {
        next: Option<String>,
    }
    serde_json::from_slice::<Next>(body).ok()?.next
}

fn asked<Q: DeserializeOwned>(uri: &Uri) -> Result<Q, Failure> {
    Query::<Q>::try_from_uri(uri).map(|Query(query)| query).map_err(|e| {
        Failure::Asked(format!(
            "? のあとが読めません（{}）。使えるものは {BASE}/openapi.json にあります",
            e.body_text()
        ))
    })
}

/// Off the threads that must not wait. A site without JSON has none of it.
async fn blocking(
    app: &Shared,
    work: impl FnOnce(&Shared) -> Result<Answer, Failure> + Send + 'static,
) -> Result<Answer, Failure> {
    if !app.config.site.api {
        return Err(Failure::NotFound);
    }
    let app = app.clone();
    tokio::task::spawn_blocking(move || work(&app)).await.context("an answer was not finished")?
}

fn answered(found: Result<Answer, Failure>, asked: &HeaderMap) -> Response {
    let mut response = match found {
        Ok(Answer { body, next }) => {
            let tag = format!("\"{}\"", Digest::of(&body).hex());
            let mut response = if same(asked, &tag) {
                StatusCode::NOT_MODIFIED.into_response()
            } else {
                ([(header::CONTENT_TYPE, "application/json")], body).into_response()
            };
            let headers = response.headers_mut();
            let mut set = |name, value: String| {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(name, value);
                }
            };
            set(header::ETAG, tag);
            if let Some(next) = next {
                set(header::LINK, format!("<{next}>; rel=\"next\""));
            }
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FRESH));
            response
        }
        Err(failure) => problem(failure),
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, link"));
    response
}

/// Does the reader have it already (RFC 9110, weak comparison)?
fn same(asked: &HeaderMap, tag: &str) -> bool {
    let tags = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    tags.map(str::trim).any(|t| t == "*" || t.trim_start_matches("W/") == tag)
}

/// RFC 9457.
fn problem(failure: Failure) -> Response {
    let (status, title, detail) = match failure {
        Failure::NotFound => {
            (StatusCode::NOT_FOUND, "ありません", "場所を確かめてください。入口は /api/v1 です".to_owned())
        }
        Failure::Asked(why) => (StatusCode::BAD_REQUEST, "問いの書きかたがちがいます", why),
        Failure::Ours(e) => {
            tracing::error!(error = format!("{e:#}"), "an API request failed");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "こちらの不具合です",
                "少し待ってから、もう一度試してください".to_owned(),
            )
        }
    };
    let body = Problem { status: status.as_u16(), title: title.to_owned(), detail };
    (status, [(header::CONTENT_TYPE, "application/problem+json")], serde_json::to_vec(&body).unwrap_or_default())
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is asked for, nothing outside the folder is read.
        #[test]
        fn names_stay_below_the_folder(name in "[a-z./%_\\\\-]{0,12}") {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("secret.json"), "secret").unwrap();
            let below = dir.path().join("v1");
            std::fs::create_dir_all(below.join("a")).unwrap();
            std::fs::write(below.join("a/index.json"), "list").unwrap();
            if let Ok(found) = read(&below, &name) {
                prop_assert!(found.is_none_or(|bytes| bytes == b"list"), "{}", name);
            }
        }

        #[test]
        fn queries_are_answers_or_reasons(text in "[a-z=&%0-9]{0,30}") {
            if let Ok(uri) = format!("/api/v1/articles?{text}").parse::<Uri>() {
                let _: Result<query::ArticleQuery, Failure> = asked(&uri);
            }
        }
    }

    #[test]
    fn etags_are_compared_weakly() {
        let with =
            |value: &'static str| HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]);
        for (value, found) in
            [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("a", false)]
        {
            assert_eq!(same(&with(value), "\"a\""), found, "{value}");
        }
    }
}
