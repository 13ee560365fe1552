//! What the environment and `otayori.env` say: where other programs are, and their secrets.

use crate::calendar::Timestamp;
use std::path::PathBuf;

/// Where other programs are, from the environment.
#[derive(Debug, Clone)]
pub struct Services {
    /// `DATABASE_URL`; default `sqlite:<root>/data/otayori.db`.
    pub database_url: String,
    /// `OTAYORI_KEY_STORE_URL`; default `sqlite:<root>/data/keys.db`: the wrapped data keys, apart from the data.
    pub key_store_url: String,
    /// `OTAYORI_KEY_FILE`; default `<root>/data/master.key`.
    pub key_file: PathBuf,
    /// `OTAYORI_LINE_API_BASE`; default `https://api.line.me`.
    pub line_api_base: String,
    /// `OTAYORI_LINE_LOGIN_BASE`; default `https://access.line.me`.
    pub line_login_base: String,
    /// `OTAYORI_LINE_LOGIN_CHANNEL_ID` and `OTAYORI_LINE_LOGIN_CHANNEL_SECRET`: a LINE Login channel of the same
    /// provider as the account's. With it the letter's button on LINE is everybody's link, and the page knows the
    /// household after the login; without it the button is answered with a link that works once.
    pub line_login: Option<(String, String)>,
    /// `OTAYORI_LINE_LINK_BASE`; default `https://access.line.me`.
    pub line_link_base: String,
    /// `OTAYORI_LINE_CHANNEL_SECRET`.
    pub line_channel_secret: Option<String>,
    /// `OTAYORI_LINE_CHANNEL_TOKEN`.
    pub line_channel_token: Option<String>,
    /// `OTAYORI_SMTP_USER`: of the mail server's account; none where it takes mail without signing in.
    pub smtp_user: Option<String>,
    /// `OTAYORI_SMTP_PASSWORD`.
    pub smtp_password: Option<String>,
    /// `OTAYORI_ALLOW_LOOPBACK_PUSH=1`: tests and demo only.
    pub allow_loopback_push: bool,
    /// `OTAYORI_NOW=2026-11-24T10:00`: the clock shows this when a process begins, in the city's zone, and goes on from
    /// there. Only where nothing real can be reached: LINE's API and the site are on this machine.
    pub now: Option<Timestamp>,
}
