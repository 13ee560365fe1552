//! Every event in every state, and what holds whatever happens in whatever order.

use super::*;
use proptest::prelude::*;

const ACTORS: [By; 4] = [By::Asker, By::Link, By::Clinician, By::System];

/// A state of every kind, all begun at 0 and due at 100.
fn states() -> Vec<State> {
    let turns = [
        Turn::Waiting,
        Turn::Answered { at: 10 },
        Turn::Closed { at: 20, answered_at: None },
        Turn::Closed { at: 20, answered_at: Some(10) },
    ];
    let alarms = [
        Alarm::Silent,
        Alarm::Watched { since: 1, found_at: 2 },
        Alarm::Urgent { since: 1, found_at: 2 },
        Alarm::Shelved { since: 1, found_at: 2 },
    ];
    let mut all = Vec::new();
    for turn in turns {
        for alarm in alarms {
            for registered in [false, true] {
                for surveyed_answer_at in [None, Some(10)] {
                    all.push(State { turn, alarm, asked_at: 0, due_at: 100, surveyed_answer_at, registered });
                }
            }
        }
    }
    all
}

/// An event of every kind, at 30; with and without what a closing needs.
fn events() -> Vec<Event> {
    vec![
        Event::Written { at: 30, due_at: 130, danger: false },
        Event::Written { at: 30, due_at: 130, danger: true },
        Event::Surveyed,
        Event::Joined,
        Event::Answered { at: 30 },
        Event::Closed { at: 30, sure: false, reason: false },
        Event::Closed { at: 30, sure: true, reason: false },
        Event::Closed { at: 30, sure: true, reason: true },
        Event::Reopened { at: 30, due_at: 130 },
        Event::Raised { at: 30 },
        Event::Calmed,
        Event::Noted,
        Event::Forgotten,
    ]
}

/// What is taken, and why the rest is not, written down once more without the machine.
#[test]
fn every_event_in_every_state_is_decided() {
    for state in states() {
        let (waits, closed) = (state.turn == Turn::Waiting, matches!(state.turn, Turn::Closed { .. }));
        for event in events() {
            let expected = match event {
                Event::Written { .. } | Event::Answered { .. } | Event::Raised { .. } | Event::Noted => None,
                Event::Surveyed if state.turn.answered_at().is_none() => Some(Refusal::NoAnswer),
                Event::Surveyed => (state.surveyed_answer_at == Some(10)).then_some(Refusal::Already),
                Event::Joined | Event::Forgotten => state.registered.then_some(Refusal::Registered),
                Event::Closed { .. } if closed => Some(Refusal::Already),
                Event::Closed { sure: false, .. } if waits => Some(Refusal::Unsure),
                Event::Closed { reason: false, .. } if waits && state.alarm != Alarm::Silent => Some(Refusal::NoReason),
                Event::Closed { .. } => None,
                Event::Reopened { .. } => (!closed).then_some(Refusal::Already),
                Event::Calmed => (state.alarm == Alarm::Silent).then_some(Refusal::Already),
            };
            for by in ACTORS {
                let expected = if event.kind().is_for(by) { expected } else { Some(Refusal::NotTheirs) };
                assert_eq!(state.on(event, by).err(), expected, "{state:?} {event:?} {by:?}");
            }
        }
    }
    // Who may do what at all.
    let may = |by: By| Kind::ALL.into_iter().filter(|k| k.is_for(by)).collect::<Vec<_>>();
    assert_eq!(may(By::Asker), [Kind::Written, Kind::Surveyed, Kind::Joined]);
    assert_eq!(may(By::Link), [Kind::Written, Kind::Surveyed]);
    assert_eq!(
        may(By::Clinician),
        [Kind::Answered, Kind::Closed, Kind::Reopened, Kind::Raised, Kind::Calmed, Kind::Noted]
    );
    assert_eq!(may(By::System), [Kind::Forgotten]);
    assert!(Kind::ALL.into_iter().all(|k| Kind::from_id(k.id()) == Some(k)) && Kind::from_id("").is_none());
}

