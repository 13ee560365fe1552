//! A text and a place in it in, the words around that place out, whole: nobody is told half a number or half a word of
//! their own.

use std::ops::Range;

/// So wide is a quotation at most, in letters of Japanese; a longer clause is quoted by the word.
const WIDEST: usize = 24;
/// So many kana go on behind a word: endings, not the rest of the sentence.
const ENDING: usize = 8;

/// Letters that belong together without a space between them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Kanji,
    Hiragana,
    Katakana,
    /// Letters and numbers of the alphabet, and what stands inside of them.
    Latin,
    Other,
}

fn class(c: char) -> Class {
    match c {
        'ぁ'..='ゟ' => Class::Hiragana,
        'ァ'..='ヿ' | 'ｦ'..='ﾟ' => Class::Katakana,
        '一'..='鿿' | '㐀'..='䶿' | '々' | '〆' => Class::Kanji,
        '\'' | '’' | '.' | '．' | '-' | '%' | '℃' | '°' => Class::Latin,
        c if c.is_alphanumeric() => Class::Latin,
        _ => Class::Other,
    }
}

/// Does a clause end at letter `n`? A point between digits belongs to the number.
fn ends(letters: &[(usize, char)], n: usize) -> bool {
    let digit = |n: Option<usize>| n.and_then(|n| letters.get(n)).is_some_and(|(_, c)| c.is_numeric());
    match letters[n].1 {
        '.' | '．' | ',' | '，' => !(digit(n.checked_sub(1)) && digit(Some(n + 1))),
        '。' | '｡' | '、' | '､' | '！' | '!' | '？' | '?' | ';' | '；' | '\n' | '\r' | '「' | '」' | '（' | '）'
        | '(' | ')' | '…' => true,
        _ => false,
    }
}

fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>().div_ceil(2)
}

/// The clause that `at` stands in, or of a long one the words; `…` where something was left out.
pub(super) fn whole(text: &str, at: &Range<usize>) -> String {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let end = |n: usize| letters.get(n).map_or(text.len(), |(b, _)| *b);
    let first = letters.partition_point(|(b, _)| *b < at.start);
    let last = letters.partition_point(|(b, _)| *b < at.end);
    let from = (0..first).rev().find(|n| ends(&letters, *n)).map_or(0, |n| n + 1);
    let to = (last..letters.len()).find(|n| ends(&letters, *n)).unwrap_or(letters.len());
    let clean = |text: &str| text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect::<String>().trim().to_owned();
    let clause = clean(&text[end(from)..end(to)]);
    if width(&clause) <= WIDEST {
        return clause;
    }
    let mut start = first;
    // Kana before kana are as often a particle as a part of the word.
    while start > from
        && !matches!(class(letters[start].1), Class::Other | Class::Hiragana)
        && class(letters[start - 1].1) == class(letters[start].1)
    {
        start -= 1;
    }
    let mut stop = last;
    while stop < to
        && stop > 0
        && class(letters[stop].1) == class(letters[stop - 1].1)
        && class(letters[stop].1) != Class::Hiragana
    {
        stop += 1;
    }
    let most = (stop + ENDING).min(to);
    while stop < most && class(letters[stop].1) == Class::Hiragana {
        stop += 1;
    }
    let cut = |there: bool| if there { "…" } else { "" };
    format!("{}{}{}", cut(start > from), clean(&text[end(start)..end(stop)]), cut(stop < to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_half_numbers_and_no_half_words() {
        for (text, sign, quoted) in [
            ("昨日から。生後２か月で３８.２度です。元気です", "生後２か月で３８", "生後２か月で３８.２度です"),
            ("おなかが張ります、少し", "おなかが張", "おなかが張ります"),
            ("熱が38.5℃あります", "38", "熱が38.5℃あります"),
            (
                "夜中に上の子が急に起きて泣きだしたのでみてみたら顔色が悪くてけいれんしていたようなのですがどうしたら",
                "けいれん",
                "…けいれんしていたようなの…",
            ),
            (
                "my baby is so hot and she has been having convulsions since this morning and i am alone",
                "convulsion",
                "…convulsions…",
            ),
            ("もう\n出血が", "出血", "出血が"),
        ] {
            let at = text.find(sign).map(|n| n..n + sign.len()).unwrap();
            assert_eq!(whole(text, &at), quoted, "{text}");
        }
    }

    proptest! {
        /// Whatever stands around it, what was found is in the quotation.
        #[test]
        fn holds_what_was_found(before in "\\PC{0,60}", found in "[出血張痛熱0-9a-z]{1,6}", after in "\\PC{0,60}") {
            let text = format!("{before}{found}{after}");
            let quoted = whole(&text, &(before.len()..before.len() + found.len()));
            prop_assert!(quoted.contains(&found), "{} {}", text, quoted);
        }
    }
}
