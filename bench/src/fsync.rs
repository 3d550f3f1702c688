//! How long one commit waits for the disk: eight kilobytes written over and made durable, as `pg_test_fsync` does it.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::Path,
    time::Instant,
};

use crate::{Result, client::Latencies};

const BLOCK: [u8; 8_192] = [7; 8_192];
/// Of a file that is as large as a segment of the log, and is there before, as segments mostly are.
const BLOCKS: u64 = 2_048;
const WRITES: u64 = 500;

/// The times of some writes with `fdatasync`, in a folder of the file system in question.
///
/// # Errors
/// When the folder cannot be written to.
pub fn measure(folder: &Path) -> Result<Latencies> {
    let path = folder.join("bench-fsync");
    fs::write(&path, vec![0; BLOCK.len() * usize::try_from(BLOCKS)?])?;
    let file = OpenOptions::new().write(true).open(&path)?;
    file.sync_all()?;
    let mut times = Vec::new();
    for nth in 0..WRITES {
        let began = Instant::now();
        file.write_all_at(&BLOCK, (nth % BLOCKS) * BLOCK.len() as u64)?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    fs::remove_file(path)?;
    Ok(Latencies::of(times))
}
