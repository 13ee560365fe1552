//! How long a message of 500 letters takes to be read for danger, beside what nobody can leave out: the same text
//! brought to one form (NFKC, small letters), in one run. `cargo bench --bench danger`. Figures of another machine say
//! nothing; ratios do. The aim is under a millisecond.

use otayori::danger::{About, detector};
use std::hint::black_box;
use std::time::{Duration, Instant};
use unicode_normalization::UnicodeNormalization as _;

const ROUNDS: usize = 7;
const LETTERS: usize = 500;

fn main() {
    // `cargo test --benches` runs this too: then once through is enough.
    let quick = !std::env::args().any(|a| a == "--bench");
    let (rounds, round) = if quick { (1, Duration::from_millis(20)) } else { (ROUNDS, Duration::from_millis(300)) };
    for language in otayori::danger::EXAMPLES {
        let text = message(language);
        let plain =
            best(rounds, round, || text.nfkc().flat_map(char::to_lowercase).map(u32::from).fold(0, u32::wrapping_add));
        let verdict = best(rounds, round, || u32::from(detector().verdict(&text, &About::default()).danger));
        let signs = best(rounds, round, || detector().signs(&text, &About::default()).len() as u32);
        println!(
            "{language:4} {} letters: normal form {:.1} µs, whether and what {:.1} µs ({:.1} times), with the words \
             quoted {:.1} µs ({:.1} times)",
            text.chars().count(),
            micros(plain),
            micros(verdict),
            verdict.as_secs_f64() / plain.as_secs_f64(),
            micros(signs),
            signs.as_secs_f64() / plain.as_secs_f64()
        );
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Sentences of the examples, one after the other: calm ones and dangers by turns, as a long message has them.
fn message(language: &str) -> String {
    let mut text = String::new();
    for example in detector().data.examples.iter().filter(|e| e.language == language).cycle().step_by(97) {
        if text.chars().count() > LETTERS {
            break;
        }
        text.push_str(&example.sentence);
        text.push_str(if matches!(language, "ja" | "easy" | "zh") { "。" } else { ". " });
    }
    text.chars().take(LETTERS).collect()
}

/// The time of one call in the best of the rounds: what disturbs a machine only makes a round slower.
fn best(rounds: usize, round: Duration, mut work: impl FnMut() -> u32) -> Duration {
    black_box(work());
    let one = |work: &mut dyn FnMut() -> u32| {
        let (start, mut times) = (Instant::now(), 0);
        while start.elapsed() < round {
            black_box(work());
            times += 1;
        }
        start.elapsed() / times.max(1)
    };
    (0..rounds).map(|_| one(&mut work)).min().unwrap_or_default()
}
