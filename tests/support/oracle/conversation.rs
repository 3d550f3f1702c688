//! From events to conversations: duplicates dropped, ids split into rows of 720 hours, silence timed out.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::event::Event;
use super::row::Row;
use super::topics::TopicRetrievals;

/// How a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Open,
    Resolved,
    Escalated,
    Abandoned,
}

impl Outcome {
    /// The word that the API and the column use.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Open => "open",
            Outcome::Resolved => "resolved",
            Outcome::Escalated => "escalated",
            Outcome::Abandoned => "abandoned",
        }
    }
}

/// One row of the table `conversations`, every column of it.
#[allow(clippy::struct_field_names)]
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    pub store_id: Uuid,
    pub conversation_id: Uuid,
    pub started_at: DateTime<Utc>,
    pub last_event_at: DateTime<Utc>,
    pub customer_id: Option<String>,
    pub channel: Option<String>,
    pub language: Option<String>,
    pub outcome: Outcome,
    pub outcome_at: Option<DateTime<Utc>>,
    pub ai_resolved: bool,
    pub reopened_at: Option<DateTime<Utc>>,
    pub messages_sent: i64,
    pub human_messages_sent: i64,
    pub messages_received: i64,
    /// When the customer wrote, in order; no column, but what the contact windows are made of.
    pub received_times: Vec<DateTime<Utc>>,
    /// The instants that a customer's message follows within seven days, as ranges [from, to).
    pub contact_windows: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    pub response_us: i64,
    pub response_count: i64,
    pub first_response_us: Option<i64>,
    pub rating: Option<i64>,
    pub knowledge_retrievals: i64,
    pub citations_clicked: i64,
    /// In bytewise order of their topics.
    pub topics: Vec<TopicRetrievals>,
    pub event_count: i64,
}

/// The rows that these events (in order of arrival) make, sorted by store, conversation id and start.
///
/// With `now`, every open row that has been silent for its store's `abandon_after` is timed out; without it only the
/// timeout events among `events` are.
pub fn conversations(
    events: &[Event],
    abandon_after: &dyn Fn(Uuid) -> Duration,
    now: Option<DateTime<Utc>>,
) -> Vec<Conversation> {
    let mut events_by_id: BTreeMap<(Uuid, Uuid), Vec<&Event>> = BTreeMap::new();
    for event in events {
        events_by_id.entry((event.store_id, event.conversation_id)).or_default().push(event);
    }
    let mut conversations = Vec::new();
    for ((store_id, _), of_one_id) in events_by_id {
        let (timeouts, real): (Vec<&Event>, Vec<&Event>) = of_one_id.into_iter().partition(|event| event.is_timeout());
        for row in split(&counted(&real)) {
            let mut conversation = row.finish();
            time_out_by_events(&mut conversation, &timeouts);
            if let Some(now) = now {
                time_out_by_clock(&mut conversation, abandon_after(store_id), now);
            }
            conversations.push(conversation);
        }
    }
    conversations
}

/// The copies that count, in order: of each event id the earliest, and of equal times the first to arrive.
fn counted<'a>(events: &[&'a Event]) -> Vec<&'a Event> {
    let mut earliest: HashMap<Uuid, &Event> = HashMap::new();
    for event in events {
        let kept = earliest.entry(event.event_id).or_insert(event);
        if event.timestamp < kept.timestamp {
            *kept = event;
        }
    }
    let mut counted: Vec<&Event> = earliest.into_values().collect();
    counted.sort_by_key(|event| (event.timestamp, *event.event_id.as_bytes()));
    counted
}

/// Cuts the ordered events of one id into rows.
fn split(events: &[&Event]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for event in events {
        match rows.last_mut() {
            Some(row) if event.timestamp < row.started_at() + Duration::hours(720) => {
                row.add(event);
            }
            _ => rows.push(Row::start(event)),
        }
    }
    rows
}

/// A timeout event counts while the event it follows is still the last of an otherwise open row.
fn time_out_by_events(conversation: &mut Conversation, timeouts: &[&Event]) {
    let applies = timeouts.iter().filter(|timeout| timeout.after() == Some(conversation.last_event_at));
    if let Some(at) = applies.map(|timeout| timeout.timestamp).min() {
        abandon(conversation, at);
    }
}

fn time_out_by_clock(conversation: &mut Conversation, abandon_after: Duration, now: DateTime<Utc>) {
    let at = conversation.last_event_at + abandon_after;
    if at <= now {
        abandon(conversation, at);
    }
}

fn abandon(conversation: &mut Conversation, at: DateTime<Utc>) {
    if conversation.outcome == Outcome::Open {
        conversation.outcome = Outcome::Abandoned;
        conversation.outcome_at = Some(at);
    }
}
