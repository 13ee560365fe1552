//! A person and what it gives us in; how it is reached, on which device and by which link it is recognised, sealed or
//! hashed, out. Nothing of pregnancies, letters or questions.
//!
//! What is done to a person at somebody's word (and stands in the log) is a household's or the desk's deed: it calls
//! what is here inside its own transaction.

mod address;
mod channel;
mod confirm;
mod erase;
mod link;
mod listed;
mod person;
mod session;

pub use address::{
    CONTEXT, NewContact, Sealed, attach, by_line_user, gone, insert_many, line_back, line_gone, line_user, lookup,
    of_lookup, owner, owner_on, remove, take_all_along, take_along, take_away, taken_away,
};
pub use channel::{Channel, Shape, UnknownChannel};
pub use confirm::{
    Claimed, Open, Pending, PendingRecord, TABLES as UNCONFIRMED, ask_email, claim_question, confirm_token, confirms,
    drop_question, forget_unconfirmed, open_question, pending_emails, pending_records, question_asked, question_later,
    question_of_token, withdraw_email,
};
pub use erase::{PERSONAL, erase, everybody, one_person};
pub use link::{
    Purpose, Way, first_time, insert_link, insert_used, is_used, leads, line_nonce, member_of_code, of_line_nonce,
    one_time_link, pairing_code, pairing_secret, registered_by, sent_before, stop_made_by, stop_was_made, take_link,
    use_line_nonce,
};
pub use listed::{
    AddressRecord, Contact, SealedAddress, channels, channels_of_all, gone_since_the_last, live, records, sealed_on,
};
pub use person::{Member, first_member, first_members, household_of, key_owner};
pub use session::{
    SESSION_DAYS, Session, begin_session, end_session, end_sessions, forget_sessions, note_of_session,
    noted_in_session, renew_session, session,
};

use crate::db::Db;

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts(db: &Db) -> Vec<String> {
    [
        address::sql_texts(db),
        confirm::sql_texts(),
        erase::sql_texts(),
        link::sql_texts(),
        listed::sql_texts(db),
        person::sql_texts(db),
        session::sql_texts(),
    ]
    .concat()
}
