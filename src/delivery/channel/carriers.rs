//! All channels of a process, and what the operator is told of each of their services.

use super::carrier::{Carrier, Way};
use crate::config::Config;
use crate::contact::Channel;
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;
use std::sync::Arc;

/// All channels of a process. Cheap to clone.
#[derive(Clone)]
pub struct Carriers(Arc<[Arc<dyn Carrier>; Channel::ALL.len()]>);

impl Carriers {
    /// The real ones with this city's settings. Where a setting is missing, messages wait (they are tried again), so
    /// that nothing is lost while it is set up. `wall` is the machine's clock in Unix seconds.
    pub async fn open(config: &Config, db: &Db, vault: &Vault, wall: fn() -> i64) -> Result<Self> {
        let client = super::http::Client::new()?;
        let line = Arc::new(super::line::Account::open(client.clone(), config)?);
        let web_push = Arc::new(super::web_push::Browsers::open(client, config, db, vault, wall).await?);
        let email = Arc::new(super::email::Post::open(config, vault, wall)?);
        Ok(Self::of_each(|channel| match channel {
            Channel::Line => line.clone(),
            Channel::WebPush => web_push.clone(),
            Channel::Email => email.clone(),
        }))
    }

    /// One for each channel.
    pub fn of_each(carrier: impl Fn(Channel) -> Arc<dyn Carrier>) -> Self {
        Self(Arc::new(Channel::ALL.map(carrier)))
    }

    /// A channel's own.
    pub fn of(&self, channel: Channel) -> &Arc<dyn Carrier> {
        // The order of `ALL` is that of the variants (tested in `contact`).
        &self.0[channel as usize]
    }

    /// How a channel takes messages.
    pub fn way(&self, channel: Channel) -> Way {
        self.of(channel).clone().way()
    }
}

impl std::fmt::Debug for Carriers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Carriers")
    }
}

/// The service of a channel by the settings where it is none of this machine's, as the operator calls it; `None`: it is
/// a stand-in, or stands in each address.
pub fn elsewhere(channel: Channel, config: &Config) -> Option<Elsewhere> {
    match channel {
        Channel::Line => {
            let base = &config.services.line_api_base;
            let to = "OTAYORI_LINE_API_BASE にこの機械の代役（http://127.0.0.1:…）を";
            (!crate::config::is_loopback(base))
                .then(|| Elsewhere { service: format!("LINE の API（{base}）"), set: to.to_owned() })
        }
        Channel::WebPush => None,
        Channel::Email => config.site.email.as_ref().filter(|email| !email.is_loopback()).map(|email| Elsewhere {
            service: format!("メールサーバー（{}）", email.smtp),
            set: "otayori.yaml の email の smtp に、この機械の代役（127.0.0.1）を".to_owned(),
        }),
    }
}

/// A service that is none of this machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// As the operator calls it.
    pub service: String,
    /// What is to be set where it shall be a stand-in.
    pub set: String,
}

/// What is told while a channel's service takes nothing from the city's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// A line of `/healthz`, without its end.
    pub short: &'static str,
    /// For the operator: what is wrong, what waits, what to do.
    pub message: &'static str,
}

/// Of a channel.
pub fn refused(channel: Channel) -> Refused {
    match channel {
        Channel::Line => Refused {
            short: "the channel access token is refused",
            message: "LINE が、チャネルアクセストークンを受け付けません。LINE のおたよりは、送らずに待っています。\
                otayori.env の OTAYORI_LINE_CHANNEL_TOKEN を直して、動かし直してください",
        },
        Channel::WebPush => Refused {
            short: "push services refuse the signature",
            message: "通知サービスが、こちらの署名を受け付けません。そこへのおたよりは、送らずに待っています",
        },
        Channel::Email => Refused {
            short: "the mail server takes nothing from this account",
            message: "メールサーバーが、こちらからのメールを受け付けません（サインイン、差出人、証明書のどれか。\
                くわしくは記録にあります）。\
                メールのおたよりは、送らずに待っています。otayori.yaml の email と otayori.env の \
                OTAYORI_SMTP_USER・OTAYORI_SMTP_PASSWORD を\
                直して、動かし直してください",
        },
    }
}
