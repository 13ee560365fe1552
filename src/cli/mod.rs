//! Arguments in, exit code out.

pub mod build;
pub mod preview;

use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
