//! What services answer in (push services, the mail server); out, which of them are left alone for now, and which
//! addresses are really gone.
//!
//! A service that says 404 or 410 of everybody has trouble of its own. So an address is dropped only at the end of a
//! round, and only where few of that service's addresses are gone; otherwise the service is held, and somebody is told.
//! A week's letters are one run: whom the service took a letter for before it was held counts when the rest is asked
//! again, and an address counts once, by what was said of it last.

use crate::clock::Wall;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Up to so many addresses of a service may be gone in one run whatever their share …
const FEW: u64 = 20;
/// … and above that one in so many.
const ONE_IN: u64 = 20;
/// A service that says of so many that they are gone, and of more than every other, is not asked any more in this run.
const PLAINLY: u64 = 100;
/// So many refusals of us (our signature, our account), and none accepted: the service takes nothing from us.
const REFUSALS: u64 = 4;
/// A held service is left alone for so long, in seconds.
const HELD: i64 = 3600;
/// What a service said before a pause of this length, in seconds, is another run's.
const PAUSE: i64 = 86_400;
/// An address that was said to be gone waits so long for the end of the round, in seconds; after a crash it is asked
/// again then.
pub const SUSPECTED: i64 = 600;

/// What a service said to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It took it.
    Accepted,
    /// It takes nothing from us; to be asked again after this long.
    Barred(Duration),
    /// There is no such address any more.
    Gone,
}

/// A row whose address was said to be gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suspect {
    /// Outbox key.
    pub key: String,
    /// The contact.
    pub contact: String,
}

#[derive(Debug, Default)]
struct Service {
    /// Newest week that it was asked for.
    week: String,
    accepted: u64,
    /// Contacts that it last said to be gone.
    gone: BTreeSet<String>,
    /// Accepted, and gone, since it was last held.
    lately: (u64, u64),
    refusals: u64,
    heard_at: i64,
    held_until: Option<Wall>,
    barred: bool,
    /// Not judged yet.
    suspects: BTreeSet<Suspect>,
}

/// The services of one process, by the name that the operator knows.
#[derive(Debug, Default)]
pub struct Services {
    of: Mutex<BTreeMap<String, Service>>,
    /// Addresses that are said to be gone are gone: an operator has looked at it.
    believe: bool,
}

