//! Plays one conversation of ten events.

mod course;

use chrono::{DateTime, Duration, Utc};
use colloquy::{
    demo::Random,
    events::{Event, EventType},
};
use serde_json::{Value, json, value::to_raw_value};
use uuid::Uuid;

use super::stores::Store;
use course::Course;

/// Events of every conversation.
pub const EVENTS: usize = 10;

const CHANNELS: [(&str, f64); 4] = [("web", 0.6), ("email", 0.2), ("whatsapp", 0.15), ("phone", 0.05)];
const LANGUAGES: [(&str, f64); 5] = [("en", 0.55), ("de", 0.2), ("fr", 0.1), ("es", 0.1), ("ne", 0.05)];
const TOPICS: [(&str, &str, f64); 8] = [
    ("shipping", "Where is my parcel?", 0.9),
    ("returns", "How do I send this back?", 0.85),
    ("refunds", "When do I get my money back?", 0.8),
    ("sizes", "Does it run small?", 0.75),
    ("invoice", "I need an invoice for my company", 0.7),
    ("warranty", "It broke after three weeks", 0.6),
    ("gift cards", "My gift card is not accepted", 0.45),
    ("customs", "Who pays the duties to Norway?", 0.35),
];

/// The events of one conversation of a store, in order.
#[must_use]
pub fn play(store: &Store, at: DateTime<Utc>, mut random: Random) -> Vec<Event> {
    let course = Course::of(&mut random);
    let mut chat = Chat {
        store_id: store.id,
        conversation_id: random.id(),
        customer_id: customer(&mut random, store),
        topic: random.one_of(&TOPICS),
        at,
        by_people: false,
        random,
        events: Vec::with_capacity(EVENTS),
    };
    chat.open();
    while chat.events.len() < EVENTS - course.ending().len() {
        let next = chat.next_kind();
        chat.say(next);
    }
    for kind in course.ending() {
        chat.by_people |= *kind == EventType::ConversationEscalated;
        chat.say(*kind);
    }
    chat.events
}

/// A third as many customers as conversations; few of them write often, some are not known.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // millions
fn customer(random: &mut Random, store: &Store) -> Option<String> {
    let known = (store.conversations as f64 / 2.4).max(1.0);
    let number = (known * random.fraction().powf(1.4)) as u64;
    (!random.chance(0.05)).then(|| format!("customer-{number:07}"))
}

struct Chat {
    store_id: Uuid,
    conversation_id: Uuid,
    customer_id: Option<String>,
    topic: (&'static str, &'static str, f64),
    at: DateTime<Utc>,
    by_people: bool,
    random: Random,
    events: Vec<Event>,
}

impl Chat {
    fn open(&mut self) {
        let (channel, language) = (self.random.weighted(&CHANNELS), self.random.weighted(&LANGUAGES));
        let data = json!({"channel": channel, "language": language, "subject": self.topic.1});
        self.add(EventType::ConversationStarted, &data);
    }

    /// The customer asks, the AI mostly looks something up and answers, the customer may open a source.
    fn next_kind(&mut self) -> EventType {
        let looked_up = self.events.iter().any(|event| event.event_type == EventType::KnowledgeRetrieved);
        match self.events.last().map(|event| event.event_type) {
            Some(EventType::MessageReceived) if self.random.chance(0.7) => EventType::KnowledgeRetrieved,
            Some(EventType::MessageReceived | EventType::KnowledgeRetrieved) => EventType::MessageSent,
            Some(EventType::MessageSent) if looked_up && self.random.chance(0.15) => EventType::CitationClicked,
            _ => EventType::MessageReceived,
        }
    }

    fn say(&mut self, kind: EventType) {
        let waited_ms = self.wait(kind);
        let data = match kind {
            EventType::MessageReceived if self.events.len() == 1 => json!({"question": self.topic.1}),
            EventType::KnowledgeRetrieved => self.retrieval(),
            EventType::MessageSent if self.by_people => json!({"agent": "human"}),
            EventType::MessageSent if self.random.chance(0.4) => json!({"agent": "ai", "response_time_ms": waited_ms}),
            EventType::MessageSent => json!({"agent": "ai"}),
            EventType::ConversationResolved if self.random.chance(0.3) => json!({"rating": self.rating()}),
            EventType::ConversationEscalated => json!({"reason": "needs a person"}),
            _ => json!({}),
        };
        self.add(kind, &data);
    }

    /// Time passes before an event; returns the milliseconds.
    fn wait(&mut self, kind: EventType) -> i64 {
        let median = match kind {
            EventType::KnowledgeRetrieved => 0.4,
            EventType::MessageSent if self.by_people => 180.0,
            EventType::MessageSent => 2.2,
            _ => 25.0,
        };
        #[allow(clippy::cast_possible_truncation)] // minutes
        let microseconds = (self.random.around(median, 0.6).clamp(0.05, 1_500.0) * 1e6) as i64;
        self.at += Duration::microseconds(microseconds);
        microseconds / 1_000
    }

    fn retrieval(&mut self) -> Value {
        let (topic, question, sure) = self.topic;
        let confidence = (self.random.between(sure - 0.2, sure + 0.1) * 100.0).round() / 100.0;
        json!({"topic": topic, "question": question, "confidence": confidence})
    }

    fn rating(&mut self) -> u8 {
        self.random.weighted(&[(5, 0.5), (4, 0.27), (3, 0.12), (2, 0.05), (1, 0.06)])
    }

    fn add(&mut self, event_type: EventType, data: &Value) {
        let event_data = to_raw_value(data).unwrap_or_default();
        let response_us = data["response_time_ms"].as_i64().map(|ms| ms * 1_000);
        self.events.push(Event {
            store_id: self.store_id,
            conversation_id: self.conversation_id,
            event_id: self.random.id(),
            event_type,
            customer_id: self.customer_id.clone(),
            response_us,
            event_data,
            created_at: self.at,
        });
    }
}
