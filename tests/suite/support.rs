//! What every test of the whole engine uses: databases, a set clock, a site in a temporary folder.

use otayori::db::Db;
use std::sync::atomic::{AtomicU32, Ordering};

/// A migrated, empty database for one test; dropped with its folder or schema.
pub struct TestDb {
    pub db: Db,
    pub url: String,
    _folder: tempfile::TempDir,
}

/// Every database that this run tests: SQLite always, PostgreSQL when `OTAYORI_TEST_POSTGRES` names a cluster
/// (`./test` starts one and always sets it; `OTAYORI_TEST_POSTGRES=none` is an explicit no while writing).
pub async fn databases() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    match std::env::var("OTAYORI_TEST_POSTGRES") {
        Ok(base) if base == "none" => {}
        Ok(base) => all.push(postgres(&base).await),
        Err(_) => panic!("OTAYORI_TEST_POSTGRES is not set: run the tests by ./test, or set it to a cluster's address or to `none`"),
    }
    all
}

/// A SQLite file in a folder of its own.
pub async fn sqlite() -> TestDb {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    TestDb { db: Db::open(&url).await.unwrap(), url, _folder: folder }
}

/// A schema of its own in the cluster.
async fn postgres(base: &str) -> TestDb {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let admin = Db::connect(base, 1).await.unwrap();
    for sql in [format!("DROP SCHEMA IF EXISTS {name} CASCADE"), format!("CREATE SCHEMA {name}")] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(admin.pool()).await.unwrap();
    }
    admin.pool().close().await;
    let url = format!("{base}?options=-c%20search_path%3D{name}");
    TestDb { db: Db::open(&url).await.unwrap(), url, _folder: tempfile::tempdir().unwrap() }
}

impl TestDb {
    /// Which database it is, for messages.
    pub fn name(&self) -> &'static str {
        if self.db.is_sqlite() { "SQLite" } else { "PostgreSQL" }
    }
}
