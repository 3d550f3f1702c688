//! One connection of HTTP/1.1 that is kept.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{StatusCode, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Prepared;
use crate::Result;

/// Sends one request at a time.
pub struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Connection {
    /// Connects to host and port.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // What ends it is reported by the request that waits.
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends a request and reads all of the answer.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn send(&mut self, request: Prepared) -> Result<Answer> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }

    /// Sends a request that must succeed, and counts the bytes and the lines of an answer that is too large to keep.
    ///
    /// # Errors
    /// When the connection ends before, or the status is not 200.
    pub async fn count(&mut self, request: Prepared) -> Result<(u64, u64)> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        if response.status() != StatusCode::OK {
            return Err(format!("{} instead of rows", response.status()).into());
        }
        let mut body = response.into_body();
        let (mut bytes, mut lines) = (0, 0);
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                bytes += data.len() as u64;
                lines += count_lines(&data);
            }
        }
        Ok((bytes, lines))
    }

    /// The same as `send`, for requests that must succeed.
    ///
    /// # Errors
    /// Also when the status is not 200.
    pub async fn demand(&mut self, request: Prepared) -> Result<Bytes> {
        let Answer { status, body } = self.send(request).await?;
        if status != StatusCode::OK {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(body)
    }
}

/// How often a line ends in some bytes.
pub fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
