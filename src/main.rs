//! The `otayori` program: see `otayori --help`.

fn main() -> std::process::ExitCode {
    otayori::cli::main()
}
