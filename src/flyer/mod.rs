//! A `Flyer` and a place in, PDF, PNG and bare codes out.
