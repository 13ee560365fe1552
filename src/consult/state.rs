//! Where a thread stands and what happens to it in; where it stands then, or why not, out. Pure: instants come with the
//! events, in Unix seconds.
//!
//! Whose turn it is and how loud its danger is are two things: danger outlives answers and closings until a clinician
//! ends the watch.

#[cfg(test)]
mod tests;

/// Where a thread stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Whose turn it is.
    pub turn: Turn,
    /// How loud its danger is.
    pub alarm: Alarm,
    /// Since when an answer is waited for, or was: the first question that was not answered.
    pub asked_at: i64,
    /// Until when it is to be answered, or was.
    pub due_at: i64,
    /// The instant of the answer that was surveyed.
    pub surveyed_answer_at: Option<i64>,
    /// Of a household; else a guest's, whoever has the link.
    pub registered: bool,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Somebody waits for an answer.
    Waiting,
    /// The newest answer came then; the asker may go on.
    Answered {
        /// When.
        at: i64,
    },
    /// Done with; the asker may still go on.
    Closed {
        /// When.
        at: i64,
        /// When the newest answer came; `None`: closed without one.
        answered_at: Option<i64>,
    },
}

/// How loud the danger of a thread is: `since` it is watched over; `found_at` signs were last found, or a clinician
/// called it urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// There is none, or a clinician has ended the watch.
    Silent,
    /// A clinician has answered or closed it since; watched over all the same.
    Watched {
        /// Watched over since then.
        since: i64,
        /// Last found then.
        found_at: i64,
    },
    /// Nobody has answered it.
    Urgent {
        /// Watched over since then.
        since: i64,
        /// Last found then.
        found_at: i64,
    },
    /// Closed without an answer: watched over, and urgent again as soon as the thread goes on.
    Shelved {
        /// Watched over since then.
        since: i64,
        /// Last found then.
        found_at: i64,
    },
}

/// What happens to a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The asker went on.
    Written {
        /// When.
        at: i64,
        /// Until when it is to be answered, if it begins to wait now.
        due_at: i64,
        /// Signs of danger were found in the words, or tapped.
        danger: bool,
    },
    /// The asker said what an answer was worth.
    Surveyed,
    /// A guest's thread became a household's.
    Joined,
    /// A clinician answered.
    Answered {
        /// When.
        at: i64,
    },
    /// A clinician is done with it.
    Closed {
        /// When.
        at: i64,
        /// Was asked 「終えますか」 and said yes.
        sure: bool,
        /// Said why.
        reason: bool,
    },
    /// A clinician lets it wait for an answer again.
    Reopened {
        /// When.
        at: i64,
        /// Until when it is to be answered, if the time from before is over.
        due_at: i64,
    },
    /// A clinician called it urgent.
    Raised {
        /// When.
        at: i64,
    },
    /// A clinician ended the watch, or took a false alarm back.
    Calmed,
    /// A clinician noted something for the desk.
    Noted,
    /// Its time is over: erased.
    Forgotten,
}

/// An [`Event`] without its instants: as an entry keeps it, and as rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// [`Event::Written`]
    Written,
    /// [`Event::Surveyed`]
    Surveyed,
    /// [`Event::Joined`]
    Joined,
    /// [`Event::Answered`]
    Answered,
    /// [`Event::Closed`]
    Closed,
    /// [`Event::Reopened`]
    Reopened,
    /// [`Event::Raised`]
    Raised,
    /// [`Event::Calmed`]
    Calmed,
    /// [`Event::Noted`]
    Noted,
    /// [`Event::Forgotten`]
    Forgotten,
}

/// Who causes an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The household that asked, on a device of its own.
    Asker,
    /// Whoever has the link of a guest's thread.
    Link,
    /// Who answers.
    Clinician,
    /// Time.
    System,
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is so already: as good as done.
    Already,
    /// Not theirs to do.
    NotTheirs,
    /// Somebody waits for an answer: ask first.
    Unsure,
    /// Somebody in danger waits for an answer: say why.
    NoReason,
    /// There is no answer to survey.
    NoAnswer,
    /// It is a household's, which alone decides about it.
    Registered,
}

/// What both sides are shown of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// 「…までにお答えします」
    Waits {
        /// Until when.
        due_at: i64,
    },
    /// 「お返事が届いています」, 「お答えずみ」
    Answered {
        /// When.
        at: i64,
    },
    /// 「終わりました」
    Over {
        /// When the newest answer came.
        answered_at: Option<i64>,
    },
}

