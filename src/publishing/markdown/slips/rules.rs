//! Lines of plain text in, marks in them that are shown as they were typed out: tables, headings, bold, links,
//! pictures, lists, ruby.

use super::super::marks::{JOINT, Slip, restore};
use super::half::half;
use super::line::Line;

/// How far the ends of a link are looked for.
const FAR: usize = 200;
/// In how many lines above its `[` is looked for.
const FAR_LINES: usize = 5;
const RAW: &str = "文字のまま表示します";

/// Source as the author typed it.
pub(super) fn shown(source: &str) -> String {
    restore(source).replace(['\u{1}', '\u{2}'], "").trim().to_owned()
}

/// Two rows or more without the row that makes them a table. The offset is that of the text.
pub(super) fn table(lines: &[Line<'_>]) -> Option<Slip> {
    let row = |line: &Line<'_>| line.whole && line.mask.trim_start().starts_with(['|', '｜']);
    let at = lines.windows(2).position(|pair| pair.iter().all(row))?;
    let (head, next) = (&lines[at], &lines[at + 1]);
    let bars: String = head.mask.trim().chars().map(half).collect();
    let columns = bars.trim_matches('|').split('|').count().min(40);
    let rule = format!("|{}", " --- |".repeat(columns));
    let rules = |c: char| matches!(half(c), '|' | '-' | ':' | ' ' | 'ー' | '―' | '—' | '─');
    let has_rule = next.mask.chars().all(rules);
    let hint = if next.source.trim().split('|').filter(|cell| cell.contains("--")).count() == columns
        && at > 0
        && has_rule
    {
        "表の上に、空の行を1つ入れてください".to_owned()
    } else if has_rule {
        format!(
            "次の行の「{}」を「{rule}」に直してください（見出しと同じ{columns}列。すべて半角で）",
            shown(next.source)
        )
    } else if head.mask.contains('｜') {
        format!("半角の `|` で「{}」と書き、次の行に「{rule}」を足してください", shown(head.source).replace('｜', "|"))
    } else {
        format!("見出しの行「{}」の次に「{rule}」の行を足してください", shown(head.source))
    };
    Some(Slip {
        offset: head.start,
        message: "表になりません。見出しの下の `| --- |` の行がないか、数が合いません".into(),
        hint,
    })
}

/// Lines that begin with 「・」 run into one another. The offset is that of the text.
pub(super) fn bullets(lines: &[Line<'_>]) -> Option<Slip> {
    let dot = |line: &Line<'_>| line.whole && line.mask.trim_start().starts_with(['・', '･']);
    let first = lines.windows(2).find(|pair| pair.iter().all(dot) && pair[1].soft).map(|pair| &pair[0])?;
    let text = shown(first.source);
    let text = text.trim_start_matches(['・', '･']).trim();
    Some(Slip {
        offset: first.start,
        message: "「・」で始まる行は箇条書きになりません。1つの段落につながります".into(),
        hint: format!("「- {text}」のように、どの行も `- ` で始めてください"),
    })
}

/// A `- ` behind a full-width space begins no item. The offset is that of the text.
pub(super) fn indented(lines: &[Line<'_>]) -> Option<Slip> {
    let begins = |text: &str| ["- ", "-\u{3000}", "－", "* "].iter().any(|sign| text.starts_with(sign));
    let item = |line: &&Line<'_>| line.whole && line.mask.starts_with('\u{3000}') && begins(line.mask.trim_start());
    let line = lines.iter().find(item)?;
    let text = shown(line.source);
    let text = text.trim_start_matches(['-', '－', '*', ' ', '\u{3000}']);
    Some(Slip {
        offset: line.start,
        message: "行の初めに全角の空白があるので、箇条書きになりません".into(),
        hint: format!("「- {text}」のように、全角の空白を消して、行の初めから書いてください"),
    })
}

/// What is wrong within one line, at most one of each kind. The offsets are those of the text.
pub(super) fn in_line(line: &Line<'_>) -> Vec<Slip> {
    let found = [heading(line), bold(line), ruby(line)].into_iter().flatten();
    found.map(|slip| Slip { offset: line.start + slip.offset, ..slip }).collect()
}

/// `##いつまで`, `＃＃ いつまで`.
fn heading(line: &Line<'_>) -> Option<Slip> {
    let at = line.mask.len() - line.mask.trim_start().len();
    let signs = line.mask[at..].chars().take_while(|c| matches!(c, '#' | '＃')).count();
    let text = shown(line.source);
    let text = text.trim_start_matches(['#', '＃']).trim();
    if !line.whole || signs < 2 || text.is_empty() {
        return None;
    }
    let right = if signs == 2 { "##" } else { "###" };
    Some(Slip {
        offset: at,
        message: format!("見出しになりません。{RAW}"),
        hint: format!("「{right} {text}」のことですか（半角の # のあとに、半角の空白）"),
    })
}

/// `**` that has no other end.
fn bold(line: &Line<'_>) -> Option<Slip> {
    let runs: Vec<(usize, &str)> = line.mask.match_indices("**").take(3).collect();
    let (at, _) = *runs.first()?;
    let plain = |c: &char| !matches!(*c, JOINT);
    let (before, rest) = (line.mask[..at].chars().rev().find(plain), line.mask[at + 2..].chars().find(plain));
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    // `2**3`, and a star between spaces.
    let lone = runs.len() == 1 && blank(before) && blank(rest);
    if lone || (word(before) && word(rest)) || line.mask[at + 2..].starts_with("**") {
        return None;
    }
    let after = &line.source[at + 2..];
    let hint = match runs.get(1) {
        Some((end, _)) => {
            format!("「**{}**」のように、`**` の内側に空白を入れずに書いてください", shown(&line.source[at + 2..*end]))
        }
        None if blank(rest) => format!("「{}」の太字にするところの前にも `**` を書いてください", shown(line.source)),
        None => {
            let end = after
                .find(['、', '。', '，', '．', '！', '？', '（', '('])
                .filter(|end| *end > 0)
                .unwrap_or(after.len());
            let (inner, tail) = after.split_at(end);
            format!(
                "「{}**{}**{}」のように、太字の終わりにも `**` を書いてください",
                restore(&line.source[..at]),
                shown(inner),
                shown(tail)
            )
        }
    };
    Some(Slip { offset: at, message: format!("太字の `**` の片方がないか、読めません。{RAW}"), hint })
}

/// `[文](article:x`, `(article:x)`, `［文］（article:x）`, `[文(article:x)`, `![文](images/写真 1.JPG)`: at most one a
/// line. The offsets are those of the text.
pub(super) fn links(lines: &[Line<'_>]) -> Vec<Slip> {
    let of = |n: usize| {
        let line = &lines[n];
        let chars: Vec<(usize, char)> = line.mask.char_indices().map(|(at, c)| (at, half(c))).collect();
        (0..chars.len()).filter(|n| chars[*n].1 == '(').find_map(|open| broken(line, &lines[..n], &chars, open))
    };
    (0..lines.len()).filter_map(of).collect()
}

/// The `[` of an earlier line that no `]` closes: its offset in the text, and what stands behind it.
fn opened(earlier: &[Line<'_>]) -> Option<(usize, String)> {
    let mut label = String::new();
    for line in earlier.iter().rev().take(FAR_LINES) {
        let begin = line.mask.rfind(['[', '［']);
        if line.mask[begin.unwrap_or(0)..].contains([']', '］']) {
            return None;
        }
        match begin {
            Some(at) => {
                return Some((
                    line.start + at,
                    shown(&line.source[at..]).trim_start_matches(['[', '［']).to_owned() + &label,
                ));
            }
            None => label = shown(line.source) + &label,
        }
    }
    None
}

fn broken(line: &Line<'_>, earlier: &[Line<'_>], chars: &[(usize, char)], open: usize) -> Option<Slip> {
    let offset = |n: usize| chars.get(n).map_or(line.mask.len(), |(at, _)| *at);
    let near: String = chars[open + 1..].iter().take(12).map(|(_, c)| *c).collect();
    let starts = |all: &[&str]| all.iter().any(|scheme| near.trim_start().starts_with(scheme));
    let own = starts(&["article:", "bulletin:", "page:"]);
    let close = (open.saturating_sub(3)..open).rev().find(|n| chars[*n].1 != ' ').filter(|n| chars[*n].1 == ']');
    let outside = close.is_some() && starts(&["images/", "tel:", "http:", "https:", "mailto:", "#"]);
    if !own && !outside {
        return None;
    }
    // With the `]` what stands before it; without, a `[` that nothing has closed.
    let closed = |from: usize| (from.saturating_sub(FAR)..from).rev().find(|n| chars[*n].1 == '[');
    let unclosed =
        || (open.saturating_sub(FAR)..open).rev().take_while(|n| chars[*n].1 != ']').find(|n| chars[*n].1 == '[');
    let begin = close.map_or_else(unclosed, closed);
    let above = if begin.is_none() && close.is_none() && !line.mask[..offset(open)].contains([']', '］']) {
        opened(earlier)
    } else {
        None
    };
    let picture = begin.is_some_and(|n| n > 0 && chars[n - 1].1 == '!');
    let end = chars[open + 1..].iter().take(FAR).position(|(_, c)| *c == ')').map(|n| open + 1 + n);
    let address = |n: usize| matches!(chars[n].1, '!'..='~') && chars[n].1 != '|';
    let stop = end.unwrap_or_else(|| (open + 1..chars.len()).find(|n| !picture && !address(*n)).unwrap_or(chars.len()));
    let target: String = chars[open + 1..stop]
        .iter()
        .map(|(at, c)| if c.is_ascii() { *c } else { line.mask[*at..].chars().next().unwrap_or(*c) })
        .collect();
    let target = restore(target.trim());
    let label = match (begin, close) {
        (Some(begin), close) => shown(&line.source[offset(begin + 1)..offset(close.unwrap_or(open))]),
        (None, None) if above.is_some() => {
            above.as_ref().map(|(_, label)| label.clone()).unwrap_or_default() + &shown(&line.source[..offset(open)])
        }
        _ => "リンクの文".to_owned(),
    };
    let sign = if picture { "!" } else { "" };
    let (what, hint) = if target.contains(' ') {
        let what = if picture { "写真" } else { "リンク" };
        (
            what,
            format!(
                "行き先に空白があります。ファイルの名前から空白を除くか、「{sign}[{label}](<{target}>)」\
                 と書いてください"
            ),
        )
    } else {
        (
            if picture { "写真" } else { "リンク" },
            format!("「{sign}[{label}]({target})」のことですか（かっこは半角で、間を空けずに）"),
        )
    };
    let start = begin.map_or(open, |n| if picture { n - 1 } else { n });
    let why = if close.is_none() && (begin.is_some() || above.is_some()) { "（`]` がありません）" } else { "" };
    let start = above.map_or(line.start + offset(start), |(at, _)| at);
    Some(Slip { offset: start, message: format!("{what}になりません{why}。{RAW}"), hint })
}

/// `｛血腫｜けっしゅ｝`, `{血腫\|けっしゅ}`.
pub(super) fn ruby(line: &Line<'_>) -> Option<Slip> {
    for (at, open) in line.mask.char_indices().filter(|(_, c)| matches!(c, '{' | '｛')) {
        let from = at + open.len_utf8();
        let Some((length, close)) =
            line.mask[from..].char_indices().take(60).find(|(_, c)| matches!(c, '{' | '}' | '｛' | '｝'))
        else {
            continue;
        };
        let inner = &line.source[from..from + length];
        let slashed = inner.contains("\\|");
        let (Some((base, reading)), true) =
            (inner.split_once(['|', '｜', super::super::marks::BAR]), matches!(close, '}' | '｝'))
        else {
            continue;
        };
        let (base, reading) = (shown(base.trim_end_matches('\\')), shown(reading));
        // What is half-width but for the bar has been told when the braces were read.
        let told = open == '{' && (close == '}' || inner.contains('|')) && !slashed;
        if told || base.is_empty() || reading.is_empty() || reading.contains(['|', '｜']) || base.is_ascii() {
            continue;
        }
        let why = if slashed {
            "`|` の前に `\\` はいりません。表の中でも同じです"
        } else {
            "かっこも `|` も半角で"
        };
        return Some(Slip {
            offset: at,
            message: format!("ルビになりません。{RAW}"),
            hint: format!("「{{{base}|{reading}}}」のことですか（{why}）"),
        });
    }
    None
}
