//! Arguments in, exit code out.

pub mod build;
pub mod check;
pub mod new;
pub mod preview;

use clap::Parser as _;
use std::process::ExitCode;

/// The program's arguments.
#[derive(Debug, clap::Parser)]
#[command(name = "otayori", version, about = "市の読みものを公開し、世帯におたよりを届け、質問を専門職につなぎます")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// サイトを作る
    Build(build::Args),
    /// 書いたものを確かめる
    Check(check::Args),
    /// 小さなサイトを作る
    New(new::Args),
    /// 下見する（保存すると、すぐに映る）
    Preview(preview::Args),
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Build(args) => build::run(args),
        Command::Check(args) => check::run(args),
        Command::New(args) => new::run(args),
        Command::Preview(args) => preview::run(args),
    };
    done.unwrap_or_else(|e| {
        eprintln!("{e:#}");
        ExitCode::FAILURE
    })
}
