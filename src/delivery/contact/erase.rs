//! A household or a person in, the ids of everybody and everything that hangs on it out; and nothing of that left here.

use crate::vault::Erased;
use anyhow::Result;
use sqlx::AnyConnection;

/// The tables whose rows go.
pub const PERSONAL: [&str; 5] = ["contacts", "email_confirmations", "person_links", "person_sessions", "persons"];

/// $1 household.
const PERSONS: &str = "SELECT id, key_owner FROM persons WHERE household_id = $1 ORDER BY id";
const CONTACTS: &str = "SELECT id FROM contacts WHERE household_id = $1";
/// $1 person.
const OF_PERSON: &str = "SELECT id FROM contacts WHERE person_id = $1";
const KEY_OF: &str = "SELECT key_owner, household_id FROM persons WHERE id = $1";
const OTHERS: &str = "SELECT COUNT(*) FROM persons WHERE household_id = $1 AND id <> $2";

/// In the order that foreign keys ask for. $1 contact.
const ERASE_CONTACT: &str = "DELETE FROM contacts WHERE id = $1";
/// $1 person.
const ERASE_PERSON: [&str; 4] = [
    "DELETE FROM email_confirmations WHERE person_id = $1",
    "DELETE FROM person_links WHERE person_id = $1",
    "DELETE FROM person_sessions WHERE person_id = $1",
    "DELETE FROM persons WHERE id = $1",
];

/// A household with everybody of it, whether it is (still) there or not.
pub async fn everybody(tx: &mut AnyConnection, household: &str) -> Result<Erased> {
    let members: Vec<(String, String)> = sqlx::query_as(PERSONS).bind(household).fetch_all(&mut *tx).await?;
    let mut contacts: Vec<String> = sqlx::query_scalar(CONTACTS).bind(household).fetch_all(&mut *tx).await?;
    let (mut persons, mut keys) = (Vec::new(), vec![household.to_owned()]);
    for (person, key_owner) in members {
        contacts.extend(sqlx::query_scalar::<_, String>(OF_PERSON).bind(&person).fetch_all(&mut *tx).await?);
        persons.push(person);
        keys.push(key_owner);
    }
    for ids in [&mut contacts, &mut keys] {
        ids.sort_unstable();
        ids.dedup();
    }
    Ok(Erased { household: Some(household.to_owned()), persons, contacts, keys })
}

/// One person; the last one of a household takes it along. `None`: there is no such person.
///
/// The key of a household's first member is the household's and stays with the others.
pub async fn one_person(tx: &mut AnyConnection, person: &str) -> Result<Option<Erased>> {
    let found: Option<(String, Option<String>)> = sqlx::query_as(KEY_OF).bind(person).fetch_optional(&mut *tx).await?;
    let Some((key_owner, household)) = found else { return Ok(None) };
    let mut keys = vec![key_owner];
    if let Some(household) = household {
        let others: i64 = sqlx::query_scalar(OTHERS).bind(&household).bind(person).fetch_one(&mut *tx).await?;
        if others == 0 {
            return everybody(tx, &household).await.map(Some);
        }
        keys.retain(|key| *key != household);
    }
    let contacts = sqlx::query_scalar(OF_PERSON).bind(person).fetch_all(&mut *tx).await?;
    Ok(Some(Erased { household: None, persons: vec![person.to_owned()], contacts, keys }))
}

/// Erases their addresses, sessions, links and themselves.
pub async fn erase(tx: &mut AnyConnection, whom: &Erased) -> Result<()> {
    for contact in &whom.contacts {
        sqlx::query(ERASE_CONTACT).bind(contact).execute(&mut *tx).await?;
    }
    for person in &whom.persons {
        for sql in ERASE_PERSON {
            sqlx::query(sql).bind(person).execute(&mut *tx).await?;
        }
    }
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    let read = [PERSONS, CONTACTS, OF_PERSON, KEY_OF, OTHERS, ERASE_CONTACT];
    read.iter().chain(&ERASE_PERSON).map(|sql| (*sql).to_owned()).collect()
}
