//! Sources that send more than people do in, one after the other out: each waits its turn, and where too many wait they are told to come back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So many of one source may stand in line.
const MOST: usize = 40;

/// The lines, by source; a line is gone when nobody stands in it.
#[derive(Debug, Default)]
pub struct Lanes(Mutex<HashMap<String, Lane>>);

#[derive(Debug, Default)]
struct Lane {
    turn: Arc<tokio::sync::Mutex<()>>,
    waiting: usize,
}

impl Lanes {
    /// Waits for the source's turn, which takes `pace`; `false` at once, when too many wait already.
    pub async fn wait(&self, source: &str, pace: Duration) -> bool {
        let Some(place) = self.enter(source) else { return false };
        let _turn = place.turn.lock().await;
        tokio::time::sleep(pace).await;
        true
    }

    fn enter(&self, source: &str) -> Option<Place<'_>> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(source.to_owned()).or_default();
        if lane.waiting >= MOST {
            return None;
        }
        lane.waiting += 1;
        Some(Place { lanes: self, source: source.to_owned(), turn: lane.turn.clone() })
    }
}

/// Somebody in a line; leaves it when the request ends, also by a connection that breaks.
struct Place<'a> {
    lanes: &'a Lanes,
    source: String,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lanes = self.lanes.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get_mut(&self.source) {
            lane.waiting -= 1;
            if lane.waiting == 0 {
                lanes.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_after_the_other_and_no_endless_line() {
        let lanes = Arc::new(Lanes::default());
        let first = lanes.enter("a").unwrap();
        let held = first.turn.lock().await;
        let all: Vec<_> = (1..MOST)
            .map(|_| {
                let lanes = lanes.clone();
                tokio::spawn(async move { lanes.wait("a", Duration::ZERO).await })
            })
            .collect();
        while lanes.0.lock().unwrap()["a"].waiting < MOST {
            tokio::task::yield_now().await;
        }
        assert!(!lanes.wait("a", Duration::ZERO).await, "the line is full");
        assert!(lanes.wait("b", Duration::ZERO).await, "another source has a line of its own");
        assert!(all.iter().all(|one| !one.is_finished()), "nobody before the first is done");
        all[0].abort(); // a connection that broke leaves the line
        drop(held);
        drop(first);
        for one in all.into_iter().skip(1) {
            assert!(one.await.unwrap());
        }
        while !lanes.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }
}
