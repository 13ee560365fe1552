//! Threads of the release before a thread had a state of its own: what asker and desk are shown of them stays the same.

use super::*;
use otayori::consult::waiting::{self, Heading};
use otayori::consult::{Consultation, Stands, SurveyBox, Tag, Which};

/// The newest migration of that release.
const RELEASED: i64 = 11;
/// How that release said that somebody waits, that a danger is nobody's, and what is done.
const WAITS: &str = "(c.answered_at IS NULL AND c.closed_at IS NULL)";
const URGENT: &str = "(c.danger_at IS NOT NULL AND c.danger_at >= c.asked_at AND (c.answered_at IS NULL OR c.danger_at \
    > c.answered_at) AND (c.closed_at IS NULL OR c.danger_at > c.closed_at))";

/// The instants of a thread as that release kept them.
#[derive(Debug, Clone, Copy)]
struct Row {
    asked_at: i64,
    due_at: i64,
    answered_at: Option<i64>,
    closed_at: Option<i64>,
    danger_at: Option<i64>,
    watched_at: Option<i64>,
    surveyed_answer_at: Option<i64>,
}

impl Row {
    /// As that release told it.
    fn urgent(self) -> bool {
        let done = self.answered_at.max(self.closed_at);
        self.danger_at.is_some_and(|at| at >= self.asked_at && done.is_none_or(|done| at > done))
    }
    fn waits(self) -> bool {
        self.answered_at.is_none() && self.closed_at.is_none()
    }
}

/// Every state in which that release could leave a thread: asked at 100, and what came before and after; watched over
/// from the first danger on.
fn rows() -> Vec<Row> {
    let mut all = Vec::new();
    for (answered_at, closed_at) in [
        (None, None),
        (Some(200), None),
        (None, Some(200)),
        (Some(200), Some(300)),
        // Answered after it was closed.
        (Some(300), Some(200)),
    ] {
        for danger_at in [None, Some(50), Some(100), Some(150), Some(250), Some(350)] {
            for surveyed_answer_at in [None, Some(200), Some(90)] {
                let watched_at = danger_at.map(|at| at.min(100));
                let due_at = 500 + i64::try_from(all.len()).unwrap();
                all.push(Row {
                    asked_at: 100,
                    due_at,
                    answered_at,
                    closed_at,
                    danger_at,
                    watched_at,
                    surveyed_answer_at,
                });
            }
        }
    }
    all
}

