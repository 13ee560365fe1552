//! A mail server's reply at a step of the conversation in, what it means for the message out. Every reply has one
//! meaning.
//!
//! Reply codes: RFC 5321, 4.2; enhanced ones: RFC 3463 and the registry of IANA. Which of them is the whole channel's
//! trouble: what is said before a recipient was named is said of the city's account, whoever the letter is for.

use crate::channel::{Outcome, back_off};

/// How far the conversation had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Greeting, EHLO, STARTTLS.
    Greeting,
    /// The account's name and password.
    SignIn,
    /// Whose letters they are.
    Sender,
    /// Whom this one is for.
    Recipient,
    /// The letter may come.
    Data,
    /// The letter came whole.
    Content,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 6] = [Self::Greeting, Self::SignIn, Self::Sender, Self::Recipient, Self::Data, Self::Content];
}

/// What a mail server replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// `550`
    pub code: u16,
    /// `5.1.1`, where the server says it.
    pub enhanced: Option<(u8, u16, u16)>,
    /// Its words.
    pub text: String,
}

impl Reply {
    /// Of a code and the words behind it, of which the first may be an enhanced code.
    pub fn new(code: u16, text: &str) -> Self {
        let first = text.split_whitespace().next().unwrap_or_default();
        let parts: Vec<Option<u16>> = first.split('.').map(|part| part.parse().ok()).collect();
        let enhanced = match parts[..] {
            [Some(class @ (2 | 4 | 5)), Some(subject), Some(detail)] => Some((class as u8, subject, detail)),
            _ => None,
        };
        Self { code, enhanced, text: text.split_whitespace().collect::<Vec<_>>().join(" ") }
    }

    /// For the operator: code and words, without the address, cut after 300 characters.
    pub fn words(&self, address: &str) -> String {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let mut text = self.text.replace(address, "…");
        if local.len() > 2 {
            text = text.replace(local, "…");
        }
        format!("{} {text}", self.code).chars().take(300).collect()
    }

    /// Does the server say that there is no such mailbox? Without an enhanced code it is told by the words: 550 alone
    /// is also said of what a rule refuses.
    fn knows_nobody(&self) -> bool {
        match self.enhanced {
            // Bad mailbox, bad domain, moved, a domain without mail.
            Some((5, 1, 1 | 2 | 6 | 10)) => true,
            Some(_) => false,
            None => {
                matches!(self.code, 550 | 551 | 553)
                    && UNKNOWN.iter().any(|words| self.text.to_lowercase().contains(words))
            }
        }
    }

    /// Is it the account that is refused, and not this recipient?
    fn is_of_account(&self) -> bool {
        self.code == 530 || matches!(self.code, 550 | 553 | 554) && self.text.to_lowercase().contains("relay")
    }
}

/// What servers without enhanced codes say of a mailbox that is not there.
const UNKNOWN: [&str; 7] =
    ["unknown", "no such", "not found", "does not exist", "doesn't exist", "invalid recipient", "user not known"];

