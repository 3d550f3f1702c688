//! Streams of events that look like real shops and hold every nastiness that the design speaks of.

mod arrival;
mod chat;
mod examples;
mod moments;
mod shapes;
mod twists;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

use super::oracle::Event;

pub use arrival::by_store;

/// What to generate; two equal ones with the same seed make the same events.
#[derive(Debug, Clone)]
pub struct Options {
    pub stores: Vec<Uuid>,
    /// How many conversation ids; some are used in two stores, and some make several rows.
    pub conversation_ids: usize,
    /// No event is before this.
    pub from: DateTime<Utc>,
    /// No event is after this.
    pub to: DateTime<Utc>,
    /// Conversations crowd at the days' edges and clock changes of these.
    pub timezones: Vec<Tz>,
    pub largest_batch: usize,
}

/// Batches of valid events in the order in which they arrive; a batch mixes stores.
pub fn generate(seed: u64, options: &Options) -> Vec<Vec<Event>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let moments = moments::sharp_moments(options);
    let mut chats: Vec<Vec<Event>> = Vec::new();
    for _ in 0..options.conversation_ids {
        let conversation_id = random_id(&mut rng);
        let first_store = rng.random_range(0..options.stores.len());
        let in_stores = if rng.random_bool(0.08) { 2 } else { 1 };
        for nth in 0..in_stores.min(options.stores.len()) {
            let store_id = options.stores[(first_store + nth) % options.stores.len()];
            chats.push(shapes::chat(&mut rng, options, &moments, store_id, conversation_id));
        }
    }
    twists::twist(&mut rng, options, &mut chats);
    arrival::batches(&mut rng, options, chats)
}

fn random_id(rng: &mut StdRng) -> Uuid {
    Builder::from_random_bytes(rng.random()).into_uuid()
}
