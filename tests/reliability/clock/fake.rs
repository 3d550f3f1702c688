//! A server whose clock is not that of the database, and jumps, by Debian's libfaketime.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::Duration;

use crate::commands::files::Folder;
use crate::support::database::TestDatabase;
use crate::support::server::Server;

/// The clock of a process: a file that says how far it is from the right time.
pub struct Clock {
    library: PathBuf,
    folder: Folder,
}

impl Clock {
    /// None where the library cannot be had.
    pub fn right() -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/faketime");
        let found = Command::new(script).output().unwrap();
        if found.status.code() == Some(77) {
            return None;
        }
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let library = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
        let clock = Self { library, folder: Folder::new() };
        clock.set(Duration::zero());
        Some(clock)
    }

    /// Sets it that far ahead of the right time, or behind.
    pub fn set(&self, ahead: Duration) {
        let whole = self.folder.path().join("new");
        std::fs::write(&whole, format!("{:+}s\n", ahead.num_seconds())).unwrap();
        std::fs::rename(whole, self.folder.path().join("clock")).unwrap();
    }

    /// A server with this clock. How long something takes it measures rightly, as computers do whose clocks are set.
    pub async fn serve(&self, database: &TestDatabase, arguments: &[&str]) -> Server {
        let mut command = crate::support::server::command(database.url(), arguments);
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock"));
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        Server::spawn(command).await
    }
}
