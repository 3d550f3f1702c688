//! The conversations of one store in short and in order, so that many ranges can be counted quickly.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use chrono::{DateTime, Duration, Utc};
use colloquy::events::{Event, EventType};

use super::{has_human_message, is_by_ai, outcome};
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
    pub low: u64,
    pub high: u64,
}

/// All conversations of a store.
#[derive(Default)]
pub struct History {
    /// Ordered by start.
    conversations: Vec<Conversation>,
    customers: usize,
}

#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each is a count of 0 or 1
struct Conversation {
    started_at: DateTime<Utc>,
    customer: Option<usize>,
    is_resolved: bool,
    is_ai_resolved: bool,
    /// Resolved by the AI, and the customer did not write again within a week.
    is_low: bool,
    /// Resolved without a message of a human.
    is_high: bool,
}

/// What is known of a conversation before it is compared with others.
struct Played {
    conversation: Conversation,
    ended_at: DateTime<Utc>,
    customer: Option<String>,
    received_at: Vec<DateTime<Utc>>,
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
            days.flat_map(|day| generator.day_of(store, day)).map(|events| Played::of(&events)).collect::<Vec<_>>()
        };
        let mut played: Vec<Played> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || of_days(first))).collect();
            // A thread that panics has said why.
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
        });
        played.sort_unstable_by_key(|one| one.conversation.started_at);
        let mut numbers = HashMap::new();
        let mut messages: Vec<Vec<DateTime<Utc>>> = Vec::new();
        for one in &mut played {
            let Some(name) = one.customer.take() else { continue };
            let number = *numbers.entry(name).or_insert(messages.len());
            messages.resize(messages.len().max(number + 1), Vec::new());
            messages[number].append(&mut one.received_at);
            one.conversation.customer = Some(number);
        }
        for times in &mut messages {
            times.sort_unstable();
        }
        let conversations = played.into_iter().map(|Played { conversation, ended_at, .. }| {
            let came_back = conversation.customer.is_some_and(|number| writes_after(&messages[number], ended_at));
            Conversation { is_low: conversation.is_ai_resolved && !came_back, ..conversation }
        });
        Self { conversations: conversations.collect(), customers: messages.len() }
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
            counted.low += u64::from(conversation.is_low);
            counted.high += u64::from(conversation.is_high);
            if let Some(customer) = conversation.customer {
                counted.unique_customers += u64::from(!std::mem::replace(&mut seen[customer], true));
            }
        }
        counted
    }
}

impl Played {
    fn of(events: &[Event]) -> Self {
        let is_resolved = outcome(events) == EventType::ConversationResolved;
        let of_type = |event_type| events.iter().filter(move |event| event.event_type == event_type);
        let times = |event_type| of_type(event_type).map(|event| event.created_at);
        let started_at = events[0].created_at;
        let conversation = Conversation {
            started_at,
            customer: None,
            is_resolved,
            is_ai_resolved: is_resolved && is_by_ai(events),
            is_low: false,
            is_high: is_resolved && !has_human_message(events),
        };
        Self {
            conversation,
            ended_at: times(EventType::ConversationResolved).next_back().unwrap_or(started_at),
            customer: events.iter().find_map(|event| event.customer_id.clone()),
            received_at: times(EventType::MessageReceived).collect(),
        }
    }
}

/// Whether one of these times, in order, is at most a week after an instant.
fn writes_after(times: &[DateTime<Utc>], at: DateTime<Utc>) -> bool {
    times.get(times.partition_point(|time| *time <= at)).is_some_and(|next| *next <= at + Duration::days(7))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};

    use super::writes_after;

    #[test]
    fn a_week_after_ends_with_its_last_instant() {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let (week, tick) = (Duration::days(7), Duration::microseconds(1));
        let cases = [(-tick, false), (Duration::zero(), false), (tick, true), (week, true), (week + tick, false)];
        for (after, expected) in cases {
            assert_eq!(writes_after(&[at - week, at + after], at), expected, "{after}");
        }
        assert!(!writes_after(&[], at));
    }
}
