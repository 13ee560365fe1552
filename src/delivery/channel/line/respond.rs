//! An event of LINE in, done and answered out. What a person wrote is not here to be stored: only that there was
//! something.

use super::inbox::{self, Open};
use super::message::{Pressed, pressed};
use super::webhook::Kind;
use super::{Line, message};
use crate::calendar::{LetterWeek, Timestamp};
use crate::channel::Outcome;
use crate::config::Config;
use crate::contact;
use crate::content::EmergencyContact;
use crate::db::Db;
use crate::household::{self, Household, Share};
use crate::segment::SubjectKind;
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

/// Does what the event asks for and answers it if it can be answered. May be done again after any doubt: what it
/// changes it changes once, and a reply token works once. An error: it is to be tried again.
pub async fn respond(line: &Line, around: Around<'_>, open: &Open) -> Result<()> {
    let event = &open.event;
    if inbox::is_outdated(around.db, open).await? {
        return Ok(());
    }
    let answer = match (&event.kind, event.user.as_deref()) {
        (Kind::Follow, Some(user)) => Some(follow(line, around, user).await?),
        (Kind::Unfollow, Some(user)) => {
            contact::line_gone(around.db, around.vault, user, around.now).await?;
            None
        }
        (Kind::AccountLink { ok, nonce }, Some(user)) => {
            Some(account_link(line, around, user, ok.then_some(nonce.as_str())).await?)
        }
        (Kind::Postback { action }, Some(user)) => match pressed(action) {
            Some(Pressed::Mine) => Some(enter(line, around, user, "").await?),
            Some(Pressed::Letter(week)) => Some(enter(line, around, user, week).await?),
            Some(Pressed::Stop) => Some(stop(line, around, user).await?),
            Some(Pressed::Start(stopped_at)) => Some(start(line, around, user, stopped_at).await?),
            None => None,
        },
        (Kind::Stop, Some(user)) => Some(stop(line, around, user).await?),
        (Kind::Stop, None) => Some(talk(around, None).await?),
        (Kind::Message, user) => Some(talk(around, user).await?),
        // Without a user there is nobody to look up; LINE leaves it out for people who have not agreed to be told
        // apart.
        (Kind::Follow | Kind::Unfollow | Kind::AccountLink { .. } | Kind::Postback { .. } | Kind::Other, _) => None,
    };
    let (Some(messages), Some(token)) = (answer, &event.reply_token) else { return Ok(()) };
    match line.reply(token, &messages, open.attempt).await {
        Outcome::Sent => {}
        Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Barred { .. }
            if around.now - open.received_at < ANSWERED_WITHIN =>
        {
            bail!("LINE did not take the answer")
        }
        Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Barred { .. } => {
            tracing::error!(event = event.id, "LINE did not take the answer, and now it is too late for it")
        }
        // The token was used by an attempt whose end nobody saw, or has run out.
        Outcome::Refused { reason } | Outcome::RefusedTogether { reason } => {
            tracing::warn!(event = event.id, reason, "LINE refused the answer to an event")
        }
        Outcome::Gone => tracing::warn!(event = event.id, "nobody to answer"),
    }
    Ok(())
}

/// A new friend is led to the registration; a household that comes back is welcomed, and gets its letters again unless
/// they were stopped.
async fn follow(line: &Line, around: Around<'_>, user: &str) -> Result<String> {
    let back = contact::line_back(around.db, around.vault, user).await?;
    let known = known(around, user).await?;
    let language = language(around, known.as_ref());
    Ok(match &known {
        Some(household) if back => message::back(city(around), letters_go(around, household), language),
        Some(_) | None => message::greeting(city(around), &register_url(line, around, user).await, language),
    })
}

/// `nonce` is `None` when LINE could not link.
async fn account_link(line: &Line, around: Around<'_>, user: &str, nonce: Option<&str>) -> Result<String> {
    let linked = match nonce {
        Some(nonce) => household::attach_line(around.db, around.vault, nonce, user, around.now).await?.is_some(),
        None => false,
    };
    let known = known(around, user).await?;
    let (language, go) = (language(around, known.as_ref()), known.as_ref().is_none_or(|h| letters_go(around, h)));
    Ok(if linked {
        message::linked(city(around), go, language)
    } else {
        message::not_linked(city(around), &register_url(line, around, user).await, language)
    })
}

