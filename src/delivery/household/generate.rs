//! A seed and a number in, made-up households in the database out: for the demo, for load tests, for trying a segment.
//!
//! They are marked (`generated_at`), so that `send` never writes to anybody real on their behalf.

use super::Registration;
use super::bulk::{Bulk, insert_bulk};
use super::generate_model::{Random, Wish, family};
use crate::calendar::Date;
use crate::config::Site;
use crate::contact::Channel;
use crate::db::Db;
use crate::segment::SubjectKind;
use crate::vault::Vault;
use anyhow::Result;

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// So many households.
    Households(usize),
    /// Exactly so many subjects of each kind, in as many households as they make. Twins are two.
    Subjects {
        /// Pregnancies.
        pregnancies: usize,
        /// Children under school age.
        children: usize,
    },
}

/// Makes the `n`th push address: the JSON of a PushSubscription.
pub type PushAddress<'a> = &'a mut (dyn FnMut(u64) -> Result<String> + Send);

/// What to make up.
pub struct Spec<'a> {
    /// How many.
    pub target: Target,
    /// The same seed and date make the same households.
    pub seed: u64,
    /// The day from which weeks and ages are counted.
    pub date: Date,
    /// Unix seconds that are written as the time of registration.
    pub now: i64,
    /// Areas, languages, consent.
    pub site: &'a Site,
    /// How many of a hundred are on LINE; the others have a push address.
    pub line_percent: u32,
    /// Where push addresses come from; without it all are on LINE.
    pub push: Option<PushAddress<'a>>,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Made {
    /// Households.
    pub households: u64,
    /// Subjects that are pregnancies.
    pub pregnancies: u64,
    /// Subjects that are children.
    pub children: u64,
    /// Households on LINE.
    pub line: u64,
    /// Households with a push address.
    pub web_push: u64,
    /// They were there already: nothing was written.
    pub already: bool,
}

/// Is the first household of this seed and date there?
const THERE: &str = "SELECT COUNT(*) FROM households WHERE id = $1";

