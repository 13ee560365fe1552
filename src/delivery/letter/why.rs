//! A choice in, its reasons in plain Japanese out: what staff read when a household asks "why did I get this?".

use super::choose::{Choice, Chosen, Skipped, What, WhyNot};
use super::notes::NOTES;
use super::rules::{Rules, Unfit};
use super::stage;
use crate::segment::Unit;
use serde::{Deserialize, Serialize};

/// Why a letter is as it is: `letters.why`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Why {
    /// What the letter holds.
    #[serde(default)]
    pub items: Vec<Because>,
    /// What would have fitted and was not chosen; with a stored letter at most eight.
    #[serde(default)]
    pub skipped: Vec<Because>,
}

/// One item and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// Slug of the article or bulletin, id of the note, or a subject's slot.
    pub id: String,
    /// 妊娠24週0日：pregnancy_weeks 22-27 に入る
    pub because: String,
}

impl Rules<'_> {
    /// The reasons of a letter.
    pub fn why(&self, choice: &Choice) -> Why {
        let items = choice
            .items
            .iter()
            .map(|item| Because { id: self.id(item.what), because: self.because(item.what, &item.because) })
            .collect();
        Why { items, skipped: self.why_not(&choice.skipped) }
    }

    /// The reasons for what was not chosen.
    pub fn why_not(&self, skipped: &[Skipped]) -> Vec<Because> {
        skipped
            .iter()
            .map(|s| Because {
                id: s.what.map_or_else(|| char::from(s.slot).to_string(), |what| self.id(what)),
                because: self.because_not(&s.why),
            })
            .collect()
    }

    fn id(&self, what: What) -> String {
        match what {
            What::Lead(n) => self.leads[n].article.slug.clone(),
            What::Note(n) => NOTES[n].id.into(),
            What::Bulletin(n) => self.bulletins[n].bulletin.slug.clone(),
        }
    }

    fn because(&self, what: What, reasons: &[Chosen]) -> String {
        let mut texts: Vec<String> = Vec::new();
        for reason in reasons {
            let text = match reason {
                Chosen::Window(facts, w) => {
                    format!("{}：{} {}-{} に入る", stage::age(facts, w.unit, self.today), w.unit.key(), w.from, w.to)
                }
                Chosen::Week(facts) => {
                    format!("{}：予定日のころに一度だけたずねる", stage::age(facts, Unit::PregnancyWeeks, self.today))
                }
                Chosen::Segment(n) => format!("配信対象「{}」に入る", self.segments[*n].title),
            };
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let note = match what {
            What::Lead(n) if self.leads[n].article.essential => "（大切な読みものとして先に）",
            What::Bulletin(n) if self.bulletins[n].bulletin.pin => "（市が先に載せると決めた）",
            What::Lead(_) | What::Note(_) | What::Bulletin(_) => "",
        };
        texts.join("、") + note
    }

    fn because_not(&self, why: &WhyNot) -> String {
        match why {
            WhyNot::Had => "前のおたよりに入れた".into(),
            WhyNot::Unfit(Unfit::NotReviewed) => "監修がまだない".into(),
            WhyNot::Unfit(Unfit::Rewritten) => "監修のあとで文が変わった".into(),
            WhyNot::Unfit(Unfit::NotYet(on)) => format!("監修の日（{on}）がまだ来ていない"),
            WhyNot::Unfit(Unfit::RunOut(next)) => format!("監修の期限（{next}）が過ぎている"),
            WhyNot::NotInSegment => "記事の配信対象に入らない".into(),
            WhyNot::After(n) => format!("今週は「{}」を先に選んだ", self.leads[*n].article.slug),
            WhyNot::Full(room) => format!("1通に{room}つまで"),
            WhyNot::Overdue => "42週0日からは、読みものを送らない".into(),
            WhyNot::Stopped => "この対象のおたよりは止められている".into(),
        }
    }
}
