//! The languages of texts, and what is asked of a single letter.

use unicode_normalization::char::decompose_canonical;

/// A language that the words are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Japanese, and easy Japanese.
    Ja,
    /// English.
    En,
    /// Chinese.
    Zh,
    /// Vietnamese.
    Vi,
    /// Portuguese.
    Pt,
}

impl Language {
    /// All, as their files are read.
    pub const ALL: [Self; 5] = [Self::Ja, Self::En, Self::Zh, Self::Vi, Self::Pt];
    /// As in file names.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
            Self::Zh => "zh",
            Self::Vi => "vi",
            Self::Pt => "pt",
        }
    }
    /// Written without spaces between its words.
    pub fn dense(self) -> bool {
        matches!(self, Self::Ja | Self::Zh)
    }
}

/// Kana or kanji.
pub(super) fn dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '々' | '〇')
}

/// The letter under its accents.
pub(super) fn bare(c: char) -> char {
    match c {
        'đ' => 'd',
        'ı' => 'i',
        c if c.is_ascii() || dense(c) => c,
        c => {
            let mut first = None;
            decompose_canonical(c, |d| {
                first.get_or_insert(d);
            });
            first.filter(char::is_ascii).unwrap_or(c)
        }
    }
}
