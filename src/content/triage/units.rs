//! A sentence in, the numbers in it that count something out: 「8時間」, 半日, eight hours.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Hours that something lasts.
    Hours,
    /// Minutes that something lasts.
    Minutes,
    /// Minutes from one pain to the next.
    MinutesApart,
    /// Days that something lasts.
    Days,
    /// Younger than so many months.
    MonthsBefore,
    /// Before so many weeks of pregnancy.
    WeeksBefore,
    /// From so many weeks of pregnancy on.
    WeeksFrom,
    /// Degrees of a body.
    Celsius,
    /// Blood pressure.
    Mmhg,
    /// Pads that are full after an hour.
    PadsPerHour,
    /// How often.
    Times,
}

/// What stands before a number and behind it; several words for either.
type Form = (&'static [&'static str], &'static [&'static str]);

impl Unit {
    /// All, as in the file.
    pub const ALL: [(&'static str, Self); 11] = [
        ("hours", Self::Hours),
        ("minutes", Self::Minutes),
        ("minutes_apart", Self::MinutesApart),
        ("days", Self::Days),
        ("months_before", Self::MonthsBefore),
        ("weeks_before", Self::WeeksBefore),
        ("weeks_from", Self::WeeksFrom),
        ("celsius", Self::Celsius),
        ("mmhg", Self::Mmhg),
        ("pads_per_hour", Self::PadsPerHour),
        ("times", Self::Times),
    ];
    /// From its word in the file.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(w, _)| *w == word).map(|(_, unit)| *unit)
    }

    fn forms(self) -> &'static [Form] {
        const NONE: &[&str] = &[""];
        const BEFORE: &[&str] = &["under", "before", "youngerthan", "lessthan", "below"];
        match self {
            Self::Hours => &[(NONE, &["時間", "じかん", "hours", "hour"])],
            Self::Minutes => &[(NONE, &["分以上", "分たって", "分を過ぎ", "分続", "分を超え", "分より長", "分も", "分、", "分。", "分", "minutes", "minute"])],
            Self::MinutesApart => &[(NONE, &["分おき", "分間隔", "分ごと", "分ぐらいおき", "分くらいおき", "minutesapart"]), (&["every"], &[""])],
            Self::Days => &[(NONE, &["日以上", "日間", "日続", "日より長", "日たって", "日も続", "日か"]), (&["for", "forover", "formorethan"], &["days", "day"])],
            Self::MonthsBefore => &[
                (NONE, &["か月になる前", "か月になるまえ", "か月になるまで", "か月まで", "か月未満", "か月より前", "か月よりまえ", "か月以下", "か月に満たない", "か月たつまで"]),
                (BEFORE, &["months", "month"]),
                (NONE, &["monthsoryounger"]),
            ],
            Self::WeeksBefore => &[
                (NONE, &["週より前", "週よりまえ", "週になる前", "週になるまえ", "週未満", "週まで", "週0日より前", "週0日になる前", "週前の張", "週前の破"]),
                (BEFORE, &["weeks", "week"]),
            ],
            Self::WeeksFrom => &[
                (NONE, &["週に入", "週を過ぎ", "週から", "週になる前", "週以降", "週以上", "週になると", "週をこえ", "週を越え"]),
                (&["after", "from", "beyond"], &["weeks", "week"]),
            ],
            Self::Celsius => &[(NONE, &["°c", "度以上", "度を", "度で", "度の熱", "度", "degrees"])],
            Self::Mmhg => &[(&["上が", "下が", "/"], &[""]), (NONE, &["/", "mmhg"])],
            Self::PadsPerHour => &[
                (&["1時間に", "1時間にナプキン", "1時間で", "1時間にナプキンが", "1時間に、ナプキン"], &["枚"]),
                (NONE, &["padanhour", "padsanhour", "padeveryhour", "padsperhour", "padperhour"]),
            ],
            Self::Times => &[(NONE, &["回以上", "回吐", "回も吐", "回"]), (NONE, &["times"])],
        }
    }

    /// Is the number one of this unit? 「24時間」 is what is always open, 「1度」 no temperature, 「1/3」 no pressure.
    fn has(self, number: f64, behind: &str) -> bool {
        let next = |words: &[&str]| words.iter().any(|w| behind.starts_with(w));
        match self {
            Self::Hours => (0.0..24.0).contains(&number) && !next(&["時間外", "時間おき", "時間ごと", "時間は"]),
            Self::Minutes => !next(&["分おき", "分間隔", "分ごと", "分の", "分かれ", "分け", "分娩", "分ぐらいおき", "分くらいおき", "minutesapart"]),
            Self::Celsius => (34.0..43.0).contains(&number),
            Self::Mmhg => (50.0..260.0).contains(&number),
            Self::MinutesApart => !next(&["hour"]),
            _ => true,
        }
    }

    /// The numbers of this unit in a text that was made [`compact`].
    pub(super) fn numbers(self, text: &str) -> Vec<(f64, String)> {
        let mut found: Vec<(usize, f64, String)> = Vec::new();
        for (before, after) in self.forms() {
            for (at, number, end) in numbers(text) {
                let (head, behind) = (&text[..at], &text[end..]);
                let fits = before.iter().any(|b| head.ends_with(b)) && after.iter().any(|a| behind.starts_with(a));
                if fits && self.has(number, behind) && !found.iter().any(|(place, ..)| *place == at) {
                    let tail = after.iter().filter(|a| behind.starts_with(**a)).map(|a| a.len()).max().unwrap_or(0);
                    found.push((at, number, text[at..end + tail].to_owned()));
                }
            }
        }
        if self == Self::Hours {
            let halves = ["半日", "はんにち", "halfaday", "half-a-day"].iter().filter(|w| text.contains(**w));
            found.extend(halves.map(|w| (text.len(), 12.0, (*w).to_owned())));
            let days = ["丸一日", "まる一日", "丸1日", "まる1日", "一日中"].iter().filter(|w| text.contains(**w));
            found.extend(days.map(|w| (text.len(), 24.0, (*w).to_owned())));
        }
        found.sort_by_key(|(at, ..)| *at);
        found.into_iter().map(|(_, number, words)| (number, words)).collect()
    }
}

