//! Text as written in, text in which spellings of one word are the same out: full and half width, capitals, kana.

use unicode_normalization::UnicodeNormalization as _;

/// NFKC, small letters, hiragana for katakana, one space for any white space. `static/search.js` folds what is typed in
/// the same way.
///
/// ```
/// use otayori_publishing::text::fold;
///
/// assert_eq!(fold("ツワリ　ｱﾚﾙｷﾞｰ"), "つわり あれるぎー");
/// assert_eq!(fold("ＡＢＣ ㎝"), "abc cm");
/// // A mark that joins with the letter before it makes one of the two.
/// assert_eq!(fold("か\u{3099}"), fold("ガ"));
/// ```
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let next = after.chars().next();
        if let (Some(plain), true) = (plain(c), next.is_none_or(is_plain)) {
            push(plain, &mut out);
            rest = after;
            continue;
        }
        // What is not plain can join with what stands before it: it is normalized with that.
        let end =
            after.char_indices().skip_while(|(_, n)| !is_plain(*n)).map(|(at, _)| at).next().unwrap_or(after.len());
        let (odd, behind) = rest.split_at(c.len_utf8() + end);
        odd.nfkc().flat_map(char::to_lowercase).nfkc().for_each(|c| push(c, &mut out));
        rest = behind;
    }
    out.truncate(out.trim_end().len());
    out
}

/// Letters in one form: NFKC, small. White space, kana and signs stay what they are; [`fold`] unites these, too.
///
/// ```
/// assert_eq!(otayori_publishing::text::letters("Ａ４ ﾊﾟﾝﾌ ㎜").collect::<String>(), "a4 パンフ mm");
/// ```
pub fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.nfkc().flat_map(char::to_lowercase)
}

/// One letter in its full or half width alike; of several the first.
pub fn of_one_width(letter: char) -> char {
    letter.nfkc().next().unwrap_or(letter)
}

/// A full-width letter, digit or sign of ASCII in its narrow form; what is none stays.
pub fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

fn push(c: char, out: &mut String) {
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

/// A character that NFKC leaves alone and that joins with nothing before it, in its small form; nearly all of a
/// Japanese text.
fn plain(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f' => Some(c.to_ascii_lowercase()),
        '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FE}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{3001}'..='\u{3003}'
        | '\u{3005}'..='\u{3011}' => Some(c),
        _ => None,
    }
}

fn is_plain(c: char) -> bool {
    plain(c).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn narrow_letters_are_those_of_ascii() {
        let narrowed: String = "Ａｚ０９！～（）ア　。a".chars().map(narrow).collect();
        assert_eq!(narrowed, "Az09!~()ア　。a");
    }

    /// What is narrowed sign by sign is what NFKC makes of it.
    #[test]
    fn narrow_is_the_compatible_form() {
        for c in '\u{FF01}'..='\u{FF5E}' {
            assert_eq!(narrow(c), of_one_width(c), "{c}");
            assert_eq!(
                letters(&c.to_string()).collect::<String>(),
                narrow(c).to_lowercase().collect::<String>(),
                "{c}"
            );
        }
    }

    #[test]
    fn spellings_of_one_word_are_one() {
        for (a, b) in [
            ("ワクチン", "ﾜｸﾁﾝ"),
            ("ワクチン", "わくちん"),
            ("ＢＣＧ", "bcg"),
            ("３７．５℃", "37.5°C"),
            ("ヴァ", "ゔぁ"),
            ("が", "が"),
            (" a　\n b ", "a b"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("はは"), fold("ばば"));
    }

    fn slowly(text: &str) -> String {
        let mut out = String::new();
        text.nfkc().flat_map(char::to_lowercase).nfkc().for_each(|c| push(c, &mut out));
        out.truncate(out.trim_end().len());
        out
    }

    proptest! {
        #[test]
        fn the_short_way_is_the_long_way(text in "(\\PC|[あかがぱヴｶﾞﾟ一（Ａ㌔\
            e\u{301}\u{3099}\u{309A}\u{1100}\u{1161} \n]){0,40}") {
            prop_assert_eq!(fold(&text), slowly(&text));
        }
        #[test]
        fn folded_once_is_folded(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
