//! `colloquy serve` as a process of its own, on a free port of the loopback address.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

use super::database::TestDatabase;

/// For servers that log little: errors, and where they listen.
pub const LOG_ERRORS: [&str; 2] = ["--log-level", "error,colloquy::commands=info"];

/// A server that is killed with this value, if it has not ended before.
pub struct Server {
    child: Child,
    log: Option<Lines<BufReader<ChildStderr>>>,
    address: String,
    first_log: String,
}

impl Server {
    pub async fn start(database: &TestDatabase, arguments: &[&str]) -> Self {
        Self::start_on(database.url(), arguments).await
    }

    /// On the database of a URL.
    pub async fn start_on(url: &str, arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", url, arguments).await
    }

    /// On an address of the test's choice, as one that comes back after a crash.
    pub async fn start_at(address: &str, url: &str, arguments: &[&str]) -> Self {
        Self::spawn(command_at(address, url, arguments)).await
    }

    /// By a command as `command` makes it.
    pub async fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut first_log = String::new();
        loop {
            let line = log.next_line().await.unwrap().unwrap_or_else(|| panic!("the server ended: {first_log}"));
            if let Some((_, address)) = line.split_once("listening on http://") {
                let address = address.trim().trim_end_matches(|end: char| !end.is_ascii_digit()).to_owned();
                return Self { child, log: Some(log), address, first_log };
            }
            first_log = first_log + &line + "\n";
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it logged before it listened.
    pub fn first_log(&self) -> &str {
        &self.first_log
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// Sends a request that is the last one of its connection, and leaves the answer to be read.
    pub async fn request(&self, method: &str, path: &str, key: &str, headers: &str, body: &str) -> TcpStream {
        let mut connection = self.connect().await;
        let length = body.len();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\
             {headers}connection: close\r\n\r\n{body}"
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        connection
    }

    /// The next line of its log that holds a text.
    pub async fn line_with(&mut self, text: &str) -> String {
        loop {
            let line = self.log.as_mut().unwrap().next_line().await.unwrap().expect("the server ended");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The number after a name in `/proc/PID/status`, in KiB for sizes.
    pub fn status(&self, name: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    pub async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().await.unwrap().success());
    }

    /// Ends it at once, as a crash would.
    pub async fn stop(&self) {
        self.signal("KILL").await;
        while TcpStream::connect(&self.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Reads all that it logs from now on, so that it never waits for a reader; done once it has ended.
    pub fn log_to_the_end(&mut self) -> JoinHandle<String> {
        let mut lines = self.log.take().unwrap();
        tokio::spawn(async move {
            let mut log = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                log.push_str(&line);
                log.push('\n');
            }
            log
        })
    }

    pub async fn exit_code(mut self) -> Option<i32> {
        let log = self.log_to_the_end();
        let status = tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await.unwrap().unwrap();
        log.await.unwrap();
        status.code()
    }
}

pub fn command(url: &str, arguments: &[&str]) -> Command {
    command_at("127.0.0.1:0", url, arguments)
}

fn command_at(address: &str, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command
        .args(["serve", "--listen", address, "--pool-size", "4"])
        .args(arguments)
        .env("DATABASE_URL", url)
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// An address that a server can be given again and again: below the ports that the kernel gives to connections.
pub fn lasting_address() -> String {
    loop {
        let address = format!("127.0.0.1:{}", rand::random_range(10_000..20_000));
        if std::net::TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}
