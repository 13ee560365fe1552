//! Nothing of its own: the tests of this package stand in `main.rs`, its bench in `benches/web_push.rs`.
