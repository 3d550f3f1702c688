//! Requests beside the browser: exact headers, no redirects followed. They block the thread of the test; what reads the
//! server's log needs another, hence `multi_thread` on every test.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The cookie of a session.
pub const COOKIE: &str = "colloquy_session";

pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
    /// Until the first byte of the answer.
    pub waited: Duration,
}

impl Reply {
    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A request to a path below `/api/v1`; null sends no body.
pub fn api(base: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let json = [headers, &[("content-type", "application/json")]].concat();
    let url = format!("{base}/api/v1{path}");
    if body.is_null() { send(method, &url, headers, "") } else { send(method, &url, &json, &body.to_string()) }
}

/// Fetches a page of a session.
pub fn page(base: &str, path: &str, session: &str) -> Reply {
    let headers = [("cookie", format!("{COOKIE}={session}")), ("accept", "text/html".into())];
    send("GET", &format!("{base}{path}"), &headers.each_ref().map(|(name, value)| (*name, value.as_str())), "")
}

/// Sends a form.
pub fn post(base: &str, path: &str, headers: &[(&str, &str)], form: &str) -> Reply {
    let headers = [headers, &[("content-type", "application/x-www-form-urlencoded"), ("origin", base)]].concat();
    send("POST", &format!("{base}{path}"), &headers, form)
}

/// Signs in; the secret of the new session.
#[track_caller]
pub fn session(base: &str, key: &str) -> String {
    let reply = post(base, "/sign-in", &[], &format!("key={key}"));
    assert_eq!(reply.status, 303, "{}", reply.body);
    let cookie = reply.header("set-cookie").split(';').next().unwrap();
    cookie.strip_prefix(&format!("{COOKIE}=")).unwrap_or_else(|| panic!("{cookie}")).to_owned()
}

pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    let mut request = http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let began = Instant::now();
    let answer = agent.run(request.body(body.to_owned()).unwrap());
    let answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    let waited = began.elapsed();
    let status = answer.status().as_u16();
    let headers = answer.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let mut text = String::new();
    answer.into_body().into_reader().read_to_string(&mut text).unwrap();
    Reply { status, headers, body: text, waited }
}
