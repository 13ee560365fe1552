//! Databases of earlier releases, brought up to date: nobody loses an address, a session, a letter that waits or a
//! question.

use crate::support::{released, unmade};
use otayori::clock::Wall;
use otayori::config::Config;
use otayori::contact;
use otayori::db::Db;
use otayori::erasure;
use otayori::outbox::{self, Begun, Leave, To};
use otayori::vault::{Vault, token_hash};
use otayori::{consult, household};
use std::path::Path;

const NOW: i64 = 1_795_700_000;
const USER: &str = "U0123456789abcdef0123456789abcdef";

async fn run(db: &Db, sql: &'static str, bind: &[&str]) {
    let query = bind.iter().fold(sqlx::query(sql), |query, one| query.bind((*one).to_owned()));
    query.execute(db.pool()).await.unwrap_or_else(|e| panic!("{e}: {sql}"));
}

/// Before persons there were households alone: each becomes one with one member, who has its addresses, sessions and
/// questions.
#[tokio::test]
async fn a_household_of_before_is_one_with_one_member() {
    for (url, folder) in unmade().await {
        let db = released(&url, 11).await;
        let environment = |name: &str| match name {
            "OTAYORI_KEY_FILE" => Some(folder.path().join("master.key").display().to_string()),
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", folder.path().join("keys.db").display())),
            _ => None,
        };
        let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &environment).unwrap();
        let vault = Vault::open(&config.services, &db).await.unwrap();
        let key = vault.create_key("h1").await.unwrap();
        let (address, lookup) =
            (key.seal("contacts.address", USER).unwrap(), vault.lookup("contacts", &format!("line:{USER}")).0);
        let (token, said) = (
            key.seal("consultations.token", "t").unwrap(),
            key.seal("consultation_entries.body", "眠れません").unwrap(),
        );
        let (session, link) = (token_hash("cookie"), token_hash("link"));
        let hash = outbox::content_hash(b"letter");
        let body = serde_json::json!({ "notice": crate::channel::notice("letter:2026-W48") }).to_string();
        for (sql, bind) in [
            (
                "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, created_at, \
                updated_at) VALUES ('h1', 'ja', '', '', '', 'v', 1, 1, 1)",
                vec![],
            ),
            (
                "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, created_at, \
                updated_at) VALUES ('h2', 'ja', '', '', '', 'v', 1, 2, 1)",
                vec![],
            ),
            (
                "INSERT INTO subjects (id, household_id, slot, kind, stage_on, created_at) VALUES ('s1', 'h1', 'a', \
                'child', '2025-04-10', 1)",
                vec![],
            ),
            (
                "INSERT INTO letters (household_id, last_key, hash, sent, slots, why) VALUES ('h1', 'letter:2026-W48', \
                $1, '', 'a', '{}')",
                vec![hash.as_str()],
            ),
            (
                "INSERT INTO messages (hash, key, language, body, created_at) VALUES ($1, 'letter:2026-W48', 'ja', $2, \
                1)",
                vec![hash.as_str(), &body],
            ),
            (
                "INSERT INTO contacts (id, household_id, channel, address, lookup, lookup_version, created_at, \
                 session) VALUES ('c1', 'h1', 'line', $1, $2, 1, 1, 'd')",
                vec![&address, &lookup],
            ),
            (
                "INSERT INTO outbox (contact_id, key, channel, hash, about, due_at, created_at) VALUES ('c1', \
                'letter:2026-W48', 'line', $1, 'a', 1, 1795700000)",
                vec![hash.as_str()],
            ),
            (
                "INSERT INTO household_sessions (token_hash, household_id, created_at, expires_at, undo) VALUES ($1, \
                'h1', 1, 9000000000, 'a.1795699999')",
                vec![&session],
            ),
            (
                "INSERT INTO one_time_links (token_hash, household_id, purpose, expires_at, week) VALUES ($1, 'h1', \
                'sign_in', 9000000000, '2026-W48')",
                vec![&link],
            ),
            (
                "INSERT INTO consultations (id, token_hash, token, key_owner, household_id, category, subject_slot, \
                 profession, source, language, asked_at, due_at, consent_version, created_at)
                  VALUES ('q1', $1, $2, 'h1', 'h1', 'self', '', 'midwife', '', 'ja', 1, 1, 'v', 1)",
                vec![&token_hash("t"), &token],
            ),
            (
                "INSERT INTO consultations (id, token_hash, token, key_owner, category, subject_slot, profession, \
                 source, language, asked_at, due_at, consent_version, created_at)
                  VALUES ('q2', 'g', 'g', 'q2', 'self', '', 'midwife', '', 'ja', 1, 1, 'v', 1)",
                vec![],
            ),
            (
                "INSERT INTO consultation_entries (id, consultation_id, author, body, created_at) VALUES ('e1', 'q1', \
                'asker', $1, 1)",
                vec![&said],
            ),
        ] {
            run(&db, sql, &bind).await;
        }
        db.close().await;

        let db = Db::open(&url).await.unwrap();
        let here = contact::session(&db, "cookie", NOW).await.unwrap().unwrap();
        assert_eq!((here.person_id.as_str(), here.household_id.as_str()), ("h1", "h1"));
        assert_eq!(household::remembered_stop(&db, "cookie", NOW).await.unwrap(), Some(("a".into(), NOW - 1)));
        let way = household::way_of_link(&db, &vault, "link", NOW).await.unwrap().unwrap();
        assert_eq!((way.household_id.as_str(), way.week.as_str()), ("h1", "2026-W48"));
        assert_eq!(contact::by_line_user(&db, &vault, USER).await.unwrap().unwrap().household_id, "h1");
        assert_eq!(contact::line_user(&db, &vault, "h1").await.unwrap().as_deref(), Some(USER));
        let household = household::load(&db, "h1").await.unwrap().unwrap();
        assert_eq!((household.contacts.len(), household.subjects.len()), (1, 1));

        // The letter that waited goes to the address that it waited for; an answer goes to whoever asked.
        let asked = consult::by_token(&db, "t").await.unwrap().unwrap();
        assert_eq!((asked.person_id.as_deref(), asked.household_id.as_deref()), (Some("h1"), Some("h1")));
        assert_eq!(
            outbox::enqueue(&db, To::Person("h1"), &crate::channel::notice("answer:e2"), Wall::at(NOW)).await.unwrap(),
            1
        );
        outbox::assemble(&db, Wall::at(NOW), &|_, _| "[]".into()).await.unwrap();
        let mut keys = Vec::new();
        while let Some(batch) = outbox::claim(&db, Wall::at(NOW), Wall::at(NOW + 60), &Leave::Nothing).await.unwrap() {
            let Begun::Send { rows, .. } =
                outbox::begin(&db, &batch, "2026-11-24".parse().unwrap(), Wall::at(NOW)).await.unwrap()
            else {
                continue;
            };
            let row = &rows[0];
            assert_eq!(
                vault.key(&row.key_owner).await.unwrap().unwrap().open("contacts.address", &row.address).unwrap(),
                USER
            );
            keys.push(batch.key);
        }
        keys.sort();
        assert_eq!(keys, ["answer:e2", "letter:2026-W48"]);

        // The other household has a member, too, and a guest stays a guest.
        let persons: Vec<(String, Option<String>, String)> =
            sqlx::query_as("SELECT id, household_id, key_owner FROM persons ORDER BY id")
                .fetch_all(db.pool())
                .await
                .unwrap();
        let first = |id: &str| (id.to_owned(), Some(id.to_owned()), id.to_owned());
        assert_eq!(persons, [first("h1"), first("h2")]);
        let guests: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM consultations WHERE person_id IS NULL AND household_id IS NULL")
                .fetch_one(db.pool())
                .await
                .unwrap();
        assert_eq!(guests, 1);
        erasure::household(&db, &vault, "h1", NOW).await.unwrap();
        for table in ["persons", "households"] {
            let left: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
                .fetch_one(db.pool())
                .await
                .unwrap();
            assert_eq!(left, 1, "{table}");
        }
        db.close().await;
    }
}
