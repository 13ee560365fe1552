//! How far a long work is.

/// Told of each step as `(phase, done, of)`, from several threads.
pub type Progress<'a> = &'a (dyn Fn(&str, u64, u64) + Sync);
