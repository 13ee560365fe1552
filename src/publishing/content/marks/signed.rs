//! A reviewer in, the mark of who they are out; a record and the people of today in, whether it is still theirs out.
//!
//! `p1-0123456789ab` is of id and name. `s1-…` was recorded for somebody who is made up, and stays nobody's, whatever
//! the list of people says later.

use super::NoReview;
use crate::calendar::Date;
use crate::content::person::Person;
use crate::content::sample_people::{is_sample_person, is_sample_review, is_sample_reviewer};
use aws_lc_rs::digest::{SHA256, digest};

/// The rule of a person's mark, and the one of somebody made up.
const REAL: &str = "p1-";
const MADE_UP: &str = "s1-";
/// Bytes of the mark.
const BYTES: usize = 6;
/// What stands behind a name and is no part of it: who adds or drops one stays who they are.
const TITLES: [&str; 10] = ["先生", "医師", "助産師", "看護師", "保健師", "心理士", "心理師", "院長", "部長", "さん"];

/// A review as it is written down.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'a> {
    /// The day of the review.
    pub on: Date,
    /// The mark of what was reviewed, or its beginning.
    pub body: &'a str,
    /// The mark of who reviewed it; a record of before there was one has none.
    pub signed: Option<&'a str>,
}

/// The mark of a reviewer as they stand in the list of people.
pub fn signed(person: &Person) -> String {
    let rule = if is_sample_person(person) { MADE_UP } else { REAL };
    format!("{rule}{}", mark(&person.id, &person.name))
}

/// Is this, below a review, somebody else than who signed it? For every city but the sample's, whose people are made
/// up.
pub fn not_theirs(person: &Person, signature: &Signature<'_>) -> Option<NoReview> {
    if is_sample_person(person) {
        return Some(NoReview::Sample);
    }
    match signature.signed {
        // Before reviews said who signed them, only what was shipped tells those of nobody.
        None => (is_sample_reviewer(&person.id) || is_sample_review(signature.body, signature.on))
            .then_some(NoReview::Sample),
        Some(signed) if signed.starts_with(MADE_UP) => Some(NoReview::Sample),
        Some(signed) => {
            let names = std::iter::once(&person.name).chain(&person.formerly);
            let same = signed
                .strip_prefix(REAL)
                .is_some_and(|signed| names.into_iter().any(|name| mark(&person.id, name) == signed));
            (!same).then_some(NoReview::Renamed)
        }
    }
}

fn mark(id: &str, name: &str) -> String {
    let hash = digest(&SHA256, format!("{id}\u{1F}{}", bare(name)).as_bytes());
    hash.as_ref().iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// A name without spaces and titles.
fn bare(name: &str) -> String {
    let mut bare: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    while let Some(shorter) =
        TITLES.iter().find_map(|title| bare.strip_suffix(title)).filter(|shorter| !shorter.is_empty())
    {
        bare.truncate(shorter.len());
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use crate::content::Profession;

    fn person(id: &str, name: &str) -> Person {
        let none = String::new;
        Person {
            id: id.into(),
            name: name.into(),
            kana: none(),
            profession: Profession::Midwife,
            licence: none(),
            affiliation: none(),
            bio: none(),
            conflicts: none(),
            formerly: Vec::new(),
            sample: false,
        }
    }

    #[test]
    fn a_mark_is_of_one_person() {
        let honda = person("doctor-1", "本田 実");
        let mark = signed(&honda);
        let of = |person: &Person, signed: Option<&str>| {
            not_theirs(person, &Signature { on: date(2026, 11, 20), body: "m2-0123456789abcdef", signed })
        };
        for name in ["本田 実", "本田　実", "本田実 先生", "本田 実 医師・先生".trim_end_matches("・先生")]
        {
            assert_eq!(of(&person("doctor-1", name), Some(&mark)), None, "{name}");
        }
        for (id, name) in [("doctor-1", "山田 花子"), ("doctor-2", "本田 実"), ("doctor-1", "先生")] {
            assert_eq!(of(&person(id, name), Some(&mark)), Some(NoReview::Renamed), "{id} {name}");
        }
        assert_eq!(of(&honda, Some("p1-")), Some(NoReview::Renamed));
        assert_eq!(of(&honda, None), None, "of before there were marks");
        let married = Person { formerly: vec!["本田 実".into()], ..person("doctor-1", "鈴木 実") };
        assert_eq!((of(&married, Some(&mark)), of(&married, Some(&signed(&married)))), (None, None));
        let made_up = Person { sample: true, ..honda.clone() };
        assert_eq!(
            (of(&made_up, Some(&mark)), of(&honda, Some(&signed(&made_up)))),
            (Some(NoReview::Sample), Some(NoReview::Sample))
        );
    }

    /// What was shipped, and what may have been recorded for the people of the sample, belongs to nobody who takes
    /// their place.
    #[test]
    fn records_of_the_sample_stay_nobodys() {
        let of = |person: &Person, body: &str, on| not_theirs(person, &Signature { on, body, signed: None });
        assert_eq!(
            of(&person("takase-wataru", "本田 実"), "m2-0123456789abcdef", date(2026, 11, 20)),
            Some(NoReview::Sample)
        );
        let text = include_str!("../../../../content/articles/netsu.md");
        let line = text.lines().find(|l| l.starts_with("review: ")).unwrap();
        let value = |key: &str| line.split_once(key).unwrap().1.split([',', '}']).next().unwrap().trim();
        let on: Date = value("on:").parse().unwrap();
        assert_eq!(of(&person("honda", "本田 実"), value("body:"), on), Some(NoReview::Sample), "{line}");
        assert_eq!(
            of(&person("honda", "本田 実"), value("body:"), on.tomorrow().unwrap()),
            None,
            "their own review of the same text"
        );
    }
}
