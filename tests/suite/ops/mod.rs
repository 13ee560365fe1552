//! What an operator does and what goes wrong: lost keys, backups, rights, versions. Processes of their own, on both
//! databases.

mod backup;
mod guide;
mod health;
mod holds;
mod keys;
mod lost;
mod mistakes;
mod rights;
mod service;
mod settings;
mod upgraded;

use crate::killed::City;
use crate::support::TestDb;
use std::process::Output;

const DAY: &str = "2026-11-24";

/// A city with some households on LINE in `test`.
async fn city(test: &TestDb, households: u32) -> City {
    let city = City::new(Some(test.url.clone())).await;
    city.run(&[
        "households",
        "generate",
        "--count",
        &households.to_string(),
        "--seed",
        "7",
        "--line",
        "100",
        "--date",
        DAY,
    ])
    .await;
    city
}

/// Standard error of a command that ends with 1.
fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

async fn number(test: &TestDb, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(test.db.pool()).await.unwrap()
}
