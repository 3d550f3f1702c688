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
use tokio::sync::{Notify, Semaphore};

use auth::KeyUse;

use crate::analytics::live::Live;
use crate::events::writer::Writer;

/// What handlers work with, shared by all requests.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an `App`.
pub struct Parts {
    /// Connections to the database.
    pub pool: Pool,
    /// Size of a request body at most, in bytes, after decompression.
    pub body_limit_bytes: usize,
    /// The way of live events into the database.
    pub writer: Writer,
    /// Who follows the metrics of today.
    pub live: Live,
    /// Exports that may run at a time: half of the connections, so that other requests have the other half.
    pub exports: Arc<Semaphore>,
    /// Wakes whoever works on recalculations, after one was asked for.
    pub recalculations: Arc<Notify>,
    key_use: KeyUse,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(pool: Pool, writer: Writer, body_limit_bytes: usize) -> Self {
        let exports = Arc::new(Semaphore::new((pool.status().max_size / 2).max(1)));
        let live = Live::new(pool.clone());
        let recalculations = Arc::new(Notify::new());
        let key_use = KeyUse::default();
        Self(Arc::new(Parts { pool, body_limit_bytes, writer, live, exports, recalculations, key_use }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
