//! Text as written in, text in which spellings of one word are the same out: full and half width, capitals, kana.

use unicode_normalization::UnicodeNormalization as _;

/// NFKC, small letters, hiragana for katakana, one space for any white space. `static/search.js` folds what is typed in the same way.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase).nfkc() {
        match c {
            c if c.is_whitespace() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            // Katakana stand 0x60 behind hiragana: ァ–ヶ, ヽ and ヾ.
            '\u{30A1}'..='\u{30F6}' | '\u{30FD}' | '\u{30FE}' => out.push(char::from_u32(c as u32 - 0x60).unwrap_or(c)),
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_word_are_one() {
        for (a, b) in [("ワクチン", "ﾜｸﾁﾝ"), ("ワクチン", "わくちん"), ("ＢＣＧ", "bcg"), ("３７．５℃", "37.5°C"), ("ヴァ", "ゔぁ"), ("が", "が"), (" a　\n b ", "a b")]
        {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("はは"), fold("ばば"));
    }

    proptest! {
        #[test]
        fn folded_once_is_folded(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
