//! Writes the events of one conversation id, with a clock that moves on.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use uuid::Uuid;

use super::random_id;
use crate::support::oracle::Event;

/// Topics that a language would sort otherwise than their bytes, and some that a spreadsheet would run.
const TOPICS: [&str; 6] = ["refunds", "Refunds", "delivery times", "größen", "=1+1", "@home"];

/// A conversation being written.
pub struct Chat<'a> {
    pub rng: &'a mut StdRng,
    pub now: DateTime<Utc>,
    store_id: Uuid,
    conversation_id: Uuid,
    customer_id: Option<String>,
    events: Vec<Event>,
}

impl<'a> Chat<'a> {
    pub fn new(rng: &'a mut StdRng, now: DateTime<Utc>, store_id: Uuid, conversation_id: Uuid) -> Chat<'a> {
        let named = rng.random_bool(0.8);
        let customer_id = named.then(|| format!("c-{}", rng.random_range(1..60)));
        Chat { rng, now, store_id, conversation_id, customer_id, events: Vec::new() }
    }

    /// Writes an event now, with some of the data that any event may carry.
    pub fn event(&mut self, event_type: &str, mut event_data: Value) {
        let rng = &mut *self.rng;
        let mut sometimes = |chance: f64, key: &str, values: &[Value]| {
            if rng.random_bool(chance) {
                event_data[key] = values.choose(rng).unwrap().clone();
            }
        };
        sometimes(0.2, "channel", &[json!("web"), json!("whatsapp"), json!("email"), json!(null)]);
        sometimes(0.2, "language", &[json!("en"), json!("hi"), json!("ne"), json!("pt"), json!(null)]);
        sometimes(0.05, "rating", &[json!(1), json!(2), json!(3), json!(4), json!(5), json!(null)]);
        sometimes(0.05, "customer_id", &[json!("inner-1"), json!("inner-2"), json!("c-1"), json!(null)]);
        sometimes(0.05, "order", &[json!({"lines": [1, 2.5, "½"]}), json!("quote \" comma , = \u{1f642}")]);
        let names_customer = rng.random_bool(0.7);
        self.events.push(Event {
            store_id: self.store_id,
            conversation_id: self.conversation_id,
            event_id: random_id(rng),
            event_type: event_type.to_owned(),
            customer_id: self.customer_id.clone().filter(|_| names_customer),
            timestamp: self.now,
            event_data,
        });
    }

    pub fn received(&mut self) {
        let odd = self.rng.random_bool(0.03);
        self.event("message_received", if odd { json!({"agent": "human"}) } else { json!({}) });
    }

    /// A message of the AI, or of a human if `human`; some say how long the answer took.
    pub fn sent(&mut self, human: bool) {
        let mut data = match (human, self.rng.random_bool(0.5)) {
            (true, _) => json!({"agent": "human"}),
            (false, true) => json!({"agent": "ai"}),
            (false, false) => json!({}),
        };
        let response_time_ms = match self.rng.random_range(0..8) {
            0 => json!(self.rng.random_range(0..60_000)),
            // Tenths of a microsecond, so that some lie exactly between two whole ones.
            1 => json!(f64::from(self.rng.random_range(0..90_000_000)) / 10_000.0),
            2 => [json!(0), json!(0.0005), json!(1.0025), json!(2_592_000_000_u64)].choose(self.rng).unwrap().clone(),
            3 => json!(null),
            _ => return self.event("message_sent", data),
        };
        data["response_time_ms"] = response_time_ms;
        self.event("message_sent", data);
    }

    pub fn retrieved(&mut self) {
        let topic = match self.rng.random_range(0..10) {
            0 => json!(null),
            // Two that are the same where a topic must end.
            1 => json!("ü".repeat(255) + ["", "!"].choose(self.rng).unwrap()),
            _ => json!(TOPICS.choose(self.rng).unwrap()),
        };
        let surest = if topic.as_str().is_some_and(|topic| topic.contains("efund")) { 100 } else { 48 };
        let confidence = f64::from(self.rng.random_range(0..=surest)) / 100.0;
        let confidence = if self.rng.random_bool(0.1) { json!(null) } else { json!(confidence) };
        let question = format!("+{}, where is it?", self.rng.random_range(0..9));
        self.event("knowledge_retrieved", json!({"topic": topic, "question": question, "confidence": confidence}));
    }

    /// Lets time pass: mostly seconds or minutes, sometimes none at all or a day.
    pub fn wait(&mut self) {
        let most_us = *[0, 1, 1_000, 1_000_000, 60_000_000, 60_000_000, 900_000_000, 90_000_000_000_i64]
            .choose(self.rng)
            .unwrap();
        self.now += TimeDelta::microseconds(self.rng.random_range(0..=most_us));
    }

    pub fn finish(self) -> Vec<Event> {
        self.events
    }
}
