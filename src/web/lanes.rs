//! Sources that send more than people do in, one after the other out: each waits its turn, and where too many wait they
//! are told to come back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So many of one source may stand in line, however fast it moves …
const MOST: usize = 40;
/// … and nobody longer than this: a proxy before the program gives up after 60 seconds.
const LONGEST: Duration = Duration::from_secs(45);

/// So many may stand in a line in which each turn takes `pace`.
fn places(pace: Duration) -> usize {
    LONGEST
        .as_millis()
        .checked_div(pace.as_millis())
        .and_then(|n| usize::try_from(n).ok())
        .map_or(MOST, |n| n.clamp(1, MOST))
}

/// The lines, by source; a line is gone when nobody stands in it.
#[derive(Debug, Default)]
pub struct Lanes {
    lines: Mutex<HashMap<String, Lane>>,
    turns: AtomicU64,
}

#[derive(Debug, Default)]
struct Lane {
    turn: Arc<tokio::sync::Mutex<()>>,
    waiting: usize,
}

impl Lanes {
    /// Waits for the source's turn, which takes `pace`; `false` at once, when too many wait already.
    pub async fn wait(&self, source: &str, pace: Duration) -> bool {
        let Some(place) = self.enter(source, places(pace)) else { return false };
        let _turn = place.turn.lock().await;
        tokio::time::sleep(pace).await;
        self.turns.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// So many have waited for their turn and had it.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    fn enter(&self, source: &str, places: usize) -> Option<Place<'_>> {
        let mut lanes = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(source.to_owned()).or_default();
        if lane.waiting >= places {
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
        let mut lanes = self.lanes.lines.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// With every pause that `otayori.yaml` may ask for, the last in line is answered before the guide's proxy gives
    /// up.
    #[test]
    fn nobody_waits_longer_than_the_proxy() {
        let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/はじめての設置.md")).unwrap();
        let line = guide
            .lines()
            .map(str::trim)
            .find_map(|l| l.strip_prefix("proxy_read_timeout "))
            .expect("the sample says how long the proxy waits");
        let proxy: u64 = line.trim_end_matches("s;").parse().unwrap();
        for seconds in 0..=20 {
            let pace = Duration::from_secs(seconds);
            let last = pace * u32::try_from(places(pace)).unwrap();
            // The rest is for the answer itself.
            assert!(
                places(pace) >= 2 && last + Duration::from_secs(10) <= Duration::from_secs(proxy),
                "{seconds}: {last:?}"
            );
        }
        assert_eq!((places(Duration::from_secs(3)), places(Duration::ZERO)), (15, MOST));
    }

    #[tokio::test]
    async fn a_slow_line_is_shorter() {
        let lanes = Lanes::default();
        let all: Vec<_> = (0..15).map(|_| lanes.enter("a", places(Duration::from_secs(3))).unwrap()).collect();
        assert!(!lanes.wait("a", Duration::from_secs(3)).await, "a sixteenth would wait longer");
        drop(all);
    }

    #[tokio::test]
    async fn one_after_the_other_and_no_endless_line() {
        let lanes = Arc::new(Lanes::default());
        let first = lanes.enter("a", MOST).unwrap();
        let held = first.turn.lock().await;
        let all: Vec<_> = (1..MOST)
            .map(|_| {
                let lanes = lanes.clone();
                tokio::spawn(async move { lanes.wait("a", Duration::ZERO).await })
            })
            .collect();
        while lanes.lines.lock().unwrap()["a"].waiting < MOST {
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
        while !lanes.lines.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(lanes.turns(), MOST as u64 - 1, "who was turned away or left had no turn");
    }
}
