//! The real channels behind [`Deliver`].

use super::{Deliver, Delivery};
use crate::channel::http::Client;
use crate::channel::line::{self, Line, Remaining};
use crate::channel::vapid::Key;
use crate::channel::web_push::WebPush;
use crate::channel::{Outcome, back_off};
use crate::config::{Config, LineLacks};
use crate::db::Db;
use crate::outbox::Notice;
use crate::vault::Vault;
use anyhow::Result;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

/// LINE and Web Push with this city's settings.
pub struct Channels {
    line: Option<Line>,
    /// Why nothing goes out on LINE.
    lacks: Option<LineLacks>,
    web_push: WebPush,
    city: String,
    open: line::Open,
    /// What is missing was said.
    told: AtomicBool,
}

impl Channels {
    /// Opens both. Without a channel access token, or with letters that nobody could open, LINE messages wait (they are tried again), so that nothing
    /// is lost while it is set up.
    pub async fn open(config: &Config, db: &Db, vault: &Vault) -> Result<Self> {
        let client = Client::new()?;
        let wall = || super::Clock::System.now().seconds();
        let key = Key::load(db, vault, wall()).await?;
        let web_push = WebPush::new(client.clone(), key, &config.site.web_push.contact, wall, config.services.allow_loopback_push);
        let open = if config.services.line_login.is_some() { line::Open::Login } else { line::Open::Postback };
        let lacks = config.services.line_lacks();
        Ok(Self { line: Line::open(client, &config.services)?, lacks, web_push, city: config.site.city.clone(), open, told: AtomicBool::new(false) })
    }
}

impl Deliver for Channels {
    fn line_messages(&self, notice: &Notice) -> String {
        line::messages(notice, &self.city, self.open)
    }

    fn line<'a>(&'a self, retry_key: &'a str, to: &'a [String], messages: &'a str, attempt: u32) -> Delivery<'a> {
        Box::pin(async move {
            match (&self.line, self.lacks) {
                (Some(line), None) => line.multicast(retry_key, to, messages, attempt).await,
                (_, lacks) => {
                    if let Some(lacks) = lacks.filter(|_| !self.told.swap(true, Ordering::Relaxed)) {
                        tracing::error!("{}", lacks.told());
                    }
                    Outcome::Barred { after: back_off(attempt) }
                }
            }
        })
    }

    fn line_remaining(&self) -> Pin<Box<dyn Future<Output = Result<Remaining>> + Send + '_>> {
        Box::pin(async move {
            match &self.line {
                Some(line) if self.lacks.is_none() => line.remaining().await,
                // Nothing goes; the requests themselves say so.
                _ => Ok(Remaining::Unlimited),
            }
        })
    }

    fn line_lacks(&self) -> Option<LineLacks> {
        self.lacks
    }

    fn web_push<'a>(&'a self, subscription: &'a str, notice: &'a Notice, attempt: u32) -> Delivery<'a> {
        Box::pin(self.web_push.send(subscription, notice, attempt))
    }
}
