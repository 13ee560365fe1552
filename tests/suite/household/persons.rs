//! Who of a household has addresses, signs in and asks; and a member of staff, who has addresses of his own.

use super::*;
use otayori::clock::Wall;
use otayori::outbox::{self, Begun, Leave, To};

async fn subscribe(service: &Service, person: &str, session: &str, name: &str) {
    let json = SUBSCRIPTION.replace("send/abc", &format!("send/{name}"));
    let subscription = household::Subscription::parse(json.as_bytes(), false).unwrap();
    assert!(
        household::attach_push(&service.db, &service.vault, person, session, &subscription, service.now).await.unwrap()
    );
}

/// The addresses that what waits goes to, by key.
async fn reached(service: &Service) -> BTreeMap<String, Vec<String>> {
    let now = Wall::at(service.now);
    outbox::assemble(&service.db, now, &|_, _| String::new()).await.unwrap();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(batch) = outbox::claim(&service.db, now, now.plus(60), &Leave::Nothing).await.unwrap() {
        let Begun::Send { rows, .. } = outbox::begin(&service.db, &batch, date(2026, 11, 24), now).await.unwrap()
        else {
            panic!("{batch:?}")
        };
        for row in rows {
            let address = service
                .vault
                .key(&row.key_owner)
                .await
                .unwrap()
                .unwrap()
                .open("contacts.address", &row.address)
                .unwrap();
            let endpoint =
                serde_json::from_str::<serde_json::Value>(&address).unwrap()["endpoint"].as_str().unwrap().to_owned();
            found.entry(batch.key.clone()).or_default().push(endpoint.rsplit('/').next().unwrap().to_owned());
        }
    }
    found.values_mut().for_each(|names| names.sort());
    found
}

/// Two people of one household: letters and what concerns everybody go to both, an answer to whoever asked alone. One
/// leaves, the other stays.
#[tokio::test]
async fn two_people_of_a_household_are_told_apart() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut hers = service.browser();
        hers.register(&DUE, "web_push").await;
        hers.json("/push/subscriptions", &SUBSCRIPTION.replace("send/abc", "send/hers")).await.status(201);
        let id = service.only().await.id;
        person(&service, "p2", Some(&id), None).await;
        let his = household::sign_in(&service.db, "p2", service.now).await.unwrap();
        subscribe(&service, "p2", &his, "his").await;
        let here = contact::session(&service.db, &his, service.now).await.unwrap().unwrap();
        assert_eq!((here.person_id.as_str(), &here.household_id), ("p2", &id));

        let now = Wall::at(service.now);
        let notice = crate::channel::notice;
        assert_eq!(
            outbox::enqueue(&service.db, To::Household(&id), &notice("letter:2026-W48"), now).await.unwrap(),
            2,
            "{}",
            test.name()
        );
        assert_eq!(outbox::enqueue(&service.db, To::Person("p2"), &notice("answer:1"), now).await.unwrap(), 1);
        assert_eq!(outbox::enqueue(&service.db, To::Person(&id), &notice("answer:2"), now).await.unwrap(), 1);
        let (both, he, she) =
            (vec!["hers".to_owned(), "his".to_owned()], vec!["his".to_owned()], vec!["hers".to_owned()]);
        let expected = [("answer:1", he), ("answer:2", she), ("letter:2026-W48", both)];
        assert_eq!(
            reached(&service).await,
            BTreeMap::from(expected.map(|(key, names)| (key.to_owned(), names))),
            "{}",
            test.name()
        );

        // Her question is hers: it is told to her alone.
        hers.get("/me").await.status(200);
        let mut his_browser = service.browser();
        his_browser.cookies.insert("household".into(), his);
        his_browser.post("/me/leave-everywhere", &[]).await.leads_to("/me/enter");
        hers.get("/me").await.status(200);
        let live = "SELECT person_id FROM contacts WHERE gone_at IS NULL";
        let live: Vec<String> = sqlx::query_scalar(live).fetch_all(service.db.pool()).await.unwrap();
        assert_eq!(live, std::slice::from_ref(&id), "his devices left, hers did not");

        erasure::household(&service.db, &service.vault, &id, service.now).await.unwrap();
        assert_eq!(
            service.count("SELECT COUNT(*) FROM persons").await + service.count("SELECT COUNT(*) FROM contacts").await,
            0
        );
    }
}

/// A member of staff has addresses without being in any household: no letter goes there, a message to the person does.
#[tokio::test]
async fn staff_have_addresses_of_their_own() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let staff = "INSERT INTO staff (id, login, name, role, profession, password_hash, created_at) VALUES ('s1', \
            'mori', '森', 'clinician', 'midwife', '', 1)";
        sqlx::query(staff).execute(service.db.pool()).await.unwrap();
        person(&service, "p-mori", None, Some("s1")).await;
        subscribe(&service, "p-mori", "", "mori").await;
        let now = Wall::at(service.now);
        assert_eq!(
            outbox::enqueue(&service.db, To::Person("p-mori"), &crate::channel::notice("urgent:1"), now).await.unwrap(),
            1
        );
        assert_eq!(
            outbox::enqueue(&service.db, To::Household("s1"), &crate::channel::notice("letter:2026-W48"), now)
                .await
                .unwrap(),
            0
        );
        assert_eq!(
            reached(&service).await,
            BTreeMap::from([("urgent:1".to_owned(), vec!["mori".to_owned()])]),
            "{}",
            test.name()
        );
        assert!(
            household::sign_in(&service.db, "p-mori", service.now).await.is_err(),
            "there is no household's page for it"
        );
    }
}

