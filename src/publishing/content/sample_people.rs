//! People and reviews that were shipped with the sample: who is still one of them.

use super::person::Person;
use crate::calendar::Date;
use std::sync::LazyLock;

/// What the small site of `new` holds in places that a city fills in.
pub const UNWRITTEN: [&str; 8] = [
    "○○市",
    "○○課",
    "○○係",
    "（書く人の名前）",
    "（監修する人の名前）",
    "（所属）",
    "（自己紹介を2、3文で）",
    "（よりどころにした指針や資料の名前）",
];

/// The people of the sample city, as they are shipped.
pub(super) const PEOPLE: &str = include_str!("../../../content/people.yaml");
/// Marks and days of the reviews that were shipped before one said who signed it. Later ones say so themselves.
const SHIPPED_REVIEWS: &str = include_str!("sample/reviews.txt");
/// Ids and names.
pub(super) static SHIPPED_PEOPLE: LazyLock<Vec<(String, String)>> = LazyLock::new(|| entries(PEOPLE, "name"));
/// What they say of themselves.
static SHIPPED_BIOS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| entries(PEOPLE, "bio"));
/// Stands in the licence of each of them.
const NO_LICENCE: &str = "見本のため番号はありません";

/// Of a list that is shipped: each `id` with one more value of its entry.
pub(super) fn entries(text: &str, key: &str) -> Vec<(String, String)> {
    let (mut found, mut id) = (Vec::new(), String::new());
    let value = |line: &str| {
        line.trim_start_matches(|c: char| c != ':').trim_start_matches(':').trim().trim_matches('"').to_owned()
    };
    for line in text.lines() {
        if line.starts_with("- id:") {
            id = value(line);
        } else if line.trim_start().starts_with(&format!("{key}:")) {
            found.push((id.clone(), value(line)));
        }
    }
    found
}

/// Made up: marked so, one of the sample city's, nobody yet, or somebody who has the licence or the life of one of the
/// sample's.
pub fn is_sample_person(person: &Person) -> bool {
    person.sample
        || UNWRITTEN.contains(&person.name.as_str())
        || SHIPPED_PEOPLE.iter().any(|(id, name)| *id == person.id && letters(name) == letters(&person.name))
        || borrowed(person).is_some()
}

pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What of the sample's people still stands with another name: the key, and what is said of it.
pub(super) fn borrowed(person: &Person) -> Option<(&'static str, &'static str)> {
    if person.licence.contains(NO_LICENCE) {
        return Some(("licence", "免許が、見本のまま（番号がない）です"));
    }
    let bio = letters(&person.bio);
    let first = |shipped: &str| letters(shipped.split_inclusive('。').next().unwrap_or_default());
    SHIPPED_BIOS
        .iter()
        .any(|(_, shipped)| bio.contains(&first(shipped)))
        .then_some(("bio", "紹介文が、見本の架空の人のものです"))
}

/// Is this the id of somebody of the sample, whoever bears it now?
pub fn is_sample_reviewer(id: &str) -> bool {
    SHIPPED_PEOPLE.iter().any(|(shipped, _)| shipped == id)
}

/// Was this review shipped with the sample, before reviews said who signed them? `body` is its mark, or begins with it.
pub fn is_sample_review(body: &str, on: Date) -> bool {
    SHIPPED_REVIEWS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .any(|(mark, day)| body.starts_with(mark) && day.parse::<Date>().is_ok_and(|day| day == on))
}
