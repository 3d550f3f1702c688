//! A server that is sent payloads raw: one line of its log for each request, and no header of theirs in an answer.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::list::{Payload, payloads};
use crate::support::database::TestDatabase;
use crate::support::reliability::{Figures, planned};
use crate::support::server::Server;

/// Headers of answers to the requests of this test.
const HEADERS: [&str; 22] = [
    "accept-encoding",
    "access-control-allow-origin",
    "allow",
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "location",
    "permissions-policy",
    "ratelimit",
    "ratelimit-policy",
    "referrer-policy",
    "retry-after",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
    "x-request-id",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_line_in_the_log_and_brings_no_header_into_its_answer() {
    let database = TestDatabase::new().await;
    for format in ["text", "json"] {
        let mut server = Server::start(&database, &["--log-format", format]).await;
        let log = server.log_to_the_end();
        let (mut sent, mut answered) = (0, 0);
        for payload in payloads().iter().step_by(planned(3, 1)) {
            for request in requests(payload) {
                sent += 1;
                answered += answers(&server, &request, &payload.place).await;
            }
        }
        server.signal("TERM").await;
        let log = log.await.unwrap();
        let lines = lines(&log, format);
        assert_eq!(lines, answered, "lines of {answered} requests in {format}");
        assert!(answered > sent / 2, "only {answered} of {sent} requests came as far as a route");
        Figures::of(
            14,
            "payloads",
            if format == "text" { "log of raw payloads, for people" } else { "log of raw payloads, as JSON" },
        )
        .count(sent, sent, "requests")
        .measured(format!("{answered} answered, {lines} lines of them"))
        .record(&database.client().await)
        .await;
    }
}

/// The payload as it is and percent-encoded, wherever a request has something that may end in a log or in an answer.
fn requests(payload: &Payload) -> Vec<Vec<u8>> {
    let Some(raw) = payload.bytes.as_deref().filter(|raw| raw.len() < 2000) else { return Vec::new() };
    let encoded = payload.percent_encoded().unwrap();
    let line = |method: &str, before: &str, text: &[u8], more: &str| {
        let end = format!(" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n");
        [method.as_bytes(), b" ", before.as_bytes(), text, end.as_bytes()].concat()
    };
    let header = |path: &str, name: &str| {
        let start = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{name}: ");
        [start.as_bytes(), raw, b"\r\n\r\n"].concat()
    };
    let form = format!("next={encoded}&key={encoded}");
    let posted = format!("content-length: {}\r\n\r\n{form}", form.len());
    vec![
        line("GET", "/", raw, ""),
        line("GET", "/api/v1/", encoded.as_bytes(), ""),
        line("DELETE", "/api/v1/customers/", raw, ""),
        line("GET", "/api/v1/store?", raw, ""),
        line("GET", "/sign-in?next=", encoded.as_bytes(), ""),
        line("GET", "/roi?x=", encoded.as_bytes(), ""),
        line("POST", "/sign-in", b"", &posted[..]),
        header("/health/live", "x-request-id"),
        header("/health/live", "user-agent"),
        header("/api/v1/store", "authorization"),
        header("/api/v1/events", "origin"),
        header("/roi", "cookie"),
        header("/nothing", "accept"),
    ]
}

/// Sends a request, looks at the headers of what comes, and counts the answers that a route gave.
async fn answers(server: &Server, request: &[u8], place: &str) -> usize {
    let mut connection = server.connect().await;
    // The server may end a connection before it has read all of a bad request.
    let _ = connection.write_all(request).await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    let mut count = 0;
    for part in answer.split("HTTP/1.1 ").skip(1) {
        let head = part.split("\r\n\r\n").next().unwrap();
        for line in head.split(['\r', '\n']).skip(1).filter(|line| !line.is_empty()) {
            let name = line.split(':').next().unwrap().to_ascii_lowercase();
            assert!(HEADERS.contains(&&*name), "{place}: the answer has a header {line:?}");
        }
        assert!(!head.starts_with('5'), "{place}: {head}");
        count += usize::from(head.contains("\r\nx-request-id: "));
    }
    count
}

/// How many lines tell of a request; every line is whole and has nothing that a terminal obeys.
fn lines(log: &str, format: &str) -> usize {
    for line in log.split('\n').filter(|line| !line.is_empty()) {
        let is_obeyed =
            |letter: char| letter.is_control() || "\u{2028}\u{2029}\u{202d}\u{202e}\u{2066}\u{feff}".contains(letter);
        assert!(!line.contains(is_obeyed), "{line:?}");
        let is_whole = match format {
            "json" => serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["timestamp"].is_string()),
            _ => line.starts_with("20") && line.contains('Z'),
        };
        assert!(is_whole, "{line:?}");
    }
    log.lines().filter(|line| line.contains("answered")).count()
}
