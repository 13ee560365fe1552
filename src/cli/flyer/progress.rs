//! What is said while flyers are made, and of what concerns them.

use crate::config::Config;
use crate::diag::Diagnostics;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

/// Warns of an address that nobody opens: it stands in every code.
pub(super) fn unopened(config: &Config) {
    if let Some(why) = crate::config::unreachable(&config.site.public_url) {
        err!(
            "注意: 二次元コードの URL（{}）は、{why}。このまま刷らないでください。otayori.yaml の public_url（または \
             OTAYORI_PUBLIC_URL）を市のアドレスにして、もう一度作ってください",
            config.site.public_url
        );
    }
}

/// Hidden when standard error is no terminal.
pub(super) fn bar() -> Result<ProgressBar> {
    Ok(ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}")?))
}

/// Prints what concerns flyers (all of it for handouts, which are made of articles); true if there is an error.
pub(super) fn tell(problems: Diagnostics, all: bool) -> bool {
    let mut failed = false;
    for problem in problems
        .sorted()
        .into_iter()
        .filter(|p| all || p.file.starts_with("content/flyers") || !p.file.starts_with("content/"))
    {
        failed |= problem.severity == crate::diag::Severity::Error;
        err!("{problem}");
    }
    failed
}
