//! Events in windows, each split by conversation among the connections that store it.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::mpsc;

use super::{ImportError, Placed};

/// Events of a window, and of each part of it at least: they are sorted at a time.
const WINDOW_EVENTS: usize = 50_000;
const PART_EVENTS: usize = 25_000;
/// Bytes of events after which a window is full all the same.
const WINDOW_BYTES: usize = 64 * 1024 * 1024;

/// What a connection is to store.
pub type Windows = mpsc::Receiver<Result<Vec<Placed>, ImportError>>;

/// Hands windows to connections, one ahead of what each stores.
pub struct Split {
    senders: Vec<mpsc::Sender<Result<Vec<Placed>, ImportError>>>,
    parts: Vec<Vec<Placed>>,
    events: usize,
    bytes: usize,
}

impl Split {
    /// Among so many connections.
    pub fn among(connections: usize) -> (Self, Vec<Windows>) {
        let (senders, windows) = (0..connections).map(|_| mpsc::channel(1)).unzip();
        let parts = (0..connections).map(|_| Vec::new()).collect();
        (Self { senders, parts, events: 0, bytes: 0 }, windows)
    }

    /// Adds an event of so many bytes. False when a connection takes nothing any more.
    pub fn add(&mut self, placed: Placed, bytes: usize) -> bool {
        let part = self.part_of(&placed);
        self.parts[part].push(placed);
        self.events += 1;
        self.bytes += bytes;
        let full = WINDOW_EVENTS.max(PART_EVENTS * self.parts.len());
        if self.events >= full || self.bytes >= WINDOW_BYTES { self.send() } else { true }
    }

    /// Ends with what is left, or with an error.
    pub fn end(mut self, result: Result<(), ImportError>) {
        // Nobody listens any more where the import has ended.
        let _ = match result {
            Ok(()) => self.send(),
            Err(error) => self.senders[0].blocking_send(Err(error)).is_ok(),
        };
    }

    fn send(&mut self) -> bool {
        (self.events, self.bytes) = (0, 0);
        self.senders
            .iter()
            .zip(&mut self.parts)
            .filter(|(_, part)| !part.is_empty())
            .all(|(sender, part)| sender.blocking_send(Ok(std::mem::take(part))).is_ok())
    }

    /// Always the same for a conversation: connections never wait for each other's locks, and find its duplicates and rows
    /// in the order of the files.
    fn part_of(&self, placed: &Placed) -> usize {
        let mut hasher = DefaultHasher::new();
        placed.event.conversation_id.hash(&mut hasher);
        usize::try_from(hasher.finish() % self.parts.len() as u64).unwrap_or(0)
    }
}
