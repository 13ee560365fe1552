//! Chosen letters in, history, snapshots and outbox rows out: one page, one transaction. Doing it twice happens once.

use super::choose::Verdict;
use super::numbers::Numbers;
use super::read::{Page, Which, page};
use super::rules::Rules;
use super::snapshot::{self, NewMessage, Shared, Snapshots};
use super::{key_of, week_of};
use crate::calendar::Date;
use crate::clock::Wall;
use crate::config::Config;
use crate::contact::Channel;
use crate::content::Library;
use crate::db::Db;
use crate::outbox::{self, Text};
use anyhow::{Result, bail};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Households that have registered since and have no history yet get its row.
const BEGIN: &str = "INSERT INTO letters (household_id, last_key, sent, why)
  SELECT h.id, '', '', '{}' FROM households h WHERE NOT EXISTS (SELECT 1 FROM letters l WHERE l.household_id = h.id)
  ON CONFLICT (household_id) DO NOTHING";

/// The columns of new rows ([`outbox::put_sql`]), of which `hash` is the message and `letter` the letter if that is another one: on LINE all
/// households of a language may share a message. $1 key, $2 now, from `first` on pairs of language and message, the
/// main language first.
fn row_sql(shared: usize, first: usize) -> String {
    let (mut hash, mut letter) = ("l.hash".to_owned(), "''".to_owned());
    if shared > 0 {
        let of_language: String = (1..shared)
            .map(|i| format!(" WHEN h.language = ${} THEN CAST(${} AS TEXT)", first + 2 * i, first + 2 * i + 1))
            .collect();
        // The main language's is asked for by its name as well, so that every text binds the same pairs.
        let main = first + 1;
        // Where one body is for all.
        let shared = Channel::sql_list(|channel| channel.shape().is_together());
        hash = format!(
            "CASE WHEN c.channel NOT IN {shared} THEN l.hash WHEN h.language = ${first} THEN CAST(${main} AS \
             TEXT){of_language} ELSE CAST(${main} AS TEXT) END"
        );
        letter = format!("CASE WHEN c.channel IN {shared} THEN l.hash ELSE '' END");
    }
    format!(
        "SELECT c.id, CAST($1 AS TEXT), c.channel, {hash}, {letter}, l.slots, CAST($2 AS BIGINT), CAST($2 AS BIGINT)"
    )
}

/// Enqueues a page from what was just written; nothing is bound per row. Every live contact of a household with a
/// letter of this key gets a row. $1 key, $2 now, $3 after, $4 up to, $5 the letters' day, from $6 on the shared
/// messages.
fn enqueue_sql(shared: usize) -> String {
    let rows = row_sql(shared, 6)
        + "
    FROM letters l CROSS JOIN households h CROSS JOIN contacts c
   WHERE h.id = l.household_id AND c.household_id = l.household_id AND l.household_id > $3 AND l.household_id <= $4 \
   AND h.id > $3 AND h.id <= $4
     AND c.household_id > $3 AND c.household_id <= $4 AND l.last_key = $1 AND l.hash IS NOT NULL AND c.gone_at IS NULL
     AND h.stopped_at IS NULL AND (h.paused_until IS NULL OR h.paused_until <= $5)";
    outbox::put_sql(&rows)
}

/// Contacts that a household added after its letter of this week was planned. $1 key, $2 now, $3 the letters' day, from
/// $4 on the shared messages.
fn left_over_sql(shared: usize) -> String {
    let rows = row_sql(shared, 4)
        + "
    FROM letters l CROSS JOIN households h CROSS JOIN contacts c
   WHERE h.id = l.household_id AND c.household_id = l.household_id AND l.last_key = $1 AND l.hash IS NOT NULL AND \
   c.gone_at IS NULL
     AND h.stopped_at IS NULL AND (h.paused_until IS NULL OR h.paused_until <= $3)
     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.contact_id = c.id AND o.key = $1)";
    outbox::put_sql(&rows)
}

/// A letter to be written.
struct Letter {
    household_id: String,
    entries: String,
    hash: Arc<str>,
    slots: String,
    why: String,
}

/// What a run put into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enqueued {
    /// Households that got a letter in this run.
    pub letters: u64,
    /// New outbox rows.
    pub rows: u64,
}

/// Plans every household that has no letter of this week yet and puts the letters into the queue. Stop it anywhere and
/// run it again.
///
/// `day` is the day whose letters they are; they may be sent from `now` on, whatever day that is.
pub async fn enqueue(db: &Db, library: &Library, config: &Config, day: Date, now: Wall) -> Result<Enqueued> {
    let week = week_of(day, config);
    let key = key_of(week);
    let shared = snapshot::shared(config, week)?;
    let shared_key = snapshot::shared_key(week);
    let texts: Vec<Text<'_>> = shared
        .iter()
        .map(|m| Text { hash: &m.hash, key: &shared_key, language: &m.language, body: m.body.clone() })
        .collect();
    outbox::put_texts(db, &mut *db.pool().acquire().await?, &texts, now).await?;
    let numbers = Numbers::hand_out(db, library).await?;
    let mut rules = Rules::new(library, config, &numbers, day)?;
    begin(db).await?;
    let (mut snapshots, mut after, mut done) = (Snapshots::default(), String::new(), Enqueued::default());
    let mut tries = 0;
    loop {
        let mut connection = db.pool().acquire().await?;
        let page = page(&mut connection, &after, &Which::Open(&key)).await?;
        drop(connection);
        let Some(page) = page else {
            // Who has registered while the others were planned comes behind them.
            if begin(db).await? == 0 {
                break;
            }
            continue;
        };
        let letters = choose(&mut rules, &mut snapshots, &page)?;
        if !letters.is_empty() {
            let run = Run { db, key: &key, shared: &shared, day, now };
            match run.write(&letters, &mut snapshots, &after, &page.upto).await? {
                Some(rows) => done.rows += rows,
                None if tries < 5 => {
                    // A household was changed, deleted or planned by somebody else since the page was read: look again.
                    (snapshots, tries) = (Snapshots::default(), tries + 1);
                    continue;
                }
                None => bail!("別の計画が同時に動いています。終わってから、もう一度実行してください"),
            }
        }
        done.letters += letters.len() as u64;
        (after, tries) = (page.upto, 0);
    }
    let mut query =
        sqlx::query(AssertSqlSafe(left_over_sql(shared.len()))).bind(&key).bind(now.seconds()).bind(day.to_string());
    for message in &shared {
        query = query.bind(&message.language).bind(&message.hash);
    }
    done.rows += query.execute(db.pool()).await?.rows_affected();
    Ok(done)
}

