//! What goes wrong on the way: ids sent again with another time, clocks that tie, ids shared by conversations, late starts.

use std::collections::HashSet;

use chrono::TimeDelta;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::{Options, random_id};
use crate::support::oracle::Event;

/// Adds to the chats what a faulty producer would; never two different events of one id and time in a conversation.
pub fn twist(rng: &mut StdRng, options: &Options, chats: &mut [Vec<Event>]) {
    share_event_ids(rng, chats);
    for chat in chats.iter_mut().filter(|chat| !chat.is_empty()) {
        if rng.random_bool(0.15) {
            tie(rng, chat);
        }
        for _ in 0..rng.random_range(0..3) {
            if rng.random_bool(0.25) {
                send_again_at_another_time(rng, chat);
            }
        }
        if rng.random_bool(0.1) {
            start_earlier(rng, chat);
        }
        chat.retain(|event| (options.from..=options.to).contains(&event.timestamp));
        keep_one_payload(chat);
    }
}

/// Gives an event of one conversation the id of an event of another, where it must count on its own.
fn share_event_ids(rng: &mut StdRng, chats: &mut [Vec<Event>]) {
    for _ in 0..chats.len() / 20 {
        let (from, to) = (rng.random_range(0..chats.len()), rng.random_range(0..chats.len()));
        let shared = chats[from].choose(rng).map(|event| event.event_id);
        let taken = chats[to].iter().any(|event| Some(event.event_id) == shared);
        if let (Some(event_id), Some(event), false) = (shared, chats[to].last_mut(), taken) {
            event.event_id = event_id;
        }
    }
}

/// Sets the clock of several neighbours to the same microsecond.
fn tie(rng: &mut StdRng, chat: &mut [Event]) {
    let first = rng.random_range(0..chat.len());
    let timestamp = chat[first].timestamp;
    let tied = rng.random_range(2..5);
    for event in chat.iter_mut().skip(first).take(tied) {
        event.timestamp = timestamp;
    }
}

/// Repeats an event id earlier or later, by moments or by more than 720 hours, sometimes as another kind of event.
fn send_again_at_another_time(rng: &mut StdRng, chat: &mut Vec<Event>) {
    let mut copy = chat.choose(rng).unwrap().clone();
    let by_us = *[1, 1_000, 60_000_000, 7_200_000_000, 2_592_000_000_000_i64, 2_700_000_000_000].choose(rng).unwrap();
    let by = TimeDelta::microseconds(by_us);
    copy.timestamp += if rng.random_bool(0.5) { by } else { -by };
    if rng.random_bool(0.3) {
        let types = ["message_received", "conversation_resolved", "conversation_escalated", "knowledge_retrieved"];
        (*types.choose(rng).unwrap()).clone_into(&mut copy.event_type);
        if let Some(data) = copy.event_data.as_object_mut() {
            data.remove("response_time_ms");
        }
    }
    chat.push(copy);
}

/// An event before the first one; where the id spans 720 hours, it moves the start of every row.
fn start_earlier(rng: &mut StdRng, chat: &mut Vec<Event>) {
    let mut earlier = chat[0].clone();
    earlier.event_id = random_id(rng);
    earlier.timestamp -= TimeDelta::microseconds(rng.random_range(1..172_800_000_000_i64));
    chat.push(earlier);
}

fn keep_one_payload(chat: &mut Vec<Event>) {
    let mut seen = HashSet::new();
    chat.retain(|event| seen.insert((event.event_id, event.timestamp)));
}
