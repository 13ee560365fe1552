//! What the settings lack without which nothing goes out on a channel.

use crate::config::{Config, email_lacks};
use crate::contact::Channel;

/// What the settings lack without which nothing goes out on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacks {
    /// Which channel.
    pub channel: Channel,
    /// A line of `/healthz`, without its end: which are missing, which are no more than an example.
    pub short: String,
    /// For the operator: what is missing, what waits, what to type.
    pub message: String,
}

/// What a channel lacks by the settings; `None` where messages may go.
pub fn lacks(channel: Channel, config: &Config) -> Option<Lacks> {
    match channel {
        Channel::Line => {
            config.services.line_lacks().map(|lacks| Lacks { channel, short: lacks.short(), message: lacks.message() })
        }
        Channel::WebPush => None,
        Channel::Email => email_lacks(&config.site, &config.services).map(|lacks| Lacks {
            channel,
            short: lacks.short(),
            message: lacks.message(),
        }),
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
