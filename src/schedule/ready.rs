//! A city that is not ready to write to its households in, a refusal out.

use crate::config::Config;
use crate::content::{Library, sample};
use anyhow::{Result, bail};

/// So many places are named; `otayori check` names all.
const SHOWN: usize = 8;

/// An error while the site has the sample's people or dates, or texts that nobody has written: nothing is sent.
pub fn refuse_unready(config: &Config, library: &Library) -> Result<()> {
    match unready(config, library) {
        None => Ok(()),
        Some(said) => bail!("まだおたよりを送れません。何も送っていません\n{said}"),
    }
}

/// What is missing, in lines; `None` when letters may go.
pub fn unready(config: &Config, library: &Library) -> Option<String> {
    let found = sample::unready(config, library).sorted();
    let more = found.len().saturating_sub(SHOWN);
    let mut lines: Vec<String> = found.iter().take(SHOWN).map(ToString::to_string).collect();
    lines.extend((more > 0).then(|| format!("ほか {more}か所（otayori check で全部）")));
    (!found.is_empty()).then(|| lines.join("\n"))
}
