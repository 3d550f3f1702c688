//! libFuzzer on `targets/ndjson_splitting.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::ndjson_splitting::run(data));
