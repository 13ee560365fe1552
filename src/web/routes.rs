//! Every address that the program answers, with everything that holds of it: who may, who may keep a copy, how long a
//! body it takes, what it is for.
//!
//! The constructors take these as arguments, so a route without one of them does not compile. Nothing else tells routes
//! apart by their paths.

use super::{
    Privacy, Properties, Right, Shared, api, arrivals, ask, codes, desk, email, feedback, letters, line, line_login,
    me, pages, push, register, sign_in, stop, thread,
};
use crate::staff::Role;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodRouter, get as on_get, options as on_options, post as on_post};

/// A path, its method and its handler, with what holds of it.
#[derive(Debug)]
pub struct Route {
    /// As axum takes it: `/q/{token}`.
    pub path: &'static str,
    /// `GET`, `POST` or `OPTIONS`.
    pub method: Method,
    /// What holds of it.
    pub properties: Properties,
    pub(super) handler: MethodRouter<Shared>,
}

/// Bytes of a body, unless a person writes in it: the registration's fields, all filled, are a fifth of it.
const SHORT: usize = 32 * 1024;
/// With a text that a person writes: some 28,000 characters of Japanese, far more than is stored, so that who wrote too
/// much is told so and keeps the words.
const TEXT: usize = 256 * 1024;
/// LINE's events; they have some kilobytes.
const EVENTS: usize = 1024 * 1024;

/// `GET path`: for whom, who may keep a copy, what for.
fn get<H, T>(path: &'static str, right: Right, privacy: Privacy, purpose: &'static str, handler: H) -> Route
where
    H: Handler<T, Shared>,
    T: 'static,
{
    Route {
        path,
        method: Method::GET,
        properties: Properties { right, privacy, most: SHORT, purpose },
        handler: on_get(handler),
    }
}

/// `POST path`: for whom, who may keep a copy, how long a body, what for.
fn post<H, T>(
    path: &'static str,
    right: Right,
    privacy: Privacy,
    most: usize,
    purpose: &'static str,
    handler: H,
) -> Route
where
    H: Handler<T, Shared>,
    T: 'static,
{
    Route {
        path,
        method: Method::POST,
        properties: Properties { right, privacy, most, purpose },
        handler: on_post(handler),
    }
}

/// `OPTIONS path`: for whom, who may keep a copy, what for.
fn options<H, T>(path: &'static str, right: Right, privacy: Privacy, purpose: &'static str, handler: H) -> Route
where
    H: Handler<T, Shared>,
    T: 'static,
{
    Route {
        path,
        method: Method::OPTIONS,
        properties: Properties { right, privacy, most: SHORT, purpose },
        handler: on_options(handler),
    }
}

/// Read consultations at the desk.
const DESK: Right = Right::Staff(&[Role::Clinician, Role::CityObserver, Role::Admin]);
/// See figures.
const FIGURES: Right = Right::Staff(&[Role::CityStaff, Role::CityObserver, Role::Editor, Role::Admin]);
/// Answer and close them.
const ANSWERS: Right = Right::Staff(&[Role::Clinician]);

