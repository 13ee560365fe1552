//! A notice for an address in, one outcome out: Web Push and LINE over HTTP, e-mail over SMTP. Knows services and their
//! answers, not letters.
//!
//! A new channel is a variant of [`crate::contact::Channel`], a file here that implements [`Carrier`], its line in
//! [`Carriers::open`], and the `match` arms that the compiler then points to.

mod carrier;
mod carriers;
pub mod ece;
pub mod email;
pub mod http;
mod lacks;
pub mod line;
pub mod signature;
pub mod vapid;
pub mod web_push;

pub use carrier::{Asked, Carrier, Delivery, Each, Multicast, Remaining, Single, Together, Way};
pub use carriers::{Carriers, Elsewhere, Refused, elsewhere, refused};
pub use lacks::{Lacks, lacking_for_new, lacks};

use std::time::Duration;

/// What became of one message to one address. Decides what happens next, exhaustively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted by the service (for LINE also: 409 with the request id, accepted before).
    Sent,
    /// Whether it was accepted is not known (5xx, no whole answer): try again with the same retry key after this long.
    Retry {
        /// `Retry-After`, or the back-off for the attempt.
        after: Duration,
    },
    /// It is certain that nothing was accepted (429, nobody listens): as if it had not been asked. Try again after this
    /// long.
    NotTaken {
        /// `Retry-After`, or the back-off for the attempt.
        after: Duration,
    },
    /// The service takes nothing at all from this account (a wrong token or signature): the channel's trouble, not the
    /// recipients'. Nothing was accepted, and everything waits until the account is mended.
    Barred {
        /// The back-off for the attempt.
        after: Duration,
    },
    /// The address does not exist any more (404, 410): drop the contact.
    Gone,
    /// The request was refused as a whole, of several recipients: one of them may be at fault. Nothing was accepted,
    /// and nothing is said of the others.
    RefusedTogether {
        /// What the service said, without a person in it.
        reason: String,
    },
    /// Will never be accepted; the reason for the operator, without a person in it.
    Refused {
        /// What the service said.
        reason: String,
    },
}

/// Back-off before attempt `n + 1` (from 1): 5 s, 10 s, 20 s … at most 15 minutes.
pub fn back_off(attempt: u32) -> Duration {
    Duration::from_secs((5u64 << attempt.saturating_sub(1).min(10)).min(900))
}
