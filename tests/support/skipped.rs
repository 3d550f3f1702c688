//! Says that a test did not run, so that a skip is never mistaken for a pass.

use std::fs::OpenOptions;
use std::io::Write;

/// Prints `SKIPPED: reason` and appends it to the file named by `COLLOQUY_SKIPPED_FILE`, where that is set.
pub fn skipped(reason: &str) {
    println!("SKIPPED: {reason}");
    if let Some(path) = std::env::var_os("COLLOQUY_SKIPPED_FILE") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        // One write per line: tests run side by side and append to the same file.
        file.write_all(format!("SKIPPED: {reason}\n").as_bytes()).unwrap();
    }
}
