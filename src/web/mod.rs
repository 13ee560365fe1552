//! HTTP in, HTTP out: no SQL, no rules.
//!
//! Every route stands in `routes`, with everything that holds of it; a route without that does not compile.

mod address;
mod api;
mod app;
mod arrivals;
mod ask;
mod codes;
mod desk;
mod email;
mod error;
mod feedback;
mod forms;
mod guard;
mod lanes;
mod letters;
mod line;
mod line_login;
mod me;
mod pages;
mod properties;
mod push;
mod quiet;
mod register;
mod routes;
mod serve;
mod session;
mod sign_in;
mod stop;
mod taps;
mod thread;
mod when;

pub use app::{App, Shared, Waiting};
pub use error::{Error, Result};
pub use guard::{POLICY, headers, own_names, possible, same_origin};
pub use properties::{Privacy, Properties, Right};
pub use routes::{Route, routes};
pub use serve::{Patience, serve};
pub use session::SignedIn;

use axum::Router;

/// The whole service: the routes, and below them the built site in `public/`.
pub fn router(app: Shared) -> Router {
    let mut router = Router::new();
    for Route { path, properties, handler, .. } in routes() {
        router = router.route(path, guard::guarded(handler, properties, &app));
    }
    router
        .fallback(pages::built_site)
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::headers))
        .with_state(app)
}
