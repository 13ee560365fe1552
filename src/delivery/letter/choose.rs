//! A household in, its letter of the week out. Pure: no clock, no database, no dice.

use super::notes::NOTES;
use super::numbers::{Code, had};
use super::read::{Household, Subject};
use super::rules::{Mask, Rules, Unfit};
use super::stage;
use crate::calendar::{Date, GestationalAge};
use crate::segment::{SubjectFacts, SubjectKind, Window};

/// The household itself in `letters.sent`, for bulletins.
const HOUSEHOLD: u8 = b'*';
/// Behind a slot in [`Choice::slots`]: it was a pregnancy when the letter was planned. The outbox looks for it just
/// before sending.
const PREGNANT: char = '*';
/// From this week on a pregnancy gets only neutral bulletins (過期産: 42w0d–).
const OVERDUE_WEEK: i32 = 42;
/// What becomes of a household this week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It gets a letter.
    Letter(Choice),
    /// It has stopped or paused, or a stop has left it without a subject.
    Stopped,
    /// Nothing fits it this week.
    NothingFits(Vec<Skipped>),
}

/// A letter that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Index of the household's language among the site's.
    pub language: usize,
    /// Articles (pregnancies first, then the youngest child), notes, bulletins.
    pub items: Vec<Item>,
    /// What is added to `letters.sent`: an entry an item and subject (`letter::numbers`).
    pub entries: String,
    /// The active subjects, a `*` behind a pregnancy (`a*b`): a stop of one of them stops the letter, and so does a
    /// birth.
    pub slots: String,
    /// What was not chosen, at most as many as [`Reasons`](super::Reasons) says.
    pub skipped: Vec<Skipped>,
}

/// Which content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// An article, by its index in the rules.
    Lead(usize),
    /// A question around the due date, by its index in [`NOTES`].
    Note(usize),
    /// A bulletin, by its index in the rules.
    Bulletin(usize),
}

/// An item of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which content.
    pub what: What,
    /// What the heading above it says.
    pub stage: String,
    /// Whom it is about; none for bulletins.
    pub subject: Option<SubjectKind>,
    /// Why, for each subject that it was chosen for.
    pub because: Vec<Chosen>,
}

/// Why an item was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// The subject's age is in the article's window.
    Window(SubjectFacts, Window),
    /// The week of the question.
    Week(SubjectFacts),
    /// The household is in this segment (index in the rules).
    Segment(usize),
}

/// Something that fitted, or would have, and was not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Which content; none: a subject.
    pub what: Option<What>,
    /// The subject's slot, `*` for the household.
    pub slot: u8,
    /// Why not.
    pub why: WhyNot,
}

/// Why something was not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// The subject (or the household) has had it.
    Had,
    /// No version may be sent.
    Unfit(Unfit),
    /// The article is for segments which the subject is not in.
    NotInSegment,
    /// Another article came first this week.
    After(usize),
    /// The letter is full.
    Full(usize),
    /// The due date passed two weeks ago.
    Overdue,
    /// The subject's letters were stopped.
    Stopped,
}

/// What one subject would get.
struct Pick {
    subject: usize,
    lead: usize,
    window: Window,
}

