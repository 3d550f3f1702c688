//! PostgreSQL servers of a test's own, by `scripts/timescaledb`: a primary, streaming replicas of it, other versions and
//! settings.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use uuid::Uuid;

/// A server with the edition of the one under test, gone with this value.
pub struct DatabaseServer {
    folder: PathBuf,
    url: String,
    /// None for that of the server under test.
    root: Option<PathBuf>,
    /// Besides those that every server has.
    settings: String,
}

impl DatabaseServer {
    /// A primary without data; none unless the server under test is an embedded one.
    pub async fn start() -> Option<Self> {
        std::env::var_os("TIMESCALEDB_DATA")?;
        Some(Self::made_by(&["start"]).await)
    }

    /// A primary without data, by the programs in a root folder, with settings such as `name=value name=value`.
    pub async fn start_in(root: &Path, settings: &str) -> Self {
        let mut server = Self::new(Some(root.to_owned()), settings);
        server.learn_url(&["start"]).await;
        server
    }

    /// A streaming replica of this server, as it is now.
    pub async fn replicate(&self) -> Self {
        Self::made_by(&["replicate", self.folder.to_str().unwrap()]).await
    }

    async fn made_by(arguments: &[&str]) -> Self {
        // Made first, so that a server that does not start is cleaned up.
        let mut server = Self::new(None, "");
        server.learn_url(arguments).await;
        server
    }

    fn new(root: Option<PathBuf>, settings: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("colloquy-server-{}", Uuid::now_v7().simple()));
        Self { folder, url: String::new(), root, settings: settings.to_owned() }
    }

    async fn learn_url(&mut self, arguments: &[&str]) {
        self.run(arguments).await;
        self.url = self.run(&["url"]).await.trim_end().into();
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

    /// Starts it again after `stop`, with other settings.
    pub async fn start_again_with(&mut self, settings: &str) {
        settings.clone_into(&mut self.settings);
        self.learn_url(&["start"]).await;
    }

    /// From the next start on the same data are served from another root folder, as after an upgrade of packages.
    pub fn change_root(&mut self, root: &Path) {
        self.root = Some(root.to_owned());
    }

    /// Runs a statement in psql as the superuser, in a session of its own.
    pub async fn psql(&self, statement: &str) {
        self.run(&["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command", statement]).await;
    }

    /// Ends it as a crash would: nothing is written or sent any more.
    pub async fn kill(&self) {
        signal("QUIT", &self.processes()[..1]);
        self.stop().await;
    }

    /// `kill -9` of all its processes at once.
    pub fn kill_processes(&self) {
        signal("KILL", &self.processes());
    }

    /// `kill -9` of one process of it.
    pub fn kill_process(&self, pid: i32) {
        let pid = pid.to_string();
        assert!(self.processes()[1..].contains(&pid), "{pid} is no session of this server");
        signal("KILL", &[pid]);
    }

    /// Runs one of PostgreSQL's programs against it.
    pub async fn client(&self, arguments: &[&str]) -> String {
        self.run(&[&["client"], arguments].concat()).await
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

    fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/timescaledb"));
        // Conflicts of queries with what is replayed are decided at once.
        let settings = "fsync=off max_standby_streaming_delay=0 max_standby_archive_delay=0";
        command.env("TIMESCALEDB_DATA", &self.folder);
        command.env("TIMESCALEDB_SETTINGS", format!("{settings} {}", self.settings));
        command.envs(self.root.as_ref().map(|root| ("TIMESCALEDB_ROOT", root)));
        command
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let output = Command::from(self.command()).args(arguments).output().await.unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "scripts/timescaledb {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn signal(name: &str, processes: &[String]) {
    // One of them may have ended by itself meanwhile.
    let _ = std::process::Command::new("kill").arg(format!("-{name}")).args(processes).output();
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        self.thaw();
        let reset = self.command().arg("reset").output();
        if !reset.is_ok_and(|output| output.status.success()) {
            eprintln!("the server in {} was not removed", self.folder.display());
        }
        let _ = std::fs::remove_file(self.folder.with_extension("lock"));
    }
}