async fn begin(db: &Db) -> Result<u64> {
    Ok(sqlx::query(BEGIN).execute(db.pool()).await?.rows_affected())
}

/// The letters of a page.
fn choose(rules: &mut Rules<'_>, snapshots: &mut Snapshots, page: &Page) -> Result<Vec<Letter>> {
    let mut letters = Vec::new();
    for household in &page.households {
        if let Verdict::Letter(choice) = rules.choose(household) {
            let hash = snapshots.letter(rules, &choice)?;
            let why = serde_json::to_string(&rules.why(&choice))?;
            letters.push(Letter {
                household_id: household.id.clone(),
                entries: choice.entries,
                hash,
                slots: choice.slots,
                why,
            });
        }
    }
    Ok(letters)
}

struct Run<'a> {
    db: &'a Db,
    key: &'a str,
    shared: &'a [Shared],
    day: Date,
    now: Wall,
}

impl Run<'_> {
    /// One transaction: snapshots, history, outbox. `None`, and nothing written, when a household of the page is not as
    /// it was read.
    async fn write(
        &self,
        letters: &[Letter],
        snapshots: &mut Snapshots,
        after: &str,
        upto: &str,
    ) -> Result<Option<u64>> {
        let mut tx = self.db.write().await?;
        self.write_items(&mut tx, &std::mem::take(&mut snapshots.new_items)).await?;
        self.write_messages(&mut tx, &std::mem::take(&mut snapshots.new_messages)).await?;
        for some in letters.chunks(500) {
            if self.write_letters(&mut tx, some).await? != some.len() as u64 {
                return Ok(None);
            }
        }
        let sql = enqueue_sql(self.shared.len());
        let mut query = sqlx::query(AssertSqlSafe(sql))
            .bind(self.key)
            .bind(self.now.seconds())
            .bind(after)
            .bind(upto)
            .bind(self.day.to_string());
        for message in self.shared {
            query = query.bind(&message.language).bind(&message.hash);
        }
        let rows = query.execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        Ok(Some(rows))
    }

    async fn write_items(&self, tx: &mut AnyConnection, items: &[(String, String)]) -> Result<()> {
        // Items that read alike are one row; in the order of their names, so that two planners never wait for each
        // other.
        let items: BTreeMap<&String, &String> = items.iter().map(|(hash, body)| (hash, body)).collect();
        let items: Vec<(&String, &String)> = items.into_iter().collect();
        for some in items.chunks(100) {
            let mut query = sqlx::query(AssertSqlSafe(items_sql(self.db, some.len())));
            for &(hash, body) in some {
                query = query.bind(hash).bind(body).bind(self.key);
            }
            query.execute(&mut *tx).await?;
        }
        Ok(())
    }

    async fn write_messages(&self, tx: &mut AnyConnection, messages: &[NewMessage]) -> Result<()> {
        let text = |m: &'_ NewMessage| serde_json::to_string(&m.body);
        let bodies: Vec<String> = messages.iter().map(text).collect::<Result<_, _>>()?;
        let texts: Vec<Text<'_>> = messages
            .iter()
            .zip(bodies)
            .map(|(m, body)| Text { hash: &m.hash, key: self.key, language: &m.language, body })
            .collect();
        outbox::put_texts(self.db, tx, &texts, self.now).await
    }

    /// How many of the letters were written: those whose household had none of this key yet.
    async fn write_letters(&self, tx: &mut AnyConnection, letters: &[Letter]) -> Result<u64> {
        let mut query = sqlx::query(AssertSqlSafe(letters_sql(self.db, letters.len()))).bind(self.key);
        for l in letters {
            query = query.bind(&l.household_id).bind(&l.entries).bind(l.hash.to_string()).bind(&l.slots).bind(&l.why);
        }
        if self.db.is_sqlite() {
            query = query.bind(self.key); // plain marks are counted, so the last one is bound again
        }
        Ok(query.execute(tx).await?.rows_affected())
    }
}

fn items_sql(db: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO letter_items (hash, body, used) VALUES {} ON CONFLICT (hash) DO UPDATE SET used = excluded.used \
         WHERE letter_items.used < excluded.used",
        db.values(rows, 3, 1)
    )
}

/// History is append-only; `last_key` is the guard that makes planning again a no-op.
fn letters_sql(db: &Db, rows: usize) -> String {
    format!(
        "UPDATE letters SET sent = sent || v.column2, hash = v.column3, slots = v.column4, why = v.column5, last_key = \
         {0}
           FROM (VALUES {1}) v WHERE household_id = v.column1 AND last_key < {0}",
        db.mark(1),
        db.values(rows, 5, 2)
    )
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let enqueue = [0, 1, 3].into_iter().flat_map(|shared| [enqueue_sql(shared), left_over_sql(shared)]);
    [BEGIN.into(), items_sql(db, 2), letters_sql(db, 2)].into_iter().chain(enqueue).collect()
}
