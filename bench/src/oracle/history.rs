//! The conversations of one store in short and in order, so that many ranges can be counted quickly.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use chrono::{DateTime, Utc};
use colloquy::events::{Event, EventType};

use super::{is_by_ai, outcome};
use crate::generator::{DAYS, Generator, Store};

/// Threads that play conversations.
const THREADS: u32 = 2;

/// What is counted of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub total: u64,
    pub unique_customers: u64,
    pub resolved: u64,
    pub ai_resolved: u64,
}

/// All conversations of a store.
#[derive(Default)]
pub struct History {
    /// Ordered by start.
    conversations: Vec<Conversation>,
    customers: usize,
}

#[derive(Clone, Copy)]
struct Conversation {
    started_at: DateTime<Utc>,
    customer: Option<usize>,
    is_resolved: bool,
    is_ai_resolved: bool,
}

/// By size and end of the data, and rank of the store.
type Known = BTreeMap<(u64, DateTime<Utc>, u32), Arc<History>>;

static KNOWN: Mutex<Known> = Mutex::new(BTreeMap::new());

impl History {
    /// That of a store; played once for all rows.
    #[must_use]
    pub fn of(generator: &Generator, store: &Store) -> Arc<Self> {
        let key = (generator.asked_events(), generator.until(), store.rank);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(key).or_insert_with(|| Arc::new(Self::play(generator, store))))
    }

    fn play(generator: &Generator, store: &Store) -> Self {
        let of_days = |first: u32| {
            let days = (first..DAYS).step_by(THREADS as usize);
            days.flat_map(|day| generator.day_of(store, day)).map(|events| short(&events)).collect::<Vec<_>>()
        };
        let mut shorts: Vec<(Conversation, Option<String>)> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || of_days(first))).collect();
            // A thread that panics has said why.
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
        });
        shorts.sort_unstable_by_key(|(conversation, _)| conversation.started_at);
        let mut numbers = HashMap::new();
        let conversations = shorts.into_iter().map(|(conversation, name)| {
            let next = numbers.len();
            let customer = name.map(|name| *numbers.entry(name).or_insert(next));
            Conversation { customer, ..conversation }
        });
        Self { conversations: conversations.collect(), customers: numbers.len() }
    }

    /// Counts the conversations that started between two instants, half-open.
    #[must_use]
    pub fn count(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Counted {
        let place = |at| self.conversations.partition_point(|conversation| conversation.started_at < at);
        let mut seen = vec![false; self.customers];
        let mut counted = Counted::default();
        for conversation in &self.conversations[place(from)..place(to).max(place(from))] {
            counted.total += 1;
            counted.resolved += u64::from(conversation.is_resolved);
            counted.ai_resolved += u64::from(conversation.is_ai_resolved);
            if let Some(customer) = conversation.customer {
                counted.unique_customers += u64::from(!std::mem::replace(&mut seen[customer], true));
            }
        }
        counted
    }
}

fn short(events: &[Event]) -> (Conversation, Option<String>) {
    let is_resolved = outcome(events) == EventType::ConversationResolved;
    let conversation = Conversation {
        started_at: events[0].created_at,
        customer: None,
        is_resolved,
        is_ai_resolved: is_resolved && is_by_ai(events),
    };
    (conversation, events.iter().find_map(|event| event.customer_id.clone()))
}