async fn insert(db: &Db, id: &str, row: Row) {
    let sql = "INSERT INTO consultations (id, token_hash, token, key_owner, category, subject_slot, profession, \
        source, language, consent_version, created_at, \
        asked_at, due_at, answered_at, closed_at, danger_at, watched_at, surveyed_answer_at) \
        VALUES ($1, $1, 'x', $1, 'self', '', 'midwife', '', 'ja', '1', 1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(sql)
        .bind(id)
        .bind(row.asked_at)
        .bind(row.due_at)
        .bind(row.answered_at)
        .bind(row.closed_at)
        .bind(row.danger_at)
        .bind(row.watched_at)
        .bind(row.surveyed_answer_at)
        .execute(db.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn older_threads_stand_where_they_stood() {
    for test in crate::support::databases_of(RELEASED).await {
        let vault = Site::new(&test).await.vault;
        let rows = rows();
        for (n, row) in rows.iter().enumerate() {
            insert(&test.db, &format!("q{n:03}"), *row).await;
        }
        sqlx::query(
            "INSERT INTO consultation_entries (id, consultation_id, author, body, created_at) VALUES ('e1', \
            'q000', 'asker', 'x', 100), ('e2', 'q000', 'draft', 'x', 100)",
        )
        .execute(test.db.pool())
        .await
        .unwrap();
        // The lists of that release, by its own words.
        let list = async |rest: String| -> Vec<String> {
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT c.id FROM consultations c WHERE {rest}")))
                .fetch_all(test.db.pool())
                .await
                .unwrap()
        };
        let mut urgent = list(format!("{URGENT} ORDER BY c.danger_at DESC, c.id DESC")).await;
        let rest = list(format!(
            "({WAITS} OR c.watched_at IS NOT NULL) AND NOT {URGENT} \
             ORDER BY CASE WHEN {WAITS} THEN 0 ELSE 1 END, CASE WHEN {WAITS} THEN c.due_at ELSE -c.watched_at END, \
             c.asked_at, c.id"
        ))
        .await;
        let done = list(
            "(c.answered_at IS NOT NULL OR c.closed_at IS NOT NULL) ORDER BY COALESCE(c.answered_at, \
            c.closed_at) DESC, c.id DESC"
                .to_owned(),
        )
        .await;

        let test = test.renewed().await;
        let db = test.db.clone();
        for (n, row) in rows.iter().enumerate() {
            let thread: Consultation = consult::by_id(&db, &format!("q{n:03}")).await.unwrap().unwrap();
            let state = thread.state;
            let tag = if row.urgent() {
                Tag::Urgent
            } else if row.watched_at.is_some() {
                Tag::Watched
            } else {
                Tag::None
            };
            assert_eq!(state.tag(), tag, "{}: {row:?}", test.name());
            // What both are told, and what the survey shows.
            let stands = match (row.closed_at, row.answered_at) {
                (Some(_), answered_at) => Stands::Over { answered_at },
                (None, Some(at)) => Stands::Answered { at },
                (None, None) => Stands::Waits { due_at: row.due_at },
            };
            assert_eq!(state.stands(), stands, "{row:?}");
            let survey = match row.answered_at {
                None => SurveyBox::Nothing,
                Some(at) if row.surveyed_answer_at == Some(at) => SurveyBox::Thanks,
                Some(_) => SurveyBox::Asks,
            };
            assert_eq!(state.survey(), survey, "{row:?}");
            assert_eq!((state.alarm.since(), state.asked_at, state.due_at), (row.watched_at, row.asked_at, row.due_at));
            assert_eq!(matches!(stands, Stands::Waits { .. }), row.waits());
        }
        // The desk's lists, in their order, and its counts.
        let ids = async |which: Which| {
            let mut ids = Vec::new();
            for number in 0..9 {
                ids.extend(
                    waiting::page(&db, &vault, &which, None, number).await.unwrap().rows.into_iter().map(|w| w.id),
                );
            }
            ids
        };
        let listed = ids(Which::Waiting).await;
        let (hot, calm) = listed.split_at(urgent.len());
        // Of the urgent ones the kinds are sealed and here unknown: only who is among them.
        let mut hot = hot.to_vec();
        hot.sort();
        urgent.sort();
        assert_eq!((hot, calm.to_vec()), (urgent.clone(), rest), "{}", test.name());
        assert_eq!(ids(Which::Done).await, done, "{}", test.name());
        let counts = waiting::open(&db, 0).await.unwrap().counts(None);
        let waiting = rows.iter().filter(|r| r.waits() && !r.urgent()).count();
        let watched = rows.iter().filter(|r| r.watched_at.is_some() && !r.waits() && !r.urgent()).count();
        assert_eq!(
            (counts.urgent, counts.waiting, counts.watched, counts.newest_danger_at),
            (urgent.len(), waiting, watched, 350)
        );
        let page = waiting::page(&db, &vault, &Which::Waiting, None, 0).await.unwrap().rows;
        assert!(page.iter().all(|w| (w.heading(0) == Heading::Urgent) == urgent.contains(&w.id)));
        // Whoever comes with a page of before is told what stands there; a draft is nobody's news.
        let news = consult::news_at_desk(&db, "q000", -1, "s").await.unwrap();
        assert_eq!(news.iter().map(|c| c.kind).collect::<Vec<_>>(), [consult::Kind::Written]);
        assert!(consult::news_at_desk(&db, "q000", 0, "s").await.unwrap().is_empty());
    }
}
