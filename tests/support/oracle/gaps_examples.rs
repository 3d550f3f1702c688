//! Content gaps worked out by hand.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::conversation_examples::{HOUR_US, at, event};
use super::gaps::{Gap, GapOptions, gaps};
use super::roi::Assumptions;
use super::{Event, conversations};

const OPTIONS: GapOptions = GapOptions {
    store_id: Uuid::from_u128(1),
    tz: chrono_tz::Tz::UTC,
    confidence_threshold: Decimal::ONE_HUNDRED,
    assumptions: &[],
};

fn options() -> GapOptions<'static> {
    GapOptions { confidence_threshold: Decimal::new(5, 1), ..OPTIONS }
}

fn in_conversation(id: u128, event: Event) -> Event {
    Event { conversation_id: Uuid::from_u128(id), ..event }
}

fn asked(conversation: u128, id: u128, us: i64, data: Value) -> Event {
    in_conversation(conversation, event(id, us, "knowledge_retrieved", data))
}

fn found(events: &[Event], resolutions: &[(String, DateTime<Utc>)], options: &GapOptions) -> Vec<Gap> {
    let rows = conversations(events, &|_| chrono::Duration::minutes(30), None);
    gaps(&rows, events, resolutions, options)
}

fn refunds(conversation: u128, us: i64, confidence: f64) -> Event {
    let data = json!({"topic": "refunds", "confidence": confidence});
    asked(conversation, conversation * 1_000 + u128::try_from(us).unwrap(), us, data)
}

#[test]
fn topics_whose_best_confidence_is_under_the_threshold_are_gaps() {
    let events = [
        refunds(2, 1, 0.1),
        refunds(2, 3, 0.49),
        refunds(3, 2, 0.3),
        asked(2, 4, 4, json!({"topic": "sizes", "confidence": 0.5})),
        asked(2, 5, 5, json!({"topic": "sizes", "confidence": 0.1})),
        asked(2, 6, 6, json!({"topic": "prices"})),
        asked(2, 7, 7, json!({"confidence": 0.1})),
        asked(2, 8, 8, json!({"topic": "Zoll", "confidence": 0})),
        Event { store_id: Uuid::from_u128(7), ..refunds(9, 9, 0.9) },
    ];
    let gaps = found(&events, &[], &options());
    let topics: Vec<_> = gaps.iter().map(|gap| (gap.topic.as_str(), gap.frequency, gap.conversations)).collect();
    assert_eq!(topics, [("Zoll", 1, 1), ("refunds", 3, 2)]);
    assert_eq!(gaps[1].best_confidence, Some(Decimal::new(49, 2)));
    assert_eq!((gaps[1].first_seen_at, gaps[1].last_seen_at), (at(1), at(3)));
    assert_eq!((gaps[1].status, gaps[1].reopened_count), ("identified", 0));
    assert!(found(&events, &[], &GapOptions { confidence_threshold: Decimal::ZERO, ..options() }).is_empty());
}

#[test]
fn lost_conversations_cost_what_their_day_assumes() {
    let day_us = 24 * HOUR_US;
    let ended = |conversation: u128, us, kind: &str| {
        in_conversation(conversation, event(conversation * 1_000_000, us, kind, json!({})))
    };
    let events = [
        refunds(2, 1, 0.1),
        ended(2, 2, "conversation_escalated"),
        refunds(3, day_us, 0.1),
        ended(3, day_us + 1, "conversation_abandoned"),
        refunds(4, day_us, 0.1),
        ended(4, day_us + 1, "conversation_resolved"),
    ];
    let dearer = Assumptions {
        avg_human_agent_cost_per_hour: Decimal::from(31),
        avg_conversation_time_minutes: Decimal::from(10),
        ..Assumptions::default()
    };
    let assumptions = [("2026-11-02".parse().unwrap(), dearer)];
    let gap = &found(&events, &[], &GapOptions { assumptions: &assumptions, ..options() })[0];
    assert_eq!((gap.conversations, gap.escalated_conversations, gap.abandoned_conversations), (3, 1, 1));
    // 8 ÷ 60 × 25 = 3.333… and 10 ÷ 60 × 31 = 5.166…
    assert_eq!(gap.human_cost, Decimal::new(850, 2));
    assert_eq!(found(&events, &[], &options())[0].human_cost, Decimal::new(667, 2));
    // In Kathmandu the second day has begun when the first conversation starts half past six in the evening, UTC.
    let evening = [refunds(2, 18 * HOUR_US + HOUR_US / 2, 0.1), ended(2, 20 * HOUR_US, "conversation_escalated")];
    let kathmandu = GapOptions { assumptions: &assumptions, tz: chrono_tz::Asia::Kathmandu, ..options() };
    assert_eq!(found(&evening, &[], &kathmandu)[0].human_cost, Decimal::new(517, 2));
}

#[test]
fn a_resolved_gap_comes_back_with_later_unsure_conversations() {
    let standing = |events: &[Event], resolved_us| {
        let gap = found(events, &[("refunds".to_owned(), at(resolved_us))], &options()).remove(0);
        (gap.status, gap.resolved_at.is_some(), gap.reopened_count)
    };
    let (resolved, reopened) = (("resolved", true, 0), ("identified", false, 1));
    let early = [refunds(2, 1, 0.1), refunds(2, 9, 0.1)];
    assert_eq!(standing(&early, 5), resolved);
    assert_eq!(standing(&early, 1), resolved);
    assert_eq!(standing(&early, 0), reopened);
    let with = |confidence| [&early[..], &[refunds(3, 6, confidence)]].concat();
    assert_eq!(standing(&with(0.4), 5), reopened);
    // A gap stays one though its knowledge is good by now, and good answers do not reopen it.
    assert_eq!(standing(&with(0.9), 5), resolved);
}

#[test]
fn the_first_five_different_unsure_questions_are_examples() {
    let about = |id: u128, us, question: &str, confidence: Value| {
        asked(2, id, us, json!({"topic": "refunds", "question": question, "confidence": confidence}))
    };
    let unsure = json!(0.2);
    let mut events = vec![
        about(9, 9, "sixth", unsure.clone()),
        about(3, 3, "second", json!(null)),
        about(1, 1, "sure", json!(0.5)),
        about(4, 4, "first", unsure.clone()),
        about(2, 2, "first", unsure.clone()),
        about(6, 5, "fourth", unsure.clone()),
        about(5, 5, "third", unsure.clone()),
        about(8, 8, "fifth", unsure.clone()),
    ];
    let resolved = [("refunds".to_owned(), at(0))];
    let examples = |events: &[Event]| found(events, &resolved, &options())[0].example_questions.clone();
    assert_eq!(examples(&events), ["first", "second", "third", "fourth", "fifth"]);
    events.truncate(2);
    assert_eq!(examples(&events), ["second", "sixth"]);
}
