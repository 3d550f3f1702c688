//! Events of the last hours, cut into requests, and the bodies that carry them.

mod lists;
mod sent;
mod statement;

use std::ops::Range;

use chrono::{DateTime, Duration, Utc};
use colloquy::{
    database,
    demo::Random,
    events::Event,
    import::{Loader, Placed, Progress, Session, Stop},
};

use crate::{
    Result,
    generator::{self, EVENTS_OF_CONVERSATION, Store},
};

pub use lists::{lists, single_lists};
pub use sent::{body, body_of_one};
pub use statement::store_statement;

/// Events of a request in rows 1 and 2.
pub const REQUEST_EVENTS: usize = 1_000;
/// Conversations that are open at the same time in row 2.
const OPEN_CONVERSATIONS: usize = 10_000;

/// Conversations of some time ago, of stores by their traffic.
pub struct Recent<'a> {
    stores: Vec<(&'a Store, f64)>,
    now: DateTime<Utc>,
    age_hours: Range<f64>,
    seed: u64,
    nth: u64,
}

impl<'a> Recent<'a> {
    /// Those that began between two hours and one hour ago, so that none is in the future. Other seeds make other ones.
    #[must_use]
    pub fn new(stores: &'a [Store], seed: u64) -> Self {
        Self::of_age(stores, seed, 1.0..2.0)
    }

    /// Those that began so many hours ago.
    #[must_use]
    pub fn of_age(stores: &'a [Store], seed: u64, age_hours: Range<f64>) -> Self {
        let stores = stores.iter().zip(generator::shares()).collect();
        Self { stores, now: Utc::now(), age_hours, seed, nth: 0 }
    }
}

impl Iterator for Recent<'_> {
    type Item = Vec<Event>;

    fn next(&mut self) -> Option<Vec<Event>> {
        let mut random = Random::of(&[self.seed, self.nth]);
        self.nth += 1;
        let store = random.weighted(&self.stores);
        let hours = random.between(self.age_hours.start, self.age_hours.end);
        #[allow(clippy::cast_possible_truncation)] // weeks
        let at = self.now - Duration::microseconds((hours * 3_600e6) as i64);
        Some(generator::play(store, at, random))
    }
}

/// Requests of whole conversations, one after the other.
#[must_use]
pub fn contiguous(recent: &mut Recent<'_>, events: usize) -> Vec<Vec<Event>> {
    let conversations = REQUEST_EVENTS / EVENTS_OF_CONVERSATION;
    (0..events / REQUEST_EVENTS).map(|_| recent.take(conversations).flatten().collect()).collect()
}

/// Requests that carry the next event of a thousand of ten thousand open conversations, taken in turn; a conversation that
/// has had its last event is replaced by another.
#[must_use]
pub fn scattered(recent: &mut Recent<'_>, events: usize) -> Vec<Vec<Event>> {
    let mut open: Vec<_> = recent.take(OPEN_CONVERSATIONS).map(Vec::into_iter).collect();
    let mut next = |place: usize| loop {
        if let Some(event) = open[place].next() {
            return event;
        }
        if let Some(events) = recent.next() {
            open[place] = events.into_iter();
        }
    };
    let requests = events / REQUEST_EVENTS;
    let places =
        |request: usize| (0..REQUEST_EVENTS).map(move |nth| (request * REQUEST_EVENTS + nth) % OPEN_CONVERSATIONS);
    (0..requests).map(|request| places(request).map(&mut next).collect()).collect()
}

/// Stores some conversations of these days, so that nobody pays for making the chunks afterwards.
///
/// # Errors
/// When the database fails.
pub async fn make_chunks(url: &str, stores: &[Store]) -> Result<()> {
    let session = Session::open(database::connect(url).await?).await?;
    let (progress, stop) = (Progress::silent(), Stop::never());
    let events = Recent::new(stores, 0).take(100).flatten();
    let placed = events.map(|event| Placed { event, file: 0, line: 0 }).collect();
    Loader::new(&session, &progress, &stop).load(placed).await?;
    Ok(())
}