/// What the desk is shown of a thread's danger. (The asker is shown whom to ring, from the first sign until a clinician
/// ends the watch.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Nothing.
    None,
    /// 見守り
    Watched,
    /// 急ぎ
    Urgent,
}

/// What the asker is shown of the survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SurveyBox {
    /// Nothing: nobody has answered what was asked last.
    Nothing,
    /// 「役に立ちましたか」
    Asks,
    /// 「ありがとうございました」
    Thanks,
}

impl State {
    /// A question that was just sent.
    pub fn asked(at: i64, due_at: i64, danger: bool, registered: bool) -> Self {
        let alarm = if danger { Alarm::Urgent { since: at, found_at: at } } else { Alarm::Silent };
        Self { turn: Turn::Waiting, alarm, asked_at: at, due_at, surveyed_answer_at: None, registered }
    }

    /// What becomes of it. Every event is decided in every state: taken, or refused with the reason.
    pub fn on(self, event: Event, by: By) -> Result<Self, Refusal> {
        if !event.kind().is_for(by) {
            return Err(Refusal::NotTheirs);
        }
        match event {
            Event::Written { at, due_at, danger } => {
                let alarm = if danger { self.alarm.raised(at) } else { self.alarm.taken_up() };
                Ok(Self { alarm, ..self.waits_from(at, due_at, Since::Asked) })
            }
            Event::Surveyed => match (self.turn.answered_at(), self.survey()) {
                (Some(at), SurveyBox::Asks) => Ok(Self { surveyed_answer_at: Some(at), ..self }),
                (Some(_), SurveyBox::Thanks | SurveyBox::Nothing) => Err(Refusal::Already),
                (None, _) => Err(Refusal::NoAnswer),
            },
            Event::Joined | Event::Forgotten if self.registered => Err(Refusal::Registered),
            Event::Joined => Ok(Self { registered: true, ..self }),
            Event::Forgotten => Ok(self),
            Event::Answered { at } => {
                let turn = match self.turn {
                    Turn::Waiting | Turn::Answered { .. } => Turn::Answered { at },
                    // It stays in the list of what is done, with its answer.
                    Turn::Closed { at: closed_at, answered_at: _ } => {
                        Turn::Closed { at: closed_at, answered_at: Some(at) }
                    }
                };
                Ok(Self { turn, alarm: self.alarm.answered(), ..self })
            }
            Event::Closed { at, sure, reason } => match self.turn {
                Turn::Closed { .. } => Err(Refusal::Already),
                Turn::Answered { at: answered_at } => Ok(Self {
                    turn: Turn::Closed { at, answered_at: Some(answered_at) },
                    alarm: self.alarm.answered(),
                    ..self
                }),
                Turn::Waiting if !sure => Err(Refusal::Unsure),
                Turn::Waiting if !reason && self.alarm != Alarm::Silent => Err(Refusal::NoReason),
                Turn::Waiting => {
                    Ok(Self { turn: Turn::Closed { at, answered_at: None }, alarm: self.alarm.shelved(), ..self })
                }
            },
            Event::Reopened { at, due_at } => match self.turn {
                Turn::Waiting | Turn::Answered { .. } => Err(Refusal::Already),
                Turn::Closed { .. } => {
                    let alarm = if self.alarm == Alarm::Silent { Alarm::Silent } else { self.alarm.raised(at) };
                    Ok(Self { alarm, ..self.waits_from(at, due_at, Since::Reopened) })
                }
            },
            Event::Raised { at } => Ok(Self { alarm: self.alarm.raised(at), ..self }),
            Event::Calmed if self.alarm == Alarm::Silent => Err(Refusal::Already),
            Event::Calmed => Ok(Self { alarm: Alarm::Silent, ..self }),
            Event::Noted => Ok(self),
        }
    }

    /// It waits for an answer. What was never answered keeps its place; its time it keeps while it waits, and over a
    /// closing that was taken back in time.
    fn waits_from(self, at: i64, due_at: i64, since: Since) -> Self {
        let (asked_at, due_at) = match (self.turn, since) {
            (Turn::Waiting, _) => (self.asked_at, self.due_at),
            (Turn::Closed { answered_at: None, .. }, Since::Reopened) if self.due_at > at => {
                (self.asked_at, self.due_at)
            }
            (Turn::Closed { answered_at: None, .. }, _) => (self.asked_at, due_at),
            (Turn::Answered { .. } | Turn::Closed { answered_at: Some(_), .. }, _) => (at, due_at),
        };
        Self { turn: Turn::Waiting, asked_at, due_at, ..self }
    }