/// A closing in time is taken back as if it had not been; later, or after an answer, the wait begins anew.
#[test]
fn a_closing_is_taken_back() {
    let asked = State::asked(0, 100, true, false);
    let closed = asked.on(Event::Closed { at: 20, sure: true, reason: true }, By::Clinician).unwrap();
    assert_eq!((closed.tag(), closed.stands()), (Tag::Watched, Stands::Over { answered_at: None }));
    let in_time = closed.on(Event::Reopened { at: 99, due_at: 190 }, By::Clinician).unwrap();
    assert_eq!(in_time, State { alarm: Alarm::Urgent { since: 0, found_at: 99 }, ..asked });
    let late = closed.on(Event::Reopened { at: 100, due_at: 190 }, By::Clinician).unwrap();
    assert_eq!((late.asked_at, late.due_at, late.tag()), (0, 190, Tag::Urgent));
    // The asker opens it again as well: in her old place, with a new time, and what nobody answered is loud again.
    let more = closed.on(Event::Written { at: 30, due_at: 130, danger: false }, By::Link).unwrap();
    assert_eq!((more.asked_at, more.due_at, more.alarm), (0, 130, Alarm::Urgent { since: 0, found_at: 0 }));
    // After an answer she asks anew.
    let answered = asked.on(Event::Answered { at: 10 }, By::Clinician).unwrap();
    let closed = answered.on(Event::Closed { at: 20, sure: false, reason: false }, By::Clinician).unwrap();
    assert_eq!(closed.stands(), Stands::Over { answered_at: Some(10) });
    let more = closed.on(Event::Written { at: 30, due_at: 130, danger: false }, By::Link).unwrap();
    assert_eq!((more.asked_at, more.due_at, more.tag()), (30, 130, Tag::Watched));
}

/// The end of a watch is taken back by calling the thread urgent.
#[test]
fn a_false_alarm_is_taken_back() {
    let calm = State::asked(0, 100, true, true).on(Event::Calmed, By::Clinician).unwrap();
    assert_eq!((calm.tag(), calm.alarm.since()), (Tag::None, None));
    let back = calm.on(Event::Raised { at: 5 }, By::Clinician).unwrap();
    assert_eq!((back.tag(), back.alarm.since()), (Tag::Urgent, Some(5)));
}

/// What a clinician calls urgent after an answer stays so while the asker adds words: nobody has answered it since.
#[test]
fn what_was_called_urgent_stays_so() {
    let answered = State::asked(0, 100, false, false).on(Event::Answered { at: 10 }, By::Clinician).unwrap();
    let urgent = answered.on(Event::Raised { at: 20 }, By::Clinician).unwrap();
    let more = urgent.on(Event::Written { at: 30, due_at: 130, danger: false }, By::Link).unwrap();
    assert_eq!((more.tag(), more.stands()), (Tag::Urgent, Stands::Waits { due_at: 130 }));
}

/// An asker's words, a call of urgency and a note never wait; a decision over what was not read does.
#[test]
fn who_must_know_what() {
    let news = [Kind::Written, Kind::Answered, Kind::Closed, Kind::Reopened, Kind::Raised, Kind::Calmed, Kind::Noted];
    for meanwhile in Kind::ALL {
        for own in [false, true] {
            for free in [Kind::Written, Kind::Raised, Kind::Noted, Kind::Joined, Kind::Forgotten] {
                assert!(!free.is_overtaken_by(meanwhile, own), "{free:?} {meanwhile:?}");
            }
            for deciding in [Kind::Closed, Kind::Reopened, Kind::Calmed] {
                assert_eq!(
                    deciding.is_overtaken_by(meanwhile, own),
                    news.contains(&meanwhile) && !own,
                    "{deciding:?} {meanwhile:?}"
                );
            }
            let answer = news.contains(&meanwhile) && (!own || meanwhile == Kind::Answered);
            assert_eq!(Kind::Answered.is_overtaken_by(meanwhile, own), answer, "{meanwhile:?}");
            assert_eq!(Kind::Surveyed.is_overtaken_by(meanwhile, own), meanwhile == Kind::Answered);
        }
    }
}

/// Something that somebody does, and how much later.
fn step() -> impl Strategy<Value = (Event, By, i64)> {
    let event = prop_oneof![
        any::<bool>().prop_map(|danger| Event::Written { at: 0, due_at: 0, danger }),
        Just(Event::Surveyed),
        Just(Event::Joined),
        Just(Event::Answered { at: 0 }),
        (any::<bool>(), any::<bool>()).prop_map(|(sure, reason)| Event::Closed { at: 0, sure, reason }),
        Just(Event::Reopened { at: 0, due_at: 0 }),
        Just(Event::Raised { at: 0 }),
        Just(Event::Calmed),
        Just(Event::Noted),
        Just(Event::Forgotten),
    ];
    (event, prop::sample::select(&ACTORS[..]), 0..60_i64)
}

/// The event at an instant; what is asked then is due 50 later.
fn at(event: Event, now: i64) -> Event {
    match event {
        Event::Written { danger, .. } => Event::Written { at: now, due_at: now + 50, danger },
        Event::Answered { .. } => Event::Answered { at: now },
        Event::Closed { sure, reason, .. } => Event::Closed { at: now, sure, reason },
        Event::Reopened { .. } => Event::Reopened { at: now, due_at: now + 50 },
        Event::Raised { .. } => Event::Raised { at: now },
        Event::Surveyed | Event::Joined | Event::Calmed | Event::Noted | Event::Forgotten => event,
    }
}

