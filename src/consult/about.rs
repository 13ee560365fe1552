//! What is on record of a household, the matter, what was tapped and written in; what it is about by now and whether a
//! pregnancy goes on, out. Pure.

use super::Category;
use super::care::Found;
use super::subject::Subject;
use crate::aid::Expecting;
use crate::calendar::{Date, GestationalAge, days_between};
use crate::danger::{Stage, grieves};
use crate::segment::SubjectKind;
use crate::text::fold;

/// What a thread is about by now, for its title, its record and what can be tapped in it: of a pregnancy or a child
/// that was stopped nothing speaks any more, and after a birth it is the body's. A guest's thread that was joined to a
/// household may name no subject; it is about a pregnancy only where one goes on.
pub fn about(category: Category, slot: &str, subjects: &[Subject]) -> Category {
    let of_it = |s: &&Subject| s.category() == category;
    let goes_on = match (category, subjects.iter().find(|s| s.slot == slot)) {
        (_, Some(subject)) => !subject.stopped && of_it(&subject),
        (Category::Child, None) => {
            subjects.iter().any(|s| !s.stopped && of_it(&s)) || !subjects.iter().any(|s| of_it(&s))
        }
        (_, None) => subjects.iter().any(|s| !s.stopped && of_it(&s)),
    };
    match category {
        Category::Pregnancy if !goes_on => Category::Body,
        Category::Child if !goes_on => Category::Own,
        other => other,
    }
}

/// What is on record of who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// A guest: nothing.
    Guest,
    /// A pregnancy goes on.
    Pregnant,
    /// A pregnancy was stopped, and none goes on. Why is not kept.
    Stopped,
    /// No pregnancy is known.
    Without,
}

impl Record {
    /// Of a household's subjects.
    pub fn of(subjects: &[Subject]) -> Self {
        let pregnancies = || subjects.iter().filter(|s| s.kind == SubjectKind::Pregnancy);
        if pregnancies().any(|s| !s.stopped) {
            Self::Pregnant
        } else if pregnancies().next().is_some() {
            Self::Stopped
        } else {
            Self::Without
        }
    }
}

/// What a question is about, as far as it decides what may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter {
    /// By now.
    pub category: Category,
    /// What is on record.
    pub record: Record,
    /// A child is on record whose letters go on.
    pub child: bool,
    /// More than one pregnancy is on record that goes on.
    pub twins: bool,
}

impl Matter {
    /// A guest's.
    pub fn of_guest(category: Category) -> Self {
        Self { category, record: Record::Guest, child: false, twins: false }
    }
    /// A household's.
    pub fn of_household(category: Category, subjects: &[Subject]) -> Self {
        let live = |kind: SubjectKind| subjects.iter().filter(move |s| s.kind == kind && !s.stopped).count();
        Self {
            category,
            record: Record::of(subjects),
            child: live(SubjectKind::Child) > 0,
            twins: live(SubjectKind::Pregnancy) > 1,
        }
    }
    /// It is about a child that lives, as far as anybody said.
    pub fn of_a_child(&self) -> bool {
        self.category == Category::Child || self.child
    }
    /// Is what asks for a child to be asked? A pregnant household may have an elder one that it has not named; after a
    /// loss nothing asks for what is not there.
    pub fn may_have_a_child(&self, loss: bool) -> bool {
        match self.record {
            Record::Guest => !loss,
            Record::Pregnant => self.of_a_child() || !loss,
            Record::Stopped | Record::Without => self.of_a_child(),
        }
    }
    /// Was it lost, by what was written, and does nothing say that a pregnancy goes on?
    pub fn lost(&self, found: &Found) -> bool {
        found.written.loss && self.expecting(found.pregnancy, found.written) != Expecting::Yes
    }
    /// Key of the words by which a question leads to what helps after a loss, or empty. `from`: it began where nobody
    /// speaks of bellies. A pregnancy that was stopped may have been stopped for any reason, so what leads on from
    /// there names none.
    pub fn help(&self, found: &Found, from: bool) -> &'static str {
        if self.expecting(found.pregnancy, found.written) == Expecting::Yes {
            return "";
        }
        let oneself = matches!(self.category, Category::Body | Category::Own);
        match self.category {
            _ if found.written.loss || (from && oneself) => "loss_help",
            Category::Body if self.record == Record::Pregnant => "loss_help",
            Category::Body if self.record == Record::Stopped => "stop_care",
            _ => "",
        }
    }
    /// She asks for herself, and no child is on record: the pregnancy was stopped.
    pub fn alone(&self) -> bool {
        matches!(self.record, Record::Stopped) && !self.of_a_child()
    }
    /// Does a pregnancy go on? `tapped`: something of pregnancy was tapped.
    pub fn expecting(&self, tapped: bool, written: Written) -> Expecting {
        let Written { loss, now } = written;
        match self.record {
            // Of twins one may live on, and an earlier loss is no loss of this one: nothing is taken from her. Who asks
            // about her body, which stands beside the pregnancy as what comes after it, may not have stopped yet.
            Record::Pregnant if (loss || self.category == Category::Body) && now != Now::Said => Expecting::Unsure,
            Record::Pregnant => Expecting::Yes,
            Record::Guest if self.category == Category::Pregnancy || tapped => {
                if loss && now != Now::Said {
                    Expecting::Unsure
                } else {
                    Expecting::Yes
                }
            }
            Record::Guest if loss && now == Now::No => Expecting::No,
            Record::Guest if loss || now == Now::No => Expecting::Unsure,
            Record::Guest => Expecting::Yes,
            Record::Stopped | Record::Without if tapped => Expecting::Unsure,
            Record::Stopped if now == Now::No => Expecting::No,
            Record::Stopped => Expecting::Unsure,
            Record::Without if loss && now == Now::No => Expecting::No,
            Record::Without if loss || now == Now::No => Expecting::Unsure,
            Record::Without => Expecting::Yes,
        }
    }
}

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

/// What a question is about as far as it tells what its words mean ([`crate::danger::About`]): of whom it is, and how
/// far or how old on a day. Without subjects (a guest) what was chosen is all that is known.
pub fn stage_for(category: Category, slot: &str, subjects: &[Subject], on: Date) -> Stage {
    let live = |of: Category| {
        let mut all = subjects.iter().filter(move |s| !s.stopped && s.category() == of);
        let chosen = all.clone().find(|s| s.slot == slot);
        let only = all.next().filter(|_| all.next().is_none());
        chosen.or(only)
    };
    let days = |from: Date| u32::try_from(days_between(from, on)).ok();
    match if subjects.is_empty() { category } else { about(category, slot, subjects) } {
        Category::Pregnancy => Stage::Pregnancy(
            live(Category::Pregnancy)
                .and_then(|s| GestationalAge::on(s.stage_on, on))
                .and_then(|age| u32::try_from(age.week()).ok()),
        ),
        Category::Child => Stage::Child(live(Category::Child).and_then(|s| days(s.stage_on))),
        Category::Body => subjects
            .iter()
            .filter(|s| s.kind == SubjectKind::Child)
            .filter_map(|s| days(s.stage_on))
            .min()
            .map_or(Stage::After(u32::MAX), Stage::After),
        Category::Own => Stage::Unknown,
    }
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
