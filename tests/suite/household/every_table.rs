//! Whoever is erased, a household or one person of it, is looked for in every column of every table that the database
//! itself names: what a table keeps has a reason here, and so has a table that can hold nobody.

use super::*;
use otayori::calendar::Date;
use otayori::clock::Wall;
use otayori::consult::NewAnswer;
use otayori::content::Profession;
use otayori::feedback;
use otayori::household::{NewSubject, Registration, Subscription};
use otayori::mailbox::EmailAddress;
use otayori::outbox::{self, To};
use otayori::segment::SubjectKind;
use otayori::staff::{self, NewAccount, Role};
use otayori::vault::{new_id, token_hash};
use std::collections::BTreeSet;

/// Tables that hold nothing by which somebody could be found, and why.
const NOBODY: [(&str, &str); 18] = [
    ("article_numbers", "numbers of articles"),
    ("clock", "the instant that a process has seen"),
    ("consultation_surveys", "numbers of a day"),
    ("erased_watches", "which dangers threads had that were erased, from which nothing leads back"),
    ("installation_keys", "secrets of the installation"),
    ("letter_counts", "numbers of a day"),
    ("letter_items", "texts of articles, which many letters share"),
    ("letter_tallies", "which weeks are counted"),
    ("line_counts", "numbers of a day"),
    ("line_events", "a keyed look-up of its own for three days; what an event held is erased when it is done"),
    ("readers_said", "numbers of a week"),
    ("readers_tries", "a keyed hash of an address on the net, for fifteen minutes"),
    ("runs", "which process does which job"),
    ("sign_in_failures", "a keyed hash, of staff"),
    ("staff", "accounts of staff"),
    ("staff_sessions", "of staff"),
    ("upkeep", "notes of the program to itself"),
    ("visits", "numbers of a day"),
];

/// What stays of somebody who is erased, and why.
const KEPT: [(&str, &str, &str); 6] = [
    ("audit", "id", "what staff did to a thread stays on record, and that it was erased"),
    ("audit", "target", "the same: the thread's id, and the household's in the line of the erasure"),
    ("batches", "id", "a week's batch is of many people; it goes with the week"),
    ("batches", "retry_key", "the same"),
    ("source_counts", "source", "a keyed hash, another one each day; erased when the day is over"),
    ("wanted_articles", "mark", "a keyed hash of the thread, so that one question counts once; nothing leads back"),
];

/// A text is somebody's own when it came with her and has so many bytes: an id, a hash, a sealed word, a date.
const TELLING: usize = 10;

/// Every text of the database, by table and column.
type Texts = BTreeMap<(String, String), BTreeSet<String>>;

async fn tables(test: &TestDb) -> BTreeSet<String> {
    let sql = if test.db.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
    };
    let all: Vec<String> = sqlx::query_scalar(sql).fetch_all(test.db.pool()).await.unwrap();
    all.into_iter().filter(|table| table != "_sqlx_migrations").collect()
}

async fn texts(test: &TestDb) -> Texts {
    let sql = if test.db.is_sqlite() {
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = \
         'TEXT'"
    } else {
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = \
         current_schema() AND data_type = 'text'"
    };
    let columns: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(test.db.pool()).await.unwrap();
    assert!(columns.len() > 100, "the columns were not found");
    let mut found = Texts::new();
    for (table, column) in columns.into_iter().filter(|(table, _)| table != "_sqlx_migrations") {
        let sql = format!("SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL");
        let values: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(test.db.pool()).await.unwrap();
        found.insert((table, column), values.into_iter().collect());
    }
    found
}

/// What came between two looks, of every column.
fn came(before: &Texts, after: &Texts) -> Texts {
    let known: BTreeSet<&String> = before.values().flatten().collect();
    let new = |values: &BTreeSet<String>| -> BTreeSet<String> {
        values.iter().filter(|v| v.len() >= TELLING && !known.contains(v)).cloned().collect()
    };
    after.iter().map(|(column, values)| (column.clone(), new(values))).filter(|(_, new)| !new.is_empty()).collect()
}

/// Columns that still hold something of `own`, also as a part of it.
fn left<'a>(own: &Texts, after: &'a Texts) -> Vec<(&'a str, &'a str, &'a str)> {
    let own: BTreeSet<&String> = own.values().flatten().collect();
    let mut left = Vec::new();
    for ((table, column), values) in after {
        let found = values.iter().filter(|value| own.iter().any(|text| value.contains(text.as_str())));
        left.extend(found.map(|value| (table.as_str(), column.as_str(), value.as_str())));
    }
    left
}

