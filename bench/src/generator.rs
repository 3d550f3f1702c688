//! The conversations that are measured: made up, the same ones for the same seed, and each store's by itself.

mod chat;
mod stores;
mod traffic;

use chrono::{DateTime, Duration, NaiveTime, Utc};
use colloquy::events::Event;

pub use chat::{EVENTS as EVENTS_OF_CONVERSATION, play};
pub use stores::{STORES, Store, shares, stores};
use traffic::Traffic;

/// Changes whenever the generator makes other events.
pub const VERSION: u32 = 1;
/// Days of history.
pub const DAYS: u32 = 90;
const SEED: u64 = 7;

/// All stores and their history up to a midnight of UTC.
pub struct Generator {
    asked_events: u64,
    until: DateTime<Utc>,
    stores: Vec<Store>,
    traffic: Traffic,
}

impl Generator {
    /// About so many events, beside those of the probe store, on the 90 days before the day of `until`.
    #[must_use]
    pub fn new(events: u64, until: DateTime<Utc>) -> Self {
        let until = until.date_naive().and_time(NaiveTime::MIN).and_utc();
        Self { asked_events: events, until, stores: stores(events), traffic: Traffic::new(until) }
    }

    /// Those with traffic by rank, the largest first, then the probe store.
    #[must_use]
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// Half of all traffic is its.
    #[must_use]
    pub fn largest(&self) -> &Store {
        &self.stores[0]
    }

    /// Has the same conversations, however many events there are beside it.
    #[must_use]
    pub fn probe(&self) -> &Store {
        &self.stores[STORES]
    }

    /// The midnight of UTC before which every conversation starts.
    #[must_use]
    pub fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// Start of the first day.
    #[must_use]
    pub fn from(&self) -> DateTime<Utc> {
        self.until - Duration::days(DAYS.into())
    }

    /// The size that was asked for, which makes the same generator again.
    #[must_use]
    pub fn asked_events(&self) -> u64 {
        self.asked_events
    }

    /// Number of all events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.stores.iter().map(|store| store.conversations * EVENTS_OF_CONVERSATION as u64).sum()
    }

    /// The conversations of all stores that start on a day, from 0, by their start.
    #[must_use]
    pub fn day(&self, day: u32) -> Vec<Vec<Event>> {
        let mut conversations: Vec<_> = self.stores.iter().flat_map(|store| self.day_of(store, day)).collect();
        conversations.sort_by_key(|events| (events[0].created_at, events[0].conversation_id));
        conversations
    }

    /// The conversations of a store that start on a day, in no particular order.
    pub fn day_of<'a>(&'a self, store: &'a Store, day: u32) -> impl Iterator<Item = Vec<Event>> + 'a {
        self.traffic.starts(SEED, store, day).map(|(at, random)| play(store, at, random))
    }

    /// The conversations of a store that start in a range of time, half-open.
    pub fn between<'a>(
        &'a self,
        store: &'a Store,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Vec<Event>> + 'a {
        let day = |at: DateTime<Utc>| u32::try_from((at - self.from()).num_days().max(0)).unwrap_or(0).min(DAYS - 1);
        (day(from)..=day(to))
            .flat_map(move |day| self.day_of(store, day))
            .filter(move |events| (from..to).contains(&events[0].created_at))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{DateTime, Duration, Utc};

    use super::{DAYS, EVENTS_OF_CONVERSATION, Generator};

    fn generator(events: u64) -> Generator {
        Generator::new(events, DateTime::<Utc>::UNIX_EPOCH + Duration::days(20_000))
    }

    #[test]
    fn all_days_together_are_all_conversations_of_ten_events_each() {
        let generator = generator(50_000);
        let all: Vec<_> = (0..DAYS).flat_map(|day| generator.day(day)).collect();
        assert_eq!((all.len() * EVENTS_OF_CONVERSATION) as u64, generator.events());
        assert!(all.iter().all(|events| events.len() == EVENTS_OF_CONVERSATION));
        assert!(all.iter().all(|events| events.is_sorted_by_key(|event| event.created_at)));
        let ids: HashSet<_> = all.iter().map(|events| events[0].conversation_id).collect();
        assert_eq!(ids.len(), all.len());
    }

    #[test]
    fn a_store_can_be_made_again_by_itself_and_the_probe_is_the_same_in_every_set() {
        let (small, large) = (generator(50_000), generator(100_000));
        let of_days: HashSet<_> = (0..DAYS)
            .flat_map(|day| small.day(day))
            .filter(|events| events[0].store_id == small.probe().id)
            .map(|events| events[0].event_id)
            .collect();
        let alone = |generator: &Generator| {
            let (from, until) = (generator.from(), generator.until());
            generator.between(generator.probe(), from, until).map(|events| events[0].event_id).collect::<HashSet<_>>()
        };
        assert_eq!(alone(&small), of_days);
        assert_eq!(alone(&small), alone(&large));
    }

    #[test]
    fn the_largest_store_has_half_of_the_traffic() {
        let generator = generator(1_000_000);
        assert_eq!(generator.largest().conversations, 50_000);
        let others: u64 = generator.stores()[1..1_000].iter().map(|store| store.conversations).sum();
        assert!((49_500..50_500).contains(&others), "{others}");
    }
}
