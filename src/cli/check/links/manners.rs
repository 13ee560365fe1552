//! How addresses outside are asked.

use std::time::Duration;

/// How addresses are asked.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// Between two requests to one host.
    pub pause: Duration,
    /// Hosts at a time.
    pub at_once: usize,
    /// One request takes no longer.
    pub time_out: Duration,
    /// Ask again what was asked lately, too.
    pub fresh: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self { pause: Duration::from_secs(1), at_once: 8, time_out: Duration::from_secs(15), fresh: false }
    }
}