/// Everything that somebody can give the city, for a person of a household; what must never stand there in plain.
async fn gives_everything(service: &Service, clinician: &str, person: &str, n: u32) -> Vec<String> {
    let (db, vault, now) = (&service.db, &service.vault, service.now);
    let session = household::sign_in(db, person, now).await.unwrap();
    let json = SUBSCRIPTION.replace("send/abc", &format!("send/browser-{n}"));
    let subscription = Subscription::parse(json.as_bytes(), false).unwrap();
    assert!(household::attach_push(db, vault, person, &session, &subscription, now).await.unwrap());
    let nonce = contact::line_nonce(db, person, now).await.unwrap();
    let user = format!("U{n:032x}");
    household::attach_line(db, vault, &nonce, &user, now).await.unwrap().unwrap();
    let address = format!("person-{n}@example.jp");
    let typed: EmailAddress = address.parse().unwrap();
    assert!(contact::ask_email(db, vault, person, &typed, now).await.unwrap());
    let link = contact::one_time_link(db, person, "2026-W48", now).await.unwrap();

    let mut browser = service.browser();
    browser.cookies.insert("household".into(), session.clone());
    let text = format!("{n}人目です。血が出ています");
    browser.asks(&text).await;
    let thread: String = sqlx::query_scalar("SELECT id FROM consultations WHERE person_id = $1")
        .bind(person)
        .fetch_one(db.pool())
        .await
        .unwrap();
    let (thread, _) = consult::read(db, vault, &thread, clinician, now).await.unwrap().unwrap();
    let entry = new_id();
    let notice = crate::channel::notice(&outbox::answer_key(&entry));
    let answer = NewAnswer {
        entry_id: &entry,
        seen: thread.version,
        draft: "",
        staff_id: clinician,
        text: "すぐにお電話ください。",
        notice: &notice,
    };
    let done = consult::answer(db, vault, &thread, &answer, now).await.unwrap();
    assert_eq!(done, consult::Outcome::Done);
    feedback::want(db, vault, &thread.id, "bleeding", "pregnancy", "2026-W48").await.unwrap();
    vec![session, nonce, user, address, link, format!("browser-{n}"), text]
}

/// A letter is planned and put into the queue for everybody, and batches are made of what waits.
async fn letters_go(service: &Service, households: &[&str]) {
    service.begin_letters().await;
    let now = Wall::at(service.now);
    for id in households {
        let planned = "UPDATE letters SET sent = 'aAAaAB*AC', why = $2, hash = 'shared', slots = 'a' WHERE \
            household_id = $1";
        let why = format!("[\"妊娠週\",\"{}\"]", token_hash(id));
        sqlx::query(planned).bind(id).bind(why).execute(service.db.pool()).await.unwrap();
        outbox::enqueue(&service.db, To::Household(id), &crate::channel::notice("letter:2026-W48"), now).await.unwrap();
    }
    outbox::assemble(&service.db, now, &|_, notice| notice.key.clone()).await.unwrap();
}

async fn moves_in(service: &Service, due: Date, once: &str) -> String {
    let registration = Registration {
        subjects: vec![NewSubject { kind: SubjectKind::Pregnancy, stage_on: due, due_on: None }],
        area: "bay".into(),
        language: "ja".into(),
        first_child: Some(true),
        code: "haru-clinic".into(),
        consent_version: "2026-10-01".into(),
    };
    household::create(&service.db, &service.vault, &registration, once, service.now).await.unwrap().0
}

/// A city with a clinician and another household, which has everything as well.
async fn city(test: &TestDb) -> (Service, String, String) {
    let service = Service::start(test).await;
    let account = NewAccount {
        login: "saeki".into(),
        name: "佐伯みのり".into(),
        role: Role::Clinician,
        profession: Some(Profession::Midwife),
    };
    let clinician = staff::add(&service.db, &account, "とてもとても長い合いことばです", service.now).await.unwrap();
    let neighbour = moves_in(&service, date(2027, 1, 19), "neighbour").await;
    gives_everything(&service, &clinician, &neighbour, 1).await;
    letters_go(&service, &[&neighbour]).await;
    (service, clinician, neighbour)
}