impl Rules<'_> {
    /// Decides a household's letter.
    pub fn choose(&mut self, household: &Household) -> Verdict {
        if household.stopped_on(self.today) {
            return Verdict::Stopped;
        }
        let active = household.active();
        if active.is_empty() {
            return if household.subjects.is_empty() { Verdict::NothingFits(Vec::new()) } else { Verdict::Stopped };
        }
        let class = self.class(&household.area, &household.language, household.first_child);
        let mut choice = Choice {
            language: self.language(&household.language),
            items: Vec::new(),
            entries: String::new(),
            slots: active
                .iter()
                .flat_map(|s| [Some(char::from(s.slot)), (s.facts.kind == SubjectKind::Pregnancy).then_some(PREGNANT)])
                .flatten()
                .collect(),
            skipped: household
                .subjects
                .iter()
                .filter(|s| s.stopped)
                .map(|s| Skipped { what: None, slot: s.slot, why: WhyNot::Stopped })
                .collect(),
        };
        let mut segments = Mask::default();
        let mut picks = Vec::new();
        for (n, subject) in active.iter().enumerate() {
            let own = self.segments_of(class, &subject.facts);
            picks.extend(self.pick(n, subject, &own, household, &mut choice));
            if overdue(&subject.facts, self.today) {
                segments.add(&own.both(self.neutral(class)))
            } else {
                segments.add(&own)
            }
        }
        self.add_leads(picks, &active, &mut choice);
        self.add_notes(&active, household, &mut choice);
        self.add_bulletins(&segments, household, &mut choice);
        choice.skipped.truncate(self.reasons.all);
        if choice.items.is_empty() { Verdict::NothingFits(choice.skipped) } else { Verdict::Letter(choice) }
    }

    /// The segments that the household is in through an active subject, for counting.
    pub(super) fn household_segments(&mut self, household: &Household) -> Mask {
        let mut segments = Mask::default();
        if !household.stopped_on(self.today) {
            let class = self.class(&household.area, &household.language, household.first_child);
            for subject in household.active() {
                segments.add(&self.segments_of(class, &subject.facts));
            }
        }
        segments
    }

    /// The first article that fits the subject, which it has not had and which may be sent.
    fn pick(
        &mut self,
        n: usize,
        subject: &Subject,
        segments: &Mask,
        household: &Household,
        choice: &mut Choice,
    ) -> Option<Pick> {
        let overdue = overdue(&subject.facts, self.today);
        let (mut picked, mut after): (Option<Pick>, usize) = (None, 0);
        for fit in self.fits(&subject.facts).iter() {
            let lead = &self.leads[fit.lead];
            let why = if overdue {
                WhyNot::Overdue
            } else if had(&household.sent, subject.slot, lead.code) {
                WhyNot::Had
            } else if !lead.segments.is_empty() && !lead.segments.meets(segments)
                || lead.segments.is_empty() && !lead.article.segments.is_empty()
            {
                WhyNot::NotInSegment
            } else if let Err(unfit) = lead.versions[choice.language] {
                WhyNot::Unfit(unfit)
            } else if let Some(first) = &picked {
                after += 1;
                if after > self.reasons.after {
                    continue;
                }
                WhyNot::After(first.lead)
            } else {
                picked = Some(Pick { subject: n, lead: fit.lead, window: fit.window });
                continue;
            };
            if choice.skipped.len() >= self.reasons.all {
                if picked.is_some() {
                    break; // the rest could only be more reasons
                }
                continue;
            }
            choice.skipped.push(Skipped { what: Some(What::Lead(fit.lead)), slot: subject.slot, why });
        }
        picked
    }

    /// As many different articles as there is room for; subjects who pick the same share it. Where there is not room
    /// for all, the start moves on by one each week, so that it is not always the same child who has to wait.
    fn add_leads(&self, picks: Vec<Pick>, active: &[Subject], choice: &mut Choice) {
        let language = &self.languages[choice.language];
        let mut groups: Vec<(usize, Vec<Pick>)> = Vec::new();
        for pick in picks {
            match groups.iter_mut().find(|g| g.0 == pick.lead) {
                Some(group) => group.1.push(pick),
                None => groups.push((pick.lead, vec![pick])),
            }
        }
        let age =
            |pick: &Pick| (active[pick.subject].facts.kind, std::cmp::Reverse(active[pick.subject].facts.stage_on));
        for group in &mut groups {
            group.1.sort_by_key(age);
        }
        groups.sort_by_key(|(lead, picks)| (age(&picks[0]), *lead));
        let room = self.config.site.letters.max_leads;
        if groups.len() > room {
            let start = self.week_number() % groups.len();
            let mut turn: Vec<_> = groups.drain(start..).collect();
            turn.append(&mut groups);
            for (lead, picks) in turn.split_off(room) {
                choice.skipped.push(Skipped {
                    what: Some(What::Lead(lead)),
                    slot: active[picks[0].subject].slot,
                    why: WhyNot::Full(room),
                });
            }
            turn.sort_by_key(|(lead, picks)| (age(&picks[0]), *lead));
            groups = turn;
        }
        for (lead, picks) in groups {
            let mut stages: Vec<String> =
                picks.iter().map(|p| stage::heading(&active[p.subject].facts, language, self.today)).collect();
            stages.dedup();
            let subjects = picks.iter().map(|p| &active[p.subject]);
            enter(choice, subjects.clone().map(|s| s.slot), self.leads[lead].code);
            choice.items.push(Item {
                what: What::Lead(lead),
                stage: stages.join(stage::joint(language)),
                subject: Some(active[picks[0].subject].facts.kind),
                because: picks.iter().map(|p| Chosen::Window(active[p.subject].facts.clone(), p.window)).collect(),
            });
        }
    }

    /// The question around the due date, once in each of its weeks.
    fn add_notes(&self, active: &[Subject], household: &Household, choice: &mut Choice) {
        for (n, note) in NOTES.iter().enumerate() {
            let asked: Vec<&Subject> = active
                .iter()
                .filter(|s| {
                    week(&s.facts, self.today) == Some(note.week) && !had(&household.sent, s.slot, self.notes[n])
                })
                .collect();
            let Some(first) = asked.first() else { continue };
            enter(choice, asked.iter().map(|s| s.slot), self.notes[n]);
            let stage = stage::heading(&first.facts, &self.languages[choice.language], self.today);
            choice.items.push(Item {
                what: What::Note(n),
                stage,
                subject: Some(SubjectKind::Pregnancy),
                because: vec![Chosen::Week(first.facts.clone())],
            });
        }
    }

    /// Bulletins of the household's segments that it has not had: pinned, newest, as many as there is room for.
    fn add_bulletins(&self, segments: &Mask, household: &Household, choice: &mut Choice) {
        let room = self.config.site.letters.max_bulletins;
        let mut chosen = 0;
        for (n, b) in self.bulletins.iter().enumerate().filter(|(_, b)| b.segments.meets(segments)) {
            let why = if had(&household.sent, HOUSEHOLD, b.code) {
                WhyNot::Had
            } else if chosen == room {
                WhyNot::Full(room)
            } else {
                chosen += 1;
                enter(choice, [HOUSEHOLD], b.code);
                let because = b.segments.both(segments).members().map(Chosen::Segment).collect();
                choice.items.push(Item { what: What::Bulletin(n), stage: String::new(), subject: None, because });
                continue;
            };
            choice.skipped.push(Skipped { what: Some(What::Bulletin(n)), slot: HOUSEHOLD, why });
        }
    }
}

/// Completed weeks of a pregnancy.
fn week(subject: &SubjectFacts, today: Date) -> Option<i32> {
    (subject.kind == SubjectKind::Pregnancy)
        .then(|| GestationalAge::on(subject.stage_on, today).map(GestationalAge::week))
        .flatten()
}

fn overdue(subject: &SubjectFacts, today: Date) -> bool {
    week(subject, today).is_some_and(|week| week >= OVERDUE_WEEK)
}

fn enter(choice: &mut Choice, slots: impl IntoIterator<Item = u8>, code: Code) {
    for slot in slots {
        choice.entries.extend(code.entry(slot));
    }
}
