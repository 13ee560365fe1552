//! Texts in, what they say of a loss and of a pregnancy that goes on out. Pure.

use crate::danger::grieves;
use crate::text::fold;

/// Do words speak of a pregnancy that goes on?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Now {
    /// No.
    #[default]
    No,
    /// By a word that is of one: waters, movements, an earlier loss.
    Maybe,
    /// By weeks, or in so many words.
    Said,
}

/// What texts say of a loss and of a pregnancy that goes on. The newest word counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// A loss was written.
    pub loss: bool,
    /// A pregnancy that goes on.
    pub now: Now,
}

/// In so many words. Kana are hiragana, all is small.
const SAID: &[&str] = &[
    "妊娠中",
    "いま妊娠",
    "今妊娠",
    "現在妊娠",
    "妊娠してい",
    "妊娠しました",
    "妊婦",
    "おなかの子",
    "お腹の子",
    "おなかの赤ちゃん",
    "お腹の赤ちゃん",
    "今回の妊娠",
    "いまの妊娠",
    "今の妊娠",
    "臨月",
    "pregnant now",
    "i'm pregnant",
    "i am pregnant",
    "weeks pregnant",
    "months pregnant",
    "this pregnancy",
    "my belly baby",
];

/// By a word of one.
const MAYBE: &[&str] = &[
    "胎動",
    "破水",
    "陣痛",
    "羊水",
    "おしるし",
    "予定日",
    "へその緒",
    "切迫",
    "妊娠検査",
    "陽性",
    "fetal movement",
    "waters broke",
    "water broke",
    "contraction",
    "due date",
    "baby is not moving",
    "baby isn't moving",
    "baby moves",
    "kicks",
    "動かな",
    "動きが",
    "動いてな",
    "動いていな",
    "動きませ",
    "動いていませ",
    "水が",
    "水のような",
    "pregnan",
    "怀孕",
    "孕",
    "胎动",
    "grávida",
    "gravidez",
    "mang thai",
    "thai máy",
];

/// The loss was another time.
const EARLIER: &[&str] = &[
    "前回",
    "以前",
    "前に",
    "前の",
    "昔",
    "昨年",
    "去年",
    "おととし",
    "年前",
    "か月前",
    "ことがあ",
    "経験があ",
    "経験し",
    "1人目",
    "一人目",
    "上の子",
    "last time",
    "before",
    "years ago",
    "year ago",
    "previous",
    "earlier",
];

/// It goes on, in a sentence that tells of a loss as well.
const NOWADAYS: &[&str] = &["いま", "今", "現在", "now", "currently"];

impl Written {
    /// Of texts, the oldest first.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        texts
            .into_iter()
            .map(Self::of_text)
            .filter(|w| *w != Self::default())
            .fold(Self::default(), |before, w| Self { loss: before.loss || w.loss, now: w.now })
    }

    fn of_text(text: &str) -> Self {
        let loss = grieves(text);
        let mut now = Now::No;
        for sentence in text.split(['。', '．', '！', '!', '？', '?', '\n']).flat_map(|s| s.split(". ")) {
            let folded = fold(sentence);
            let of_loss = grieves(sentence);
            if of_loss && has(&folded, EARLIER) {
                now = now.max(Now::Maybe);
            }
            // What stands before a loss in its sentence is of it: 20週のとき、死産しました.
            let mut lost = !of_loss;
            for clause in folded.split(['、', ',']) {
                if of_loss && grieves(clause) {
                    lost = true;
                } else if lost && (has(clause, SAID) || weeks(clause)) && (!of_loss || has(clause, NOWADAYS)) {
                    now = Now::Said;
                } else if lost && (has(clause, MAYBE) || has(clause, SAID) || weeks(clause)) {
                    now = now.max(Now::Maybe);
                }
            }
        }
        Self { loss, now }
    }
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

/// 34週, 34 weeks, 34 tuần: of a pregnancy, not 2週間前.
fn weeks(text: &str) -> bool {
    ["週", "周", " weeks", " tuần", " semanas"].iter().any(|unit| {
        text.match_indices(unit).any(|(at, _)| {
            let number: String = text[..at]
                .chars()
                .rev()
                .take_while(char::is_ascii_digit)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            let (ahead, behind) = (&text[..at - number.len()], &text[at + unit.len()..]);
            let after = ["産後", "生後", "後", "から"].iter().any(|w| ahead.ends_with(w));
            !after
                && (4..=42).contains(&number.parse().unwrap_or(0))
                && !["間", "後", " after", " ago", " later"].iter().any(|w| behind.starts_with(w))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_of_a_loss_and_of_what_goes_on() {
        for (text, loss, now) in [
            ("流産のあと、お乳が張って痛い", true, Now::No),
            ("34週 胎動がない", false, Now::Said),
            ("３４週です", false, Now::Said),
            ("20週のとき、死産しました。お乳が張ります", true, Now::No),
            ("妊娠34週で胎動がなくなり、死産でした", true, Now::No),
            ("死産でした。いま28週で、おなかが張ります", true, Now::Said),
            ("前回、流産しました。出血があります", true, Now::Maybe),
            ("以前流産しました、いま12週です", true, Now::Said),
            ("流産のあと、胎動がない", true, Now::Maybe),
            ("流産後6週、出血が増えた", true, Now::No),
            ("産後6週、お乳が張る", false, Now::No),
            ("2週間前から頭が痛い", false, Now::No),
            ("離乳食について", false, Now::No),
            ("I had a stillbirth. I am pregnant now, 20 weeks", true, Now::Said),
            ("I miscarried two weeks ago and my breasts hurt", true, Now::No),
        ] {
            assert_eq!(Written::of([text]), Written { loss, now }, "{text}");
        }
        // The newest word counts; a loss is not forgotten.
        assert_eq!(Written::of(["34週です。胎動がない", "死産でした"]), Written { loss: true, now: Now::No });
        assert_eq!(
            Written::of(["死産でした", "ありがとうございます", "いま12週です"]),
            Written { loss: true, now: Now::Said }
        );
    }
}
