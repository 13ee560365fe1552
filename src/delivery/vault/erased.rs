//! Whoever is erased, by the ids that the owners of rows look for.

/// A household with everybody of it, or one person of it. Each room that keeps rows of people has an `erase` that
/// takes this; `erasure` calls them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The household; `None`: it stays, and one person leaves it.
    pub household: Option<String>,
    /// Its persons, or the one.
    pub persons: Vec<String>,
    /// Their contacts.
    pub contacts: Vec<String>,
    /// Whose keys are destroyed: what they sealed can be read nowhere any more, in older copies neither.
    pub keys: Vec<String>,
}
