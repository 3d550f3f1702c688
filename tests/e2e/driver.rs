//! A chromedriver of a test's own with its Chromium, both gone with the value.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, SemaphorePermit};
use url::{ParseError, Url};
use uuid::Uuid;

/// More would only wait for each other on a machine with two cores.
static BROWSERS: Semaphore = Semaphore::const_new(2);

const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The processes behind a browser.
pub struct Driver {
    child: Child,
    url: String,
    session: Option<String>,
    profile: PathBuf,
    _permit: SemaphorePermit<'static>,
}

impl Driver {
    /// Starts both, and opens a session with an empty profile.
    pub async fn start() -> (Self, Client) {
        let permit = BROWSERS.acquire().await.unwrap();
        let port = free_port();
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut command = Command::new(&program);
        command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let profile = std::env::temp_dir().join(format!("colloquy-browser-{}", Uuid::now_v7().simple()));
        let url = format!("http://127.0.0.1:{port}");
        let mut driver = Self { child, url, session: None, profile, _permit: permit };
        driver.wait(port).await;
        let client = driver.open().await;
        driver.session = client.session_id().await.unwrap();
        (driver, client)
    }

    async fn wait(&mut self, port: u16) {
        for _ in 0..500 {
            assert!(self.child.try_wait().unwrap().is_none(), "chromedriver ended");
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("chromedriver does not listen");
    }

    async fn open(&self) -> Client {
        let profile = format!("--user-data-dir={}", self.profile.display());
        let arguments: Vec<&str> = FLAGS.into_iter().chain([profile.as_str()]).collect();
        let wanted = json!({
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let Value::Object(wanted) = wanted else { unreachable!() };
        let wanted: Capabilities = wanted;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted);
        builder.connect(&self.url).await.unwrap_or_else(|error| panic!("no browser: {error}"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asks Chromium to end; killed with its driver, it would leave files open.
        if let Some(session) = &self.session {
            let agent: ureq::Agent =
                ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
            let _ = agent.delete(format!("{}/session/{session}", self.url)).call();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A command of chromedriver that `WebDriver` does not have.
#[derive(Debug)]
pub struct ChromeCommand {
    /// Below the session.
    pub path: &'static str,
    pub body: Value,
}

impl WebDriverCompatibleCommand for ChromeCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
