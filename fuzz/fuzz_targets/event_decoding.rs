//! libFuzzer on `targets/event_decoding.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::event_decoding::run(data));
