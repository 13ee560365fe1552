//! From when something counts.

/// From when something counts; a city's clinicians may set other values.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Fever of children younger than so many months is a danger.
    pub young_months: u32,
    /// From so many degrees on it is a fever.
    pub fever: f64,
    /// From this week on a birth is at term.
    pub term_weeks: u32,
    /// So many hours without urine are too long.
    pub dry_hours: u32,
    /// From this pressure on, either of the two.
    pub pressure: (u32, u32),
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { young_months: 3, fever: 38.0, term_weeks: 37, dry_hours: 8, pressure: (140, 90) }
    }
}
