//! A sentence in, the numbers in it that count something out: 「8時間」, 半日, eight hours.

use super::numerals::{first_of, last_of, numbers, tenths};
use serde::Serialize;

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
            Self::Hours => &[(
                NONE,
                &[
                    "時間",
                    "じかん",
                    "hours",
                    "hour",
                    "hrs",
                    "hr",
                    "h",
                    "日出ない",
                    "日も出ない",
                    "日おしっこ",
                    "日尿が",
                    "日ぬれ",
                    "日濡れ",
                    "日間おしっこ",
                ],
            )],
            Self::Minutes => &[(
                NONE,
                &[
                    "分以上",
                    "分たって",
                    "分を過ぎ",
                    "分続",
                    "分を超え",
                    "分より長",
                    "分も",
                    "分、",
                    "分。",
                    "分",
                    "ぷん",
                    "ふん",
                    "minutes",
                    "minute",
                    "mins",
                    "min",
                ],
            )],
            Self::MinutesApart => &[
                (NONE, &["分おき", "分間隔", "分ごと", "分ぐらいおき", "分くらいおき", "minutesapart"]),
                (&["間隔が", "間隔は", "間隔で"], &["分"]),
                (&["every"], &[""]),
            ],
            Self::Days => &[
                (NONE, &["日以上", "日間", "日続", "日より長", "日たって", "日も続", "日か", "週間続", "週間も続"]),
                (&["for", "forover", "formorethan", "after", "lasts", "lastsover"], &["days", "day", "weeks"]),
            ],
            Self::MonthsBefore => &[
                (
                    NONE,
                    &[
                        "か月になる前",
                        "か月になるまえ",
                        "か月になるまで",
                        "か月まで",
                        "か月未満",
                        "か月より前",
                        "か月よりまえ",
                        "か月以下",
                        "か月に満たない",
                        "か月たつまで",
                        "か月にならない",
                        "か月よりも前",
                        "か月よりも小さ",
                        "か月より小さ",
                    ],
                ),
                (
                    NONE,
                    &[
                        "日になる前",
                        "日になるまえ",
                        "日になるまで",
                        "日まで",
                        "日未満",
                        "日より前",
                        "日よりまえ",
                        "日に満たない",
                        "日にならない",
                        "日以下の子",
                        "日以内の子",
                        "日たつまで",
                    ],
                ),
                (
                    &["生後", "せいご"],
                    &[
                        "週になる前",
                        "週になるまえ",
                        "週になるまで",
                        "週まで",
                        "週未満",
                        "週より前",
                        "週に満たない",
                        "週にならない",
                    ],
                ),
                (BEFORE, &["months", "month", "days", "weeksold", "weeksofage"]),
                (NONE, &["monthsoryounger"]),
            ],
            Self::WeeksBefore => &[
                (
                    NONE,
                    &[
                        "週より前",
                        "週よりまえ",
                        "週になる前",
                        "週になるまえ",
                        "週未満",
                        "週まで",
                        "週0日より前",
                        "週0日になる前",
                        "週前の張",
                        "週前の破",
                        "週に入る前",
                        "週にはいる前",
                        "週に入るまえ",
                        "週にならない",
                        "週に満たない",
                        "週よりも前",
                        "週以前",
                        "週になるまで",
                        "週に入るまで",
                    ],
                ),
                (BEFORE, &["weeks", "week"]),
            ],
            Self::WeeksFrom => &[
                (
                    NONE,
                    &[
                        "週に入",
                        "週を過ぎ",
                        "週から",
                        "週になる前",
                        "週以降",
                        "週以上",
                        "週になると",
                        "週をこえ",
                        "週を越え",
                        "週までに",
                    ],
                ),
                (&["after", "from", "beyond", "past"], &["weeks", "week"]),
            ],
            Self::Celsius => {
                &[(NONE, &["°c", "度以上", "度を", "度で", "度の熱", "度", "degrees", "°f", "f", "degreesf"])]
            }
            Self::Mmhg => &[
                (
                    &[
                        "上が",
                        "下が",
                        "/",
                        "上の血圧が",
                        "下の血圧が",
                        "上の血圧",
                        "下の血圧",
                        "最高血圧が",
                        "最低血圧が",
                        "最高血圧",
                        "最低血圧",
                        "血圧が",
                        "血圧は",
                        "上は",
                        "下は",
                        "systolic",
                        "diastolic",
                        "over",
                        "bloodpressureof",
                        "bloodpressureis",
                    ],
                    &[""],
                ),
                (NONE, &["/", "mmhg"]),
            ],
            Self::PadsPerHour => &[
                (&["1時間に", "1時間にナプキン", "1時間で", "1時間にナプキンが", "1時間に、ナプキン"], &["枚"]),
                (NONE, &["padanhour", "padsanhour", "padeveryhour", "padseveryhour", "padsperhour", "padperhour"]),
            ],
            Self::Times => &[(NONE, &["回以上", "回吐", "回も吐", "回"]), (NONE, &["times"])],
        }
    }

    /// Is the number one of this unit? 「24時間」 is what is always open, 「1度」 no temperature, 「1/3」 no pressure.
    fn has(self, number: f64, behind: &str) -> bool {
        let next = |words: &[&str]| words.iter().any(|w| behind.starts_with(w));
        match self {
            Self::Hours if next(&["日"]) => number < 8.0,
            // A day and more is what lasts; 「24時間」 alone is what is always open.
            Self::Hours if number >= 24.0 => next(&[
                "時間以上",
                "時間たって",
                "時間経って",
                "時間過ぎ",
                "時間を過ぎ",
                "時間も",
                "時間出",
                "時間おしっこ",
                "hoursormore",
                "hoursor",
                "h以上",
            ]),
            Self::Hours if next(&["h"]) && !next(&["hour", "hr"]) => {
                !behind[1..].starts_with(|c: char| c.is_ascii_alphabetic())
            }
            Self::Hours => !next(&["時間外", "時間おき", "時間ごと", "時間は"]),
            Self::Minutes => !next(&[
                "分おき",
                "分間隔",
                "分ごと",
                "分の",
                "分かれ",
                "分け",
                "分娩",
                "分ぐらいおき",
                "分くらいおき",
                "minutesapart",
            ]),
            // 「生後28日まで」 is a name for the newborn; 「5日まで」 a date.
            Self::MonthsBefore => !next(&["日"]) || number > 31.0,
            Self::Celsius if next(&["°f", "f", "degreesf"]) => {
                (95.0..110.0).contains(&number) && !next(&["fo", "fu", "fe", "fi", "fa", "fl", "fr"])
            }
            // Too cold is another thing.
            Self::Celsius if next(&["°cより低", "度より低", "°cを下回", "度を下回", "°c未満", "度未満"]) => {
                false
            }
            Self::Celsius => (34.0..43.0).contains(&number),
            Self::Mmhg => (50.0..260.0).contains(&number),
            Self::MinutesApart => !next(&["hour"]),
            _ => true,
        }
    }

    /// In this unit, where the text counts in a smaller one: a quarter of a year is 90 to 92 days, 13 weeks.
    fn counted(self, number: f64, behind: &str) -> f64 {
        let next = |words: &[&str]| words.iter().any(|w| behind.starts_with(w));
        match self {
            Self::Hours if next(&["日"]) => number * 24.0,
            Self::Days if next(&["週", "weeks"]) => number * 7.0,
            Self::Celsius if next(&["度"]) => number + tenths(&behind["度".len()..]),
            Self::MonthsBefore if next(&["日", "days"]) && !(90.0..=92.0).contains(&number) => {
                (number / 3.044).round() / 10.0
            }
            Self::MonthsBefore if next(&["日", "days"]) => 3.0,
            Self::Celsius if next(&["°f", "f", "degreesf"]) => ((number - 32.0) / 0.18).round() / 10.0,
            Self::MonthsBefore if next(&["週", "weeks"]) => (number * 7.0 / 3.044).round() / 10.0,
            _ => number,
        }
    }

    /// The numbers of this unit in a text that was made [`compact`](super::numerals::compact).
    pub(super) fn numbers(self, text: &str) -> Vec<(f64, String)> {
        let mut found: Vec<(usize, f64, String)> = Vec::new();
        for (before, after) in self.forms() {
            for (at, number, end) in numbers(text) {
                // Of 「6〜8時間」 each is one of hours: the unit stands behind the last, what comes before, before the
                // first.
                let (head, behind) = (&text[..first_of(text, at)], &text[last_of(text, end)..]);
                // 「三十八度五分」 are no minutes.
                let of_degrees = matches!(self, Self::Minutes | Self::MinutesApart) && text[..at].ends_with('度');
                let fits = !of_degrees
                    && before.iter().any(|b| head.ends_with(b))
                    && after.iter().any(|a| behind.starts_with(a));
                if fits && self.has(number, behind) && !found.iter().any(|(place, ..)| *place == at) {
                    let tail = after.iter().filter(|a| behind.starts_with(**a)).map(|a| a.len()).max().unwrap_or(0);
                    found.push((
                        at,
                        self.counted(number, behind),
                        text[head.len()..text.len() - behind.len() + tail].to_owned(),
                    ));
                }
            }
        }
        if self == Self::Hours {
            let halves = ["半日", "はんにち", "halfaday", "half-a-day"].iter().filter(|w| text.contains(**w));
            found.extend(halves.map(|w| (text.len(), 12.0, (*w).to_owned())));
            let days = ["丸一日", "まる一日", "丸1日", "まる1日", "一日中", "allday", "awholeday", "foraday"]
                .iter()
                .filter(|w| text.contains(**w));
            found.extend(days.map(|w| (text.len(), 24.0, (*w).to_owned())));
        }
        found.sort_by_key(|(at, ..)| *at);
        found.into_iter().map(|(_, number, words)| (number, words)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::triage::numerals::compact;
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
            (Unit::Hours, "6〜8時間出ない、十二時間、半日", vec![6.0, 8.0, 12.0, 12.0]),
            (
                Unit::Hours,
                "no urine for 12 hrs, for ten to twelve hours, for a dozen hours",
                vec![12.0, 10.0, 12.0, 12.0],
            ),
            (Unit::Minutes, "十五分たっても、about 10 min, twenty-five minutes", vec![15.0, 10.0, 25.0]),
            (Unit::WeeksBefore, "三十六週より前、35週に入る前、before thirty six weeks", vec![36.0, 35.0, 36.0]),
            (Unit::Hours, "24時間以上出ない、24時間いつでも、12h出ない、all day", vec![24.0, 12.0, 24.0]),
            (Unit::Celsius, "102°F or more, 100.4 °F, 38°C", vec![38.9, 38.0, 38.0]),
            (Unit::MinutesApart, "間隔が七、八分になったら、間隔が5分", vec![7.0, 8.0, 5.0]),
            (Unit::WeeksFrom, "42週に入ったら、43週までに", vec![42.0, 43.0]),
            (Unit::Celsius, "三十八度五分、37度8分、38度", vec![38.5, 37.8, 38.0]),
            (Unit::Minutes, "三十八度五分、十分たっても", vec![10.0]),
            (
                Unit::Hours,
                "おしっこが一日出ません、2日も出なければ、1日おしっこが出ない、一日3回出る",
                vec![24.0, 48.0, 24.0],
            ),
            (Unit::Days, "熱が一週間続く、fever for two weeks", vec![7.0, 14.0]),
            (Unit::Mmhg, "上の血圧が145、最高血圧百五十、150 mmHg", vec![145.0, 150.0, 150.0]),
            (Unit::MonthsBefore, "生後100日より前、生後90日まで、生後8週未満、28日まで", vec![3.3, 3.0, 1.8]),
            (Unit::MonthsBefore, "under 100 days, before 13 weeks of age", vec![3.3, 3.0]),
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
