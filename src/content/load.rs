//! A site folder in, a `Library` and its problems out.
