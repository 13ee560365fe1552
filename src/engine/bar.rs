//! How far a piece of work is, on the terminal of whoever waits for it.

use std::io::IsTerminal as _;

/// A progress bar on a terminal; nothing elsewhere.
#[derive(Debug)]
pub struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    /// Shown if wanted and if somebody can see it.
    pub fn new(wanted: bool) -> Self {
        let style = indicatif::ProgressStyle::with_template("{msg:8} {bar:40} {pos}/{len}")
            .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
        Self((wanted && std::io::stderr().is_terminal()).then(|| indicatif::ProgressBar::new(0).with_style(style)))
    }
    /// One step of a phase is done.
    pub fn step(&self, phase: &str, done: u64, of: u64) {
        if let Some(bar) = &self.0 {
            bar.set_message(phase.to_owned());
            bar.set_length(of);
            bar.set_position(done);
        }
    }
    /// All done.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
