//! What push services answer in; out, which of them are left alone for now, and which addresses are really gone.
//!
//! A service that says 404 or 410 of everybody has trouble of its own. So an address is dropped only at the end of a run, and only where few
//! of that service's addresses are gone; otherwise the service is held, and somebody is told.

use crate::calendar::Wall;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Up to so many addresses of a service may be gone in one run whatever their share …
const FEW: u64 = 20;
/// … and above that one in so many.
const ONE_IN: u64 = 20;
/// A service that says of so many that they are gone, and of more than every other, is not asked any more in this run.
const PLAINLY: u64 = 100;
/// So many refusals of our signature, and none accepted: the service takes nothing from us.
const REFUSALS: u64 = 4;
/// A held service is left alone for so long, in seconds. What it said before a pause of this length is another run's.
const HELD: i64 = 3600;
/// An address that was said to be gone waits so long for the end of the run, in seconds; after a crash it is asked again then.
pub const SUSPECTED: i64 = 600;

/// What a service said to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It took it.
    Accepted,
    /// It does not take our signature; to be asked again after this long.
    Barred(Duration),
    /// There is no such address any more.
    Gone,
}

/// A row whose address was said to be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Outbox key.
    pub key: String,
    /// The contact.
    pub contact: String,
}

#[derive(Debug, Default)]
struct Service {
    accepted: u64,
    gone: u64,
    refusals: u64,
    heard_at: i64,
    held_until: Option<Wall>,
    barred: bool,
    suspects: Vec<Suspect>,
}

/// The services of one process, by origin.
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

    /// Notes what a service said. `suspect` is the row, for [`Said::Gone`].
    pub fn heard(&self, origin: &str, said: Said, suspect: Suspect, now: Wall) {
        let mut of = self.lock();
        let service = of.entry(origin.to_owned()).or_default();
        if now.seconds() - service.heard_at > HELD {
            *service = Service { suspects: std::mem::take(&mut service.suspects), ..Service::default() };
        }
        service.heard_at = now.seconds();
        match said {
            Said::Accepted => {
                (service.accepted, service.refusals, service.barred) = (service.accepted + 1, 0, false);
            }
            Said::Barred(after) => {
                service.refusals += 1;
                // One browser that subscribed with another key is refused among others that are not.
                if service.refusals >= REFUSALS || service.accepted == 0 {
                    service.barred = true;
                    service.held_until = Some(now.plus(i64::try_from(after.as_secs()).unwrap_or(HELD).clamp(1, HELD)));
                }
            }
            Said::Gone => {
                service.gone += 1;
                service.suspects.push(suspect);
                if !self.believe && service.gone > PLAINLY && service.gone * 2 > service.gone + service.accepted {
                    service.held_until = Some(now.plus(HELD));
                }
            }
        }
    }

    /// At the end of a run: the rows whose addresses are gone. Those of a service that says so of too many wait on; the operator is told.
    pub fn judge(&self, now: Wall) -> Vec<Suspect> {
        let mut gone = Vec::new();
        for (origin, service) in self.lock().iter_mut().filter(|(_, s)| !s.suspects.is_empty()) {
            if self.believe || !service.too_many() {
                gone.append(&mut service.suspects);
            } else {
                service.suspects.clear();
                service.held_until = Some(now.plus(HELD));
                tracing::error!("{}", service.told(origin));
            }
        }
        gone
    }

    /// What somebody has to look at now, a line for each service.
    pub fn trouble(&self) -> Vec<String> {
        let of = self.lock();
        let barred =
            of.iter().filter(|(_, s)| s.barred).map(|(origin, _)| format!("通知サービス {origin} が、こちらの署名を受け付けません。そこへのおたよりは、送らずに待っています"));
        barred.chain(of.iter().filter(|(_, s)| !self.believe && s.too_many()).map(|(origin, s)| s.told(origin))).collect()
    }
}

impl Service {
    fn too_many(&self) -> bool {
        self.gone > FEW && self.gone * ONE_IN > self.gone + self.accepted
    }
    fn told(&self, origin: &str) -> String {
        format!(
            "通知サービス {origin} が、{} 件のうち {} 件の宛先を「もうない」と答えました。多すぎるので、だれの登録も外さず、そのおたよりは待たせています。\n  \
             サービスの不調なら、直ってから自然に送られます（1時間ごとに確かめます。すぐなら、もう一度 `otayori send`）。\
             本当になくなった宛先だと確かめたら `otayori send --date D --drop-gone` で外せます",
            self.gone + self.accepted,
            self.gone
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
    fn hear(services: &Services, said: Said, n: u64, now: i64) {
        (0..n).for_each(|i| services.heard(A, said, row(i), Wall::at(now)));
    }

    #[test]
    fn few_are_gone_and_many_are_an_incident() {
        for (accepted, gone, dropped) in [(0, 20, 20), (0, 21, 0), (398, 21, 0), (399, 21, 21), (1900, 100, 100), (1899, 100, 0), (3, 1, 1)] {
            let services = Services::default();
            hear(&services, Said::Gone, gone, 1000);
            hear(&services, Said::Accepted, accepted, 1000);
            assert_eq!(services.judge(Wall::at(1001)).len() as u64, dropped, "{accepted} {gone}");
            assert_eq!(services.held(A, Wall::at(1002)).is_some(), dropped == 0, "{accepted} {gone}");
            assert_eq!(services.trouble().len(), usize::from(dropped == 0));
            assert!(services.judge(Wall::at(1003)).is_empty(), "once");
            // An hour later it is asked again, and judged by what it says then.
            assert_eq!(services.held(A, Wall::at(1002 + HELD)), None);
            hear(&services, Said::Accepted, 1, 1002 + 2 * HELD);
            assert!(services.trouble().is_empty());
        }
        let looked_at = Services::believing();
        hear(&looked_at, Said::Gone, 300, 1000);
        assert_eq!((looked_at.judge(Wall::at(1001)).len(), looked_at.held(A, Wall::at(1001))), (300, None));
    }

    #[test]
    fn a_service_that_plainly_knows_nobody_is_not_asked_to_the_end() {
        let services = Services::default();
        hear(&services, Said::Gone, 100, 1000);
        assert_eq!(services.held(A, Wall::at(1000)), None);
        hear(&services, Said::Gone, 1, 1000);
        assert!(services.held(A, Wall::at(1000)).is_some());
        assert_eq!(services.held("https://other.example", Wall::at(1000)), None);
    }

    #[test]
    fn one_refused_browser_holds_nobody_else() {
        let services = Services::default();
        hear(&services, Said::Accepted, 1, 1000);
        hear(&services, Said::Barred(Duration::from_secs(5)), 3, 1000);
        assert_eq!((services.held(A, Wall::at(1001)), services.trouble().len()), (None, 0));
        hear(&services, Said::Barred(Duration::from_secs(5)), 1, 1000);
        assert_eq!((services.held(A, Wall::at(1001)), services.trouble().len()), (Some(Wall::at(1005)), 1));
        assert_eq!(services.held(A, Wall::at(1005)), None);
        hear(&services, Said::Accepted, 1, 1006);
        assert!(services.trouble().is_empty());
        let new = Services::default();
        hear(&new, Said::Barred(Duration::from_secs(5)), 1, 1000);
        assert!(new.held(A, Wall::at(1001)).is_some(), "nobody was accepted yet");
    }
}
