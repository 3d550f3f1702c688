//! libFuzzer on `targets/time_ranges.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::time_ranges::run(data));
