//! Letters that wait for a channel with an allowance (LINE) in, may they begin or not out: the month's quota is asked
//! before a run, and a run that does not fit is not begun.
//!
//! Only letters that no request has been made for are held; a batch in doubt goes on, answers go on, other channels go
//! on. Nothing is lost: what is held stays in the queue and goes as soon as it fits.

use crate::channel::{Carriers, Remaining};
use crate::clock::Wall;
use crate::contact::Channel;
use crate::db::Db;
use crate::outbox;
use crate::runs::{self, LETTERS};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// While a run is held, its service is asked again after so many seconds.
const ASK_AGAIN: i64 = 600;

/// A run does not fit into what a channel still takes this month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Short {
    /// Which channel.
    pub channel: Channel,
    /// Letters that wait for it; one person's letter is one message on the bill.
    pub needed: u64,
    /// Messages that the account may still send this month.
    pub remaining: u64,
}

impl std::fmt::Display for Short {
    /// For the operator: how many remain, how many are needed, what to do.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { channel, needed, remaining } = self;
        write!(
            f,
            "{} のおたよりは、1通も送らずに止めています。今月あと {remaining} 通送れますが、{needed} 通要ります（{} \
             通足りません）。\n  \
             {}動いている otayori は10分ごとに確かめ、足りればすぐ送ります。\
             `otayori send` をもう一度実行しても送れます。来月になるのを待つと、おたよりが古くなります。\n  \
             ほかの受け取り方と、質問へのお返事は、止めていません。",
            channel.title(),
            needed.saturating_sub(*remaining),
            match channel {
                Channel::Line => "LINE Official Account Manager で、プランか追加メッセージの上限を上げてください。",
                Channel::WebPush | Channel::Email => "",
            }
        )
    }
}

/// Stands before the letters on a channel with an allowance.
#[derive(Debug)]
pub struct Gate {
    /// Waits for a planner of the week's run, so that the run is measured as a whole.
    waits_for_planner: bool,
    state: Mutex<BTreeMap<Channel, (Short, Wall)>>,
}

impl Gate {
    /// For the schedule, where letters come into the queue page by page while others are sent.
    pub fn of_schedule() -> Self {
        Self { waits_for_planner: true, state: Mutex::default() }
    }
    /// For `send`, which has planned everything before.
    pub fn of_send() -> Self {
        Self { waits_for_planner: false, state: Mutex::default() }
    }

    /// What the run is short of, by channel; empty when nothing is held for that.
    pub fn short(&self) -> Vec<Short> {
        self.lock().values().map(|(short, _)| *short).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Channel, (Short, Wall)>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channels on which letters may not begin. Says to the operator why not, once, before anything is sent.
    ///
    /// When a service cannot be asked they go: it has a limit of its own, and what it does not take stays in the queue.
    pub async fn closed(&self, db: &Db, carriers: &Carriers, now: Wall) -> Result<Vec<Channel>> {
        let mut closed = Vec::new();
        for channel in Channel::ALL {
            if carriers.of(channel).has_allowance() && !self.opens(channel, db, carriers, now).await? {
                closed.push(channel);
            }
        }
        Ok(closed)
    }

    async fn opens(&self, channel: Channel, db: &Db, carriers: &Carriers, now: Wall) -> Result<bool> {
        let (needed, due) = outbox::letters_to_begin(db, channel, now).await?;
        if needed == 0 {
            self.lock().remove(&channel);
            return Ok(false); // those that come in meanwhile are counted first
        }
        if due == 0 {
            return Ok(false); // all of them wait for their next try: there is nothing to ask for
        }
        if self.waits_for_planner && runs::under_way(db, LETTERS).await? {
            return Ok(false);
        }
        let before = self.lock().get(&channel).copied();
        if before.is_some_and(|(short, asked_at)| short.needed == needed && now.since(asked_at) < ASK_AGAIN) {
            return Ok(false);
        }
        let short = match carriers.of(channel).remaining().await {
            Ok(Remaining::Messages(remaining)) if remaining < needed => Some(Short { channel, needed, remaining }),
            Ok(Remaining::Messages(_) | Remaining::Unlimited) => None,
            Err(e) => {
                tracing::warn!(
                    error = format!("{e:#}"),
                    "{} did not say how many messages are left this month; the letters go all the same",
                    channel.title()
                );
                None
            }
        };
        if let Some(short) = short
            && before.map(|(b, _)| b) != Some(short)
        {
            tracing::error!("{short}");
        }
        let mut state = self.lock();
        match short {
            Some(short) => drop(state.insert(channel, (short, now))),
            None => drop(state.remove(&channel)),
        }
        Ok(short.is_none())
    }
}
