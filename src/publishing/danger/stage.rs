//! What is known before a text is read.

/// The child that the words may be about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was chosen, or something else.
    #[default]
    Unknown,
    /// A pregnancy, and its weeks, where they are known.
    Pregnancy(Option<u32>),
    /// A child, and its age in days, where it is known.
    Child(Option<u32>),
    /// Her own body, so many days after a birth; `u32::MAX` where none is known.
    After(u32),
}

/// What is known before a text is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What was chosen, or is on record.
    pub stage: Stage,
    /// What the same person wrote before in the same thread.
    pub earlier: Vec<String>,
}

impl From<Stage> for About {
    fn from(stage: Stage) -> Self {
        Self { stage, earlier: Vec::new() }
    }
}