    /// What both sides are shown.
    pub fn stands(self) -> Stands {
        match self.turn {
            Turn::Waiting => Stands::Waits { due_at: self.due_at },
            Turn::Answered { at } => Stands::Answered { at },
            Turn::Closed { answered_at, .. } => Stands::Over { answered_at },
        }
    }
    /// What the desk is shown of its danger.
    pub fn tag(self) -> Tag {
        match self.alarm {
            Alarm::Silent => Tag::None,
            Alarm::Watched { .. } | Alarm::Shelved { .. } => Tag::Watched,
            Alarm::Urgent { .. } => Tag::Urgent,
        }
    }
    /// What the asker is shown of the survey.
    pub fn survey(self) -> SurveyBox {
        match self.turn.answered_at() {
            None => SurveyBox::Nothing,
            Some(at) if self.surveyed_answer_at == Some(at) => SurveyBox::Thanks,
            Some(_) => SurveyBox::Asks,
        }
    }
}

impl Stands {
    /// When the newest answer came that can be read.
    pub fn answered_at(self) -> Option<i64> {
        match self {
            Self::Waits { .. } => None,
            Self::Answered { at } => Some(at),
            Self::Over { answered_at } => answered_at,
        }
    }
}

/// How it comes that a thread waits (again).
enum Since {
    Asked,
    Reopened,
}

impl Turn {
    /// When the newest answer came, unless something was asked since.
    pub fn answered_at(self) -> Option<i64> {
        match self {
            Self::Waiting => None,
            Self::Answered { at } => Some(at),
            Self::Closed { answered_at, .. } => answered_at,
        }
    }
}

impl Alarm {
    /// Since when the thread is watched over.
    pub fn since(self) -> Option<i64> {
        self.instants().map(|(since, _)| since)
    }
    /// Since when it is watched over, and when danger was last found in it.
    fn instants(self) -> Option<(i64, i64)> {
        match self {
            Self::Silent => None,
            Self::Watched { since, found_at }
            | Self::Urgent { since, found_at }
            | Self::Shelved { since, found_at } => Some((since, found_at)),
        }
    }
    fn raised(self, at: i64) -> Self {
        Self::Urgent { since: self.since().unwrap_or(at), found_at: at }
    }
    fn answered(self) -> Self {
        self.instants().map_or(Self::Silent, |(since, found_at)| Self::Watched { since, found_at })
    }
    /// Closed without an answer.
    fn shelved(self) -> Self {
        match self {
            Self::Urgent { since, found_at } => Self::Shelved { since, found_at },
            Self::Silent | Self::Watched { .. } | Self::Shelved { .. } => self,
        }
    }
    /// The thread goes on: what nobody has answered is loud again.
    fn taken_up(self) -> Self {
        match self {
            Self::Shelved { since, found_at } => Self::Urgent { since, found_at },
            Self::Silent | Self::Watched { .. } | Self::Urgent { .. } => self,
        }
    }
}

