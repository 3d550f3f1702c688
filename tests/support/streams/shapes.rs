//! How conversations go: answered, unanswered, reopened, handed over, taken up again after 720 hours.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::json;
use uuid::Uuid;

use super::chat::Chat;
use super::{Options, moments};
use crate::support::oracle::Event;

const RESOLVED: &str = "conversation_resolved";
const ESCALATED: &str = "conversation_escalated";
const ABANDONED: &str = "conversation_abandoned";

/// The events of one conversation id in one store, in order, none outside of the window.
pub fn chat(
    rng: &mut StdRng,
    options: &Options,
    moments: &[DateTime<Utc>],
    store_id: Uuid,
    conversation_id: Uuid,
) -> Vec<Event> {
    let start = moments::start(rng, options, moments);
    let shape = rng.random_range(0..20);
    let mut chat = Chat::new(rng, start, store_id, conversation_id);
    match shape {
        0..=10 => support(&mut chat),
        11 | 12 => unanswered(&mut chat),
        13 => broadcast(&mut chat),
        14 => lone_event(&mut chat),
        15 => noise(&mut chat),
        _ => months(&mut chat, options),
    }
    let mut events = chat.finish();
    events.retain(|event| event.timestamp <= options.to);
    events
}

/// Questions and answers, an end or several, and perhaps another question after it.
fn support(chat: &mut Chat) {
    if chat.rng.random_bool(0.9) {
        chat.event("conversation_started", json!({"subject": "Where is my order?"}));
    }
    for _ in 0..chat.rng.random_range(1..3) {
        turns(chat);
        let ends: &[&[&str]] = &[
            &[RESOLVED],
            &[RESOLVED],
            &[RESOLVED],
            &[ESCALATED],
            &[ABANDONED],
            &[ESCALATED, RESOLVED],
            &[ABANDONED, RESOLVED],
            &[RESOLVED, RESOLVED],
            &[RESOLVED, ESCALATED, ABANDONED],
            &[],
        ];
        for end in *ends.choose(chat.rng).unwrap() {
            chat.wait();
            finish(chat, end);
        }
        chat.wait();
    }
}

fn turns(chat: &mut Chat) {
    let human = chat.rng.random_bool(0.2);
    for _ in 0..chat.rng.random_range(1..4) {
        for _ in 0..chat.rng.random_range(1..3) {
            chat.received();
            chat.wait();
        }
        if chat.rng.random_bool(0.3) {
            chat.retrieved();
            chat.wait();
        }
        for _ in 0..chat.rng.random_range(0..3) {
            chat.sent(human);
            chat.wait();
        }
        if chat.rng.random_bool(0.2) {
            chat.event("citation_clicked", json!({}));
        }
    }
}

fn finish(chat: &mut Chat, outcome: &str) {
    let data = match chat.rng.random_range(0..4) {
        0 => json!({"rating": chat.rng.random_range(1..=5)}),
        1 => json!({"reason": "customer left"}),
        _ => json!({}),
    };
    chat.event(outcome, data);
}

fn unanswered(chat: &mut Chat) {
    chat.event("conversation_started", json!({}));
    for _ in 0..chat.rng.random_range(0..4) {
        chat.received();
        chat.wait();
    }
}

/// Messages to nobody who waits: their response times must not count.
fn broadcast(chat: &mut Chat) {
    for _ in 0..chat.rng.random_range(1..4) {
        chat.sent(false);
        chat.wait();
    }
}

fn lone_event(chat: &mut Chat) {
    let types = ["conversation_started", RESOLVED, ESCALATED, ABANDONED, "citation_clicked", "message_received"];
    let event_type = *types.choose(chat.rng).unwrap();
    chat.event(event_type, json!({}));
}

/// Anything in any order, many at the same microsecond.
fn noise(chat: &mut Chat) {
    for _ in 0..chat.rng.random_range(3..15) {
        match chat.rng.random_range(0..8) {
            0 => finish(chat, RESOLVED),
            1 => finish(chat, ESCALATED),
            2 => finish(chat, ABANDONED),
            3 => chat.retrieved(),
            4 => chat.event("citation_clicked", json!({})),
            5 => chat.sent(chat.now.timestamp_micros() % 3 == 0),
            _ => chat.received(),
        }
        if chat.rng.random_bool(0.4) {
            chat.wait();
        }
    }
}

/// One id used again and again: at 720 hours to the microsecond, one before, and later.
fn months(chat: &mut Chat, options: &Options) {
    let month = TimeDelta::hours(720);
    let fitting = (options.to - options.from).num_hours() / 720;
    if fitting > 0 {
        let rows = chat.rng.random_range(1..=fitting.min(3));
        let latest = options.to - month * i32::try_from(rows).unwrap();
        chat.now = moments::between(chat.rng, options.from, latest);
    }
    for _ in 0..4 {
        let row_start = chat.now;
        if chat.rng.random_bool(0.5) {
            turns(chat);
        } else {
            chat.received();
        }
        if chat.rng.random_bool(0.5) {
            finish(chat, RESOLVED);
        }
        for us_before_edge in [1, 0] {
            if chat.rng.random_bool(0.5) {
                let edge = row_start + month - TimeDelta::microseconds(us_before_edge);
                chat.now = chat.now.max(edge);
                chat.sent(false);
            }
        }
        if chat.now < row_start + month {
            let later = TimeDelta::minutes(chat.rng.random_range(0..4_000));
            chat.now = row_start + month + later * chat.rng.random_range(0..2);
        }
    }
}
