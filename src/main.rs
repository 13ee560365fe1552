//! The `otayori` program: see `otayori --help`.

/// A build of ten thousand pages spent a quarter of its time in glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    otayori::cli::main()
}
