//! Requests over a socket to servers that may be killed meanwhile.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Status and body of an answer that came whole.
pub struct Reply {
    pub status: u16,
    pub json: Value,
}

const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

/// Sends one request to `host:port`, with a path below `/api/v1`.
pub async fn exchange(address: &str, method: &str, path: &str, key: &str, body: &str) -> io::Result<Reply> {
    tokio::time::timeout(ANSWERED_WITHIN, exchange_slowly(address, method, path, key, body)).await?
}

async fn exchange_slowly(address: &str, method: &str, path: &str, key: &str, body: &str) -> io::Result<Reply> {
    let mut connection = TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\
         content-type: application/json\r\nconnection: close\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
    Ok(Reply { status, json: serde_json::from_str(body).map_err(|_| cut())? })
}
