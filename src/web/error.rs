//! A failure in, a page that a person understands out; no internals are shown, they are logged once (`guard::headers`).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// What a handler returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such page, or it is not for this reader.
    #[error("not found")]
    NotFound,
    /// Signed in, but not with a role that may.
    #[error("forbidden")]
    Forbidden,
    /// The request came from another site or is out of form; the text is for the person.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// Too many tries; wait.
    #[error("too many requests")]
    TooMany,
    /// More bytes than the page takes.
    #[error("too long")]
    TooLong,
    /// It did not come in time.
    #[error("too slow")]
    TooSlow,
    /// Ours.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<sqlx::Error> for Error {
    fn from(e: sqlx::Error) -> Self {
        Self::Internal(e.into())
    }
}

impl Error {
    pub(super) fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "ページが見つかりません",
                "場所が変わったか、\
                期限が過ぎたのかもしれません。はじめのページから探せます。"
                    .into(),
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "このページを開く権限がありませ\
                ん",
                "担当の方に確かめてください。".into(),
            ),
            Self::BadRequest(why) => (StatusCode::BAD_REQUEST, "うまく受け取れませんでした", why.clone()),
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "少し待ってから、\
                もう一度",
                "何度も続いたので、しばらく受け付けを休んでいます。15分ほど待ってください。".into(),
            ),
            Self::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "長すぎて、受け取れませんでした",
                "ブラウザの「戻る」で戻ると、文が残っています。短く分けて、もう一度送ってください。急ぐときは、\
                 急ぐときの連絡先へ電話してください。"
                    .into(),
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "時間がかかり、受け取れませんでした",
                "ブラウザの「戻る」で戻ると、文が残っています。電波のよい所で、もう一度送ってください。急ぐときは、\
                 急ぐときの連絡先へ電話してください。"
                    .into(),
            ),
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "こちらの不具合です",
                "少し待ってから、もう一度試してください。\
                    急ぐときは、急ぐときの連絡先へ電話してください。"
                    .into(),
            ),
        }
    }
}

/// Carried from a handler to the layer that makes it a page.
#[derive(Debug, Clone)]
pub(super) struct Failed(pub std::sync::Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, _, message) = self.parts();
        let mut response = (status, message).into_response();
        response.extensions_mut().insert(Failed(std::sync::Arc::new(self)));
        response
    }
}