/// What must hold between a state and the next one.
fn holds(before: State, event: Event, now: i64, after: State) {
    let kind = event.kind();
    // Danger outlives everything but a clinician's word, and only that begins its time anew.
    if before.alarm != Alarm::Silent && kind != Kind::Calmed {
        assert!(after.alarm != Alarm::Silent && after.alarm.since() == before.alarm.since(), "{before:?} {event:?}");
    }
    // Loud it is until somebody answers, closes or calms it; found, it is loud.
    if before.tag() == Tag::Urgent && after.tag() != Tag::Urgent {
        assert!(matches!(kind, Kind::Answered | Kind::Closed | Kind::Calmed), "{before:?} {event:?}");
    }
    if matches!(event, Event::Written { danger: true, .. } | Event::Raised { .. }) {
        assert_eq!(after.tag(), Tag::Urgent);
    }
    // What was never answered does not stay quiet when it goes on.
    if matches!(before.alarm, Alarm::Shelved { .. }) && after.turn == Turn::Waiting {
        assert_eq!(after.tag(), Tag::Urgent);
    }
    // Deadlines move only when the wait begins (again), to the time that the desk's hours give.
    if (before.asked_at, before.due_at) != (after.asked_at, after.due_at) {
        assert!(matches!(kind, Kind::Written | Kind::Reopened) && before.turn != Turn::Waiting, "{before:?} {event:?}");
        assert_eq!(after.due_at, now + 50);
        assert!(after.asked_at == now || (after.asked_at == before.asked_at && before.turn.answered_at().is_none()));
    }
    // An answer is shown from the instant on at which it was published, and no other.
    if let Some(at) = after.stands().answered_at() {
        assert!(
            before.stands().answered_at() == Some(at) || (kind == Kind::Answered && at == now),
            "{before:?} {event:?}"
        );
    }
    // Whoever waits is told until when, and the survey is for an answer that stands there.
    assert_eq!(
        after.turn == Turn::Waiting,
        matches!(after.stands(), Stands::Waits { due_at } if due_at == after.due_at)
    );
    assert_eq!(after.survey() == SurveyBox::Nothing, after.stands().answered_at().is_none());
    assert!(!before.registered || after.registered);
}

proptest! {
    #[test]
    fn whatever_happens(danger: bool, registered: bool, steps in prop::collection::vec(step(), 0..40)) {
        let mut now = 0;
        let mut state = State::asked(now, 50, danger, registered);
        for (event, by, later) in steps {
            now += later;
            let event = at(event, now);
            if let Ok(next) = state.on(event, by) {
                holds(state, event, now, next);
                state = next;
            }
            // Shelved is only what was closed without an answer.
            if matches!(state.alarm, Alarm::Shelved { .. }) {
                prop_assert!(matches!(state.turn, Turn::Closed { answered_at: None, .. }), "{state:?}");
            }
            // It is stored and read as it is.
            prop_assert_eq!(State::stored(&state.columns(), state.registered), state);
            // There is always a way on: for who asks, and for who answers.
            let more = state.on(Event::Written { at: now, due_at: now + 50, danger: false }, By::Asker).unwrap();
            prop_assert_eq!(more.turn, Turn::Waiting);
            let answered = state.on(Event::Answered { at: now }, By::Clinician).unwrap();
            prop_assert_eq!(answered.stands().answered_at(), Some(now));
            prop_assert!(answered.tag() != Tag::Urgent);
        }
    }

    /// Whatever stands in the columns is a thread that somebody can go on with; what nobody wrote is never silent by
    /// mistake.
    #[test]
    fn whatever_is_stored(turn in "waiting|answered|closed|[a-z]{0,3}",
        alarm in "silent|watched|urgent|shelved|[a-z]{0,3}", asked_at: i64, due_at: i64,
        instants: [Option<i64>; 5]) {
        let [answered_at, closed_at, danger_at, watched_at, surveyed_answer_at] = instants;
        let columns = Columns { turn, alarm, asked_at, due_at, answered_at, closed_at, danger_at, watched_at,
            surveyed_answer_at };
        let state = State::stored(&columns, false);
        prop_assert_eq!(State::stored(&state.columns(), false), state);
        prop_assert_eq!(state.tag() == Tag::None, columns.alarm == "silent");
        let answered = state.on(Event::Answered { at: 1 }, By::Clinician);
        prop_assert!(answered.is_ok());
    }
}
