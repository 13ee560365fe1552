//! libFuzzer's bytes into [`targets::segment`].

#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::segment(data));
