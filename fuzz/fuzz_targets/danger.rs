//! libFuzzer's bytes into [`targets::danger`].

#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::danger(data));
