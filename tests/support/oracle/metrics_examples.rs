//! Metrics worked out by hand.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{Conversation, Metrics, Outcome, differences, growth_rate, metrics};

pub(super) const STORE: Uuid = Uuid::from_u128(1);

pub(super) fn start() -> DateTime<Utc> {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

pub(super) fn row(minute: i64, outcome: Outcome) -> Conversation {
    let started_at = start() + Duration::minutes(minute);
    Conversation {
        store_id: STORE,
        conversation_id: Uuid::from_u128(minute.unsigned_abs().into()),
        started_at,
        last_event_at: started_at + Duration::seconds(10),
        customer_id: Some("c-1".to_owned()),
        channel: None,
        language: None,
        outcome,
        outcome_at: (outcome != Outcome::Open).then(|| started_at + Duration::seconds(10)),
        ai_resolved: false,
        reopened_at: None,
        messages_sent: 1,
        human_messages_sent: 0,
        messages_received: 2,
        received_times: Vec::new(),
        contact_windows: Vec::new(),
        response_us: 0,
        response_count: 0,
        first_response_us: None,
        rating: None,
        knowledge_retrievals: 0,
        citations_clicked: 0,
        topics: Vec::new(),
        event_count: 4,
    }
}

pub(super) fn four_rows() -> Vec<Conversation> {
    let answered = |first_us: i64, more_us: i64, row: Conversation| Conversation {
        response_us: first_us + more_us,
        response_count: 2,
        first_response_us: Some(first_us),
        ..row
    };
    let first = Conversation { ai_resolved: true, rating: Some(5), ..row(0, Outcome::Resolved) };
    let second = Conversation {
        rating: Some(3),
        knowledge_retrievals: 2,
        citations_clicked: 3,
        reopened_at: Some(start()),
        customer_id: Some("c-2".to_owned()),
        ..row(1, Outcome::Resolved)
    };
    let third = Conversation { knowledge_retrievals: 1, customer_id: None, ..row(2, Outcome::Escalated) };
    let fourth = Conversation { citations_clicked: 1, messages_received: 6, ..row(3, Outcome::Open) };
    vec![answered(1_000, 3_000, first), answered(5_000, 0, second), third, answered(2_000, 0, fourth)]
}

#[test]
fn every_metric_of_four_conversations() {
    let answer = metrics(&four_rows(), STORE, start(), start() + Duration::minutes(4));
    let expected = json!({
        "total_conversations": 4, "resolved_conversations": 2, "escalated_conversations": 1,
        "abandoned_conversations": 0, "open_conversations": 1, "ai_resolved_conversations": 1,
        "reopened_conversations": 1, "resolution_rate": 0.5, "escalation_rate": 0.25, "abandonment_rate": 0.0,
        "ai_resolution_rate": 0.25, "open_rate": 0.25,
        "avg_response_time_ms": 11.0 / 6.0, "avg_first_response_time_ms": 8.0 / 3.0,
        "p50_first_response_time_ms": 2.0, "p95_first_response_time_ms": 4.7,
        "avg_resolution_time_ms": 10_000.0, "total_messages": 16, "avg_conversation_length": 4.0,
        "unique_customers": 2, "csat": 0.5, "csat_responses": 2, "knowledge_retrievals": 3,
        "citations_clicked": 4, "citation_click_rate": 0.5, "responses": 6,
        "answered_conversations": 3, "conversations_with_retrieval": 2
    });
    assert_eq!(differences(&answer, &expected), Vec::<String>::new());
}

#[test]
fn a_period_holds_its_start_but_not_its_end() {
    let total = |from, to| {
        let at = |minute| start() + Duration::minutes(minute);
        metrics(&four_rows(), STORE, at(from), at(to)).total_conversations
    };
    assert_eq!((total(0, 3), total(1, 3), total(3, 3)), (3, 2, 0));
    assert_eq!(metrics(&four_rows(), Uuid::nil(), start(), start() + Duration::days(1)), Metrics::default());
}

#[test]
fn no_data_is_null_and_never_zero() {
    let answer = Metrics::default().to_json();
    assert_eq!(answer["total_conversations"], 0);
    assert!(answer["resolution_rate"].is_null() && answer["p95_first_response_time_ms"].is_null());
    assert!(!differences(&Metrics::default(), &json!({"csat": 0.0})).is_empty());
}

#[test]
fn differences_are_found_and_rounding_is_not() {
    let expected = metrics(&four_rows(), STORE, start(), start() + Duration::minutes(4));
    let mut actual = expected.to_json();
    actual["p95_first_response_time_ms"] = json!(4.7 * (1.0 + 1e-10));
    actual["another_metric"] = json!(1);
    assert!(differences(&expected, &actual).is_empty());
    actual["p95_first_response_time_ms"] = json!(4.7001);
    actual["total_conversations"] = json!(4.0);
    actual["csat"] = json!(null);
    actual.as_object_mut().unwrap().remove("open_rate");
    let found = differences(&expected, &actual);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.contains(&"open_rate: expected 0.25, is missing".to_owned()));
}

#[test]
fn growth_from_nothing() {
    assert_eq!(growth_rate(3, Some(2)), Some(0.5));
    assert_eq!(growth_rate(1, Some(4)), Some(-0.75));
    assert_eq!((growth_rate(3, Some(0)), growth_rate(0, Some(0))), (Some(1.0), Some(0.0)));
    assert_eq!(growth_rate(3, None), None);
}
