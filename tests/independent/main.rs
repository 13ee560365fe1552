//! Our own against independent programs: sealing and tokens of Web Push against `web-push`, squeezing pages against
//! `minify-html`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod encryption;
mod squeeze;
