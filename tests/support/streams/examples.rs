//! What a generated stream holds, so that a test that uses it cannot pass for want of trouble.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use rand::rngs::StdRng;
use rand::{SeedableRng, seq::SliceRandom};
use uuid::Uuid;

use super::{Options, by_store, generate};
use crate::support::oracle::{Conversation, Event, Outcome, conversations};

fn options(days: i64) -> Options {
    let to: DateTime<Utc> = "2026-11-22T08:30:00Z".parse().unwrap();
    Options {
        stores: (1..=3).map(Uuid::from_u128).collect(),
        conversation_ids: 400,
        from: to - Duration::days(days),
        to,
        timezones: vec![chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu],
        largest_batch: 500,
    }
}

fn rows(events: &[Event], options: &Options) -> Vec<Conversation> {
    conversations(events, &|_| Duration::minutes(30), Some(options.to))
}

#[test]
fn a_seed_always_makes_the_same_stream_within_its_window() {
    let options = options(50);
    let stream = generate(7, &options);
    assert_eq!(stream, generate(7, &options));
    assert_ne!(stream, generate(8, &options));
    assert!(stream.iter().all(|batch| (1..=options.largest_batch).contains(&batch.len())));
    let mut times = stream.iter().flatten().map(|event| event.timestamp);
    assert!(times.all(|at| options.from <= at && at <= options.to));
}

#[test]
fn order_of_arrival_does_not_change_a_row() {
    let options = options(100);
    for seed in 0..4 {
        let mut events = generate(seed, &options).concat();
        let expected = rows(&events, &options);
        events.shuffle(&mut StdRng::seed_from_u64(seed));
        assert_eq!(rows(&events, &options), expected);
    }
}

#[test]
fn every_kind_of_row_is_there() {
    for seed in 0..4 {
        let options = options(100);
        let rows = rows(&generate(seed, &options).concat(), &options);
        let some = |what: &str, holds: &dyn Fn(&Conversation) -> bool| {
            assert!(rows.iter().any(holds), "seed {seed} has no {what}");
        };
        for outcome in [Outcome::Open, Outcome::Resolved, Outcome::Escalated, Outcome::Abandoned] {
            some(outcome.as_str(), &|row| row.outcome == outcome);
        }
        some("AI resolution", &|row| row.ai_resolved);
        some("resolution by others", &|row| row.outcome == Outcome::Resolved && !row.ai_resolved);
        some("timeout", &|row| row.outcome_at == Some(row.last_event_at + Duration::minutes(30)));
        some("reopened row", &|row| row.reopened_at.is_some() && row.outcome == Outcome::Open);
        some("reopened and closed row", &|row| row.reopened_at.is_some() && row.outcome_at.is_some());
        some("row without customer", &|row| row.customer_id.is_none());
        some("customer from event_data", &|row| row.customer_id.as_deref() == Some("inner-1"));
        some("click without retrieval", &|row| row.citations_clicked > 0 && row.knowledge_retrievals == 0);
        some("response in fractions of a millisecond", &|row| row.response_us % 1_000 != 0);
        some("message without answer to anyone", &|row| row.messages_sent > 0 && row.response_count == 0);
        let mut rows_of_id: HashMap<_, Vec<&Conversation>> = HashMap::new();
        for row in &rows {
            rows_of_id.entry((row.store_id, row.conversation_id)).or_default().push(row);
        }
        for count in 2..=4 {
            assert!(rows_of_id.values().any(|rows| rows.len() == count), "seed {seed} has no id of {count} rows");
        }
        let next_starts_at = |hours_us: i64| {
            rows.windows(2).any(|pair| {
                pair[0].conversation_id == pair[1].conversation_id
                    && pair[1].started_at - pair[0].started_at == Duration::microseconds(hours_us)
            })
        };
        assert!(next_starts_at(720 * 3_600_000_000), "seed {seed} has no row exactly 720 hours after another");
        let month_less_1_us = Duration::hours(720) - Duration::microseconds(1);
        some("event 1 µs before 720 hours", &|row| row.last_event_at - row.started_at == month_less_1_us);
    }
}

#[test]
fn every_kind_of_trouble_on_the_way_is_there() {
    let options = options(50);
    let stream = generate(3, &options);
    let events = stream.concat();
    let distinct =
        |key: &dyn Fn(&Event) -> (Uuid, Uuid, Uuid, i64)| events.iter().map(key).collect::<HashSet<_>>().len();
    let copies =
        |event: &Event| (event.store_id, event.conversation_id, event.event_id, event.timestamp.timestamp_micros());
    let ids = |event: &Event| (event.store_id, event.conversation_id, event.event_id, 0);
    let shared = |event: &Event| (Uuid::nil(), Uuid::nil(), event.event_id, 0);
    let stored = distinct(&copies);
    assert!(stored < events.len(), "exact duplicates");
    assert!(distinct(&ids) < stored, "ids at two times");
    assert!(distinct(&shared) < distinct(&ids), "ids in two conversations");
    let times =
        |event: &Event| (event.store_id, event.conversation_id, Uuid::nil(), event.timestamp.timestamp_micros());
    assert!(distinct(&times) < distinct(&ids), "clock ties");
    let store_ids = |event: &Event| (event.store_id, event.conversation_id, Uuid::nil(), 0);
    let conversation_ids = |event: &Event| (Uuid::nil(), event.conversation_id, Uuid::nil(), 0);
    assert!(distinct(&conversation_ids) < distinct(&store_ids), "conversation ids in two stores");
    assert!(by_store(&events).len() == 3 && stream.iter().any(|batch| by_store(batch).len() > 1));
}