impl Services {
    /// Whoever is said to be gone is dropped, however many they are.
    pub fn believing() -> Self {
        Self { believe: true, ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Service>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the service is left alone; `None`: it may be asked.
    pub fn held(&self, origin: &str, now: Wall) -> Option<Wall> {
        self.lock().get(origin)?.held_until.filter(|until| *until > now)
    }

    /// Notes what a service said. `suspect` is the row, for `Answer::Gone`.
    pub fn heard(&self, origin: &str, said: Answer, suspect: Suspect, now: Wall) {
        let mut of = self.lock();
        let service = of.entry(origin.to_owned()).or_default();
        let new_week = suspect.key.starts_with("letter:") && suspect.key > service.week;
        if new_week || now.seconds() - service.heard_at > PAUSE {
            let Service { held_until, barred, .. } = *service;
            *service = Service {
                held_until,
                barred,
                suspects: std::mem::take(&mut service.suspects),
                week: std::mem::take(&mut service.week),
                ..Service::default()
            };
        }
        if new_week {
            service.week.clone_from(&suspect.key);
        }
        if now.seconds() - service.heard_at >= HELD {
            (service.lately, service.refusals) = ((0, 0), 0);
        }
        service.heard_at = now.seconds();
        match said {
            Answer::Accepted => {
                (service.accepted, service.refusals, service.barred) = (service.accepted + 1, 0, false);
                service.lately.0 += 1;
                service.gone.remove(&suspect.contact);
            }
            Answer::Barred(after) => {
                service.refusals += 1;
                // One browser that subscribed with another key is refused among others that are not.
                if service.refusals >= REFUSALS || service.accepted == 0 {
                    service.barred = true;
                    service.held_until = Some(now.plus(i64::try_from(after.as_secs()).unwrap_or(HELD).clamp(1, HELD)));
                }
            }
            Answer::Gone => {
                service.gone.insert(suspect.contact.clone());
                service.lately.1 += u64::from(service.suspects.insert(suspect));
                let (accepted, gone) = service.lately;
                if !self.believe && gone > PLAINLY && gone > accepted {
                    service.held_until = Some(now.plus(HELD));
                }
            }
        }
    }

    /// At the end of a round: the rows whose addresses are gone. Those of a service that says so of too many wait on;
    /// the operator is told.
    pub fn drop_gone(&self, now: Wall) -> Vec<Suspect> {
        let mut gone = Vec::new();
        for (origin, service) in self.lock().iter_mut().filter(|(_, s)| !s.suspects.is_empty()) {
            if self.believe || !service.too_many() {
                gone.extend(std::mem::take(&mut service.suspects));
            } else {
                service.suspects.clear();
                service.held_until = Some(now.plus(HELD));
                tracing::error!("{}", service.message(origin));
            }
        }
        gone
    }

    /// What somebody has to look at now, a line for each service.
    pub fn trouble(&self) -> Vec<String> {
        let of = self.lock();
        let barred = of.iter().filter(|(_, s)| s.barred).map(|(origin, _)| {
            format!("{origin} が、こちらの署名（サインイン）を受け付けません。そこへのおたよりは、送らずに待っています")
        });
        barred
            .chain(of.iter().filter(|(_, s)| !self.believe && s.too_many()).map(|(origin, s)| s.message(origin)))
            .collect()
    }
}

impl Service {
    fn too_many(&self) -> bool {
        let gone = self.gone.len() as u64;
        gone > FEW && gone * ONE_IN > gone + self.accepted
    }
    fn message(&self, origin: &str) -> String {
        format!(
            "{origin} が、{} 件のうち {} 件の宛先を「もうない」と答えました。多すぎるので、だれの登録も外さず、\
             そのおたよりは待たせています。\n  \
             サービスの不調なら、直ってから自然に送られます（1時間ごとに確かめます。すぐなら、もう一度 `otayori \
             send`）。\
             本当になくなった宛先だと確かめたら `otayori send --date D --drop-gone` で外せます",
            self.gone.len() as u64 + self.accepted,
            self.gone.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "https://push.example";

    fn row(n: u64) -> Suspect {
        Suspect { key: "letter:2026-W48".into(), contact: format!("c{n}") }
    }
    fn hear(services: &Services, said: Answer, n: u64, now: i64) {
        (0..n).for_each(|i| services.heard(A, said, row(i), Wall::at(now)));
    }

    #[test]
    fn few_are_gone_and_many_are_an_incident() {
        for (accepted, gone, dropped) in
            [(0, 20, 20), (0, 21, 0), (398, 21, 0), (399, 21, 21), (1900, 100, 100), (1899, 100, 0), (3, 1, 1)]
        {
            let services = Services::default();
            hear(&services, Answer::Gone, gone, 1000);
            (0..accepted).for_each(|i| services.heard(A, Answer::Accepted, row(1000 + i), Wall::at(1000)));
            assert_eq!(services.drop_gone(Wall::at(1001)).len() as u64, dropped, "{accepted} {gone}");
            assert_eq!(services.held(A, Wall::at(1002)).is_some(), dropped == 0, "{accepted} {gone}");
            assert_eq!(services.trouble().len(), usize::from(dropped == 0));
            assert!(services.drop_gone(Wall::at(1003)).is_empty(), "once");
            // An hour later it is asked again, and takes one of those that it did not know.
            assert_eq!(services.held(A, Wall::at(1002 + HELD)), None);
            hear(&services, Answer::Accepted, 1, 1002 + 2 * HELD);
            assert!(services.trouble().is_empty());
        }
        let looked_at = Services::believing();
        hear(&looked_at, Answer::Gone, 300, 1000);
        assert_eq!((looked_at.drop_gone(Wall::at(1001)).len(), looked_at.held(A, Wall::at(1001))), (300, None));
    }

    #[test]
    fn an_address_counts_once_and_a_held_service_may_be_believed_again() {
        let services = Services::default();
        for round in 0..4 {
            hear(&services, Answer::Gone, 12, 1000 + 700 * round);
            assert_eq!(
                services.drop_gone(Wall::at(1001 + 700 * round)).len(),
                12,
                "twelve, however often they are asked in round {round}"
            );
        }
        // 3,700 are taken, 300 not: too many. An hour later it takes 250 of these, and 50 of 4,000 are few, although of
        // those asked they are many.
        let services = Services::default();
        (0..3700).for_each(|i| services.heard(A, Answer::Accepted, row(1000 + i), Wall::at(1000)));
        hear(&services, Answer::Gone, 300, 1000);
        assert_eq!((services.drop_gone(Wall::at(1000)).len(), services.trouble().len()), (0, 1));
        let later = 1000 + HELD;
        hear(&services, Answer::Gone, 50, later);
        (50..300).for_each(|i| services.heard(A, Answer::Accepted, row(i), Wall::at(later)));
        assert_eq!(
            (services.drop_gone(Wall::at(later)).len(), services.held(A, Wall::at(later)), services.trouble().len()),
            (50, None, 0)
        );
        // The next week is measured by itself.
        for i in 0..30 {
            services.heard(
                A,
                Answer::Gone,
                Suspect { key: "letter:2026-W49".into(), ..row(i) },
                Wall::at(later + HELD),
            );
        }
        assert_eq!((services.drop_gone(Wall::at(later + HELD)).len(), services.trouble().len()), (0, 1));
    }

    #[test]
    fn a_service_that_plainly_knows_nobody_is_not_asked_to_the_end() {
        let services = Services::default();
        hear(&services, Answer::Gone, 100, 1000);
        assert_eq!(services.held(A, Wall::at(1000)), None);
        services.heard(A, Answer::Gone, row(100), Wall::at(1000));
        assert!(services.held(A, Wall::at(1000)).is_some());
        assert_eq!(services.held("https://other.example", Wall::at(1000)), None);
    }

    #[test]
    fn one_refused_browser_holds_nobody_else() {
        let services = Services::default();
        hear(&services, Answer::Accepted, 1, 1000);
        hear(&services, Answer::Barred(Duration::from_secs(5)), 3, 1000);
        assert_eq!((services.held(A, Wall::at(1001)), services.trouble().len()), (None, 0));
        hear(&services, Answer::Barred(Duration::from_secs(5)), 1, 1000);
        assert_eq!((services.held(A, Wall::at(1001)), services.trouble().len()), (Some(Wall::at(1005)), 1));
        assert_eq!(services.held(A, Wall::at(1005)), None);
        hear(&services, Answer::Accepted, 1, 1006);
        assert!(services.trouble().is_empty());
        let new = Services::default();
        hear(&new, Answer::Barred(Duration::from_secs(5)), 1, 1000);
        assert!(new.held(A, Wall::at(1001)).is_some(), "nobody was accepted yet");
    }
}
