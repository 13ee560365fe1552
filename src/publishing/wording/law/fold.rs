//! A text as written in, its letters in one form out, each with the place in the text that it came from: ﾊﾞﾌｧﾘﾝ, バ
//! ファリン and ばふぁりん are バファリン.

use crate::text::letters as in_one_form;
use std::ops::Range;

/// A text in one form: NFKC, small Latin letters, without white space and hyphens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Folded {
    /// In one form.
    pub text: String,
    /// For every byte of it: the bytes of the original that it came from.
    from: Vec<Range<usize>>,
}

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self::default();
        let mut letters = text.char_indices().peekable();
        while let Some((start, c)) = letters.next() {
            let mut cluster = String::from(c);
            // A half-width letter and its voice mark are one letter.
            while let Some((_, mark)) =
                letters.next_if(|(_, c)| matches!(c, '\u{FF9E}' | '\u{FF9F}' | '\u{3099}' | '\u{309A}'))
            {
                cluster.push(mark);
            }
            let range = start..start + cluster.len();
            // 「カロナ－ル」: a long dash behind kana is a prolonged sound that was typed with the wrong key.
            if matches!(c, '－' | '−' | '―' | '—')
                && folded.text.chars().next_back().is_some_and(|last| is_hiragana(last) || is_katakana(last))
            {
                cluster = "ー".to_owned();
            }
            for letter in in_one_form(&cluster).filter(|c| !c.is_whitespace() && !is_hyphen(*c)) {
                folded.text.push(letter);
                folded.from.extend(std::iter::repeat_n(range.clone(), letter.len_utf8()));
            }
        }
        folded
    }

    /// The same with katakana for hiragana. (Both take three bytes in UTF-8, so that the places stay.)
    pub(super) fn in_katakana(&self) -> Self {
        Self { text: self.text.chars().map(katakana).collect(), from: self.from.clone() }
    }

    /// Where these bytes of the folded text stand in the original.
    pub(super) fn range(&self, folded: Range<usize>) -> Range<usize> {
        let at = |n: usize| self.from.get(n).cloned().unwrap_or_default();
        at(folded.start).start..at(folded.end.saturating_sub(1)).end
    }
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−')
}

pub(super) fn is_hiragana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ')
}

fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヶ' | 'ー')
}

fn katakana(c: char) -> char {
    if is_hiragana(c) { char::from_u32(c as u32 + 0x60).unwrap_or(c) } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_form_with_its_places() {
        for written in ["バファリン", "ﾊﾞﾌｧﾘﾝ", "バ ファ　リン", "ばふぁりん", "ハ\u{3099}ファリン"]
        {
            let folded = Folded::of(written).in_katakana();
            assert_eq!(folded.text, "バファリン", "{written}");
            assert_eq!(folded.range(0..folded.text.len()), 0..written.len());
        }
        assert_eq!(Folded::of("カロナ－ル").text, "カロナール");
        let folded = Folded::of("は、ＯＳ－１を");
        assert_eq!((folded.text.as_str(), &"は、ＯＳ－１を"[folded.range(6..9)]), ("は、os1を", "ＯＳ－１"));
    }

    proptest! {
        #[test]
        fn places_are_in_the_text(text in "\\PC{0,40}|[ｱ-ﾝﾞﾟぁ-んァ-ヶ -]{0,30}") {
            for folded in [Folded::of(&text), Folded::of(&text).in_katakana()] {
                for (at, c) in folded.text.char_indices() {
                    prop_assert!(text.get(folded.range(at..at + c.len_utf8())).is_some());
                }
            }
        }
    }
}
