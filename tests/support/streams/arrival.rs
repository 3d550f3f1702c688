//! The order in which events arrive: mostly as they happen, with stragglers, repeats and whole batches sent twice.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use uuid::Uuid;

use super::Options;
use crate::support::oracle::Event;

/// Puts the events of all chats in an order of arrival and cuts it into batches.
pub fn batches(rng: &mut StdRng, options: &Options, chats: Vec<Vec<Event>>) -> Vec<Vec<Event>> {
    let mut events: Vec<Event> = chats.into_iter().flatten().collect();
    let repeats: Vec<Event> = events.iter().filter(|_| rng.random_bool(0.05)).cloned().collect();
    events.extend(repeats);
    match rng.random_range(0..4) {
        0 => events.shuffle(rng),
        1 => events.sort_by_key(|event| std::cmp::Reverse(event.timestamp)),
        _ => as_they_happen(rng, options, &mut events),
    }
    let mut batches = Vec::new();
    while !events.is_empty() {
        let most = events.len().min(options.largest_batch.max(1));
        let length = rng.random_range(1..=most);
        let batch: Vec<Event> = events.drain(..length).collect();
        if rng.random_bool(0.03) {
            batches.push(batch.clone());
        }
        batches.push(batch);
    }
    batches
}

/// Most events arrive within a second, some up to a day late, and a few long after everything else.
fn as_they_happen(rng: &mut StdRng, options: &Options, events: &mut [Event]) {
    events.sort_by_cached_key(|event| {
        let late_us = match rng.random_range(0..20) {
            0 => rng.random_range(0..86_400_000_000_i64),
            1 => (options.to - options.from).num_microseconds().unwrap(),
            _ => rng.random_range(0..1_000_000),
        };
        event.timestamp + TimeDelta::microseconds(late_us)
    });
}

/// A batch as each store's own key would send it.
pub fn by_store(batch: &[Event]) -> BTreeMap<Uuid, Vec<Event>> {
    let mut by_store: BTreeMap<Uuid, Vec<Event>> = BTreeMap::new();
    for event in batch {
        by_store.entry(event.store_id).or_default().push(event.clone());
    }
    by_store
}
