//! Requests over a socket to servers that may be killed meanwhile.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer that came whole.
pub struct Reply {
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    pub json: Value,
}

const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

impl Reply {
    /// A header by its name in lower case, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| *found == name)
            .map_or("", |pair| pair.1)
    }
}

/// Sends one request to `host:port`, with a path below `/api/v1`.
pub async fn exchange(address: &str, method: &str, path: &str, key: &str, body: &str) -> io::Result<Reply> {
    request(address, method, &format!("/api/v1{path}"), key, body).await
}

/// Sends one request to `host:port`.
pub async fn request(address: &str, method: &str, path: &str, key: &str, body: &str) -> io::Result<Reply> {
    tokio::time::timeout(ANSWERED_WITHIN, request_slowly(address, method, path, key, body)).await?
}

async fn request_slowly(address: &str, method: &str, path: &str, key: &str, body: &str) -> io::Result<Reply> {
    let mut connection = TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\
         content-type: application/json\r\nconnection: close\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
    Ok(Reply { status, head: head.to_owned(), json: serde_json::from_str(body).map_err(|_| cut())? })
}
