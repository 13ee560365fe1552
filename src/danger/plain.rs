//! A text in, its letters with spaces, widths and kana made alike out, each with the place that it came from.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::compose;

/// A text with spaces, widths and kana made alike, and where each letter came from.
pub(super) struct Plain {
    pub letters: Vec<char>,
    at: Vec<Range<usize>>,
}

impl Plain {
    pub fn of(text: &str) -> Self {
        let mut plain = Self { letters: Vec::with_capacity(text.len() / 3), at: Vec::with_capacity(text.len() / 3) };
        for (start, written) in text.char_indices() {
            let here = start..start + written.len_utf8();
            for letter in written.nfkc().flat_map(char::to_lowercase) {
                plain.push(letter, here.clone());
            }
        }
        plain
    }
    fn push(&mut self, letter: char, here: Range<usize>) {
        if letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}') {
            return;
        }
        // Half-width kana carry their voicing as a letter of its own.
        if matches!(letter, '\u{3099}' | '\u{309a}')
            && let (Some(base), Some(at)) = (self.letters.last_mut(), self.at.last_mut())
            && let Some(voiced) = compose(*base, letter)
        {
            *base = voiced;
            at.end = here.end;
            return;
        }
        let hiragana = match letter {
            'ァ'..='ヶ' => char::from_u32(letter as u32 - 0x60).unwrap_or(letter),
            '’' | '‘' => '\'',
            other => other,
        };
        self.letters.push(hiragana);
        self.at.push(here);
    }
    /// Where `word` begins.
    pub fn places<'a>(&'a self, word: &'a [char]) -> impl Iterator<Item = usize> + 'a {
        self.letters.windows(word.len().max(1)).enumerate().filter(move |(_, w)| *w == word).map(|(n, _)| n)
    }
    /// The bytes of the text that these letters came from.
    pub fn bytes(&self, letters: &Range<usize>) -> Range<usize> {
        self.at[letters.start].start..self.at[letters.end - 1].end
    }
    /// No letter of the alphabet touches these letters in `text`: they are a word of their own.
    pub fn stands_alone(&self, text: &str, letters: &Range<usize>) -> bool {
        let at = self.bytes(letters);
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        !letter(text[..at.start].chars().next_back()) && !letter(text[at.end..].chars().next())
    }
}
