//! E-mail: a notice for a mailbox in, one conversation with the city's mail server and its outcome out.

mod answer;
mod letter;
mod server;

pub use answer::{Reply, Step, outcome};
pub use letter::{CONFIRM, Kind, Links, Sender, bytes, message_id};
pub use server::Server;

use super::carrier::{Carrier, Delivery, Each, Single, Way};
use super::lacks::{Lacks, lacks};
use super::{Outcome, back_off};
use crate::config::Config;
use crate::contact::{self, Channel};
use crate::household;
use crate::mailbox::EmailAddress;
use crate::outbox::Notice;
use crate::vault::Vault;
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The city's letters by e-mail.
pub struct Post {
    /// None where nothing goes out.
    server: Option<(Server, Sender)>,
    lacks: Option<Lacks>,
    on_loopback: bool,
    /// The address of the site, before a path.
    site: Arc<str>,
    vault: Vault,
    wall: fn() -> i64,
    /// What is missing was said.
    logged: AtomicBool,
}

impl Post {
    /// With the city's settings; where something is missing, messages wait. `wall` is the machine's clock in Unix
    /// seconds: an e-mail's date is of it.
    pub fn open(config: &Config, vault: &Vault, wall: fn() -> i64) -> Result<Self> {
        let lacks = lacks(Channel::Email, config);
        let server = match (&config.site.email, &lacks) {
            (Some(email), None) => {
                let from = email.from.parse().context("差出人のメールアドレスが正しくありません")?;
                let site = &config.site;
                let sender = Sender {
                    from,
                    name: format!("{} {}", site.city, site.title),
                    office: format!("{} {}", site.office, site.tel),
                };
                Some((Server::new(config, email)?, sender))
            }
            (Some(_) | None, _) => None,
        };
        Ok(Self {
            server,
            lacks,
            on_loopback: config.site.email.as_ref().is_some_and(crate::config::Email::is_loopback),
            site: config.site.public_url.as_str().into(),
            vault: vault.clone(),
            wall,
            logged: AtomicBool::new(false),
        })
    }

    /// Where a contact's e-mail leads. A letter's own address would be everybody's who reads the mail, and who reads
    /// mail is not known to a browser: so it is a link that lets in once.
    fn links(&self, notice: &Notice, contact: &str) -> Result<Links> {
        let url = |path: &str, token: String| format!("{}{path}{token}", self.site);
        let stop = || household::mail_stop_token(&self.vault, contact).map(|token| url("/stop/mail/", token));
        Ok(match Kind::of(&notice.key) {
            Kind::Letter | Kind::Told => Links {
                open: url("/me/enter/", household::mail_link(&self.vault, contact, &notice.key)?),
                stop: Some(stop()?),
            },
            Kind::Confirm => {
                Links { open: url("/me/email/", contact::confirm_token(&self.vault, contact)?), stop: None }
            }
        })
    }

    async fn hand_in(&self, message: Single<'_>) -> Outcome {
        let Single { to, notice, contact, attempt } = message;
        let Some((server, sender)) = &self.server else {
            if let Some(lacks) = self.lacks.as_ref().filter(|_| !self.logged.swap(true, Ordering::Relaxed)) {
                tracing::error!("{}", lacks.message);
            }
            return Outcome::Barred { after: back_off(attempt) };
        };
        let made = || -> Result<_> {
            let mailbox: EmailAddress = to.parse()?;
            let letter = bytes(sender, &mailbox, notice, contact, &self.links(notice, contact)?, (self.wall)())?;
            Ok((letter::address(&sender.from)?, letter::address(&mailbox)?, letter))
        };
        match made() {
            Ok((from, mailbox, letter)) => server.hand_in((&from, &mailbox), &letter, to, attempt).await,
            Err(e) => Outcome::Refused { reason: format!("{e:#}").replace(to, "…") },
        }
    }
}

impl Carrier for Post {
    fn way(self: Arc<Self>) -> Way {
        Way::Each(self)
    }
    fn one_account(&self) -> bool {
        true
    }
    fn is_stand_in(&self, _: &str) -> bool {
        self.on_loopback
    }
    fn lacks(&self) -> Option<&Lacks> {
        self.lacks.as_ref()
    }
}

impl Each for Post {
    /// One for all.
    fn service(&self, _: &str) -> String {
        format!("メールサーバー {}", self.server.as_ref().map_or("", |(server, _)| server.name()))
    }

    fn send<'a>(&'a self, message: Single<'a>) -> Delivery<'a> {
        Box::pin(self.hand_in(message))
    }
}