impl Event {
    /// Which it is.
    pub fn kind(self) -> Kind {
        match self {
            Self::Written { .. } => Kind::Written,
            Self::Surveyed => Kind::Surveyed,
            Self::Joined => Kind::Joined,
            Self::Answered { .. } => Kind::Answered,
            Self::Closed { .. } => Kind::Closed,
            Self::Reopened { .. } => Kind::Reopened,
            Self::Raised { .. } => Kind::Raised,
            Self::Calmed => Kind::Calmed,
            Self::Noted => Kind::Noted,
            Self::Forgotten => Kind::Forgotten,
        }
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Written,
        Self::Surveyed,
        Self::Joined,
        Self::Answered,
        Self::Closed,
        Self::Reopened,
        Self::Raised,
        Self::Calmed,
        Self::Noted,
        Self::Forgotten,
    ];
    /// As in the column `event` of an entry.
    pub fn id(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Surveyed => "surveyed",
            Self::Joined => "joined",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Raised => "raised",
            Self::Calmed => "calmed",
            Self::Noted => "noted",
            Self::Forgotten => "forgotten",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }
    /// May somebody like that cause it?
    pub fn is_for(self, by: By) -> bool {
        match self {
            // Of a household's thread the link alone leads nowhere; one that was a guest's a moment ago loses no words.
            Self::Written | Self::Surveyed => matches!(by, By::Asker | By::Link),
            Self::Joined => by == By::Asker,
            Self::Answered | Self::Closed | Self::Reopened | Self::Raised | Self::Calmed | Self::Noted => {
                by == By::Clinician
            }
            Self::Forgotten => by == By::System,
        }
    }
    /// Must whoever does this know first what happened `meanwhile`? `own`: by the same member of staff.
    ///
    /// What an asker writes is always taken: held back, words of danger might never come, and the desk reads both
    /// anyway; the page then says what came meanwhile. To call a thread urgent and to note something take nothing from
    /// anybody. But an answer, a closing or the end of a watch decides over what its writer has not read: it waits for
    /// one more tap. Of one's own doing in another window only a second answer is news.
    pub fn is_overtaken_by(self, meanwhile: Self, own: bool) -> bool {
        let news = match meanwhile {
            Self::Answered => true,
            Self::Written | Self::Closed | Self::Reopened | Self::Raised | Self::Calmed | Self::Noted => !own,
            // They change nothing that an answer goes by.
            Self::Surveyed | Self::Joined | Self::Forgotten => false,
        };
        match self {
            Self::Written | Self::Raised | Self::Noted | Self::Joined | Self::Forgotten => false,
            // The mark is for the answer that was read.
            Self::Surveyed => meanwhile == Self::Answered,
            Self::Answered => news,
            Self::Closed | Self::Reopened | Self::Calmed => news && !own,
        }
    }
}

crate::db::row! {
/// A [`State`] as the columns of `consultations` hold it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// `waiting`, `answered`, `closed`.
    pub turn: String,
    /// `silent`, `watched`, `urgent`, `shelved`.
    pub alarm: String,
    /// [`State::asked_at`]
    pub asked_at: i64,
    /// [`State::due_at`]
    pub due_at: i64,
    /// When the newest answer came, unless something was asked since.
    pub answered_at: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// When danger was last found.
    pub danger_at: Option<i64>,
    /// Since when it is watched over.
    pub watched_at: Option<i64>,
    /// [`State::surveyed_answer_at`]
    pub surveyed_answer_at: Option<i64>,
}
}

impl State {
    /// As it is stored.
    pub fn columns(self) -> Columns {
        let (turn, closed_at) = match self.turn {
            Turn::Waiting => ("waiting", None),
            Turn::Answered { .. } => ("answered", None),
            Turn::Closed { at, .. } => ("closed", Some(at)),
        };
        let alarm = match self.alarm {
            Alarm::Silent => "silent",
            Alarm::Watched { .. } => "watched",
            Alarm::Urgent { .. } => "urgent",
            Alarm::Shelved { .. } => "shelved",
        };
        Columns {
            turn: turn.to_owned(),
            alarm: alarm.to_owned(),
            asked_at: self.asked_at,
            due_at: self.due_at,
            answered_at: self.turn.answered_at(),
            closed_at,
            danger_at: self.alarm.instants().map(|(_, found_at)| found_at),
            watched_at: self.alarm.since(),
            surveyed_answer_at: self.surveyed_answer_at,
        }
    }
    /// From its columns. What no version of the program writes is read so that somebody looks at it: it waits, it is
    /// urgent.
    pub fn stored(columns: &Columns, registered: bool) -> Self {
        let Columns { asked_at, due_at, answered_at, closed_at, danger_at, watched_at, surveyed_answer_at, .. } =
            *columns;
        let turn = match (columns.turn.as_str(), answered_at, closed_at) {
            ("answered", Some(at), _) => Turn::Answered { at },
            ("closed", answered_at, Some(at)) => Turn::Closed { at, answered_at },
            _ => Turn::Waiting,
        };
        let since = watched_at.or(danger_at).unwrap_or(asked_at);
        let found_at = danger_at.unwrap_or(since);
        let alarm = match columns.alarm.as_str() {
            "silent" => Alarm::Silent,
            "watched" => Alarm::Watched { since, found_at },
            "shelved" => Alarm::Shelved { since, found_at },
            _ => Alarm::Urgent { since, found_at },
        };
        Self { turn, alarm, asked_at, due_at, surveyed_answer_at, registered }
    }
}
