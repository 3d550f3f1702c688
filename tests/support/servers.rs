//! PostgreSQL servers of a test's own, by `scripts/timescaledb`: a primary, and streaming replicas of it.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use uuid::Uuid;

/// A server with the edition of the one under test, gone with this value.
pub struct DatabaseServer {
    folder: PathBuf,
    url: String,
}

impl DatabaseServer {
    /// A primary without data; none unless the server under test is an embedded one.
    pub async fn start() -> Option<Self> {
        std::env::var_os("TIMESCALEDB_DATA")?;
        Some(Self::made_by(&["start"]).await)
    }

    /// A streaming replica of this server, as it is now.
    pub async fn replicate(&self) -> Self {
        Self::made_by(&["replicate", self.folder.to_str().unwrap()]).await
    }

    async fn made_by(arguments: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(format!("colloquy-server-{}", Uuid::now_v7().simple()));
        // Made first, so that a server that does not start is cleaned up.
        let mut server = Self { folder, url: String::new() };
        server.run(arguments).await;
        let url = server.run(&["url"]).await;
        server.url = url.trim_end().into();
        server
    }

    /// Its URL, with the database `colloquy`, which is empty.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port, as URLs have them.
    pub fn address(&self) -> &str {
        let (_, rest) = self.url.split_once('@').unwrap();
        rest.split('/').next().unwrap()
    }

    /// Shuts it down, sessions first.
    pub async fn stop(&self) {
        self.run(&["stop"]).await;
    }

    /// Starts it again, on the same port.
    pub async fn start_again(&self) {
        self.run(&["start"]).await;
    }

    /// Ends it as a crash would: nothing is written or sent any more.
    pub async fn kill(&self) {
        signal("QUIT", &self.processes()[..1]);
        self.stop().await;
    }

    /// Stops all its processes where they are: connections stay open, and nobody answers.
    pub fn freeze(&self) {
        signal("STOP", &self.processes());
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        signal("CONT", &self.processes());
    }

    /// Its first process and the children of it.
    fn processes(&self) -> Vec<String> {
        let record = std::fs::read_to_string(self.folder.join("pid")).unwrap_or_default();
        let Some(first) = record.split_whitespace().next() else { return Vec::new() };
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        [first].into_iter().chain(children.split_whitespace()).map(str::to_owned).collect()
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let output = Command::from(command(&self.folder)).args(arguments).output().await.unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "scripts/timescaledb {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn command(folder: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/timescaledb"));
    // Conflicts of queries with what is replayed are decided at once.
    let settings = "fsync=off max_standby_streaming_delay=0 max_standby_archive_delay=0";
    command.env("TIMESCALEDB_DATA", folder).env("TIMESCALEDB_SETTINGS", settings);
    command
}

fn signal(name: &str, processes: &[String]) {
    // One of them may have ended by itself meanwhile.
    let _ = std::process::Command::new("kill").arg(format!("-{name}")).args(processes).output();
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        self.thaw();
        let reset = command(&self.folder).arg("reset").output();
        if !reset.is_ok_and(|output| output.status.success()) {
            eprintln!("the server in {} was not removed", self.folder.display());
        }
        let _ = std::fs::remove_file(self.folder.with_extension("lock"));
    }
}
