//! A server of a test's own, for what the shared one must not see: stops, other settings, another version.

use std::path::{Path, PathBuf};
use std::process::Command;

use uuid::Uuid;

use super::programs::succeed;

/// An embedded server with data of its own; both go with this value.
pub struct OwnServer {
    root: PathBuf,
    folder: PathBuf,
}

impl OwnServer {
    /// Nothing is started yet. The root folder holds a PostgreSQL with TimescaleDB.
    pub fn new(root: &Path) -> Self {
        let folder = std::env::temp_dir().join(format!("colloquy-server-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).unwrap();
        Self { root: root.to_owned(), folder }
    }

    /// Starts with settings such as `name=value name=value`.
    pub fn start(&self, settings: &str) {
        let settings = format!("fsync=off full_page_writes=off shared_buffers=64MB {settings}");
        succeed(self.script("start").env("TIMESCALEDB_SETTINGS", settings));
    }

    pub fn stop(&self) {
        succeed(&mut self.script("stop"));
    }

    /// From the next start on the same data are served from another root folder, as after an upgrade of packages.
    pub fn change_root(&mut self, root: &Path) {
        root.clone_into(&mut self.root);
    }

    /// Of its database `colloquy`.
    pub fn url(&self) -> String {
        let output = succeed(&mut self.script("url"));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs statements in psql as its superuser, without a file of settings.
    pub fn psql(&self, statements: &[&str]) -> Command {
        let mut command = self.script("psql");
        command.args(["--no-psqlrc", "--set=ON_ERROR_STOP=1"]);
        command.args(statements.iter().map(|statement| format!("--command={statement}")));
        command
    }

    fn script(&self, command: &str) -> Command {
        let mut script = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/timescaledb"));
        script.arg(command).env("TIMESCALEDB_ROOT", &self.root).env("TIMESCALEDB_DATA", self.folder.join("data"));
        script.env_remove("TIMESCALEDB_SETTINGS");
        script
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // A test that fails must not fail again here.
        let _ = self.script("reset").output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
