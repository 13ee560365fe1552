//! The clock, the ledger, the texts and the settings in, everything that keeps letters from going out: one list, for
//! every command that speaks of sending. (The log says each where it is met.)

use super::{InQuestion, NO_LEDGER, lacking, made_up, ready};
use crate::channel::{self, Lacks};
use crate::clock::Clock;
use crate::config::Config;
use crate::contact::Channel;
use crate::content::Library;
use crate::db::Db;
use crate::watch;
use anyhow::{Result, bail};

/// What was read of the texts: as they may be sent, or what is wrong with them, a line each.
pub type Texts<'a> = Result<&'a Library, &'a str>;

/// Something for which letters wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The clock may not be believed: what the operator is told of it.
    Clock(String),
    /// Nobody can tell what was sent since a backup.
    Ledger(InQuestion),
    /// Made-up households, and a service that is none of this machine's.
    MadeUp(String),
    /// There are mistakes in the texts.
    Unread(String),
    /// The city is still the template or the sample, or nobody can open its address.
    Unready(String),
    /// A channel's letters: a setting is missing.
    Lacks(Lacks),
    /// A channel's letters: its service takes nothing from the city's account.
    Refuses(Channel),
}

impl Hold {
    /// All of them now. Writes nothing.
    pub async fn all(db: &Db, config: &Config, has_ledger: bool, texts: Texts<'_>, clock: Clock) -> Result<Vec<Self>> {
        let (now, mut holds) = (clock.now(), Vec::new());
        let stand = watch::look(db, now).await?;
        holds.extend(stand.holds().then(|| Self::Clock(stand.message(now, &config.zone))));
        if !has_ledger {
            holds.push(Self::Ledger(InQuestion::of(db, config, &clock.zoned(&config.zone)).await?));
        }
        holds.extend(made_up::elsewhere(db, config).await?.map(Self::MadeUp));
        match texts {
            Ok(library) => holds.extend(ready::unready(db, config, library).await?.map(Self::Unready)),
            Err(mistakes) => holds.push(Self::Unread(mistakes.to_owned())),
        }
        let lacking = lacking(db, config).await?;
        for channel in Channel::ALL {
            match lacking.iter().find(|lacks| lacks.channel == channel) {
                Some(lacks) => holds.push(Self::Lacks(lacks.clone())),
                None if watch::refuses(db, channel.id()).await? && watch::is_used(db, channel.id()).await? => {
                    holds.push(Self::Refuses(channel))
                }
                None => {}
            }
        }
        Ok(holds)
    }

    /// What will hold letters in a city that has nobody yet, and no database.
    pub fn of_a_new_city(config: &Config, library: &Library) -> Vec<Self> {
        let unready = ready::missing(config, library, true).map(Self::Unready);
        unready.into_iter().chain(channel::lacking_for_new(config).map(Self::Lacks)).collect()
    }

    /// The channel whose letters wait; `None`: every letter does.
    pub fn channel(&self) -> Option<Channel> {
        match self {
            Self::Lacks(lacks) => Some(lacks.channel),
            Self::Refuses(channel) => Some(*channel),
            Self::Clock(_) | Self::Ledger(_) | Self::MadeUp(_) | Self::Unread(_) | Self::Unready(_) => None,
        }
    }

    /// Does every letter wait, and not those of one channel only?
    pub fn is_of_all(&self) -> bool {
        self.channel().is_none()
    }

    /// For the operator: what is wrong, what waits, what to type.
    pub fn message(&self) -> String {
        match self {
            Self::Clock(told) | Self::MadeUp(told) => told.clone(),
            Self::Ledger(question) => format!("{NO_LEDGER}\n{}", question.message()),
            Self::Unread(mistakes) => {
                let shown: Vec<&str> = mistakes.lines().take(LINES).collect();
                format!("おたよりを送らずに待っています。{}", shown.join("\n"))
            }
            Self::Unready(missing) => {
                format!("まだおたよりを送れません。書きかえて、`otayori check` で確かめてください\n{missing}")
            }
            Self::Lacks(lacks) => lacks.message.clone(),
            Self::Refuses(channel) => channel::refused(*channel).message.to_owned(),
        }
    }
}

/// So many lines of mistakes are shown; `otayori check` shows all.
const LINES: usize = 17;

/// All of them, one below the other; empty when nothing holds.
pub fn hold_messages(holds: &[Hold]) -> String {
    holds.iter().map(Hold::message).collect::<Vec<_>>().join("\n")
}

/// An error while something holds every letter.
pub fn refuse(holds: &[Hold]) -> Result<()> {
    if holds.iter().any(Hold::is_of_all) {
        bail!("おたよりを止めています。何も送っていません\n{}", hold_messages(holds));
    }
    Ok(())
}
