//! How results are printed: for people, or for programs.

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// 人が読む形
    Human,
    /// 配列 `{severity, file, line, column, message, hint}`
    Json,
}
