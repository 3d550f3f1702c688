//! Cuts events into batches that open few chunks and rebuild each conversation once.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
};

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::events::Event;

/// Events in a batch, unless its last conversation has more to come.
const BATCH_EVENTS: usize = 5_000;
/// Most events in a batch.
const MAX_BATCH_EVENTS: usize = 10_000;
/// Most bytes of `event_data` in a batch, beside its last event.
const MAX_BATCH_BYTES: usize = 32 * 1024 * 1024;
/// Most weeks that a batch has events in: each is a chunk of several tables to lock.
const MAX_BATCH_WEEKS: usize = 60;

/// An event and where it was read.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The event.
    pub event: Event,
    /// Which of the files, from 0.
    pub file: usize,
    /// Its line, from 1.
    pub line: u64,
}

/// Sorts conversations by their first event, and returns the batches as ranges of `events`.
pub fn batches(events: &mut [Placed]) -> Vec<Range<usize>> {
    let mut first_by_conversation: HashMap<(Uuid, Uuid), DateTime<Utc>> = HashMap::new();
    for Placed { event, .. } in &*events {
        let first = first_by_conversation.entry(conversation(event)).or_insert(event.created_at);
        *first = event.created_at.min(*first);
    }
    events.sort_by_key(|Placed { event, .. }| {
        let of = conversation(event);
        (first_by_conversation.get(&of).copied(), of, event.created_at, event.event_id)
    });

    let mut ranges = Vec::new();
    let mut batch = Open::default();
    for index in 0..events.len() {
        let event = &events[index].event;
        let is_new = index > 0 && conversation(&events[index - 1].event) != conversation(event);
        if batch.is_full(index, is_new) {
            ranges.push(batch.start..index);
            batch = Open { start: index, ..Open::default() };
        }
        batch.bytes += event.event_data.get().len();
        batch.weeks.insert(event.created_at.timestamp().div_euclid(Duration::weeks(1).num_seconds()));
    }
    if batch.start < events.len() {
        ranges.push(batch.start..events.len());
    }
    ranges
}

fn conversation(event: &Event) -> (Uuid, Uuid) {
    (event.store_id, event.conversation_id)
}

#[derive(Default)]
struct Open {
    start: usize,
    bytes: usize,
    weeks: BTreeSet<i64>,
}

impl Open {
    fn is_full(&self, end: usize, at_new_conversation: bool) -> bool {
        let events = end - self.start;
        events >= MAX_BATCH_EVENTS
            || self.bytes >= MAX_BATCH_BYTES
            || self.weeks.len() >= MAX_BATCH_WEEKS
            || at_new_conversation && events >= BATCH_EVENTS
    }
}
