//! Metrics of the process, by the names that all Prometheus clients give them.

use std::fs;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use super::readings::Reading;

static STARTED_AT: LazyLock<f64> =
    LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()));

/// Start, memory and files of this process; without what the operating system does not tell.
pub(super) fn readings() -> Vec<Reading> {
    // The first server of a process is made at its start.
    let started_at = *STARTED_AT;
    vec![
        Reading::one("process_start_time_seconds", "When the process started, in seconds since 1970", move || {
            Some(started_at)
        }),
        Reading::one("process_resident_memory_bytes", "Memory of the process that is in RAM", resident_bytes),
        Reading::one("process_open_fds", "Files and sockets that the process has open", open_files),
    ]
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0)
}

fn open_files() -> Option<f64> {
    let count = fs::read_dir("/proc/self/fd").ok()?.count();
    u32::try_from(count).ok().map(f64::from)
}
