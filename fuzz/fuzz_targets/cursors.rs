//! libFuzzer on `targets/cursors.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::cursors::run(data));
