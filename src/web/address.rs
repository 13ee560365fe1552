//! Where a request came from.

use super::app::Shared;
use crate::config::proxies::{Network, source};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::net::SocketAddr;

/// Where a request came from, by the connection and what trusted proxies say; `None` when it is not known. Never stored
/// or logged as it is.
pub(super) struct Address(pub(super) Option<String>);

impl FromRequestParts<Shared> for Address {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Self::Rejection> {
        let lines: Vec<&str> =
            parts.headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
        let trusted: Vec<Network> = app.config.site.trusted_proxies.iter().filter_map(|t| Network::parse(t)).collect();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
        Ok(Self(peer.and_then(|peer| source(peer, &lines, &trusted)).map(|ip| ip.to_string())))
    }
}