/// Makes them up and stores them in one transaction. The same seed and date again: nothing is written.
pub async fn generate(
    db: &Db,
    vault: &Vault,
    spec: Spec<'_>,
    on_progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Made> {
    let Spec { target, seed, date, now, site, line_percent, mut push } = spec;
    let families = families(target, seed, date, site);
    let mut made = Made { households: families.len() as u64, ..Made::default() };
    let mut ids = Ids::new(seed, date);
    let (mut households, mut contacts) = (Vec::with_capacity(families.len()), Vec::with_capacity(families.len()));
    for (n, registration) in families.into_iter().enumerate() {
        let id = ids.next();
        for subject in &registration.subjects {
            match subject.kind {
                SubjectKind::Pregnancy => made.pregnancies += 1,
                SubjectKind::Child => made.children += 1,
            }
        }
        let on_line = ids.0.chance(u64::from(line_percent.min(100)) * 10);
        let user = format!("U{:016x}{:016x}", ids.0.next(), ids.0.next());
        contacts.push(match push.as_mut().filter(|_| !on_line) {
            Some(push) => {
                made.web_push += 1;
                (id.clone(), Channel::WebPush, push(n as u64)?)
            }
            None => {
                made.line += 1;
                (id.clone(), Channel::Line, user)
            }
        });
        households.push((id, registration));
    }
    if let Some((first, _)) = households.first() {
        let there: i64 = sqlx::query_scalar(THERE).bind(first).fetch_one(db.pool()).await?;
        if there > 0 {
            return Ok(Made { already: true, ..made });
        }
    }
    let bulk = Bulk { households, contacts, generated_at: Some(now), id: Box::new(move || ids.next()) };
    insert_bulk(db, vault, bulk, now, on_progress).await?;
    Ok(made)
}

/// The families of a target.
pub(super) fn families(target: Target, seed: u64, date: Date, site: &Site) -> Vec<Registration> {
    let mut random = Random::new(seed);
    let mut families = Vec::new();
    match target {
        Target::Households(count) => {
            while families.len() < count {
                let pregnant = random.chance(120);
                families.extend(family(&mut random, site, date, Wish { pregnant, pregnancies: 2, children: 6 }));
            }
        }
        Target::Subjects { mut pregnancies, mut children } => {
            while pregnancies + children > 0 {
                // So many families are still to come, at one and a half children each: pregnancies are spread evenly
                // over them.
                let to_come = (children * 2 / 3 + pregnancies / 3).max(1) as u64;
                let pregnant = children == 0 || random.chance(pregnancies as u64 * 1000 / to_come);
                let Some(made) = family(&mut random, site, date, Wish { pregnant, pregnancies, children }) else {
                    continue;
                };
                for subject in &made.subjects {
                    match subject.kind {
                        SubjectKind::Pregnancy => pregnancies -= 1,
                        SubjectKind::Child => children -= 1,
                    }
                }
                families.push(made);
            }
        }
    }
    families
}

/// Ids in the form of a UUIDv7 that follow from seed and date, in order.
struct Ids(Random, u64);

impl Ids {
    fn new(seed: u64, date: Date) -> Self {
        let day = i64::from(date.year()) * 512 + i64::from(date.month()) * 32 + i64::from(date.day());
        Self(Random::new(seed ^ (day as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93)), 0)
    }
    fn next(&mut self) -> String {
        self.1 += 1;
        let random = self.0.next();
        // 48 bits of "time" hold the count, so that neighbours are neighbours on disk.
        uuid::Uuid::from_u64_pair(
            (self.1 << 16) | 0x7000 | (random >> 52),
            (random & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000,
        )
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{GestationalAge, date, school_entry};
    use crate::config::Config;
    use std::collections::BTreeSet;

    const TODAY: Date = date(2026, 11, 21);

    fn site() -> Site {
        Config::load_with(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")), &|_| None).unwrap().site
    }

    #[test]
    fn exactly_as_many_as_asked() {
        let site = site();
        for seed in 0..20 {
            let made = families(Target::Subjects { pregnancies: 160, children: 1200 }, seed, TODAY, &site);
            let count = |kind| made.iter().flat_map(|f| &f.subjects).filter(|s| s.kind == kind).count();
            assert_eq!((count(SubjectKind::Pregnancy), count(SubjectKind::Child)), (160, 1200), "seed {seed}");
            assert_eq!(made, families(Target::Subjects { pregnancies: 160, children: 1200 }, seed, TODAY, &site));
            let weeks: BTreeSet<i32> = made
                .iter()
                .flat_map(|f| &f.subjects)
                .filter(|s| s.kind == SubjectKind::Pregnancy)
                .map(|s| GestationalAge::on(s.stage_on, TODAY).unwrap().week())
                .collect();
            assert!(
                weeks.len() > 30 && weeks.first() >= Some(&4) && weeks.last() <= Some(&41),
                "seed {seed} {weeks:?}"
            );
            let beside = made
                .iter()
                .filter(|f| f.subjects.iter().any(|s| s.kind == SubjectKind::Pregnancy) && f.subjects.len() > 1)
                .count();
            assert!((40..120).contains(&beside), "seed {seed}: {beside} pregnancies beside children");
        }
    }

    #[test]
    fn spread_like_a_real_city() {
        let made = families(Target::Households(20_000), 1, TODAY, &site());
        assert_eq!(made.len(), 20_000);
        let subjects: Vec<_> = made.iter().flat_map(|f| &f.subjects).collect();
        let children: Vec<_> = subjects.iter().filter(|s| s.kind == SubjectKind::Child).collect();
        assert!(children.iter().all(|c| c.stage_on <= TODAY && school_entry(c.stage_on) > TODAY));
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        let near = |value: f64, want: f64, by: f64, what: &str| assert!((value - want).abs() < by, "{what}: {value}");
        near(
            share(
                made.iter().filter(|f| f.subjects.iter().any(|s| s.kind == SubjectKind::Pregnancy)).count(),
                made.len(),
            ),
            0.12,
            0.01,
            "pregnant",
        );
        near(share(children.iter().filter(|c| c.due_on.is_some()).count(), children.len()), 0.057, 0.006, "preterm");
        near(share(made.iter().filter(|f| f.language == "ja").count(), made.len()), 0.88, 0.01, "ja");
        near(share(made.iter().filter(|f| f.language == "en").count(), made.len()), 0.05, 0.006, "en");
        let twins = made.iter().filter(|f| f.subjects.windows(2).any(|p| p[0].stage_on == p[1].stage_on)).count();
        near(share(twins, made.len()), 0.014, 0.006, "twins");
        // Two births never lie closer than nature allows, and a first child has no elder.
        for f in &made {
            let mut days: Vec<Date> = f.subjects.iter().map(|s| s.stage_on).collect();
            days.sort();
            days.dedup();
            assert!(days.windows(2).all(|p| crate::calendar::days_between(p[0], p[1]) > 300), "{f:?}");
            assert!(f.first_child != Some(true) || days.len() == 1, "{f:?}");
        }
    }
}
