//! `colloquy serve` as a process of its own, on a free port, without request limits.

use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::{Result, bench::Bench, client::Target, processes};

/// A server that ends with this value.
pub struct Server {
    process: Child,
    /// Where it listens, with an admin key.
    pub target: Target,
}

impl Server {
    /// Starts the release build on a database, which is migrated.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(bench: &Bench, url: &str) -> Result<Self> {
        let log = bench.folder().join("server.log");
        let mut process = Command::new(&bench.colloquy)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--requests-per-second",
                "0",
                "--ingest-requests-per-second",
                "0",
            ])
            .env("DATABASE_URL", url)
            .env("NO_COLOR", "1")
            .stderr(File::create(&log)?)
            .kill_on_drop(true)
            .spawn()?;
        let address = wait_for_address(&mut process, &log).await?;
        let key = create_key(bench, url).await?;
        Ok(Self { process, target: Target { address, key } })
    }

    /// Memory that is in RAM, in MB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn memory_mb(&self) -> Result<f64> {
        processes::memory_mb(self.pid()?, "VmRSS")
    }

    /// Memory that was in RAM at most since `reset_peak`, in MB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn peak_memory_mb(&self) -> Result<f64> {
        processes::memory_mb(self.pid()?, "VmHWM")
    }

    /// Begins to look for the peak anew.
    ///
    /// # Errors
    /// When it has ended.
    pub fn reset_peak(&self) -> Result<()> {
        processes::reset_peak(self.pid()?)
    }

    /// Processor time so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu_seconds(&self) -> Result<f64> {
        processes::cpu_seconds(self.pid()?)
    }

    fn pid(&self) -> Result<u32> {
        Ok(self.process.id().ok_or("the server has ended")?)
    }
}

/// Read from the log file, so that nothing stands between the server and its log.
async fn wait_for_address(process: &mut Child, log: &Path) -> Result<String> {
    loop {
        let text = fs::read_to_string(log)?;
        let line =
            text.split_inclusive('\n').find(|line| line.contains("listening on http://") && line.ends_with('\n'));
        if let Some((_, address)) = line.and_then(|line| line.split_once("listening on http://")) {
            return Ok(address.trim().trim_end_matches(|end: char| !end.is_ascii_digit()).to_owned());
        }
        if process.try_wait()?.is_some() {
            return Err(format!("the server ended: {text}").into());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

async fn create_key(bench: &Bench, url: &str) -> Result<String> {
    let output =
        Command::new(&bench.colloquy).args(["keys", "create", "--admin"]).env("DATABASE_URL", url).output().await?;
    if !output.status.success() {
        return Err(format!("no key: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
