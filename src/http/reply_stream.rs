//! Rows that are too many to hold at once, sent as they come.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use warp::reply::{Reply, Response};

use super::coding::{Coding, Encoder};
use super::problem::Problem;
use super::reply::{Format, ReplyError, with_content_type};
use crate::database::{DatabaseError, TenantStream, error_chain};

const PART_BYTES: usize = 64 * 1024;
// Parts that are ready while the client reads another one.
const PARTS_AHEAD: usize = 2;
const READ_WITHIN: Duration = Duration::from_secs(30);

/// How rows go to a client.
pub struct Delivery {
    /// How they are written.
    pub format: Format,
    /// How they are packed.
    pub coding: Coding,
    /// What is kept from others until the last row has gone.
    pub place: Option<OwnedSemaphorePermit>,
}

impl From<Format> for Delivery {
    fn from(format: Format) -> Self {
        Self { format, coding: Coding::Identity, place: None }
    }
}

/// Sends rows as they come, in parts of 64 KiB. What fits into one part is sent with its length.
///
/// Dropped before it is ready, or once its client has gone, it ends the query.
///
/// # Errors
/// What fails before the first part is complete; what fails later breaks the connection off, so that no client takes
/// half an answer for a whole one.
pub async fn streamed(delivery: impl Into<Delivery>, rows: TenantStream) -> Result<Response, Problem> {
    let Delivery { format, coding, place } = delivery.into();
    let encoder = Encoder::new(coding);
    let mut parts = Parts { format, encoder, rows, is_first: true, is_done: false, _place: place };
    let mut start = Vec::with_capacity(PART_BYTES);
    format.start(&mut start, parts.rows.columns());
    let first = parts.next(start).await.map_err(StreamError::into_problem)?;
    let response = if parts.is_done {
        Response::new(first.into())
    } else {
        let (sender, mut receiver) = mpsc::channel(PARTS_AHEAD);
        tokio::spawn(parts.send_all(first, sender));
        warp::reply::stream(stream::poll_fn(move |context| receiver.poll_recv(context))).into_response()
    };
    Ok(coding.tell(with_content_type(response, format.content_type())))
}

#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Reply(#[from] ReplyError),
    #[error("packing failed")]
    Coding(#[from] std::io::Error),
}

impl StreamError {
    fn into_problem(self) -> Problem {
        match self {
            Self::Database(error) => error.into(),
            Self::Reply(error) => error.into(),
            Self::Coding(error) => Problem::internal(&error),
        }
    }
}

struct Parts {
    format: Format,
    encoder: Encoder,
    rows: TenantStream,
    is_first: bool,
    is_done: bool,
    _place: Option<OwnedSemaphorePermit>,
}

impl Parts {
    /// Fills up a part that may have begun, and packs it.
    async fn next(&mut self, mut part: Vec<u8>) -> Result<Vec<u8>, StreamError> {
        while part.len() < PART_BYTES && !self.is_done {
            if let Some(row) = self.rows.next().await? {
                self.format.row(&mut part, &row, self.is_first)?;
                self.is_first = false;
            } else {
                self.format.end(&mut part);
                self.is_done = true;
            }
        }
        Ok(self.encoder.encode(part, self.is_done)?)
    }

    /// Ends early when the client has gone, which drops the rows and with them their connection.
    async fn send_all(mut self, first: Vec<u8>, sender: mpsc::Sender<Result<Bytes, StreamError>>) {
        let mut part = first;
        loop {
            // gzip holds back what it can still pack better.
            if !part.is_empty() {
                // A client that reads nothing for so long would hold a connection of the pool for ever.
                let sent = tokio::time::timeout(READ_WITHIN, sender.send(Ok(part.into()))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
            }
            if self.is_done {
                return;
            }
            let next = tokio::select! {
                // The next row may be long in coming.
                () = sender.closed() => return,
                next = self.next(Vec::with_capacity(PART_BYTES)) => next,
            };
            part = match next {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(error = error_chain(&error), "an answer broke off");
                    let _ = tokio::time::timeout(READ_WITHIN, sender.send(Err(error))).await;
                    return;
                }
            };
        }
    }
}
