//! What processes cost: their memory and processor time, as Linux counts them.

use std::fs;

use tokio_postgres::Client;

use crate::Result;

/// Ticks of processor time in a second, as Linux shows them to every program.
const TICKS_PER_SECOND: f64 = 100.0;

/// Memory of a process that is in RAM, in MB, from `/proc/PID/status`: `VmRSS` now or `VmHWM` at most.
///
/// # Errors
/// When there is no such process.
pub fn memory_mb(pid: u32, name: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).ok_or("no such line")?;
    let kib: f64 = line.split_whitespace().next().ok_or("no number")?.parse()?;
    Ok(kib * 1024.0 / 1e6)
}

/// Forgets how much memory a process had at most.
///
/// # Errors
/// When there is no such process.
pub fn reset_peak(pid: u32) -> Result<()> {
    Ok(fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}

/// Processor time of a process so far, in seconds.
///
/// # Errors
/// When there is no such process.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = Stat::read(pid)?;
    Ok(stat.own_ticks / TICKS_PER_SECOND)
}

/// Processor time of PostgreSQL so far, in seconds: of its first process, and of all others, those that have ended too.
///
/// # Errors
/// When the processes cannot be seen from here.
pub fn cluster_cpu_seconds(postmaster: u32) -> Result<f64> {
    let first = Stat::read(postmaster)?;
    let mut ticks = first.own_ticks + first.ended_children_ticks;
    for entry in fs::read_dir("/proc")? {
        let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // One may end while we look.
        if let Ok(stat) = Stat::read(pid)
            && stat.parent == postmaster
        {
            ticks += stat.own_ticks;
        }
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// The first process of the PostgreSQL that a connection is to.
///
/// # Errors
/// When the database fails or its processes cannot be seen from here.
pub async fn postmaster(client: &Client) -> Result<u32> {
    let backend: i32 = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
    Ok(Stat::read(backend.try_into()?)?.parent)
}

struct Stat {
    parent: u32,
    own_ticks: f64,
    ended_children_ticks: f64,
}

impl Stat {
    fn read(pid: u32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name before it may hold anything.
        let (_, rest) = text.rsplit_once(')').ok_or("no name")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |place: usize| -> Result<f64> { Ok(fields.get(place).ok_or("too few fields")?.parse()?) };
        Ok(Self {
            parent: fields.get(1).ok_or("no parent")?.parse()?,
            own_ticks: ticks(11)? + ticks(12)?,
            ended_children_ticks: ticks(13)? + ticks(14)?,
        })
    }
}
