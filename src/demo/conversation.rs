//! Plays one conversation: what the customer asks, how the AI and people answer, how it ends.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json, value::to_raw_value};
use uuid::Uuid;

use super::{
    random::Random,
    rhythm::Start,
    shop::{Shop, Topic},
};
use crate::events::{Event, EventType};

/// How it goes.
#[derive(Clone, Copy, PartialEq)]
enum Course {
    /// The AI settles it.
    Settled,
    /// People take over and settle it, or say that they will see to it.
    HandedOn,
    /// The customer says that they give up.
    GivenUp,
    /// The customer just stops writing.
    Silent,
}

/// The events of one conversation, in order.
#[must_use]
pub fn play(shop: &Shop, start: Start) -> Vec<Event> {
    let Start { at, age, is_bad, mut random } = start;
    let topic = random.weighted(shop.topics);
    let course = course(&mut random, topic, age, is_bad);
    let mut chat = Chat {
        store_id: shop.store_id(),
        conversation_id: random.id(),
        customer_id: customer(&mut random, age, shop.conversations),
        at,
        slow: if is_bad { 2.5 } else { 1.0 },
        random,
        events: Vec::new(),
    };
    chat.open(shop, topic);
    let turns = 1 + chat.random.below(3);
    for turn in 0..turns {
        chat.ask(topic, turn);
        // Who stops writing may do so before the answer.
        if course == Course::Silent && turn + 1 == turns && chat.random.chance(0.15) {
            return chat.events;
        }
        chat.look_up(topic, turn);
        chat.answer_by_ai();
        chat.click();
    }
    chat.close(course);
    chat.events
}

fn course(random: &mut Random, topic: &Topic, age: f64, is_bad: bool) -> Course {
    let is_gap = topic.confidence.1 < 0.5;
    // The AI learns over the months, knows nothing in the gaps, and cannot mend a bad week.
    let handed_on = if is_bad { 0.42 } else { 0.2 - 0.08 * age } + if is_gap { 0.22 } else { 0.0 };
    let given_up = if is_bad { 0.09 } else { 0.035 };
    random.weighted(&[
        (Course::HandedOn, handed_on),
        (Course::GivenUp, given_up),
        (Course::Silent, 0.13),
        (Course::Settled, 0.87 - handed_on - given_up),
    ])
}

/// Few customers write often, and new ones come all the time.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few thousand
fn customer(random: &mut Random, age: f64, conversations: f64) -> Option<String> {
    if random.chance(0.07) {
        return None;
    }
    let known = conversations * (0.25 + 0.45 * age);
    let number = (known * random.fraction().powf(1.6)) as u32;
    Some(format!("c-{}", 10_000 + number))
}

struct Chat {
    store_id: Uuid,
    conversation_id: Uuid,
    customer_id: Option<String>,
    at: DateTime<Utc>,
    slow: f64,
    random: Random,
    events: Vec<Event>,
}

impl Chat {
    fn open(&mut self, shop: &Shop, topic: &Topic) {
        let channel = self.random.weighted(shop.channels);
        let language = self.random.weighted(shop.languages);
        self.add(
            EventType::ConversationStarted,
            &json!({"channel": channel, "language": language, "subject": topic.subject}),
        );
    }

    fn ask(&mut self, topic: &Topic, turn: usize) {
        let (low, high) = if turn == 0 { (0.5, 4.0) } else { (15.0, 150.0) };
        self.wait(low, high);
        let data = if turn == 0 { json!({"question": self.random.one_of(topic.questions)}) } else { json!({}) };
        self.add(EventType::MessageReceived, &data);
    }

    fn look_up(&mut self, topic: &Topic, turn: usize) {
        if !self.random.chance(if turn == 0 { 0.85 } else { 0.3 }) {
            return;
        }
        self.wait(0.2, 0.9);
        let (low, high) = topic.confidence;
        let confidence = (self.random.between(low, high) * 100.0).round() / 100.0;
        let question = self.random.one_of(topic.questions);
        let data = json!({"topic": topic.name, "question": question, "confidence": confidence});
        self.add(EventType::KnowledgeRetrieved, &data);
    }

