//! The first pass: checks every line, and finds out which stores and which span of time the files hold.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{
    ImportError, Placed, checked::each_line, progress::Progress, rejections::Rejections, stop::Stop,
    stores::KnownStores,
};

/// First and last time of some events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Time of the earliest.
    pub first: DateTime<Utc>,
    /// Time of the latest.
    pub last: DateTime<Utc>,
}

impl Span {
    /// From the earliest to the latest.
    #[must_use]
    pub fn new(first: DateTime<Utc>, last: DateTime<Utc>) -> Self {
        Self { first, last }
    }

    fn with(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }

    /// The same, later by a duration.
    #[must_use]
    pub fn shifted(self, by: Duration) -> Self {
        Self { first: self.first + by, last: self.last + by }
    }
}

/// What the files hold.
#[derive(Debug)]
pub struct Scan {
    /// Span of the good events of each store.
    pub stores: BTreeMap<Uuid, Span>,
    /// Good events.
    pub events: u64,
    /// Lines that are not taken.
    pub rejections: Rejections,
    /// All good events, unless they are too many to keep.
    pub kept: Option<Vec<Placed>>,
    bytes: usize,
}

impl Scan {
    fn new() -> Self {
        Self { stores: BTreeMap::new(), events: 0, rejections: Rejections::default(), kept: Some(Vec::new()), bytes: 0 }
    }

    fn add(&mut self, placed: Placed, keep_bytes: usize) {
        let at = Span { first: placed.event.created_at, last: placed.event.created_at };
        self.stores.entry(placed.event.store_id).and_modify(|span| *span = span.with(at)).or_insert(at);
        self.events += 1;
        self.bytes += kept_bytes(&placed);
        if self.bytes > keep_bytes {
            self.kept = None;
        } else if let Some(kept) = &mut self.kept {
            kept.push(placed);
        }
    }

    /// Span of all good events; none if there is no event.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.stores.values().copied().reduce(Span::with)
    }
}

/// Reads all files to their end, and keeps their good events if they take no more memory than that. Blocks.
pub fn scan(
    paths: &[PathBuf],
    stores: &KnownStores,
    now: DateTime<Utc>,
    keep_bytes: usize,
    progress: &Progress,
    stop: &Stop,
) -> Result<Scan, ImportError> {
    let mut scan = Scan::new();
    for (file, path) in paths.iter().enumerate() {
        each_line(path, now, progress, |lines| {
            if stop.requested() {
                return Err(ImportError::Stopped { events: 0 });
            }
            for (number, result) in lines {
                match result {
                    Err(fault) => scan.rejections.add(path, number, fault.code, fault.field),
                    Ok(event) => match stores.refusal(event.store_id) {
                        Some(code) => scan.rejections.add(path, number, code, Some("store_id".to_owned())),
                        None => scan.add(Placed { event, file, line: number }, keep_bytes),
                    },
                }
            }
            Ok(())
        })?;
    }
    Ok(scan)
}

/// What an event takes in memory, about.
pub fn kept_bytes(placed: &Placed) -> usize {
    let event = &placed.event;
    size_of::<Placed>() + event.event_data.get().len() + event.customer_id.as_ref().map_or(0, String::len)
}
