//! A full-width letter or bracket in, the half-width one that was meant out.

/// The half-width letter that was meant.
pub(super) fn half(c: char) -> char {
    match c {
        '【' | '〔' | '［' => '[',
        '】' | '〕' | '］' => ']',
        '\u{3000}' | '\t' => ' ',
        '\u{FF01}'..='\u{FF5E}' => crate::text::narrow(c),
        other => other,
    }
}
