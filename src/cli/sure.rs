//! A question in, a person's answer out; where nobody can be asked, `--yes` is one.

use anyhow::Result;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

/// Is somebody there to be asked?
pub(super) fn asks() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and waits for the answer.
pub(super) fn confirmed(question: &str) -> Result<bool> {
    super::mention(question);
    std::io::stderr().flush().ok();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "ｙ" | "はい"))
}

/// `None`: go on. Else the exit code: somebody said no, or nobody can be asked and has said `--yes`. `told` is what is
/// asked about, `unchanged` what is said when nothing is done.
pub(super) fn refused(yes: bool, told: &str, question: &str, unchanged: &str) -> Result<Option<ExitCode>> {
    if yes {
        return Ok(None);
    }
    if !asks() {
        err!("{told}\n  端末ではないので、聞けません。よければ --yes を付けてください。{unchanged}");
        return Ok(Some(ExitCode::FAILURE));
    }
    if confirmed(&format!("{told}\n{question} [y/N] "))? {
        return Ok(None);
    }
    err!("{unchanged}");
    Ok(Some(ExitCode::FAILURE))
}
