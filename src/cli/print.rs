//! What a command says, and what it logs.

use anyhow::Result;

/// Writes to standard output. Whoever reads only the first lines (`| head`) has seen enough: that is no error.
pub fn say(text: &str) -> Result<()> {
    use std::io::Write as _;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// As [`say`], of work that is done: what cannot be written goes to standard error.
pub fn report(text: &str) {
    if let Err(e) = say(text) {
        err!("標準出力に書けませんでした（{e:#}）。結果は次のとおりです\n{text}");
    }
}

/// Writes to standard error, if somebody reads it.
pub fn mention(text: &str) {
    use std::io::Write as _;
    std::io::stderr().write_all(text.as_bytes()).ok();
}

/// Standard error for log lines: what cannot be written there is lost, and nothing else.
#[derive(Debug, Clone, Copy)]
struct Stderr;

impl std::io::Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(bytes).ok();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Log lines go to standard error: `RUST_LOG`, or `info` of ours.
pub fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,otayori=info".into());
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr())
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(|| Stderr).try_init();
}