    fn answer_by_ai(&mut self) {
        let seconds = self.random.around(2.4 * self.slow, 0.45).min(90.0);
        self.pass(seconds);
        // Some producers measure the answer themselves.
        let data = if self.random.chance(0.3) {
            json!({"agent": "ai", "response_time_ms": whole(seconds * 950.0)})
        } else {
            json!({"agent": "ai"})
        };
        self.add(EventType::MessageSent, &data);
    }

    fn click(&mut self) {
        let has_source = self.events.iter().any(|event| event.event_type == EventType::KnowledgeRetrieved);
        if has_source && self.random.chance(0.16) {
            self.wait(4.0, 40.0);
            self.add(EventType::CitationClicked, &json!({}));
        }
    }

    fn close(&mut self, course: Course) {
        match course {
            Course::Silent => {}
            Course::GivenUp => {
                self.wait(30.0, 300.0);
                self.add(EventType::ConversationAbandoned, &json!({"reason": "customer left the chat"}));
            }
            Course::HandedOn => {
                self.wait(1.0, 8.0);
                self.add(EventType::ConversationEscalated, &json!({"reason": "needs a person"}));
                self.answer_by_people();
            }
            Course::Settled => {
                self.wait(10.0, 120.0);
                self.resolve(0.34, &[(5, 0.55), (4, 0.27), (3, 0.1), (2, 0.04), (1, 0.04)]);
                if self.random.chance(0.04) {
                    self.come_back();
                }
            }
        }
    }

    /// The customer writes once more after the matter was settled.
    fn come_back(&mut self) {
        self.wait(600.0, 14_400.0);
        self.add(EventType::MessageReceived, &json!({}));
        self.answer_by_ai();
        if self.random.chance(0.7) {
            self.wait(20.0, 200.0);
            self.resolve(0.2, &[(5, 0.3), (4, 0.3), (3, 0.2), (2, 0.1), (1, 0.1)]);
        }
    }

    fn answer_by_people(&mut self) {
        for _ in 0..=self.random.below(3) {
            let seconds = self.random.around(260.0 * self.slow, 0.8).min(20_000.0);
            self.pass(seconds);
            self.add(EventType::MessageSent, &json!({"agent": "human"}));
            if self.random.chance(0.75) {
                self.wait(30.0, 400.0);
                self.add(EventType::MessageReceived, &json!({}));
            }
        }
        let seconds = self.random.around(200.0 * self.slow, 0.7).min(20_000.0);
        self.pass(seconds);
        self.add(EventType::MessageSent, &json!({"agent": "human"}));
        if self.random.chance(0.55) {
            self.wait(20.0, 240.0);
            self.resolve(0.4, &[(5, 0.4), (4, 0.22), (3, 0.14), (2, 0.12), (1, 0.12)]);
        } else {
            self.wait(5.0, 60.0);
            self.add(EventType::ConversationEscalated, &json!({"reason": "passed to the back office"}));
        }
    }

    fn resolve(&mut self, rated: f64, ratings: &[(i32, f64)]) {
        let data = if self.random.chance(rated) { json!({"rating": self.random.weighted(ratings)}) } else { json!({}) };
        self.add(EventType::ConversationResolved, &data);
    }

    fn wait(&mut self, low_seconds: f64, high_seconds: f64) {
        let seconds = self.random.between(low_seconds, high_seconds);
        self.pass(seconds);
    }

    fn pass(&mut self, seconds: f64) {
        self.at += Duration::milliseconds(whole(seconds * 1000.0));
    }

    fn add(&mut self, event_type: EventType, data: &Value) {
        self.events.push(Event {
            store_id: self.store_id,
            conversation_id: self.conversation_id,
            event_id: self.random.id(),
            event_type,
            customer_id: self.customer_id.clone(),
            response_us: data["response_time_ms"].as_i64().map(|ms| ms * 1000),
            event_data: to_raw_value(data).unwrap_or_default(),
            created_at: self.at,
        });
    }
}

#[allow(clippy::cast_possible_truncation)] // hours at most
fn whole(number: f64) -> i64 {
    number.round() as i64
}