/// What a reply means. `address` is taken out of what the operator reads.
pub fn outcome(step: Step, reply: &Reply, address: &str, attempt: u32) -> Outcome {
    let after = back_off(attempt);
    let reason = || reply.words(address);
    match (step, reply.code) {
        (Step::Content, 200..=299) => Outcome::Sent,
        // 421: it closes; 450, 451: later (greylisting); 452, 4.2.2: full. Whatever it is, it says that it has not
        // taken the letter.
        (_, 400..=499) => Outcome::NotTaken { after },
        (Step::Greeting | Step::SignIn | Step::Sender, _) => Outcome::Barred { after },
        (Step::Recipient | Step::Data | Step::Content, 500..=599) if reply.enhanced == Some((5, 2, 2)) => {
            Outcome::NotTaken { after }
        }
        (Step::Recipient | Step::Data, 500..=599) if reply.is_of_account() => Outcome::Barred { after },
        (Step::Recipient, 500..=599) if reply.knows_nobody() => Outcome::Gone,
        (Step::Recipient | Step::Data, _) => Outcome::Refused { reason: reason() },
        (Step::Content, 500..=599) => Outcome::Refused { reason: reason() },
        // No reply that there is: whether it took the letter is not known.
        (Step::Content, _) => Outcome::Retry { after },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn of(step: Step, code: u16, text: &str) -> Outcome {
        outcome(step, &Reply::new(code, text), "hanako.y@docomo.ne.jp", 1)
    }

    #[test]
    fn every_reply_has_one_meaning() {
        let (wait, barred) =
            (Outcome::NotTaken { after: Duration::from_secs(5) }, Outcome::Barred { after: Duration::from_secs(5) });
        for (step, code, text) in [
            (Step::Greeting, 421, "4.3.2 shutting down"),
            (Step::SignIn, 454, "4.7.0 temporary"),
            (Step::Sender, 451, "4.3.0"),
            (Step::Recipient, 450, "4.2.0 greylisted"),
            (Step::Recipient, 452, "4.2.2 full"),
            (Step::Recipient, 552, "5.2.2 full"),
            (Step::Data, 451, "later"),
            (Step::Content, 421, "closing"),
            (Step::Content, 452, "4.3.1 no room"),
        ] {
            assert_eq!(of(step, code, text), wait, "{step:?} {code} {text}");
        }
        for (step, code, text) in [
            (Step::Greeting, 554, "no service for you"),
            (Step::SignIn, 535, "5.7.8 wrong"),
            (Step::SignIn, 530, "first STARTTLS"),
            (Step::Sender, 550, "5.7.1 sender not yours"),
            (Step::Sender, 553, "5.1.8 bad sender"),
            (Step::Recipient, 530, "5.7.0 sign in first"),
            (Step::Recipient, 554, "5.7.1 <x>: Relay access denied"),
        ] {
            assert_eq!(of(step, code, text), barred, "{step:?} {code} {text}");
        }
        for (code, text) in [
            (550, "5.1.1 <hanako.y@docomo.ne.jp>: no"),
            (550, "Unknown user hanako.y@docomo.ne.jp"),
            (550, "5.1.10 null MX"),
            (551, "No such user here"),
            (553, "user unknown"),
        ] {
            assert_eq!(of(Step::Recipient, code, text), Outcome::Gone, "{code} {text}");
        }
        for (step, code, text) in [
            (Step::Recipient, 550, "5.7.1 hanako.y@docomo.ne.jp is protected"),
            (Step::Recipient, 550, "refused by a rule"),
            (Step::Content, 554, "5.7.1 spam, hanako.y@docomo.ne.jp"),
            (Step::Data, 554, "no valid recipients"),
        ] {
            let Outcome::Refused { reason } = of(step, code, text) else { panic!("{step:?} {code} {text}") };
            assert!(reason.starts_with(&code.to_string()) && !reason.contains("hanako"), "{reason}");
        }
        assert_eq!(of(Step::Content, 250, "2.0.0 queued as 4F2"), Outcome::Sent);
    }

    proptest! {
        /// Nothing is taken for sent but what was accepted whole, and nobody is dropped but by a word on the recipient.
        #[test]
        fn nothing_is_guessed(step in 0usize..6, code in 0u16..1000, text in "([245]\\.[0-9]{1,2}\\.[0-9]{1,3} \
            )?[a-zA-Z @.:<>]{0,40}", attempt in 0u32..40) {
            let (step, reply) = (Step::ALL[step], Reply::new(code, &text));
            match outcome(step, &reply, "a@b.jp", attempt) {
                Outcome::Sent => prop_assert!(step == Step::Content && code / 100 == 2),
                Outcome::Gone => prop_assert!(step == Step::Recipient && code / 100 == 5),
                Outcome::Retry { .. } => prop_assert!(step == Step::Content && !(400..600).contains(&code)),
                Outcome::NotTaken { .. } => prop_assert!(code / 100 == 4 || reply.enhanced == Some((5, 2, 2))),
                Outcome::Barred { .. } => prop_assert!(code / 100 != 4 && step != Step::Content),
                Outcome::Refused { reason } => prop_assert!(code / 100 != 4 && reason.starts_with(&code.to_string())),
                Outcome::RefusedTogether { .. } => prop_assert!(false, "a letter stands alone"),
            }
        }
    }
}
