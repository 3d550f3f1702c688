//! The HTTP frame: what every endpoint shares, from the key of a request to the format of its answer.

pub mod auth;
pub mod body;
mod coding;
mod content_encoding;
mod cors;
pub mod cursor;
pub mod fields;
mod frame;
pub mod health;
pub mod method;
mod numeric;
pub mod openapi;
pub mod parameters;
pub mod problem;
pub mod reply;
mod reply_parts;
mod reply_stream;
pub mod routes;

use std::ops::Deref;
use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio::sync::Semaphore;

use auth::KeyUse;

use crate::analytics::live::Live;
use crate::database::Reads;
use crate::events::writer::Writer;

/// What handlers work with, shared by all requests.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an `App`.
pub struct Parts {
    /// Connections to the primary.
    pub pool: Pool,
    /// Where analytics, exports and lists are read: the replica, if there is one.
    pub reads: Reads,
    /// Size of a request body at most, in bytes, after decompression.
    pub body_limit_bytes: usize,
    /// The way of live events into the database.
    pub writer: Writer,
    /// Who follows the metrics of today.
    pub live: Live,
    /// Exports that may run at a time: half of the connections, so that other requests have the other half.
    pub exports: Arc<Semaphore>,
    key_use: KeyUse,
}

impl App {
    /// Puts the parts together; there is no replica.
    #[must_use]
    pub fn new(pool: Pool, writer: Writer, body_limit_bytes: usize) -> Self {
        Self::with_reads(Reads::of_primary(pool.clone()), pool, writer, body_limit_bytes)
    }

    /// Puts the parts together.
    #[must_use]
    pub fn with_reads(reads: Reads, pool: Pool, writer: Writer, body_limit_bytes: usize) -> Self {
        let exports = Arc::new(Semaphore::new((pool.status().max_size / 2).max(1)));
        let live = Live::new(pool.clone());
        Self(Arc::new(Parts { pool, reads, body_limit_bytes, writer, live, exports, key_use: KeyUse::default() }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
