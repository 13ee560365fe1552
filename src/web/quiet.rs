//! A request in, whether its device is to be spared weeks and bellies out.
//!
//! A recognised household decides. A device that has stopped letters without being recognised, has erased everything, or leaves a household that has stopped
//! something, keeps a mark that says neither whose it is nor why.

use super::guard::{cookie_name, session_cookie};
use super::{App, Result, SignedIn};
use crate::household;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

const COOKIE: &str = "quiet";
/// Longer than a pregnancy and its first anniversaries would be counted.
const DAYS: i64 = 365;

/// Is this device to be spared?
pub(super) async fn is(app: &App, signed_in: &SignedIn, jar: &CookieJar) -> Result<bool> {
    Ok(match &signed_in.household {
        Some(id) => household::load(&app.db, id).await?.is_some_and(|h| h.quiet()),
        None => jar.get(&cookie_name(app, COOKIE)).is_some(),
    })
}

/// Marks the device.
pub(super) fn marked(app: &App, jar: CookieJar) -> CookieJar {
    jar.add(session_cookie(app, COOKIE, "1".into(), DAYS))
}

/// Takes the mark away: letters begin (again) on this device.
pub(super) fn unmarked(app: &App, jar: CookieJar) -> CookieJar {
    if jar.get(&cookie_name(app, COOKIE)).is_none() {
        return jar;
    }
    let mut cookie = Cookie::from(cookie_name(app, COOKIE));
    cookie.set_path("/");
    cookie.set_secure(app.config.site.public_url.starts_with("https:"));
    jar.remove(cookie)
}
