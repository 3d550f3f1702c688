//! Events of the last hours, cut into requests, and the bodies that carry them.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use colloquy::{
    database,
    demo::Random,
    events::Event,
    import::{Placed, Progress, Session, Stop},
};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    Result,
    client::{Prepared, Target},
    generator::{self, EVENTS_OF_CONVERSATION, Store},
};

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

/// An event in the ingest format.
#[derive(Serialize)]
struct Sent<'a> {
    event_id: Uuid,
    conversation_id: Uuid,
    store_id: Uuid,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    timestamp: String,
    event_data: &'a RawValue,
}

impl<'a> From<&'a Event> for Sent<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            event_id: event.event_id,
            conversation_id: event.conversation_id,
            store_id: event.store_id,
            event_type: event.event_type.name(),
            customer_id: event.customer_id.as_deref(),
            timestamp: event.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            event_data: &event.event_data,
        }
    }
}

/// An event as a body of its own, or as a line of a file.
///
/// # Errors
/// Never, but JSON could.
pub fn body_of_one(event: &Event) -> Result<Bytes> {
    Ok(serde_json::to_vec(&Sent::from(event))?.into())
}

/// Events as the body of one request.
///
/// # Errors
/// Never, but JSON could.
pub fn body(events: &[Event]) -> Result<Bytes> {
    let sent: Vec<Sent<'_>> = events.iter().map(Sent::from).collect();
    Ok(serde_json::to_vec(&sent)?.into())
}

/// The call of `store_events` that a server would make for some events, with its values in the text.
#[must_use]
pub fn store_statement(events: &[Event]) -> String {
    let list = |value: &dyn Fn(&Event) -> Option<String>, kind: &str| {
        let values: Vec<String> = events
            .iter()
            .map(|event| {
                value(event).map_or_else(|| "null".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
            })
            .collect();
        format!("array[{}]::{kind}[]", values.join(","))
    };
    format!(
        "select * from store_events({}, {}, {}, {}, {}, {}, {}, {})",
        list(&|event| Some(event.store_id.to_string()), "uuid"),
        list(&|event| Some(event.conversation_id.to_string()), "uuid"),
        list(&|event| Some(event.event_id.to_string()), "uuid"),
        list(&|event| Some(event.event_type.name().to_owned()), "text"),
        list(&|event| event.customer_id.clone(), "text"),
        list(&|event| event.response_us.map(|time| time.to_string()), "bigint"),
        list(&|event| Some(event.event_data.get().to_owned()), "jsonb"),
        list(&|event| Some(event.created_at.to_rfc3339()), "timestamptz"),
    )
}

/// Requests dealt out to connections in turn, in their order.
///
/// # Errors
/// Never, but JSON could.
pub fn lists(target: &Target, requests: &[Vec<Event>], connections: usize) -> Result<Vec<Arc<[Prepared]>>> {
    let mut lists = vec![Vec::new(); connections];
    for (nth, events) in requests.iter().enumerate() {
        lists[nth % connections].push(target.post("/api/v1/events", body(events)?)?);
    }
    Ok(lists.into_iter().map(Arc::from).collect())
}

/// Requests of one event each for connections that each send conversations of their own, one after the other.
///
/// # Errors
/// Never, but JSON could.
pub fn single_lists(
    target: &Target,
    recent: &mut Recent<'_>,
    connections: usize,
    each: usize,
) -> Result<Vec<Arc<[Prepared]>>> {
    (0..connections)
        .map(|_| {
            let events: Vec<Event> = recent.take(each.div_ceil(EVENTS_OF_CONVERSATION)).flatten().collect();
            events.iter().map(|event| target.post("/api/v1/events", body_of_one(event)?)).collect()
        })
        .collect()
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
    colloquy::import::Loader::new(&session, &progress, &stop).load(placed).await?;
    Ok(())
}
