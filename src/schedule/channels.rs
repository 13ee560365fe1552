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
use std::sync::atomic::{AtomicBool, Ordering};

/// LINE and Web Push with this city's settings.
pub struct Channels {
    line: Option<Line>,
    web_push: WebPush,
    city: String,
    open: line::Open,
    /// That there is no token was said.
    told: AtomicBool,
}

impl Channels {
    /// Opens both. Without a channel access token LINE messages wait (they are tried again), so that nothing is lost while it is set up.
    pub async fn open(config: &Config, db: &Db, vault: &Vault) -> Result<Self> {
        let client = Client::new()?;
        let wall = || super::Clock::System.now().seconds();
        let key = Key::load(db, vault, wall()).await?;
        let web_push = WebPush::new(client.clone(), key, &config.site.web_push.contact, wall, config.services.allow_loopback_push);
        let services = &config.services;
        if services.line_channel_token.is_some() && services.line_channel_secret.is_none() && services.line_login.is_none() {
            tracing::error!(
                "OTAYORI_LINE_CHANNEL_SECRET がありません。LINE のおたよりの「ひらく」に答えられないので、だれも開けません。LINE Developers のチャネルシークレットを設定し、Webhook を登録してください"
            );
        }
        let open = if config.services.line_login.is_some() { line::Open::Login } else { line::Open::Postback };
        Ok(Self { line: Line::open(client, &config.services)?, web_push, city: config.site.city.clone(), open, told: AtomicBool::new(false) })
    }
}

impl Deliver for Channels {
    fn line_messages(&self, notice: &Notice) -> String {
        line::messages(notice, &self.city, self.open)
    }

    fn line<'a>(&'a self, retry_key: &'a str, to: &'a [String], messages: &'a str, attempt: u32) -> Delivery<'a> {
        Box::pin(async move {
            match &self.line {
                Some(line) => line.multicast(retry_key, to, messages, attempt).await,
                None => {
                    if !self.told.swap(true, Ordering::Relaxed) {
                        tracing::error!(
                            "LINE のチャネルアクセストークンがありません。otayori.env に OTAYORI_LINE_CHANNEL_TOKEN を書いて、動かし直してください。それまで、LINE のおたよりは送らずに待っています"
                        );
                    }
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
