//! What dispatch asks of a channel, whichever it is: what a request holds, what became of it, whose trouble a refusal
//! is.

use super::Outcome;
use super::lacks::Lacks;
use crate::outbox::Notice;
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

/// A channel that carries messages. `attempt` counts from 1 everywhere.
pub trait Carrier: Send + Sync {
    /// How it takes them; the same as its [`crate::contact::Channel::shape`] says.
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