/// All of them: the one table.
pub fn routes() -> Vec<Route> {
    use Privacy::{Private, Public};
    use Right::{Anyone, Household};
    vec![
        get("/healthz", Anyone, Public, "is the service well", pages::healthz),
        get("/", Anyone, Public, "the home page", pages::home),
        // Everything public as JSON.
        get("/api/v1", Anyone, Public, "what there is as JSON", api::root),
        get("/api/v1/", Anyone, Public, "what there is as JSON", api::root),
        get("/api/v1/articles", Anyone, Public, "articles as JSON", api::articles),
        options("/api/v1/articles", Anyone, Public, "may another site read it", api::preflight),
        get("/api/v1/bulletins", Anyone, Public, "bulletins as JSON", api::bulletins),
        options("/api/v1/bulletins", Anyone, Public, "may another site read it", api::preflight),
        get("/api/v1/search", Anyone, Public, "a search as JSON", api::search),
        options("/api/v1/search", Anyone, Public, "may another site read it", api::preflight),
        get("/api/v1/{*name}", Anyone, Public, "a file of the API", api::file),
        options("/api/v1/{*name}", Anyone, Public, "may another site read it", api::preflight),
        get("/letters/{week}/", Anyone, Private, "a week's letter for whoever is recognised", letters::own),
        get("/letters/{week}/{hash}/", Anyone, Private, "a letter", letters::letter),
        get("/line/login", Anyone, Private, "the way to LINE Login", line_login::begin),
        get("/line/login/callback", Anyone, Private, "the way back from LINE Login", line_login::callback),
        post("/line/webhook", Right::Signed, Private, EVENTS, "LINE's events", line::receive),
        get("/ask", Anyone, Private, "a question: the form", ask::form),
        post("/ask", Anyone, Private, TEXT, "a question: looked at once more", ask::check),
        post("/ask/send", Anyone, Private, TEXT, "a question: sent", ask::send),
        get("/q/{token}", Anyone, Private, "a question and its answers", thread::thread),
        post("/q/{token}", Anyone, Private, TEXT, "a question goes on", thread::follow_up),
        post("/q/{token}/survey", Anyone, Private, SHORT, "what an answer was worth", thread::survey),
        post("/q/{token}/join", Household, Private, SHORT, "a guest's question is joined to a household", thread::join),
        post("/said/{slug}", Anyone, Public, SHORT, "an article was clear, or was not", feedback::press),
        get("/me/answers", Household, Private, "a household's questions", thread::answers),
        get("/desk", DESK, Private, "the desk: who waits", desk::list),
        get("/desk/", Anyone, Private, "the desk, with a slash too many", sign_in::without_slash),
        get("/desk/role", Right::Staff(&Role::ALL), Private, "what a role can do", sign_in::role),
        get("/desk/flyers", FIGURES, Private, "who came from which flyer", arrivals::page),
        get("/desk/pulse", DESK, Private, "the desk: is there anything new", desk::pulse),
        get("/desk/q/{id}", DESK, Private, "the desk: a thread", desk::read),
        post("/desk/q/{id}/preview", ANSWERS, Private, TEXT, "the desk: an answer as it will look", desk::act::preview),
        post("/desk/q/{id}/draft", ANSWERS, Private, TEXT, "the desk: a draft is kept", desk::act::draft),
        post("/desk/q/{id}/find", ANSWERS, Private, TEXT, "the desk: articles are looked for", desk::act::find),
        post("/desk/q/{id}/insert", ANSWERS, Private, TEXT, "the desk: an article's link is put in", desk::act::insert),
        post("/desk/q/{id}/answer", ANSWERS, Private, TEXT, "the desk: an answer is sent", desk::act::answer),
        get("/desk/q/{id}/close", ANSWERS, Private, "the desk: before a thread is closed", desk::act::before_close),
        post("/desk/q/{id}/close", ANSWERS, Private, SHORT, "the desk: a thread is closed", desk::act::close),
        post("/desk/q/{id}/reopen", ANSWERS, Private, SHORT, "the desk: a thread is opened again", desk::act::reopen),
        post("/desk/q/{id}/urgent", ANSWERS, Private, SHORT, "the desk: a thread is called urgent", desk::act::urgent),
        post("/desk/q/{id}/calm", ANSWERS, Private, SHORT, "the desk: a watch is ended", desk::act::calm),
        post("/desk/q/{id}/wanted", ANSWERS, Private, SHORT, "the desk: no article answers this", desk::wanted::wanted),
        post(
            "/desk/q/{id}/contacted",
            ANSWERS,
            Private,
            TEXT,
            "the desk: whom somebody has told",
            desk::act::contacted,
        ),
        get("/desk/sign-in", Anyone, Private, "signing in: the form", sign_in::form),
        post("/desk/sign-in", Anyone, Private, TEXT, "signing in", sign_in::sign_in),
        post("/desk/sign-out", Anyone, Private, SHORT, "signing out", sign_in::sign_out),
        // Registration.
        get("/r/{code}", Anyone, Private, "a flyer's code", codes::arrive),
        get("/register", Anyone, Private, "the registration: how it begins", register::begin),
        post("/register", Anyone, Private, SHORT, "the registration: a step", register::answer),
        post("/register/pair", Anyone, Private, SHORT, "the registration: a number for LINE", register::pair),
        get("/register/done", Household, Private, "the registration: done", register::done),
        get("/push/key", Anyone, Private, "the key that browsers subscribe with", push::key),
        post("/push/subscriptions", Household, Private, SHORT, "a device subscribes", push::subscribe),
        // No more letters, with no more than the notification's own token.
        get("/stop", Anyone, Private, "before letters are stopped without signing in", stop::ask),
        post("/stop", Anyone, Private, SHORT, "letters are stopped without signing in", stop::stop),
        post("/stop/undo", Anyone, Private, SHORT, "that stop is taken back", stop::undo),
        // E-mail addresses: asked of their owners, and stopped by them. A GET changes nothing.
        post("/me/email", Household, Private, SHORT, "an e-mail address is asked of its owner", email::ask),
        get("/me/email/{token}", Anyone, Private, "before an e-mail address is confirmed", email::before_confirm),
        post("/me/email/{token}", Anyone, Private, SHORT, "an e-mail address is confirmed", email::confirm),
        get(
            "/stop/mail/{token}",
            Anyone,
            Private,
            "before letters to an e-mail address are stopped",
            email::before_stop,
        ),
        post("/stop/mail/{token}", Anyone, Private, SHORT, "letters to an e-mail address are stopped", email::stop),
        // The household's own pages.
        get("/me", Household, Private, "a household's page", me::page),
        get("/me/enter", Anyone, Private, "how to get in", me::enter::explain),
        get("/me/enter/{token}", Anyone, Private, "a one-time link, before it is used", me::enter::link),
        post("/me/enter/{token}", Anyone, Private, SHORT, "a one-time link is used", me::enter::enter),
        post("/me/leave", Household, Private, SHORT, "this device leaves", me::enter::leave),
        post("/me/leave-everywhere", Household, Private, SHORT, "all devices leave", me::enter::leave_everywhere),
        get("/me/family", Household, Private, "before the family is changed", me::change::before_family),
        post("/me/family", Household, Private, SHORT, "the family is changed", me::change::family),
        get("/me/subjects/{slot}", Household, Private, "before a date is changed", me::change::dates),
        post("/me/subjects/{slot}", Household, Private, SHORT, "a date is changed", me::change::set_dates),
        get("/me/subjects/{slot}/born", Household, Private, "before a birth is told", me::change::before_born),
        post("/me/subjects/{slot}/born", Household, Private, SHORT, "a birth is told", me::change::born),
        post(
            "/me/subjects/{slot}/stop",
            Household,
            Private,
            SHORT,
            "letters about somebody are stopped",
            me::stop::subject,
        ),
        get("/me/stopped", Household, Private, "what was stopped", me::stop::stopped),
        post("/me/undo", Household, Private, SHORT, "a stop is taken back", me::stop::undo),
        get("/me/area", Household, Private, "before the area is changed", me::change::fact),
        post("/me/area", Household, Private, SHORT, "the area is changed", me::change::set_fact),
        get("/me/language", Household, Private, "before the language is changed", me::change::fact),
        post("/me/language", Household, Private, SHORT, "the language is changed", me::change::set_fact),
        get("/me/first", Household, Private, "before it is told whether it is the first child", me::change::fact),
        post("/me/first", Household, Private, SHORT, "it is told whether it is the first child", me::change::set_fact),
        get("/me/channel", Household, Private, "where letters arrive", me::change::channel),
        post(
            "/me/channel/remove",
            Household,
            Private,
            SHORT,
            "letters arrive there no more",
            me::change::remove_channel,
        ),
        post("/me/line", Household, Private, SHORT, "the way to LINE", me::change::line_link),
        post("/me/pause", Household, Private, SHORT, "letters pause", me::stop::pause),
        post("/me/resume", Household, Private, SHORT, "letters go on", me::stop::resume),
        post("/me/stop", Household, Private, SHORT, "all letters are stopped", me::stop::all),
        post("/me/start", Household, Private, SHORT, "letters begin again", me::stop::start),
        get("/me/record.json", Household, Private, "everything that is kept of a household", me::record),
        get("/me/delete", Household, Private, "before everything is erased", me::before_delete),
        post("/me/delete", Household, Private, SHORT, "everything is erased", me::delete),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::RESERVED;
    use crate::site::PRIVATE;

    /// No page that somebody writes can hide behind a route, on this server or on another that serves the same folder.
    #[test]
    fn every_route_is_reserved() {
        for Route { path, .. } in routes() {
            let first = path.split('/').nth(1).unwrap_or_default();
            assert!(
                first.is_empty() || RESERVED.iter().any(|(name, _)| *name == first),
                "{path}: add `{first}` to content::RESERVED"
            );
        }
    }

    /// What search engines are kept out of, and what a browser keeps for reading without a connection never is of, is
    /// what the table calls private.
    #[test]
    fn the_site_knows_what_is_private() {
        let below = |path: &str, closed: &str| {
            path == closed || path.starts_with(&format!("{}/", closed.trim_end_matches('/')))
        };
        for Route { path, properties, .. } in routes() {
            let closed = PRIVATE.iter().any(|closed| below(path, closed));
            assert_eq!(closed, properties.privacy == Privacy::Private, "{path}: compare site::PRIVATE with the table");
        }
        for closed in PRIVATE {
            assert!(routes().iter().any(|route| below(route.path, closed)), "{closed}: no route is there");
        }
    }

    /// A path and a method stand once, and everybody who reads the log knows which it was.
    #[test]
    fn every_route_is_told_from_the_others() {
        let mut seen = std::collections::BTreeSet::new();
        for Route { path, method, properties, .. } in routes() {
            assert!(seen.insert((path, method.to_string())), "{method} {path} stands twice");
            assert!(properties.purpose.len() > 4, "{method} {path}: say what it is for");
        }
    }
}
