//! Numbers in a text, however they are written: digits, 漢数字, words.

/// A text in one form: NFKC, small letters, no white space, one way to write か月, 「になる前」 and the two blood
/// pressures.
pub(super) fn compact(text: &str) -> String {
    let text: String = crate::text::letters(text).filter(|c| !c.is_whitespace()).collect();
    let text = ["ヶ月", "ヵ月", "カ月", "ケ月", "箇月", "ヶげつ", "かげつ"]
        .iter()
        .fold(text, |text, month| text.replace(month, "か月"));
    const ALIKE: [(&str, &[&str]); 6] = [
        ("になる前", &["に入る前", "にはいる前", "に入るまえ", "になるまえ", "にならないうち"]),
        ("血圧の上が", &["上の血圧が", "最高血圧が", "収縮期血圧が"]),
        (
            "出ない",
            &[
                "出なければ",
                "出なかったら",
                "出ていない",
                "出ていなければ",
                "出てない",
                "出ません",
                "出ていません",
                "でません",
                "でていない",
                "でなければ",
            ],
        ),
        ("感じない", &["感じなければ", "感じなかったら", "感じられない", "感じません"]),
        (
            "ぬれない",
            &["ぬれていない", "ぬれなければ", "ぬれません", "ぬれていません", "濡れない", "濡れていない", "濡れません"],
        ),
        ("血圧の下が", &["下の血圧が", "最低血圧が", "拡張期血圧が"]),
    ];
    ALIKE.iter().fold(text, |text, (one, others)| others.iter().fold(text, |text, other| text.replace(other, one)))
}

/// 「五分」 behind 「三十八度」: half a degree.
pub(super) fn tenths(behind: &str) -> f64 {
    number(behind).filter(|(n, length)| *n < 10.0 && behind[*length..].starts_with('分')).map_or(0.0, |(n, _)| n / 10.0)
}

/// What joins two numbers to a range.
const TO: [&str; 10] = ["〜", "~", "-", "–", "から", "ないし", "to", "or", "か", "、"];

/// Where the last number of a range ends that begins with the number that ends here.
pub(super) fn last_of(text: &str, end: usize) -> usize {
    let next = TO.iter().filter_map(|to| text[end..].strip_prefix(to)).find_map(|rest| {
        let at = text.len() - rest.len();
        number(rest).map(|(_, length)| at + length)
    });
    next.map_or(end, |end| last_of(text, end))
}

/// Where the first number of a range begins of which the number that begins here is another.
pub(super) fn first_of(text: &str, at: usize) -> usize {
    let before = TO
        .iter()
        .filter_map(|to| text[..at].strip_suffix(to))
        .find_map(|head| numbers(head).pop().filter(|(_, _, end)| *end == head.len()).map(|(at, ..)| at));
    before.map_or(at, |at| first_of(text, at))
}

/// Numbers in a text: where each begins, what it is, where it ends.
pub(super) fn numbers(text: &str) -> Vec<(usize, f64, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match number(&text[at..]) {
            Some((number, length)) => {
                found.push((at, number, at + length));
                at += length;
            }
            None => at += c.len_utf8(),
        }
    }
    found
}

/// The number that a text begins with, and its length in bytes.
fn number(text: &str) -> Option<(f64, usize)> {
    match text.chars().next()? {
        c if c.is_ascii_digit() => digits(text),
        c if c.is_ascii_alphabetic() => in_words(text),
        _ => kanji(text),
    }
}

fn digits(text: &str) -> Option<(f64, usize)> {
    let digit = |b: u8| b.is_ascii_digit();
    let part = |(n, b): (usize, u8)| digit(b) || (b == b'.' && text.as_bytes().get(n + 1).copied().is_some_and(digit));
    let length = text.bytes().enumerate().take_while(|p| part(*p)).count();
    text[..length].parse().ok().map(|number| (number, length))
}

/// 八, 十五, 三十六, 百五十; 三八 is 38.
fn kanji(text: &str) -> Option<(f64, usize)> {
    const ONES: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let (mut whole, mut ones, mut length) = (0_u32, None::<u32>, 0);
    for c in text.chars().take(8) {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            other => match ONES.iter().position(|k| *k == other) {
                Some(n) => {
                    ones = Some(ones.map_or(0, |o| o * 10) + n as u32);
                    length += c.len_utf8();
                    continue;
                }
                None => break,
            },
        };
        whole += ones.take().unwrap_or(1) * unit;
        length += c.len_utf8();
    }
    (length > 0).then(|| (f64::from(whole + ones.unwrap_or(0)), length))
}

/// one … nineteen, twenty-four, thirty six (the space is gone), a dozen.
fn in_words(text: &str) -> Option<(f64, usize)> {
    const WORDS: [(&str, u32); 20] = [
        ("adozen", 12),
        ("seventeen", 17),
        ("thirteen", 13),
        ("fourteen", 14),
        ("eighteen", 18),
        ("nineteen", 19),
        ("fifteen", 15),
        ("sixteen", 16),
        ("eleven", 11),
        ("twelve", 12),
        ("three", 3),
        ("seven", 7),
        ("eight", 8),
        ("four", 4),
        ("five", 5),
        ("nine", 9),
        ("one", 1),
        ("two", 2),
        ("six", 6),
        ("ten", 10),
    ];
    const TENS: [(&str, u32); 5] = [("twenty", 20), ("thirty", 30), ("forty", 40), ("fifty", 50), ("sixty", 60)];
    let word = |text: &str| WORDS.iter().find(|(w, _)| text.starts_with(w)).map(|(w, n)| (*n, w.len()));
    let Some((w, tens)) = TENS.iter().find(|(w, _)| text.starts_with(w)) else {
        return word(text).map(|(n, length)| (f64::from(n), length));
    };
    let rest = &text[w.len()..];
    let joined = rest.strip_prefix('-').unwrap_or(rest);
    let ones = word(joined).filter(|(n, _)| *n < 10);
    Some(
        ones.map_or((f64::from(*tens), w.len()), |(n, length)| {
            (f64::from(tens + n), text.len() - joined.len() + length)
        }),
    )
}
