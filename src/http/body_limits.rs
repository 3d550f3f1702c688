//! How large and how slow bodies may be, and the memory that all of them share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::problem::Problem;

/// A body may take a second more for each so many bytes of it that have come.
const SLOWEST_BYTES_PER_SECOND: usize = 4096;

/// What bodies may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Size of each, in bytes, after decompression.
    pub each_bytes: usize,
    /// Sizes of all that are being read, checked or stored, in bytes.
    pub all_bytes: usize,
    /// How long a client may pause in the middle of a body.
    pub patience: Duration,
}

impl From<usize> for BodyLimits {
    /// As the command line has them by default, with another size of each.
    fn from(each_bytes: usize) -> Self {
        Self { each_bytes, all_bytes: 128 * 1024 * 1024, patience: Duration::from_secs(30) }
    }
}

/// The limits, and what is left of the memory. Clones share it.
#[derive(Clone)]
pub struct Bodies {
    limits: BodyLimits,
    memory: Arc<Semaphore>,
    checks: Arc<Semaphore>,
}

impl Bodies {
    /// Nothing is taken yet.
    #[must_use]
    pub fn new(limits: BodyLimits) -> Self {
        // One body and what it is unpacked from always fit.
        let all_bytes = limits.all_bytes.max(limits.each_bytes.saturating_mul(2)).min(Semaphore::MAX_PERMITS);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let (memory, checks) = (Semaphore::new(all_bytes), Semaphore::new(processors));
        Self { limits, memory: Arc::new(memory), checks: Arc::new(checks) }
    }

    /// Size of each, in bytes.
    #[must_use]
    pub fn each_bytes(&self) -> usize {
        self.limits.each_bytes
    }

    /// Bytes that bodies could still take.
    #[must_use]
    pub fn room(&self) -> usize {
        self.memory.available_permits()
    }

    /// Waits until a large body may be taken apart; until the value is dropped, it counts.
    pub async fn place_to_check(&self) -> Option<SemaphorePermit<'_>> {
        self.checks.acquire().await.ok()
    }

    /// A body that begins.
    pub(super) fn begin(&self) -> Share {
        Share { memory: Arc::clone(&self.memory), taken: None }
    }

    /// When a body that began then and of which so much has come has to go on.
    pub(super) fn deadline(&self, begun_at: Instant, bytes: usize) -> Instant {
        let earned = u64::try_from(bytes / SLOWEST_BYTES_PER_SECOND).unwrap_or(u64::MAX);
        let whole = begun_at + self.limits.patience + Duration::from_secs(earned);
        whole.min(Instant::now() + self.limits.patience)
    }
}

/// The part of the memory that one body takes, given back with this value.
pub(super) struct Share {
    memory: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Takes so many bytes more.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let count = u32::try_from(bytes).map_err(|_| Problem::ServerBusy)?;
        let more = Arc::clone(&self.memory).try_acquire_many_owned(count).map_err(|_| Problem::ServerBusy)?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
    }

    /// The body, which gives its memory back when the last part of it is dropped.
    pub(super) fn hold(self, body: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(Held { body, _share: self })
    }
}

struct Held<B> {
    body: B,
    _share: Share,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Held<B> {
    fn as_ref(&self) -> &[u8] {
        self.body.as_ref()
    }
}