/// A text in one form: NFKC, small letters, no white space, one way to write か月.
pub(super) fn compact(text: &str) -> String {
    let text: String = text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect();
    ["ヶ月", "ヵ月", "カ月", "ケ月", "箇月", "ヶげつ", "かげつ"].iter().fold(text, |text, month| text.replace(month, "か月"))
}

/// Numbers in a text: where each begins, what it is, where it ends.
fn numbers(text: &str) -> Vec<(usize, f64, usize)> {
    const KANJI: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];
    const WORDS: [&str; 16] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let end = at + c.len_utf8();
        if c.is_ascii_digit() {
            let length =
                text[at..].bytes().enumerate().take_while(|(n, b)| b.is_ascii_digit() || (*b == b'.' && text[at + n + 1..].starts_with(|c: char| c.is_ascii_digit()))).count();
            found.extend(text[at..at + length].parse().ok().map(|number| (at, number, at + length)));
            at += length.max(1);
            continue;
        }
        if let Some(n) = KANJI.iter().position(|k| *k == c) {
            found.push((at, n as f64 + 1.0, end));
        } else if c.is_ascii_alphabetic()
            && let Some((n, word)) = WORDS.iter().enumerate().rev().find(|(_, w)| text[at..].starts_with(**w))
        {
            found.push((at, n as f64 + 1.0, at + word.len()));
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(unit: Unit, text: &str) -> Vec<f64> {
        unit.numbers(&compact(text)).into_iter().map(|(n, _)| n).collect()
    }

    #[test]
    fn numbers_in_any_notation() {
        for (unit, text, numbers) in [
            (Unit::Hours, "おしっこが８ 時間出ない", vec![8.0]),
            (Unit::Hours, "半日おしっこが出ない", vec![12.0]),
            (Unit::Hours, "no urine for eight hours; open 24 hours", vec![8.0]),
            (Unit::Hours, "no wet nappy for half a day", vec![12.0]),
            (Unit::MonthsBefore, "生後二ヶ月になる前、3カ月未満、生後2か月から", vec![2.0, 3.0]),
            (Unit::MonthsBefore, "under two months, before 3 months of age, at six months", vec![2.0, 3.0]),
            (Unit::Celsius, "38.5℃以上、３８度、1度だけ、39°C", vec![38.5, 38.0, 39.0]),
            (Unit::MinutesApart, "10分おき、5分休む", vec![10.0]),
            (Unit::MinutesApart, "every 10 minutes (first baby) or every 15", vec![10.0, 15.0]),
            (Unit::Minutes, "5分たっても、10分おき、3分の1", vec![5.0]),
            (Unit::Mmhg, "140/90、上が160以上、胸の厚みの1/3", vec![140.0, 90.0, 160.0]),
            (Unit::PadsPerHour, "1時間にナプキン2枚", vec![2.0]),
            (Unit::WeeksBefore, "36週より前の張り、37週から", vec![36.0]),
        ] {
            assert_eq!(of(unit, text), numbers, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,40}|[0-9.一二時間分°c/半日 ]{0,30}") {
            let text = compact(&text);
            Unit::ALL.iter().for_each(|(_, unit)| drop(unit.numbers(&text)));
        }
    }
}
