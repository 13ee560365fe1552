//! A request in, whether its device is to be spared weeks and bellies out.
//!
//! A recognised household decides. A device that has stopped letters without being recognised, has erased everything,
//! or leaves a household that has stopped something, keeps a mark that says since which day, and neither whose it is
//! nor why.

use super::session::{cookie_name, session_cookie};
use super::{App, Result, SignedIn};
use crate::calendar::Date;
use crate::household::{self, Household};
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

/// Since which day a device is spared that is not recognised; letters of later weeks hold what goes on, and nothing
/// else.
pub(super) fn since(app: &App, jar: &CookieJar) -> Option<Date> {
    jar.get(&cookie_name(app, COOKIE)).map(|mark| mark.value().parse().unwrap_or(Date::MAX))
}

/// Marks the device, from today on. Whoever has marked it before keeps that day.
pub(super) fn marked(app: &App, jar: CookieJar) -> CookieJar {
    let since = since(app, &jar).filter(|since| *since <= app.today()).unwrap_or_else(|| app.today());
    jar.add(session_cookie(app, COOKIE, since.to_string(), DAYS))
}

/// Marks the device of a household that is to be spared, so that it stays so when its session or the household itself
/// is no more; or takes the mark away.
pub(super) fn as_it_is(app: &App, jar: CookieJar, household: &Household) -> CookieJar {
    if household.quiet() { marked(app, jar) } else { unmarked(app, jar) }
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
