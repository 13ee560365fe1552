//! Letters that caused a sign in, the whole words around them out, as bytes of the text: half a word says nothing to
//! who reads it.

use super::language::dense;
use super::text::Text;
use std::ops::Range;

/// At most so many letters are added on a side of Japanese.
const MORE: usize = 6;

/// The bytes of whole words (Latin) or phrases (Japanese) around the letters.
pub(super) fn widened(source: &str, text: &Text, letters: &Range<usize>) -> Range<usize> {
    let at = text.bytes(letters);
    if at.is_empty() {
        return at;
    }
    let latin = |c: char| c.is_alphabetic() && !dense(c) || matches!(c, '\u{300}'..='\u{36f}');
    let back: usize = match source[at.clone()].chars().next() {
        Some(c) if latin(c) => source[..at.start].chars().rev().take_while(|c| latin(*c)).map(char::len_utf8).sum(),
        _ => 0,
    };
    let on: usize = match source[at.clone()].chars().next_back() {
        Some(c) if latin(c) => source[at.end..].chars().take_while(|c| latin(*c)).map(char::len_utf8).sum(),
        _ => 0,
    };
    let wide = at.start - back..at.end + on;
    let phrase = if text.language == super::language::Language::Ja { phrase(source, &wide) } else { wide };
    trimmed(source, phrase)
}

/// Without punctuation and spaces at its edges.
fn trimmed(source: &str, at: Range<usize>) -> Range<usize> {
    let edge = |c: char| {
        c.is_whitespace() || matches!(c, '。' | '、' | '，' | '．' | ',' | '.' | '!' | '！' | '?' | '？' | '…')
    };
    let start = at.start + (source[at.clone()].len() - source[at.clone()].trim_start_matches(edge).len());
    if start >= at.end {
        return at;
    }
    start..start + source[start..at.end].trim_end_matches(edge).len()
}

/// To the ends of the phrases that it begins and ends in, if they are near; never over the end of a sentence.
fn phrase(source: &str, at: &Range<usize>) -> Range<usize> {
    let stop = |c: char| {
        matches!(c, '。' | '、' | '，' | '\n' | '！' | '？' | '!' | '?' | '…' | '「' | '」' | '　' | ' ' | '<' | '>')
    };
    let from: usize =
        source[..at.start].char_indices().rev().find(|(_, c)| stop(*c)).map_or(0, |(n, c)| n + c.len_utf8());
    let to: usize = source[at.end..].char_indices().find(|(_, c)| stop(*c)).map_or(source.len(), |(n, _)| at.end + n);
    let (mut start, mut end, mut n) = (at.start, at.end, from);
    budoux_phf_rs::Parser::japanese_parser().parse_with(&source[from..to], |phrase| {
        let next = n + phrase.len();
        if n <= at.start && at.start < next && source[n..at.start].chars().count() <= MORE {
            start = n;
        }
        if n < at.end && at.end <= next && source[at.end..next].chars().count() <= MORE {
            end = next;
        }
        n = next;
    });
    start..end.max(start)
}

/// The words of a window whose letters weigh most, where no concept says why.
pub(super) fn quoted(text: &Text, window: &Range<usize>, heat: &[i64]) -> Option<Range<usize>> {
    let spans: Vec<Range<usize>> = if text.language.dense() {
        {
            let end = |n: usize| {
                n + text.letters[n..(n + 6).min(window.end)]
                    .iter()
                    .take_while(|c| !matches!(c, '.' | '?' | ','))
                    .count()
            };
            (window.start..window.end).map(|n| n..end(n)).filter(|s| s.len() > 1).collect()
        }
    } else {
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut n = window.start;
        while n < window.end {
            let end = n + text.letters[n..window.end].iter().take_while(|c| c.is_alphanumeric()).count();
            if end > n {
                words.push(n..end);
            }
            n = end.max(n + 1);
        }
        let pairs: Vec<Range<usize>> = words.windows(2).map(|w| w[0].start..w[1].end).collect();
        if pairs.is_empty() { words } else { pairs }
    };
    let weight = |s: &Range<usize>| heat[s.clone()].iter().sum::<i64>() / (s.len().max(1) as i64);
    spans.into_iter().filter(|s| !s.is_empty()).max_by_key(|s| (weight(s), std::cmp::Reverse(s.start)))
}