/// A question is of whoever asked, under a key of whoever asked: another person of the household does not see it, open
/// it, go on in it or take it along.
#[tokio::test]
async fn a_question_belongs_to_whoever_asked() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut hers = service.browser();
        hers.register(&DUE, "none").await;
        let id = service.only().await.id;
        person(&service, "p2", Some(&id), None).await;
        let mut his = service.browser();
        his.cookies.insert("household".into(), household::sign_in(&service.db, "p2", service.now).await.unwrap());
        let (her_words, his_words) = ("おなかが張って眠れません", "夜中に足がつるそうです");
        let (her_path, his_path) = (hers.asks(her_words).await, his.asks(his_words).await);
        for (browser, own, words, other, not) in [
            (&mut hers, &her_path, her_words, &his_path, his_words),
            (&mut his, &his_path, his_words, &her_path, her_words),
        ] {
            browser.get("/me").await.status(200).has(own).lacks(other);
            browser.get("/me/answers").await.status(200).has(own).lacks(other);
            browser.get("/me/record.json").await.status(200).has(words).lacks(not);
            browser.get(own).await.status(200).has(words);
            browser.get(other).await.leads_to("/me/enter").lacks(not);
            browser.post(other, &[("text", "続きです"), ("version", "1")]).await.leads_to("/me/enter");
            browser
                .post(&format!("{other}/survey"), &[("answer", "helped"), ("version", "1")])
                .await
                .leads_to("/me/enter");
            browser.post(&format!("{other}/join"), &[]).await.leads_to(other);
        }
        // A guest's question becomes hers who registers or signs in, and hers alone.
        let mut guest = service.browser();
        let form = [("who", "self"), ("text", "はじめて聞きます"), ("consent", "yes"), ("from", "")];
        let confirm = guest.post("/ask", &form).await;
        let ticket = confirm.status(200).text.split("name=\"ticket\" value=\"").nth(1).unwrap();
        let ticket = ticket.split('"').next().unwrap().to_owned();
        let path = guest.post("/ask/send", &[&form[..], &[("ticket", &ticket)]].concat()).await.location;
        hers.get(&path).await.status(200);
        his.post(&format!("{path}/join"), &[]).await.leads_to(&path);
        his.get(&path).await.status(200).has("はじめて聞きます");
        hers.get(&path).await.leads_to("/me/enter");

        let owners = "SELECT DISTINCT person_id, key_owner FROM consultations ORDER BY person_id DESC";
        let owners: Vec<(String, String)> = sqlx::query_as(owners).fetch_all(service.db.pool()).await.unwrap();
        assert_eq!(owners, [("p2".into(), "p2".into()), (id.clone(), id)], "{}", test.name());
    }
}

/// Somebody adds a device at the very moment when the household goes: it goes, too, and the erasure does not fail.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_added_meanwhile_goes_too() {
    for test in databases().await {
        let service = Service::start(&test).await;
        service.browser().register(&DUE, "web_push").await;
        let id = service.only().await.id;
        let mut adding = service.db.write().await.unwrap();
        let add = "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, \
            created_at) VALUES ('late', $1, $1, 'web_push', 'sealed', 'late', 1, 1)";
        sqlx::query(add).bind(&id).execute(&mut *adding).await.unwrap();

        let (db, vault, own, now) = (service.db.clone(), service.vault.clone(), id.clone(), service.now);
        let erasing = tokio::spawn(async move { otayori::erasure::household(&db, &vault, &own, now).await });
        // PostgreSQL says when the erasure waits for the one who adds. On SQLite it waits before it reads anything.
        let mut waits = 0;
        for _ in 0..200 {
            if service.db.is_sqlite() {
                break;
            }
            let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM persons%'";
            waits = sqlx::query_scalar::<_, i64>(sql).fetch_one(service.db.pool()).await.unwrap();
            if waits > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(waits > 0 || service.db.is_sqlite(), "the erasure was to meet the one who adds");
        adding.commit().await.unwrap();
        erasing.await.unwrap().unwrap();
        for table in ["contacts", "persons", "households"] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let left: i64 = sqlx::query_scalar(sql).fetch_one(service.db.pool()).await.unwrap();
            assert_eq!(left, 0, "{}: {table}", test.name());
        }
        assert!(service.vault.key(&id).await.unwrap().is_none());
    }
}

/// Between the keys and the rows of an erasure: whoever asks to be added finds no key, and no row is written.
#[tokio::test]
async fn nobody_adds_an_address_once_the_keys_are_gone() {
    for test in databases().await {
        let service = Service::start(&test).await;
        service.browser().register(&DUE, "web_push").await;
        let id = service.only().await.id;
        let session = household::sign_in(&service.db, &id, service.now).await.unwrap();
        let rows = async |table: &str| -> i64 {
            let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            sqlx::query_scalar(sql).fetch_one(service.db.pool()).await.unwrap()
        };
        service.vault.destroy(&id).await.unwrap();
        let before = (rows("contacts").await, rows("email_confirmations").await);

        let json = SUBSCRIPTION.replace("send/abc", "send/late");
        let late = household::Subscription::parse(json.as_bytes(), false).unwrap();
        let added = household::attach_push(&service.db, &service.vault, &id, &session, &late, service.now).await;
        assert!(!added.unwrap_or(false), "{}", test.name());
        let address = "haha@example.jp".parse().unwrap();
        let asked = contact::ask_email(&service.db, &service.vault, &id, &address, service.now).await;
        assert!(asked.is_ok_and(|sent| !sent), "{}", test.name());
        assert_eq!((rows("contacts").await, rows("email_confirmations").await), before, "{}", test.name());
    }
}
