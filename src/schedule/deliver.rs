//! What dispatch asks of the channels: a LINE body from a notice, and the outcome of a request.

use crate::channel::Outcome;
use crate::channel::line::Remaining;
use crate::config::LineLacks;
use crate::outbox::Notice;
use anyhow::Result;
use std::future::Future;
use std::pin::Pin;

/// A request under way.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// The channels, as dispatch sees them. `attempt` counts from 1.
pub trait Deliver: Send + Sync {
    /// The exact JSON array `messages` of a LINE request; stored with the batch before its first request.
    fn line_messages(&self, notice: &Notice) -> String;
    /// One multicast to at most 500 LINE users. The same retry key always comes with the same recipients and messages.
    fn line<'a>(&'a self, retry_key: &'a str, to: &'a [String], messages: &'a str, attempt: u32) -> Delivery<'a>;
    /// How many messages the LINE account may still send this month.
    fn line_remaining(&self) -> Pin<Box<dyn Future<Output = Result<Remaining>> + Send + '_>>;
    /// What the settings lack without which nothing goes out on LINE: then LINE itself is not asked.
    fn line_lacks(&self) -> Option<LineLacks> {
        None
    }
    /// One push to a subscription (the browser's JSON).
    fn web_push<'a>(&'a self, subscription: &'a str, notice: &'a Notice, attempt: u32) -> Delivery<'a>;
}
