//! `segments/*.yaml` in, rules out, with the place of every mistake.
