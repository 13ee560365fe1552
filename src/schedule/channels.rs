//! The real channels behind [`Deliver`].

use super::{Deliver, Delivery};
use crate::channel::http::Client;
use crate::channel::line::{self, Line, Remaining};
use crate::channel::vapid::Key;
use crate::channel::web_push::WebPush;
use crate::channel::{Outcome, back_off};
use crate::config::Config;
use crate::db::Db;
use crate::outbox::Notice;
use crate::vault::Vault;
use anyhow::Result;
use std::future::Future;
use std::pin::Pin;

/// LINE and Web Push with this city's settings.
pub struct Channels {
    line: Option<Line>,
    web_push: WebPush,
    city: String,
}

impl Channels {
    /// Opens both. Without a channel access token LINE messages wait (they are tried again), so that nothing is lost while it is set up.
    pub async fn open(config: &Config, db: &Db, vault: &Vault) -> Result<Self> {
        let client = Client::new()?;
        let wall = || super::Clock::System.now().seconds();
        let key = Key::load(db, vault, wall()).await?;
        let web_push = WebPush::new(client.clone(), key, &config.site.web_push.contact, wall, config.services.allow_loopback_push);
        Ok(Self { line: Line::open(client, &config.services)?, web_push, city: config.site.city.clone() })
    }
}

impl Deliver for Channels {
    fn line_messages(&self, notice: &Notice) -> String {
        line::messages(notice, &self.city)
    }

    fn line<'a>(&'a self, retry_key: &'a str, to: &'a [String], messages: &'a str, attempt: u32) -> Delivery<'a> {
        Box::pin(async move {
            match &self.line {
                Some(line) => line.multicast(retry_key, to, messages, attempt).await,
                None => {
                    tracing::error!("OTAYORI_LINE_CHANNEL_TOKEN is not set: messages for LINE wait");
                    Outcome::Barred { after: back_off(attempt) }
                }
            }
        })
    }

    fn line_remaining(&self) -> Pin<Box<dyn Future<Output = Result<Remaining>> + Send + '_>> {
        Box::pin(async move {
            match &self.line {
                Some(line) => line.remaining().await,
                // Nothing goes without a token; the requests themselves say so.
                None => Ok(Remaining::Unlimited),
            }
        })
    }

    fn web_push<'a>(&'a self, subscription: &'a str, notice: &'a Notice, attempt: u32) -> Delivery<'a> {
        Box::pin(self.web_push.send(subscription, notice, attempt))
    }
}
