//! What somebody typed into the search in, whom to ring out: by words alone, so that the page can tell it on the phone,
//! and nothing is sent.
//!
//! `search/<language>/danger.json` holds the same table and the same contacts for `static/search.js`.

use super::Edition;
use super::pages::contact_lines;
use crate::aid::{self, Whose};
use crate::content::EmergencyContact;
use crate::danger::{Danger, detector};
use crate::search::{Names, Phrase, spelled};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Which words name which danger (`content/danger/search.txt`).
static NAMES: LazyLock<Names> = LazyLock::new(|| Names::parse(&detector().data.search));

/// Contacts above the results, at most.
const MOST: usize = 3;

/// The dangers that the words of a query name, the nearest to death first.
pub fn urgent(query: &str) -> BTreeSet<Danger> {
    NAMES.of(query).into_iter().filter_map(Danger::from_id).collect()
}

/// Whom to ring for a danger at any hour, the first one first, who is always there before who is not; where a doctor is
/// for it, the ambulance is among them.
pub fn fitting(contacts: &[EmergencyContact], danger: Danger) -> Vec<&EmergencyContact> {
    let mut whom = aid::whom(&[danger], Whose::Unknown, contacts, None);
    whom.others.sort_by_key(|c| !aid::always_open(c));
    let others = usize::from(!danger.medical()) + 1;
    let all = whom
        .button
        .into_iter()
        .chain(whom.others.iter().copied().take(others))
        .chain(whom.ambulance)
        .chain(whom.others.iter().copied().skip(others));
    all.filter(|c| !c.number.is_empty()).take(MOST).collect()
}

/// What the page knows.
#[derive(Serialize)]
struct Table<'a> {
    /// Each danger with its phrases, the places of its contacts below and its first line; the nearest to death first.
    kinds: Vec<(&'static str, String, Vec<usize>, &'a str)>,
    /// Number, what to dial, title, hours.
    contacts: Vec<(String, String, String, String)>,
}

/// The file for the pages in a language.
pub(super) fn file(edition: &Edition<'_>, language: &str) -> serde_json::Result<Vec<u8>> {
    let contacts = &edition.library.contacts;
    let place = |contact: &EmergencyContact| contacts.iter().position(|c| std::ptr::eq(c, contact));
    let mut kinds: Vec<(Danger, &[Phrase])> =
        NAMES.0.iter().filter_map(|(id, phrases)| Some((Danger::from_id(id)?, phrases.as_slice()))).collect();
    kinds.sort_by_key(|(danger, _)| *danger);
    let words = edition.theme.words(language);
    let first = |danger: Danger| words.get(&aid::first_line(danger)).map_or("", String::as_str);
    let kinds = kinds
        .into_iter()
        .map(|(danger, phrases)| {
            (
                danger.id(),
                spelled(phrases),
                fitting(contacts, danger).into_iter().filter_map(place).collect(),
                first(danger),
            )
        })
        .collect();
    let contacts = contact_lines(edition, language).into_iter().map(|l| (l.number, l.dial, l.title, l.short)).collect();
    serde_json::to_vec(&Table { kinds, contacts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_danger_has_words_and_only_dangers_have() {
        let named: BTreeSet<Danger> = NAMES
            .0
            .iter()
            .map(|(id, _)| Danger::from_id(id).filter(|d| d.id() == id).unwrap_or_else(|| panic!("{id}")))
            .collect();
        assert_eq!(named, Danger::ALL.into_iter().collect::<std::collections::BTreeSet<_>>());
        for (id, phrases) in &NAMES.0 {
            // One letter of an alphabet, or one kana, stands in anything.
            let shortest = phrases
                .iter()
                .flat_map(|p| p.iter().map(move |forms| (p.len(), forms)))
                .flat_map(|(n, forms)| forms.iter().map(move |f| (n, f)));
            for (parts, form) in shortest {
                let letters = form.chars().count();
                assert!(
                    letters > 1 || form.chars().all(|c| matches!(c, '\u{3400}'..='\u{9FFF}' | 'た')) && parts > 1,
                    "{id}: {form}"
                );
            }
        }
    }
}
