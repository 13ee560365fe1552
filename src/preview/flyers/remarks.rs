//! A form of the proof round in, the record beside the flyer changed out, or the page again with what is wrong and what
//! was typed.

use super::press::{Press, Shared};
use super::proof_page::{Refused, round_page};
use crate::flyer::proof_record::{Answer, Comment, LONGEST_NAME, LONGEST_TEXT, Passed, ProofRecord, Word};
use crate::preview::pages::{Errors, nothing_yet, page};
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

/// All fields of the forms; each sends its own.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    by: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    size: String,
    /// Of what was looked at.
    #[serde(default)]
    digest: String,
    /// Open remarks that are to be left so, as the page counted them.
    #[serde(default)]
    left: String,
    /// Number of a remark from 1, and when it was made.
    #[serde(default)]
    n: usize,
    #[serde(default)]
    at: String,
    #[serde(default)]
    reopen: String,
}

/// A remark of the version that was looked at.
pub(super) async fn comment(
    State(press): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    write(&press, &id, &headers, &sent, ("comment", "#remarks"), |round, word, _, sizes| {
        if word.by.is_empty() || word.text.is_empty() {
            return Err("お名前と指摘を書いてください".into());
        }
        let size = sizes.iter().find(|s| **s == sent.size).cloned().unwrap_or_default();
        // What a page of an earlier version said stays a remark on that version.
        let sha256 = if is_digest(&sent.digest) { sent.digest.clone() } else { String::new() };
        round.comments.push(Comment { at: word.at, by: word.by, text: word.text, size, sha256, ..Comment::default() });
        Ok(())
    })
    .await
}

/// A remark is closed with a word, or opened again.
pub(super) async fn answer(
    State(press): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let back = format!("#c{}", sent.n);
    write(&press, &id, &headers, &sent, ("answer", &back), |round, word, _, _| {
        let n = sent.n.checked_sub(1).ok_or("どの指摘かがわかりません")?;
        round.answer(n, &sent.at, Answer { word, reopened: !sent.reopen.is_empty() })
    })
    .await
}

/// 校了 is of the bytes that the page showed: what has changed since is not passed, and open remarks are not passed
/// over.
pub(super) async fn pass(
    State(press): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    write(&press, &id, &headers, &sent, ("pass", "#round"), |round, word, now, _| {
        let Word { at, by, text: reason } = word;
        round.pass(
            now,
            Passed {
                at,
                by,
                sha256: sent.digest.clone(),
                left: sent.left.parse().unwrap_or_default(),
                reason,
                undone: None,
            },
        )
    })
    .await
}

/// A 校了 is taken back; it stays on record.
pub(super) async fn undo(
    State(press): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    write(&press, &id, &headers, &sent, ("undo", "#round"), |round, word, _, _| round.undo(&sent.digest, word)).await
}

/// Changes the record (given who says what when, the digest of the PDFs as they are now, the flyer's sizes) and goes
/// back to the page; other sites' forms are refused.
async fn write(
    press: &Arc<Press>,
    id: &str,
    headers: &HeaderMap,
    sent: &Sent,
    (form, back): (&'static str, &str),
    change: impl FnOnce(&mut ProofRecord, Word, &str, &[String]) -> Result<(), String>,
) -> Response {
    if !is_own(headers) {
        return (StatusCode::FORBIDDEN, "この機械の下見のページからだけ書けます").into_response();
    }
    let Some(good) = press.state.good() else { return nothing_yet(&press.state) };
    let Some(flyer) = good.loaded.library.flyers.get(id) else { return press.not_found(&good) };
    let sheets = press.sheets(&good, id).await;
    let digest = sheets.made.as_ref().map(|made| made.digest.clone()).unwrap_or_default();
    let now = crate::clock::Clock::System.zoned(&good.loaded.config.zone);
    let at = format!("{} {:02}:{:02}", now.date(), now.hour(), now.minute());
    let word = Word { at, by: clean(&sent.by, LONGEST_NAME), text: clean(&sent.text, LONGEST_TEXT) };
    let (by, text) = (word.by.clone(), word.text.clone());
    let path = ProofRecord::path(&good.loaded.config, id);
    let written = press.recording(|| {
        let mut round = ProofRecord::load(&path)?;
        match change(&mut round, word, &digest, &flyer.sizes) {
            Ok(()) => round.save(&path).map(|()| None),
            Err(message) => Ok(Some(message)),
        }
    });
    match written {
        Ok(None) => Redirect::to(&format!("/preview/flyers/{id}/{back}")).into_response(),
        Ok(Some(message)) => {
            let remark = (form == "answer").then(|| sent.n.saturating_sub(1));
            let refused = Refused { form, remark, message, by, text, size: sent.size.clone() };
            page(
                &press.state,
                &good,
                StatusCode::UNPROCESSABLE_ENTITY,
                round_page(&good, flyer, &sheets, Some(&refused)),
                Errors::Above,
            )
        }
        Err(e) => page(&press.state, &good, StatusCode::INTERNAL_SERVER_ERROR, Err(e), Errors::Above),
    }
}

/// From a page of this preview on this machine?
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let here = matches!(name, "localhost" | "127.0.0.1");
    here && text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
}

fn clean(text: &str, longest: usize) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .take(longest)
        .collect::<String>()
        .trim()
        .to_owned()
}
