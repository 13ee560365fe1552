//! Addresses that wait for their owner's word in, the question to each out. It is asked once more where nobody knows
//! whether it arrived: that does nothing twice.

use super::{Dispatcher, seconds};
use crate::channel::email::CONFIRM;
use crate::channel::{Outcome, Single, Way};
use crate::contact::{self, Channel};
use crate::household::{self, Question};
use crate::outbox::Notice;
use anyhow::Result;
use std::sync::atomic::Ordering;

impl Dispatcher {
    /// Asks the owners of new addresses; while something is missing for e-mail, or the server takes nothing, they wait
    /// (for a day).
    pub(super) async fn questions(&self) -> Result<()> {
        let carrier = self.carriers.of(Channel::Email);
        let email = match carrier.clone().way() {
            Way::Each(email) if carrier.lacks().is_none() => email,
            Way::Each(_) | Way::Together(_) => return Ok(()),
        };
        while !self.stop.load(Ordering::Relaxed)
            && let Some(question) = household::next_question(&self.db, &self.vault, self.clock.now().seconds()).await?
        {
            let Question { id, address, attempt, .. } = &question;
            if question.generated && !carrier.is_stand_in(address) {
                tracing::error!("a made-up household is never sent anything through a real service");
                contact::drop_question(&self.db, id).await?;
                continue;
            }
            let notice = notice_of(&question);
            let outcome = email.send(Single { to: address, notice: &notice, contact: id, attempt: *attempt }).await;
            self.heard_of_account(Channel::Email, &outcome).await?;
            let now = self.clock.now();
            match outcome {
                Outcome::Sent => contact::question_asked(&self.db, id, now.seconds()).await?,
                Outcome::Retry { after } | Outcome::NotTaken { after } | Outcome::Barred { after } => {
                    contact::question_later(&self.db, id, now.plus(seconds(after)).seconds()).await?;
                    // The next would fare no better now.
                    return Ok(());
                }
                Outcome::Gone => contact::drop_question(&self.db, id).await?,
                Outcome::Refused { reason } | Outcome::RefusedTogether { reason } => {
                    tracing::warn!(reason, "an address could not be asked whether it is theirs who gave it");
                    contact::drop_question(&self.db, id).await?;
                }
            }
        }
        Ok(())
    }
}

/// The channel has the words; what is asked is known by the key.
fn notice_of(question: &Question) -> Notice {
    Notice {
        key: format!("{CONFIRM}:{}", question.id),
        title: String::new(),
        body: String::new(),
        url: String::new(),
        ask_url: String::new(),
        language: question.language.clone(),
        ttl: 0,
        low_urgency: false,
    }
}
