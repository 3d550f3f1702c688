//! Answers as an attacker sees them: what of a store shows in one, and in what two of them differ.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::pin::Pin;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use colloquy::http::App;
use colloquy::http::routes::routes;
use http_body_util::BodyExt;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::hyper::body::Body;
use warp::reply::{Reply, Response};

use super::keys::Credential;
use super::places::Request;
use crate::support::server::Server;

const FIRST_EVENT_WITHIN: Duration = Duration::from_secs(10);

/// Where requests go.
pub enum Door {
    InProcess(BoxedFilter<(Response,)>),
    Socket(Box<Server>),
}

/// An answer.
pub struct Seen {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Door {
    pub fn in_process(app: &App) -> Self {
        Self::InProcess(routes(app.clone()).map(Reply::into_response).boxed())
    }

    /// The attack in words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InProcess(_) => "tenant isolation, every route and key",
            Self::Socket(_) => "tenant isolation, every route and key of a server",
        }
    }

    /// Of an answer that never ends the first event is taken.
    pub async fn ask(&self, request: &Request, credential: &Credential, is_endless: bool) -> Seen {
        match self {
            Self::InProcess(routes) => in_process(routes, request, credential, is_endless).await,
            Self::Socket(server) => by_socket(server, request, credential, is_endless).await,
        }
    }
}

async fn in_process(
    routes: &BoxedFilter<(Response,)>,
    request: &Request,
    credential: &Credential,
    is_endless: bool,
) -> Seen {
    let mut asked = warp::test::request().method(&request.method).path(&request.url).header("accept", "*/*");
    if let Some((name, value)) = credential {
        asked = asked.header(*name, value);
    }
    if let Some((media_type, body)) = &request.body {
        asked = asked.header("content-type", media_type).body(body);
    }
    let response = asked.filter(routes).await.unwrap();
    let (parts, mut body) = response.into_parts();
    let text = if is_endless && parts.status == 200 {
        first_event(Pin::new(&mut body)).await
    } else {
        String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned()
    };
    let header = |(name, value): (&warp::http::HeaderName, &warp::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Seen { status: parts.status.as_u16(), headers: parts.headers.iter().map(header).collect(), body: text }
}

async fn first_event(mut body: Pin<&mut (impl Body<Data: AsRef<[u8]>, Error: std::fmt::Debug> + Unpin)>) -> String {
    let mut text = String::new();
    while !is_event(&text) {
        let frame = tokio::time::timeout(FIRST_EVENT_WITHIN, body.frame()).await.expect("no event came");
        let Some(frame) = frame else { break };
        text.push_str(&String::from_utf8_lossy(frame.unwrap().data_ref().unwrap().as_ref()));
    }
    text
}

/// Whether an event has come whole.
fn is_event(text: &str) -> bool {
    text.split_once("data:").is_some_and(|(_, data)| data.contains("\n\n"))
}

/// As HTTP/1.0, so that no sizes of chunks stand between the parts of a body.
async fn by_socket(server: &Server, request: &Request, credential: &Credential, is_endless: bool) -> Seen {
    let mut text = format!("{} {} HTTP/1.0\r\nhost: x\r\naccept: */*\r\n", request.method, request.url);
    if let Some((name, value)) = credential {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    let (media_type, body) = request.body.clone().unwrap_or_default();
    write!(text, "content-type: {media_type}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut connection = server.connect().await;
    connection.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !(is_endless && is_event(&String::from_utf8_lossy(&answer))) {
        let read = connection.read_buf(&mut answer);
        if tokio::time::timeout(FIRST_EVENT_WITHIN, read).await.expect("no answer came").unwrap() == 0 {
            break;
        }
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.into(), value.into()));
    Seen { status, headers: headers.collect(), body: body.to_owned() }
}

impl Seen {
    /// The code of a problem.
    pub fn code(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The texts that show in it, those that the request named itself apart.
    pub fn shown<'a>(&self, texts: &'a BTreeSet<String>, request: &Request) -> Vec<&'a str> {
        let whole = self.whole();
        let asked =
            format!("{} {:?}", percent_decode_str(&request.url).decode_utf8_lossy().replace('+', " "), request.body);
        texts.iter().map(String::as_str).filter(|text| whole.contains(*text) && !asked.contains(*text)).collect()
    }

    /// Headers and body, and what cursors hold.
    fn whole(&self) -> String {
        let mut whole = self.body.clone();
        for (name, value) in &self.headers {
            write!(whole, "\n{name}: {value}").unwrap();
        }
        let cursor = serde_json::from_str::<Value>(&self.body)
            .ok()
            .and_then(|body| Some(body["next_cursor"].as_str()?.to_owned()));
        let header = self.headers.iter().find(|(name, _)| name == "x-next-cursor").map(|(_, value)| value.clone());
        for cursor in cursor.into_iter().chain(header) {
            whole.push_str(&String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default()));
        }
        whole
    }

    /// The body without what moves with the clock: instants of these minutes, and the elapsed part of an earlier period.
    pub fn timeless(&self) -> String {
        let of_now =
            [0, 1, 2].map(|minutes| (Utc::now() - TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:").to_string());
        let mut body = self.body.clone();
        if let Ok(Value::Object(mut fields)) = serde_json::from_str(&self.body) {
            fields.remove("previous_range");
            body = Value::Object(fields).to_string();
        }
        let parts = body.split('"').map(|part| if of_now.iter().any(|now| part.contains(now)) { "now" } else { part });
        parts.collect::<Vec<_>>().join("\"")
    }

    /// Everything but what differs from one request to the next, with `?` where the asked value stands.
    pub fn shape(&self, value: &str) -> String {
        let passing = ["x-request-id", "x-data-complete-until", "date", "content-length"];
        let mut shape = self.status.to_string();
        for (name, text) in self.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str())) {
            write!(shape, "\n{name}: {text}").unwrap();
        }
        let request_id = self.headers.iter().find(|(name, _)| name == "x-request-id").map(|(_, id)| id.as_str());
        let body = self.body.replace(request_id.unwrap_or("\0"), "");
        let form = form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
        let form_twice = form_urlencoded::byte_serialize(form.as_bytes()).collect::<String>();
        [&form_twice, &form, value].iter().fold(format!("{shape}\n\n{body}"), |shape, value| shape.replace(*value, "?"))
    }
}
