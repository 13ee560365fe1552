//! How a person is reached in; the one spelling of a channel, and how a channel takes messages, out.

use sqlx::database::Database;
use sqlx::decode::Decode;
use sqlx::error::BoxDynError;
use sqlx::types::Type;
use std::fmt;
use std::str::FromStr;

/// How messages arrive.
///
/// A new one is a variant here, the arms that the compiler then points to, a file in `channel` and its line in
/// `channel::Carriers::open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// A LINE user.
    Line,
    /// A browser's push subscription.
    WebPush,
    /// A mailbox.
    Email,
}

/// How a channel takes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One body goes to all recipients of a batch in one request, and what is answered is of all of them. In doubt it
    /// is repeated exactly as it was, with the same retry key, or not at all.
    Together {
        /// Recipients of one request at most.
        most: usize,
        /// So long, in seconds, the service remembers a retry key; after it a repeat could arrive twice.
        remembered: i64,
    },
    /// Each message is a request of its own.
    Each {
        /// So many rows are handed out together at most.
        most: usize,
    },
}

impl Shape {
    /// Rows of one batch at most.
    pub const fn most(self) -> usize {
        match self {
            Self::Together { most, .. } | Self::Each { most } => most,
        }
    }
    /// Has a batch one body for all of its recipients?
    pub const fn is_together(self) -> bool {
        match self {
            Self::Together { .. } => true,
            Self::Each { .. } => false,
        }
    }
}

impl Channel {
    /// All of them, as people are shown them.
    pub const ALL: [Self; 3] = [Self::Line, Self::WebPush, Self::Email];

    /// As in the database, in forms and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::WebPush => "web_push",
            Self::Email => "email",
        }
    }
    /// As people know it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Line => "LINE",
            Self::WebPush => "端末の通知",
            Self::Email => "メール",
        }
    }
    /// The same in the lines of `/healthz`, which are English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Line => "LINE",
            Self::WebPush => "Web Push",
            Self::Email => "e-mail",
        }
    }
    /// How it takes messages.
    pub const fn shape(self) -> Shape {
        match self {
            // LINE Messaging API: `to` of a multicast has at most 500, `X-Line-Retry-Key` is remembered for 24 hours.
            Self::Line => Shape::Together { most: 500, remembered: 24 * 3600 },
            Self::WebPush => Shape::Each { most: 200 },
            // A letter takes a mail server a tenth of a second: a batch is worked off within the minute.
            Self::Email => Shape::Each { most: 100 },
        }
    }
    /// By its name; one of a newer program is told and left out.
    pub fn known(id: &str) -> Option<Self> {
        id.parse().inspect_err(|unknown| tracing::warn!("{unknown}")).ok()
    }
    /// Those for which `which` is true as a list of SQL: `('line')`, and `('')` for none.
    pub fn sql_list(which: impl Fn(Self) -> bool) -> String {
        let names: Vec<&str> = Self::ALL.into_iter().filter(|channel| which(*channel)).map(Self::id).collect();
        format!("('{}')", names.join("', '"))
    }
}

/// A channel that this program does not know: of a newer one, perhaps. What is to go by it waits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("「{0}」という受け取り方を、この版の otayori は知りません（新しい版で書かれたデータベースかもしれません）")]
pub struct UnknownChannel(pub String);

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(id: &str) -> Result<Self, UnknownChannel> {
        Self::ALL.into_iter().find(|channel| channel.id() == id).ok_or_else(|| UnknownChannel(id.to_owned()))
    }
}

/// [`Channel::id`].
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// [`Channel::id`].
impl serde::Serialize for Channel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<DB: Database> Type<DB> for Channel
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }
    fn compatible(of: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(of)
    }
}

/// A name that is not known is an error of the row.
impl<'r, DB: Database> Decode<'r, DB> for Channel
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(String::decode(value)?.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_channel_has_one_name() {
        for (n, channel) in Channel::ALL.into_iter().enumerate() {
            assert_eq!((channel.id().parse(), channel as usize), (Ok(channel), n));
            assert_eq!(serde_json::json!(channel), channel.to_string());
        }
        assert_eq!(Channel::sql_list(|c| c == Channel::Line), "('line')");
        assert_eq!(Channel::sql_list(|_| false), "('')");
        let told = "pager".parse::<Channel>().unwrap_err().to_string();
        assert!(told.starts_with("「pager」という受け取り方を"), "{told}");
    }

    proptest! {
        #[test]
        fn nothing_else_is_a_channel(id in "\\PC{0,12}|[A-Z]?[a-z_]{3,9}") {
            prop_assert_eq!(id.parse::<Channel>().is_ok(), Channel::ALL.iter().any(|c| c.id() == id));
        }
    }
}
