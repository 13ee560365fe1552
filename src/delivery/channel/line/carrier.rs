//! LINE as dispatch sees it: one multicast for a batch, held while a setting is missing, counted by the month.

use super::{Line, Open, messages};
use crate::channel::carrier::{Asked, Carrier, Delivery, Multicast, Remaining, Together, Way};
use crate::channel::http::Client;
use crate::channel::lacks::{Lacks, lacks};
use crate::channel::{Outcome, back_off};
use crate::config::{Config, is_loopback};
use crate::contact::Channel;
use crate::outbox::Notice;
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The city's account with what its messages need.
pub struct Account {
    line: Option<Line>,
    /// Why nothing goes out.
    lacks: Option<Lacks>,
    city: String,
    open: Open,
    on_loopback: bool,
    /// What is missing was said.
    logged: AtomicBool,
}

impl Account {
    /// Without a channel access token, or with letters that nobody could open, messages wait.
    pub fn open(client: Client, config: &Config) -> Result<Self> {
        Ok(Self {
            line: Line::open(client, &config.services)?,
            lacks: lacks(Channel::Line, config),
            city: config.site.city.clone(),
            open: if config.services.line_login.is_some() { Open::Login } else { Open::Postback },
            on_loopback: is_loopback(&config.services.line_api_base),
            logged: AtomicBool::new(false),
        })
    }
}

impl Carrier for Account {
    fn way(self: Arc<Self>) -> Way {
        Way::Together(self)
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
    fn has_allowance(&self) -> bool {
        true
    }
    fn remaining(&self) -> Asked<'_> {
        match &self.line {
            Some(line) if self.lacks.is_none() => Box::pin(line.remaining()),
            // Nothing goes; the requests themselves say so.
            Some(_) | None => Box::pin(std::future::ready(Ok(Remaining::Unlimited))),
        }
    }
}

impl Together for Account {
    fn body(&self, notice: &Notice) -> String {
        messages(notice, &self.city, self.open)
    }

    fn send<'a>(&'a self, request: Multicast<'a>) -> Delivery<'a> {
        let Multicast { retry_key, to, body, attempt } = request;
        Box::pin(async move {
            match (&self.line, &self.lacks) {
                (Some(line), None) => line.multicast(retry_key, to, body, attempt).await,
                (_, lacks) => {
                    if let Some(lacks) = lacks.as_ref().filter(|_| !self.logged.swap(true, Ordering::Relaxed)) {
                        tracing::error!("{}", lacks.message);
                    }
                    Outcome::Barred { after: back_off(attempt) }
                }
            }
        })
    }
}
