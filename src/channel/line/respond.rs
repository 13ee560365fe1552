//! An event of LINE in, done and answered out. What a person wrote is not here to be stored: only that there was something.

use super::inbox::{self, Open};
use super::webhook::Kind;
use super::{Line, message};
use crate::channel::Outcome;
use crate::config::Config;
use crate::content::EmergencyContact;
use crate::db::Db;
use crate::household;
use crate::vault::Vault;
use anyhow::{Result, bail};

/// What an answer is made of.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// City, addresses.
    pub config: &'a Config,
    /// Households.
    pub db: &'a Db,
    /// Their keys.
    pub vault: &'a Vault,
    /// Emergency contacts of the library.
    pub contacts: &'a [EmergencyContact],
    /// Unix seconds.
    pub now: i64,
}

/// LINE takes an answer to an event within about a minute.
const ANSWERED_WITHIN: i64 = 60;

/// Does what the event asks for and answers it if it can be answered. May be done again after any doubt: what it changes it changes once, and
/// a reply token works once. An error: it is to be tried again.
pub async fn respond(line: &Line, around: Around<'_>, open: &Open) -> Result<()> {
    let event = &open.event;
    if inbox::is_outdated(around.db, open).await? {
        return Ok(());
    }
    let answer = match (&event.kind, event.user.as_deref()) {
        (Kind::Follow, Some(user)) => Some(follow(line, around, user).await?),
        (Kind::Unfollow, Some(user)) => {
            household::line_gone(around.db, around.vault, user, around.now).await?;
            None
        }
        (Kind::AccountLink { ok, nonce }, Some(user)) => Some(account_link(line, around, user, ok.then_some(nonce.as_str())).await?),
        (Kind::Postback { action }, Some(user)) if action == message::POSTBACK_LETTERS => Some(enter(line, around, user).await?),
        (Kind::Message, user) => Some(talk(around, user).await?),
        // Without a user there is nobody to look up; LINE leaves it out for people who have not agreed to be told apart.
        (Kind::Follow | Kind::Unfollow | Kind::AccountLink { .. } | Kind::Postback { .. } | Kind::Other, _) => None,
    };
    let (Some(messages), Some(token)) = (answer, &event.reply_token) else { return Ok(()) };
    match line.reply(token, &messages, open.attempt).await {
        Outcome::Sent => {}
        Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Barred { .. } if around.now - open.received_at < ANSWERED_WITHIN => bail!("LINE did not take the answer"),
        Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Barred { .. } => {
            tracing::error!(event = event.id, "LINE did not take the answer, and now it is too late for it")
        }
        // The token was used by an attempt whose end nobody saw, or has run out.
        Outcome::Refused { reason } | Outcome::RefusedTogether { reason } => tracing::warn!(event = event.id, reason, "LINE refused the answer to an event"),
        Outcome::Gone => tracing::warn!(event = event.id, "nobody to answer"),
    }
    Ok(())
}

/// A new friend is led to the registration; a household that comes back is welcomed and gets its letters again.
async fn follow(line: &Line, around: Around<'_>, user: &str) -> Result<String> {
    let back = household::line_back(around.db, around.vault, user).await?;
    let (known, language) = language(around, user).await?;
    Ok(match known {
        Some(_) if back => message::back(city(around), &language),
        Some(_) | None => message::greeting(city(around), &register_url(line, around, user).await, &language),
    })
}

/// `nonce` is `None` when LINE could not link.
async fn account_link(line: &Line, around: Around<'_>, user: &str, nonce: Option<&str>) -> Result<String> {
    let linked = match nonce {
        Some(nonce) => household::attach_line(around.db, around.vault, nonce, user, around.now).await?.is_some(),
        None => false,
    };
    let (_, language) = language(around, user).await?;
    Ok(if linked { message::linked(city(around), &language) } else { message::not_linked(city(around), &register_url(line, around, user).await, &language) })
}

/// "My page": a link that signs in once, for somebody whom we know.
async fn enter(line: &Line, around: Around<'_>, user: &str) -> Result<String> {
    let (known, language) = language(around, user).await?;
    Ok(match known {
        Some(household) => {
            let token = household::one_time_link(around.db, &household, around.now).await?;
            message::enter(city(around), &around.config.url(&format!("/me/enter/{token}")), &language)
        }
        None => message::unknown(city(around), &register_url(line, around, user).await, &language),
    })
}

/// Whatever was written or sent: the secure page, and whom to call.
async fn talk(around: Around<'_>, user: Option<&str>) -> Result<String> {
    let language = match user {
        Some(user) => language(around, user).await?.1,
        None => around.config.main_language().to_owned(),
    };
    Ok(message::talk(city(around), &around.config.url("/ask"), around.contacts, &language))
}

/// The household of a LINE user, if there is one, and the language to answer in.
async fn language(around: Around<'_>, user: &str) -> Result<(Option<String>, String)> {
    let household = match household::by_line_user(around.db, around.vault, user).await? {
        Some(id) => household::load(around.db, &id).await?,
        None => None,
    };
    Ok(match household {
        Some(found) => (Some(found.id), found.language),
        None => (None, around.config.main_language().to_owned()),
    })
}

/// The registration, with a link token so that it ends tied to this LINE user; without one if LINE does not give it, rather than no answer.
async fn register_url(line: &Line, around: Around<'_>, user: &str) -> String {
    match line.link_token(user).await {
        Ok(token) => around.config.url(&format!("/register?line={}", percent_encoding::utf8_percent_encode(&token, percent_encoding::NON_ALPHANUMERIC))),
        Err(e) => {
            tracing::warn!(error = format!("{e:#}"), "LINE gave no link token");
            around.config.url("/register")
        }
    }
}

fn city(around: Around<'_>) -> &str {
    &around.config.site.city
}
