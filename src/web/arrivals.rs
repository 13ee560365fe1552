//! `/desk/flyers`: a number of weeks in, how many came from each place of distribution out.

use super::{Result, Shared, SignedIn};
use crate::masking::figure;
use crate::report::arrivals::{Arrivals, Counts, Span, arrivals};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// Weeks back from today.
    weeks: Option<usize>,
}

const WEEKS: [usize; 4] = [4, 8, 13, 26];

/// `GET /desk/flyers?weeks=8`
pub(super) async fn page(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let weeks = asked.weeks.filter(|n| WEEKS.contains(n)).unwrap_or(8);
    let span = Span {
        until: app.today(),
        weeks,
        zone: app.config.zone.clone(),
        made_up: app.config.site.sample_date.is_some(),
    };
    let found = arrivals(&app.db, &app.published().library, &span).await?;
    let context = json!({ "name": staff.name, "weeks": weeks, "choices": WEEKS,
        "dates": found.weeks.iter().map(|w| format!("{}/{}", w.month(), w.day())).collect::<Vec<_>>(),
        "rows": rows(&found), "total": row("すべて", "", &found.total), "chart": found.svg() });
    app.page("desk-flyers.html", app.config.main_language(), &context)
}

fn rows(found: &Arrivals) -> Vec<Value> {
    found.places.iter().map(|p| row(&p.name, &p.code, &p.counts)).collect()
}

fn row(name: &str, code: &str, counts: &Counts) -> Value {
    let weeks: Vec<Value> = counts
        .opened
        .iter()
        .zip(&counts.registered)
        .map(|(opened, registered)| json!({ "opened": opened, "registered": figure(*registered) }))
        .collect();
    json!({ "name": name, "code": code, "weeks": weeks, "opened": counts.opened_total,
        "registered": figure(counts.registered_total) })
}
