//! libFuzzer on `targets/csv_cells.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::csv_cells::run(data));
