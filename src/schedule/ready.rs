//! A city that is not ready to write to its households in, a refusal out.

use crate::config::Config;
use crate::content::{Library, sample};
use crate::db::Db;
use crate::household;
use anyhow::{Result, bail};

/// So many places are named; `otayori check` names all.
const SHOWN: usize = 8;

/// An error while the site has the sample's people or dates, texts that nobody has written, or an address that nobody
/// can open: nothing is sent.
pub(super) async fn refuse_unready(db: &Db, config: &Config, library: &Library) -> Result<()> {
    match unready(db, config, library).await? {
        None => Ok(()),
        Some(said) => bail!("まだおたよりを送れません。何も送っていません\n{said}"),
    }
}

/// What is missing, in lines; `None` when letters may go.
///
/// The address may be this machine's where the households are made up: to them nothing is sent that leaves it.
pub(super) async fn unready(db: &Db, config: &Config, library: &Library) -> Result<Option<String>> {
    Ok(missing(config, library, !household::any_generated(db).await?))
}

/// As [`unready`], of a city whose households are real, or not.
pub(super) fn missing(config: &Config, library: &Library, real: bool) -> Option<String> {
    let mut found = sample::unready(config, library);
    if real {
        sample::address(config, &mut found);
    }
    let found = found.as_errors().sorted();
    let more = found.len().saturating_sub(SHOWN);
    let mut lines: Vec<String> = found.iter().take(SHOWN).map(ToString::to_string).collect();
    lines.extend((more > 0).then(|| format!("ほか {more}か所（otayori check で全部）")));
    (!found.is_empty()).then(|| lines.join("\n"))
}
