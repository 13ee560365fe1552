//! `/r/<code>`: a flyer's QR code in, one more visit of the day and the way to what the flyer is about, or to the
//! registration, out.

use super::address::Address;
use super::{Result, Shared};
use crate::crowd::{Sender, Verdict, What};
use crate::household;
use axum::extract::{Path, State};
use axum::response::Redirect;

/// Counts the visit of a known code and leads on; an unknown one leads on as well. No reader is known by it.
pub(super) async fn arrive(
    State(app): State<Shared>,
    Address(address): Address,
    Path(code): Path<String>,
) -> Result<Redirect> {
    // Some readers write addresses in capitals.
    let library = &app.published().library;
    let known =
        [code.clone(), code.to_lowercase()].into_iter().find_map(|c| Some((household::flyer_of(library, &c)?, c)));
    let Some((flyer, code)) = known else { return Ok(Redirect::to("/register")) };
    // More than people open is not counted, so that a report stays one of people; the way leads on all the same.
    if app.crowd(What::Visit, Sender::Address(address.as_deref())).await? == Verdict::Free {
        household::visited(&app.db, &code, app.today()).await?;
    }
    if let Some(opens) = &flyer.opens {
        return Ok(Redirect::to(opens.path_on(library, app.today())));
    }
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("code", &code).finish();
    Ok(Redirect::to(&format!("/register?{query}")))
}
