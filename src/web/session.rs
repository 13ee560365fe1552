//! Who is asking: the household or the member of staff of a request, and the cookie that tells it.

use super::app::{App, Shared};
use super::error::Error;
use crate::contact::Member;
use crate::staff::Staff;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Who is asking: taken by a handler as an argument.
#[derive(Clone, Default)]
pub struct SignedIn {
    /// The household recognised on this device.
    pub household: Option<String>,
    /// Who of it.
    pub person: Option<String>,
    /// The session's token, the cookie's value; empty without a household.
    pub token: String,
    /// The member of staff who is signed in.
    pub staff: Option<Staff>,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("household", &self.household)
            .field("staff", &self.staff)
            .finish_non_exhaustive()
    }
}

impl SignedIn {
    /// Another household than this one is recognised here: it is asked before it has to go.
    pub fn is_another(&self, household: &str) -> bool {
        self.household.as_deref().is_some_and(|own| own != household)
    }
    /// Who is recognised on this device, in which household.
    pub fn member(&self) -> Option<Member> {
        Some(Member { person_id: self.person.clone()?, household_id: self.household.clone()? })
    }
    /// The person of the household; an error on routes that have not [`super::Right::Household`].
    pub fn person(&self) -> Result<&str, Error> {
        self.person.as_deref().ok_or(Error::NotFound)
    }
    /// The household's id; an error on routes that have not [`super::Right::Household`].
    pub fn household(&self) -> Result<&str, Error> {
        self.household.as_deref().ok_or(Error::NotFound)
    }
    /// The member of staff; an error on routes that have not [`super::Right::Staff`].
    pub fn staff(&self) -> Result<&Staff, Error> {
        self.staff.as_ref().ok_or(Error::NotFound)
    }
}

impl FromRequestParts<Shared> for SignedIn {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Cookie of a household's session. `__Host-` needs https, which loopback has not.
pub fn cookie_name(app: &App, what: &str) -> String {
    if app.config.site.public_url.starts_with("https:") { format!("__Host-{what}") } else { what.to_owned() }
}

/// A session cookie: only for this site, not for scripts, gone when it expires.
pub fn session_cookie(
    app: &App,
    what: &str,
    token: String,
    max_age_days: i64,
) -> axum_extra::extract::cookie::Cookie<'static> {
    use axum_extra::extract::cookie::{Cookie, SameSite};
    let secure = app.config.site.public_url.starts_with("https:");
    let mut cookie = Cookie::new(cookie_name(app, what), token);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(secure);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(time::Duration::days(max_age_days));
    cookie
}