/// "My page", or a letter: a link that signs in once and leads to the letter of `week`, for somebody whom we know.
async fn enter(line: &Line, around: Around<'_>, user: &str, week: &str) -> Result<String> {
    let Some(member) = contact::by_line_user(around.db, around.vault, user).await? else {
        return unknown(line, around, user).await;
    };
    let Some(household) = household::load(around.db, &member.household_id).await? else {
        return unknown(line, around, user).await;
    };
    // A button of ours says a week; whatever else comes leads to the household's own page.
    let week = LetterWeek::named(week, around.config.letter_day).map_or_else(String::new, |week| week.to_string());
    let token = contact::one_time_link(around.db, &member.person_id, &week, around.now).await?;
    let url = around.config.url(&format!("/me/enter/{token}"));
    let stopped = household.stopped_at.is_some();
    Ok(if week.is_empty() {
        message::enter(city(around), &url, stopped, &household.language)
    } else {
        message::letter(city(around), &url, &household.language)
    })
}

/// No more letters, by the word of somebody whom LINE tells us: no page and no session is needed.
async fn stop(line: &Line, around: Around<'_>, user: &str) -> Result<String> {
    let Some(household) = known(around, user).await? else { return unknown(line, around, user).await };
    let at = household::stop(around.db, &household.id, around.now).await?.unwrap_or(around.now);
    Ok(message::stopped(city(around), at, around.config.site.keep_days, to_choose(&household), &household.language))
}

/// Would a stop that is taken back bring back a pregnancy, or somebody who was stopped for himself? That is asked on
/// the household's page.
fn to_choose(household: &Household) -> bool {
    household.subjects.iter().any(|s| s.active() && s.kind == SubjectKind::Pregnancy)
        || household.could_come_back().any(|s| !s.active())
}

/// Takes a stop back, if it is that very one and no pregnancy comes back with it; otherwise the way to the page, where
/// letters can begin again.
async fn start(line: &Line, around: Around<'_>, user: &str, stopped_at: i64) -> Result<String> {
    let Some(household) = known(around, user).await? else { return unknown(line, around, user).await };
    let undone = async || household::undo_stop_all(around.db, &household.id, stopped_at, Share::All, around.now).await;
    if household.stopped_at.is_none() || (!to_choose(&household) && undone().await?) {
        return Ok(message::undone(city(around), &household.language));
    }
    enter(line, around, user, "").await
}

/// Do this household's letters go, as far as it has said? After a loss nothing is promised, although a sibling's
/// letters may go on.
fn letters_go(around: Around<'_>, household: &Household) -> bool {
    let today =
        Timestamp::from_second(around.now).unwrap_or(Timestamp::MAX).to_zoned(around.config.zone.clone()).date();
    !household.quiet() && household.paused_until.is_none_or(|until| until <= today)
}

/// Whatever was written or sent: the secure page, and whom to call.
async fn talk(around: Around<'_>, user: Option<&str>) -> Result<String> {
    let known = match user {
        Some(user) => known(around, user).await?,
        None => None,
    };
    Ok(message::talk(city(around), &around.config.url("/ask"), around.contacts, language(around, known.as_ref())))
}

/// The household of a LINE user, if there is one.
async fn known(around: Around<'_>, user: &str) -> Result<Option<Household>> {
    match contact::by_line_user(around.db, around.vault, user).await? {
        Some(member) => household::load(around.db, &member.household_id).await,
        None => Ok(None),
    }
}

/// The language to answer in.
fn language<'a>(around: Around<'a>, known: Option<&'a Household>) -> &'a str {
    known.map_or(around.config.main_language(), |h| h.language.as_str())
}

/// For somebody whom we do not know.
async fn unknown(line: &Line, around: Around<'_>, user: &str) -> Result<String> {
    Ok(message::unknown(city(around), &register_url(line, around, user).await, around.config.main_language()))
}

/// The registration, with a link token so that it ends tied to this LINE user; without one if LINE does not give it,
/// rather than no answer.
async fn register_url(line: &Line, around: Around<'_>, user: &str) -> String {
    match line.link_token(user).await {
        Ok(token) => around.config.url(&format!(
            "/register?line={}",
            percent_encoding::utf8_percent_encode(&token, percent_encoding::NON_ALPHANUMERIC)
        )),
        Err(e) => {
            tracing::warn!(error = format!("{e:#}"), "LINE gave no link token");
            around.config.url("/register")
        }
    }
}

fn city(around: Around<'_>) -> &str {
    &around.config.site.city
}
