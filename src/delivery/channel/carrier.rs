//! What dispatch asks of a channel, whichever it is: what a request holds, what became of it, whose trouble a refusal
//! is.

use super::Outcome;
use crate::config::{Config, email_lacks};
use crate::contact::Channel;
use crate::db::Db;
use crate::outbox::Notice;
use crate::vault::Vault;
use anyhow::Result;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A request under way.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
/// A question to the service about the month's allowance, under way.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Result<Remaining>> + Send + 'a>>;

/// How many messages the account may still send this month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remaining {
    /// The plan has no upper limit.
    Unlimited,
    /// This many.
    Messages(u64),
}

/// What the settings lack without which nothing goes out on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacks {
    /// Which channel.
    pub channel: Channel,
    /// A line of `/healthz`, without its end: which are missing, which are no more than an example.
    pub short: String,
    /// For the operator: what is missing, what waits, what to type.
    pub told: String,
}

/// A channel that carries messages. `attempt` counts from 1 everywhere.
pub trait Carrier: Send + Sync {
    /// How it takes them; the same as its [`Channel::shape`] says.
    fn way(self: Arc<Self>) -> Way;
    /// Does everything go through one account of the city? Then what that account is refused ([`Outcome::Barred`]) is
    /// the whole channel's trouble; otherwise it is the trouble of the one service behind an address.
    fn one_account(&self) -> bool;
    /// Does the address lead to a stand-in on this machine? Only there made-up households are sent anything.
    fn is_stand_in(&self, address: &str) -> bool;
    /// What is missing before anything goes: then the service itself is not asked.
    fn lacks(&self) -> Option<&Lacks> {
        None
    }
    /// Has the account an allowance for the month, so that a run is measured before it begins?
    fn has_allowance(&self) -> bool {
        false
    }
    /// Asks how many messages may still be sent this month.
    fn remaining(&self) -> Asked<'_> {
        Box::pin(std::future::ready(Ok(Remaining::Unlimited)))
    }
}

/// How a channel takes messages.
#[derive(Clone)]
pub enum Way {
    /// One body for all recipients.
    Together(Arc<dyn Together>),
    /// A request for each message.
    Each(Arc<dyn Each>),
}

/// One body for many.
pub trait Together: Send + Sync {
    /// The exact body; stored with the batch before its first request.
    fn body(&self, notice: &Notice) -> String;
    /// One request for all. The same retry key always comes with the same recipients and body.
    fn send<'a>(&'a self, request: Multicast<'a>) -> Delivery<'a>;
}

/// One request for all recipients of a batch. It has addresses in plain, so it is not to be shown.
#[derive(Clone, Copy)]
pub struct Multicast<'a> {
    /// UUID by which the service knows a repeat.
    pub retry_key: &'a str,
    /// Addresses, at most as many as the channel's shape says.
    pub to: &'a [String],
    /// As [`Together::body`] made it.
    pub body: &'a str,
    /// Which attempt.
    pub attempt: u32,
}

/// A request for each.
pub trait Each: Send + Sync {
    /// The service behind an address, as the operator calls it: that one has trouble says nothing of the others. Names
    /// nobody.
    fn service(&self, address: &str) -> String;
    /// One message to one address.
    fn send<'a>(&'a self, message: Single<'a>) -> Delivery<'a>;
}

/// One message to one contact. It has the address in plain, so it is not to be shown.
#[derive(Clone, Copy)]
pub struct Single<'a> {
    /// The address, in plain.
    pub to: &'a str,
    /// What is told.
    pub notice: &'a Notice,
    /// The contact's id: for links that do something for this contact alone, and so that a repeat is the same message.
    pub contact: &'a str,
    /// Which attempt.
    pub attempt: u32,
}

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

/// What a channel lacks by the settings; `None` where messages may go.
pub fn lacks(channel: Channel, config: &Config) -> Option<Lacks> {
    match channel {
        Channel::Line => {
            config.services.line_lacks().map(|lacks| Lacks { channel, short: lacks.short(), told: lacks.told() })
        }
        Channel::WebPush => None,
        Channel::Email => email_lacks(&config.site, &config.services).map(|lacks| Lacks {
            channel,
            short: lacks.short(),
            told: lacks.told(),
        }),
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
    pub told: &'static str,
}

/// Of a channel.
pub fn refused(channel: Channel) -> Refused {
    match channel {
        Channel::Line => Refused {
            short: "the channel access token is refused",
            told: "LINE が、チャネルアクセストークンを受け付けません。LINE のおたよりは、送らずに待っています。\
                otayori.env の OTAYORI_LINE_CHANNEL_TOKEN を直して、動かし直してください",
        },
        Channel::WebPush => Refused {
            short: "push services refuse the signature",
            told: "通知サービスが、こちらの署名を受け付けません。そこへのおたよりは、送らずに待っています",
        },
        Channel::Email => Refused {
            short: "the mail server takes nothing from this account",
            told: "メールサーバーが、こちらからのメールを受け付けません（サインイン、差出人、証明書のどれか。\
                くわしくは記録にあります）。\
                メールのおたよりは、送らずに待っています。otayori.yaml の email と otayori.env の \
                OTAYORI_SMTP_USER・OTAYORI_SMTP_PASSWORD を\
                直して、動かし直してください",
        },
    }
}

/// What channels lack that whoever registers may choose.
pub fn lacking_for_new(config: &Config) -> impl Iterator<Item = Lacks> {
    let is_wanted = |channel: &Channel| match channel {
        Channel::Line | Channel::WebPush => true,
        Channel::Email => config.site.email.is_some(),
    };
    Channel::ALL.into_iter().filter(is_wanted).filter_map(|channel| lacks(channel, config))
}
