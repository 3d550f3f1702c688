//! What each fuzzer does with its input: it panics where a property does not hold.

pub mod csv_cells;
pub mod cursors;
pub mod event_decoding;
pub mod ndjson_splitting;
pub mod time_ranges;

/// A target by the name that its corpus has.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Target; 5] = [
    ("event_decoding", event_decoding::run),
    ("ndjson_splitting", ndjson_splitting::run),
    ("time_ranges", time_ranges::run),
    ("cursors", cursors::run),
    ("csv_cells", csv_cells::run),
];
