//! A seed and a date in, made-up families out, spread like a real city's. Pure: the same seed and date give the same
//! families.

use super::{NewSubject, Registration};
use crate::calendar::{Date, TERM_DAYS, days_between, plus_days, school_entry};
use crate::config::Site;
use crate::segment::SubjectKind;

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same on every machine.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// 0 … `n` − 1.
    fn below(&mut self, n: u64) -> u64 {
        // The bias of a remainder is below 2⁻⁴⁰ for such small n.
        self.next() % n.max(1)
    }
    fn between(&mut self, from: i32, to: i32) -> i32 {
        from + i32::try_from(self.below(u64::from(to.abs_diff(from)) + 1)).unwrap_or(0)
    }
    /// True in `per_mille` of 1,000 cases.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }
    /// The index of one of `weights`.
    fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (n, weight) in weights.iter().enumerate() {
            if left < *weight {
                return n;
            }
            left -= weight;
        }
        0
    }
}

/// Children a household that has any, not counting those at school: 1, 2, 3.
const CHILDREN: [u64; 3] = [56, 36, 8];
/// Children beside a pregnancy: 0, 1, 2.
const BESIDE: [u64; 3] = [46, 40, 14];
/// Births a thousand that are twins (人口動態統計: about 1 % of births).
const TWINS: u64 = 10;
/// Births a thousand before 37w0d (人口動態統計: 5.7 %).
const PRETERM: u64 = 57;
/// Preterm births by completed week, from 24 to 36.
const PRETERM_WEEKS: [u64; 13] = [1, 1, 1, 1, 2, 2, 3, 4, 6, 9, 15, 22, 33];
/// A thousand of those who are not told where they live.
const NO_AREA: u64 = 60;

/// How the next family shall be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub pregnant: bool,
    /// At most this many pregnancies (twins are two subjects).
    pub pregnancies: usize,
    /// At most this many children.
    pub children: usize,
}

/// One made-up family; `None` when the wish leaves nobody.
pub(super) fn family(random: &mut Random, site: &Site, today: Date, wish: Wish) -> Option<Registration> {
    let mut subjects = Vec::new();
    // Whoever was born before this day has a gap to the next sibling's conception.
    let mut latest_birth = today;
    let pregnant = wish.pregnant && wish.pregnancies > 0;
    if pregnant {
        let due = due_date(random, today);
        let babies = if random.chance(TWINS) { 2 } else { 1 };
        subjects.extend((0..babies.min(wish.pregnancies)).map(|_| NewSubject {
            kind: SubjectKind::Pregnancy,
            stage_on: due,
            due_on: None,
        }));
        latest_birth = plus_days(due, -TERM_DAYS - random.between(90, 900));
    }
    let wanted = if pregnant { random.weighted(&BESIDE) } else { random.weighted(&CHILDREN) + 1 };
    let mut at_school = false;
    let mut births = 0;
    while births < wanted && subjects.len() < 5 && children(&subjects) < wish.children {
        let birth = if births == 0 && !pregnant { birth_date(random, today) } else { latest_birth };
        if school_entry(birth) <= today {
            at_school = true;
            break;
        }
        let weeks = random.chance(PRETERM).then(|| 24 + i32::try_from(random.weighted(&PRETERM_WEEKS)).unwrap_or(0));
        let due_on = weeks
            .map(|w| plus_days(birth, TERM_DAYS - w * 7 - random.between(0, 6)))
            .filter(|due| days_between(birth, *due) > 21);
        let twins = if random.chance(TWINS) { 2 } else { 1 };
        for _ in 0..twins.min(wish.children - children(&subjects)) {
            subjects.push(NewSubject { kind: SubjectKind::Child, stage_on: birth, due_on });
        }
        births += 1;
        latest_birth = plus_days(birth, -random.between(400, 1500));
    }
    if subjects.is_empty() {
        return None;
    }
    // Older brothers and sisters may be at school: only one birth does not make a first child.
    let several = births + usize::from(pregnant) > 1 || at_school;
    let first_child = match (several, random.below(100)) {
        (true, 0..85) => Some(false),
        (false, 0..62) => Some(true),
        (false, 62..80) => Some(false),
        _ => None,
    };
    Some(Registration {
        subjects,
        area: area(random, site),
        language: language(random, site),
        first_child,
        code: String::new(),
        consent_version: site.consent.version.clone(),
    })
}

fn children(subjects: &[NewSubject]) -> usize {
    subjects.iter().filter(|s| s.kind == SubjectKind::Child).count()
}

/// Weeks 4 to 41. Few have registered before the first visit to the doctor, few are still pregnant after 40w0d.
fn due_date(random: &mut Random, today: Date) -> Date {
    let mut weights = [10u64; 38];
    for (week, weight) in [(4, 3), (5, 4), (6, 6), (7, 7), (8, 8), (38, 9), (39, 7), (40, 5), (41, 2)] {
        weights[week - 4] = weight;
    }
    let week = 4 + i32::try_from(random.weighted(&weights)).unwrap_or(0);
    plus_days(today, TERM_DAYS - week * 7 - random.between(0, 6))
}

/// From today back to the oldest child that is not at school yet; younger ones are registered a little more often.
fn birth_date(random: &mut Random, today: Date) -> Date {
    loop {
        let days = random.between(0, 7 * 366);
        let birth = plus_days(today, -days);
        if school_entry(birth) > today && !random.chance(u64::from(days.unsigned_abs()) / 8) {
            return birth;
        }
    }
}

/// The first areas of the list have more people; some do not say.
fn area(random: &mut Random, site: &Site) -> String {
    if site.areas.is_empty() || random.chance(NO_AREA) {
        return String::new();
    }
    let weights: Vec<u64> = (0..site.areas.len()).map(|n| 30 / (n as u64 + 2) + 6).collect();
    site.areas[random.weighted(&weights)].id.clone()
}

/// 88 % the first language, 7 % easy Japanese, 5 % English, as far as the site has them.
fn language(random: &mut Random, site: &Site) -> String {
    let main = site.languages.first().map_or("ja", String::as_str);
    let wished = match random.below(100) {
        0..88 => main,
        88..95 => "easy",
        _ => "en",
    };
    if site.languages.iter().any(|l| l == wished) { wished.to_owned() } else { main.to_owned() }
}
