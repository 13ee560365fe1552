//! A line that begins like the mark of a box but is not drawn as one in, the line as it should be out.

use super::super::boxes::Mark;
use super::super::marks::{Slip, restore};
use super::half::half;
use super::line::Line;
use super::rules;
use crate::diag::form::meant;

/// How far a word and its `]` are looked for.
const FAR: usize = 20;

/// The word with half-width letters, if that is a mark.
pub(in super::super) fn known(word: &str) -> Option<&'static str> {
    let word: String = word.chars().map(half).filter(|c| !matches!(c, ' ' | '!')).collect();
    Mark::ALL.iter().map(|(w, _)| *w).find(|w| *w == word)
}

/// What is wrong with a line that was meant as the first of a box; the offset counts from the line's start.
pub(super) fn mark(line: &Line<'_>) -> Option<Slip> {
    if line.drawn || !line.whole {
        return None;
    }
    let first = line.quote == Some(true);
    // At the start of a `>` block other brackets may be meant for these, too.
    let meant_by = |c: char| match half(c) {
        '「' | '『' | '《' | '〈' | '(' if first => '[',
        '」' | '』' | '》' | '〉' | ')' if first => ']',
        other => other,
    };
    let chars: Vec<(usize, char)> = line.mask.char_indices().map(|(at, c)| (at, meant_by(c))).collect();
    let start = chars.iter().position(|(_, c)| !matches!(c, ' ' | '>' | '*' | '\u{1}' | '・'))?;
    let sign = start + chars[start..].iter().take_while(|(_, c)| matches!(c, ' ' | '[' | '!')).count();
    let signs: String = chars[start..sign].iter().map(|(_, c)| *c).collect();
    let length = chars[sign..].iter().take(FAR).position(|(_, c)| *c == ']');
    let inner: String = chars[sign..].iter().take(length.unwrap_or(FAR)).map(|(_, c)| *c).collect();
    let at = chars[start].0;
    let typed = line.source.get(at..)?;
    let exact = typed.starts_with("[!");
    let banged = signs.contains('!') || (length.is_some() && inner.trim_end().ends_with('!'));
    // 「［今日］」 may be a heading of the author's own, but not at the start of a `>` block; 「【今日】の話」 may be,
    // 「【今日】 電話」 is none.
    let goes_on = |length: usize| chars.get(sign + length + 1).is_some_and(|(_, c)| matches!(c, 'ぁ'..='ゖ'));
    let whole = length.is_some_and(|length| known(&inner).is_some() && !goes_on(length));
    let bare = first && length.is_some() && (typed.starts_with(['[', '［', '〔']) || typed.starts_with('【') && whole);
    // 「> ！今日」
    let alone = first && signs.trim() == "!" && Mark::ALL.iter().any(|(w, _)| inner.starts_with(w));
    if !alone && (!signs.contains('[') || !(banged || bare)) {
        return None;
    }
    let after = |n: usize| line.source.get(chars.get(n).map_or(line.source.len(), |(at, _)| *at)..).unwrap_or_default();
    let (word, heading) = match (length, known(&inner)) {
        (Some(length), Some(word)) => (word, after(sign + length + 1)),
        _ => match Mark::ALL.iter().map(|(w, _)| *w).find(|w| inner.starts_with(w)) {
            // 「【！今日は…】」 may be anybody's brackets.
            Some(word) if banged && (length.is_none() || exact || line.quote.is_some()) => {
                match length.filter(|_| !inner.contains(' ')) {
                    Some(length) => (word, after(sign + length + 1)),
                    None => (word, after(sign + word.chars().count())),
                }
            }
            _ if banged && (exact || first) => {
                return Some(unknown(at, inner.split([' ', ']']).next().unwrap_or_default()));
            }
            _ => return None,
        },
    };
    let heading = rules::shown(heading);
    let heading =
        heading.trim_start_matches([']', '］', '】', '*', ':', '：', ' ', '\u{3000}']).trim_end_matches(['*', ' ']);
    let right = format!("> [!{word}] {heading}");
    let hint = if exact && length.is_some() && line.quote == Some(false) {
        format!("この行の上に空の行（> もない行）を1つ入れて、「{}」から新しい囲みにしてください", right.trim_end())
    } else {
        format!("「{}」のことですか（`> [!{word}]` は、記号も数字も半角で、行の初めに書きます）", right.trim_end())
    };
    Some(Slip {
        offset: at, message: format!("囲み `[!{word}]` として読めません。囲みになりません"), hint
    })
}

/// In the words of a box that is drawn but has no such mark.
fn unknown(offset: usize, word: &str) -> Slip {
    let words = || Mark::ALL.iter().map(|(w, _)| *w);
    let word = restore(word);
    let hint = meant(&word, words()).unwrap_or_else(|| {
        format!("使える囲み: {}", words().map(|w| format!("> [!{w}]")).collect::<Vec<_>>().join("、"))
    });
    Slip { offset, message: format!("囲み `[!{word}]` はありません。囲みになりません"), hint }
}