/// Looks for what came with somebody in all that is there after the erasure. `others`: tables that know whoever it was
/// as somebody else only. `whole`: what was there before.
async fn nothing_is_left(test: &TestDb, others: &[&str], own: &Texts, whole: &Texts) {
    let (name, after) = (test.name(), &texts(test).await);
    let mut tables = tables(test).await;
    tables.retain(|table| !others.contains(&table.as_str()));
    let holds: BTreeSet<&str> = own.keys().map(|(table, _)| table.as_str()).collect();
    let unread: Vec<&String> = tables
        .iter()
        .filter(|table| !holds.contains(table.as_str()) && !NOBODY.iter().any(|(nobody, _)| nobody == table))
        .collect();
    assert!(unread.is_empty(), "{name}: give these a row here, or a reason in NOBODY: {unread:?}");
    let named: Vec<&(&str, &str)> = NOBODY.iter().filter(|(table, _)| holds.contains(table)).collect();
    assert!(named.is_empty(), "{name}: these hold somebody all the same: {named:?}");

    let left = left(own, after);
    let kept = |table: &str, column: &str| KEPT.iter().any(|(t, c, _)| (*t, *c) == (table, column));
    let forgotten: Vec<_> = left.iter().filter(|(table, column, _)| !kept(table, column)).collect();
    assert!(forgotten.is_empty(), "{name}: erased by nobody:\n{forgotten:#?}");
    let idle: Vec<_> =
        KEPT.iter().filter(|(t, c, _)| !others.contains(t) && !left.iter().any(|l| (l.0, l.1) == (*t, *c))).collect();
    assert!(idle.is_empty(), "{name}: nothing of these is kept any more: {idle:?}");
    // The others are whole.
    for (column, values) in whole.iter().filter(|((table, _), _)| table != "upkeep") {
        let lost: Vec<&String> = values.difference(&after[column]).collect();
        assert!(lost.is_empty(), "{name}: {column:?} of others is gone: {lost:?}");
    }
}

fn in_plain(all: &Texts, plain: &[String]) -> Vec<String> {
    let is_there = |text: &&String| all.values().flatten().any(|value| value.contains(text.as_str()));
    plain.iter().filter(is_there).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_household_nothing_is_left_in_any_table() {
    for test in databases().await {
        let (service, clinician, _) = city(&test).await;
        let before = texts(&test).await;
        let id = moves_in(&service, date(2027, 3, 16), "family").await;
        person(&service, "00000000-0000-7000-8000-0000000000p2", Some(&id), None).await;
        let mut plain = gives_everything(&service, &clinician, &id, 2).await;
        plain.extend(gives_everything(&service, &clinician, "00000000-0000-7000-8000-0000000000p2", 3).await);
        letters_go(&service, &[&id]).await;
        let with = texts(&test).await;
        assert_eq!(in_plain(&with, &plain), Vec::<String>::new(), "{}", test.name());

        erasure::household(&service.db, &service.vault, &id, service.now).await.unwrap();
        nothing_is_left(&test, &[], &came(&before, &with), &before).await;
        let own = "SELECT COUNT(*) FROM audit WHERE actor = 'household' AND action <> 'erase' AND target = $1";
        let own: i64 = sqlx::query_scalar(own).bind(&id).fetch_one(test.db.pool()).await.unwrap();
        assert_eq!(own, 0, "{}: lines of what the household itself did", test.name());
        for owner in [id.as_str(), "00000000-0000-7000-8000-0000000000p2"] {
            assert!(service.vault.key(owner).await.unwrap().is_none(), "{}: the key of {owner}", test.name());
        }
    }
}

/// The household, and whoever else is in it, are whole afterwards. The last one takes the household along.
#[tokio::test(flavor = "multi_thread")]
async fn of_one_person_nothing_is_left_in_any_table() {
    for test in databases().await {
        let (service, clinician, _) = city(&test).await;
        let id = moves_in(&service, date(2027, 3, 16), "family").await;
        gives_everything(&service, &clinician, &id, 2).await;
        letters_go(&service, &[&id]).await;
        let before = texts(&test).await;
        let other = "00000000-0000-7000-8000-0000000000p2";
        person(&service, other, Some(&id), None).await;
        gives_everything(&service, &clinician, other, 3).await;
        letters_go(&service, &[&id]).await;
        let with = texts(&test).await;

        assert!(erasure::person(&service.db, &service.vault, other, service.now).await.unwrap());
        // Letters are the household's, and so is where a question came from.
        let households = ["households", "subjects", "letters", "source_counts"];
        nothing_is_left(&test, &households, &came(&before, &with), &before).await;
        assert!(service.vault.key(other).await.unwrap().is_none() && service.vault.key(&id).await.unwrap().is_some());
        assert!(!erasure::person(&service.db, &service.vault, other, service.now).await.unwrap(), "twice is once");

        assert!(erasure::person(&service.db, &service.vault, &id, service.now).await.unwrap());
        assert!(household::load(&service.db, &id).await.unwrap().is_none(), "{}", test.name());
        assert!(service.vault.key(&id).await.unwrap().is_none());
    }
}
