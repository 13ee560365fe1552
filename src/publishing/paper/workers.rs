//! Many things in, what is made of each out, in their order, by threads of their own.
//!
//! Typst shares its work out among rayon's threads. If sheets were shared out there too, a thread that waits for a part
//! of one sheet would begin another on top of it, and another on top of that, until its stack is full.

use std::sync::atomic::{AtomicUsize, Ordering};

/// For what Typst lays out one in another.
const STACK: usize = 16 << 20;

/// Does `work` with each thing and its number; things are begun in their order, so that neighbours share what Typst's
/// caches hold.
pub fn each<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(usize, &'t T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let hand = || {
        let turn = || Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| things.get(n).map(|thing| (n, thing)));
        std::iter::from_fn(turn).map(|(n, thing)| (n, work(n, thing))).collect::<Vec<_>>()
    };
    let hands = rayon::current_num_threads().min(things.len());
    let mut made: Vec<(usize, R)> = std::thread::scope(|scope| {
        let begin = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, hand).ok();
        let hands: Vec<_> = (0..hands).filter_map(begin).collect();
        // Where no thread can be had, this one does it.
        let mut made = if hands.is_empty() { hand() } else { Vec::new() };
        for hand in hands {
            made.extend(hand.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    });
    made.sort_by_key(|(n, _)| *n);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_things() {
        let things: Vec<usize> = (0..1000).collect();
        assert_eq!(each(&things, |n, thing| (n, thing * 2)), things.iter().map(|n| (*n, n * 2)).collect::<Vec<_>>());
        assert_eq!(each(&[0_u8; 0], |n, _| n), Vec::<usize>::new());
    }
}
