//! Rows that are too many to hold at once, sent as they come.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;
use warp::reply::{Reply, Response};

use super::problem::Problem;
use super::reply::{Format, ReplyError, with_content_type};
use crate::database::{DatabaseError, TenantStream, error_chain};

const PART_BYTES: usize = 64 * 1024;
// Parts that are ready while the client reads another one.
const PARTS_AHEAD: usize = 2;
const READ_WITHIN: Duration = Duration::from_secs(30);

/// Sends rows as they come, in parts of 64 KiB. What fits into one part is sent with its length.
///
/// # Errors
/// What fails before the first part is complete; what fails later breaks the connection off, so that no client takes
/// half an answer for a whole one.
pub async fn streamed(format: Format, rows: TenantStream) -> Result<Response, Problem> {
    let mut parts = Parts { format, rows, is_first: true, is_done: false };
    let mut first = Vec::with_capacity(PART_BYTES);
    format.start(&mut first, parts.rows.columns());
    parts.fill(&mut first).await.map_err(StreamError::into_problem)?;
    let response = if parts.is_done {
        Response::new(first.into())
    } else {
        let (sender, mut receiver) = mpsc::channel(PARTS_AHEAD);
        tokio::spawn(parts.send_all(first, sender));
        warp::reply::stream(stream::poll_fn(move |context| receiver.poll_recv(context))).into_response()
    };
    Ok(with_content_type(response, format.content_type()))
}

#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Reply(#[from] ReplyError),
}

impl StreamError {
    fn into_problem(self) -> Problem {
        match self {
            Self::Database(error) => error.into(),
            Self::Reply(error) => error.into(),
        }
    }
}

struct Parts {
    format: Format,
    rows: TenantStream,
    is_first: bool,
    is_done: bool,
}

impl Parts {
    async fn fill(&mut self, part: &mut Vec<u8>) -> Result<(), StreamError> {
        while part.len() < PART_BYTES {
            let Some(row) = self.rows.next().await? else {
                self.format.end(part);
                self.is_done = true;
                return Ok(());
            };
            self.format.row(part, &row, self.is_first)?;
            self.is_first = false;
        }
        Ok(())
    }

    /// Ends early when the client has gone, which drops the rows and with them their connection.
    async fn send_all(mut self, first: Vec<u8>, sender: mpsc::Sender<Result<Bytes, StreamError>>) {
        let mut part = first;
        loop {
            // A client that reads nothing for so long would hold a connection of the pool for ever.
            let sent = tokio::time::timeout(READ_WITHIN, sender.send(Ok(part.into()))).await;
            if !matches!(sent, Ok(Ok(()))) || self.is_done {
                return;
            }
            part = Vec::with_capacity(PART_BYTES);
            if let Err(error) = self.fill(&mut part).await {
                tracing::error!(error = error_chain(&error), "an answer broke off");
                let _ = sender.send(Err(error)).await;
                return;
            }
        }
    }
}
