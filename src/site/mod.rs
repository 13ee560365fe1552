//! A `Library` in, HTML pages out.

pub mod theme;

pub use theme::Theme;
