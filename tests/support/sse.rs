//! A client of server-sent events, on a real socket.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An open answer, after its headers.
pub struct EventStream {
    lines: Lines<BufReader<TcpStream>>,
    /// The headers, the status line first.
    pub head: Vec<String>,
}

/// What came in time.
#[derive(Debug, PartialEq)]
pub enum Got {
    Event(Value),
    Heartbeat,
    Nothing,
    End,
}

impl EventStream {
    pub async fn of(connection: TcpStream) -> Self {
        let mut lines = BufReader::new(connection).lines();
        let mut head = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap().filter(|line| !line.is_empty()) {
            head.push(line);
        }
        Self { lines, head }
    }

    /// The next event or heartbeat.
    pub async fn next(&mut self, within: Duration) -> Got {
        timeout(within, self.read()).await.unwrap_or(Got::Nothing)
    }

    /// The data of the next event, which must come in time.
    pub async fn event(&mut self, within: Duration) -> Value {
        match self.next(within).await {
            Got::Event(data) => data,
            other => panic!("no event came within {within:?}: {other:?}"),
        }
    }

    async fn read(&mut self) -> Got {
        // Sizes of chunks stand on lines of their own.
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if let Some(data) = line.strip_prefix("data:") {
                return Got::Event(serde_json::from_str(data).unwrap());
            }
            if line.starts_with(':') {
                return Got::Heartbeat;
            }
        }
        Got::End
    }
}
