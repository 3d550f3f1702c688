//! What a visitor does in a browser, and what a tester looks at.

use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::driver::{ChromeCommand, Driver};

/// More than any page takes to load.
const ARRIVAL: Duration = Duration::from_secs(10);

/// A browser window on one site.
pub struct Browser {
    client: Client,
    /// Scheme, host and port of the site.
    pub base: String,
    // Last, so that the session ends before its processes do.
    _driver: Driver,
}

/// A size of the window and the theme that its visitor prefers.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub theme: &'static str,
}

impl Look {
    pub const WIDE: Self = Self { width: 1920, theme: "light" };

    pub const ALL: [Self; 4] = [
        Self::WIDE,
        Self { width: 1920, theme: "dark" },
        Self { width: 360, theme: "light" },
        Self { width: 360, theme: "dark" },
    ];
}

impl Browser {
    pub async fn open(base: &str) -> Self {
        let (driver, client) = Driver::start().await;
        let browser = Self { client, base: base.to_owned(), _driver: driver };
        browser.look(Look::WIDE).await;
        // So that the logs begin with the site, not with what the browser shows by itself.
        browser.client.goto("about:blank").await.unwrap();
        browser.network().await;
        browser
    }

    /// A command of the `DevTools` protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.client.issue_cmd(ChromeCommand { path: "goog/cdp/execute", body }).await.unwrap()
    }

    /// Changes size and theme.
    pub async fn look(&self, look: Look) {
        let size = json!({"width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": look.theme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Forbids the page its scripts, from the next page on.
    pub async fn forbid_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    }

    /// Opens a path of the site and waits until it has loaded.
    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Path and query of the page that is shown.
    pub async fn place(&self) -> String {
        let url = self.client.current_url().await.unwrap().to_string();
        url.strip_prefix(&self.base).unwrap_or_else(|| panic!("{url} is not of this site")).to_owned()
    }

    #[track_caller]
    pub fn find(&self, css: &str) -> impl Future<Output = Element> {
        let (css, caller) = (css.to_owned(), std::panic::Location::caller());
        async move {
            match self.client.find(Locator::Css(&css)).await {
                Ok(element) => element,
                Err(error) => panic!("{caller}: {css} on {}: {error}", self.place().await),
            }
        }
    }

    pub async fn find_all(&self, css: &str) -> Vec<Element> {
        self.client.find_all(Locator::Css(css)).await.unwrap()
    }

    pub async fn has(&self, css: &str) -> bool {
        !self.find_all(css).await.is_empty()
    }

    /// Clicks what a person would click, and waits for the page behind it.
    #[track_caller]
    pub fn click(&self, css: &str) -> impl Future<Output = ()> {
        let (css, found) = (css.to_owned(), self.find(css));
        let arrived = self.until(ARRIVAL, "return !window.isLeft && document.readyState === 'complete'");
        let caller = std::panic::Location::caller();
        async move {
            let element = found.await;
            self.run("window.isLeft = true", &[]).await;
            element.click().await.unwrap_or_else(|error| panic!("{caller}: {css}: {error}"));
            arrived.await;
        }
    }

    /// The text of an element as it can be read.
    #[track_caller]
    pub fn text(&self, css: &str) -> impl Future<Output = String> {
        let found = self.find(css);
        async move { found.await.text().await.unwrap() }
    }

    /// Replaces the text of a field.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Keys that go to whatever has the focus.
    pub async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Runs the body of an async function with `args` in the page, and returns its result.
    pub async fn run(&self, body: &str, args: &[Value]) -> Value {
        let script = format!(
            "const args = [...arguments], done = args.pop();
             (async () => {{ {body} }})().then(value => done({{value}}), error => done({{error: String(error.stack || error)}}));"
        );
        let answer = self.client.execute_async(&script, args.to_vec()).await.unwrap();
        assert!(answer["error"].is_null(), "{}: {}", self.place().await, answer["error"]);
        answer["value"].clone()
    }

    /// The same for scripts that return a list of faults.
    pub async fn faults(&self, body: &str, args: &[Value]) -> Vec<String> {
        let value = self.run(body, args).await;
        value.as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
    }

    /// Waits until a script returns true.
    #[track_caller]
    pub fn until(&self, within: Duration, body: &str) -> impl Future<Output = Duration> {
        let (body, caller) = (body.to_owned(), std::panic::Location::caller());
        async move {
            let began = Instant::now();
            while began.elapsed() < within {
                // A page that is just being replaced does not answer.
                if self.client.execute(&body, Vec::new()).await.is_ok_and(|value| value == json!(true)) {
                    return began.elapsed();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("{caller}: not within {within:?}: {body}");
        }
    }

    /// What the console has shown since the last time: warnings, errors, breaches of the policy.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.log("browser").await.into_iter().filter(|entry| entry["level"] != "INFO");
        entries.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Method and parameters of what the network did since the last time.
    pub async fn network(&self) -> Vec<(String, Value)> {
        let entries = self.log("performance").await;
        let messages = entries.iter().map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            (message["message"]["method"].as_str().unwrap().to_owned(), message["message"]["params"].clone())
        });
        messages.filter(|(method, _)| method.starts_with("Network.")).collect()
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let command = ChromeCommand { path: "se/log", body: json!({"type": kind}) };
        self.client.issue_cmd(command).await.unwrap().as_array().unwrap().clone()
    }

    /// A cookie as the browser keeps it, or null.
    pub async fn cookie(&self, name: &str) -> Value {
        let all = self.devtools("Network.getCookies", json!({"urls": [self.base]})).await;
        all["cookies"].as_array().unwrap().iter().find(|cookie| cookie["name"] == name).cloned().unwrap_or_default()
    }

    pub async fn forget_cookies(&self) {
        self.client.delete_all_cookies().await.unwrap();
    }

    /// The whole page as PNG in base64.
    pub async fn picture(&self, width: u32, height: u32) -> String {
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let wanted = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        self.devtools("Page.captureScreenshot", wanted).await["data"].as_str().unwrap().to_owned()
    }

    /// Signs in by the form, from any page that asks for it.
    pub async fn sign_in(&self, key: &str) {
        if !self.client.current_url().await.unwrap().path().starts_with("/sign-in") {
            self.goto("/sign-in").await;
        }
        self.fill("input[name=key]", key).await;
        self.click("form:has(input[name=key]) button").await;
    }
}
