//! Pages that belong to no room: health, and the built site.

use super::Shared;
use axum::extract::State;
use axum::http::StatusCode;
use tower_http::services::{ServeDir, ServeFile};

/// 200 when the database answers; 503 otherwise.
pub(super) async fn healthz(State(app): State<Shared>) -> (StatusCode, &'static str) {
    match app.db.ping().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(e) => {
            tracing::error!(error = format!("{e:#}"), "health check failed");
            (StatusCode::SERVICE_UNAVAILABLE, "database does not answer\n")
        }
    }
}

/// The built site in `public/`; what is not there gets its 404 page.
pub(super) fn built_site(app: &Shared) -> ServeDir<tower_http::set_status::SetStatus<ServeFile>> {
    let public = &app.config.public;
    let not_found = ServeFile::new(public.join("404.html"));
    ServeDir::new(public).append_index_html_on_directories(true).not_found_service(not_found)
}
