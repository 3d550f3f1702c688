//! Human messages, contact windows and topics of conversations, worked out by hand.

use rust_decimal::Decimal;
use serde_json::json;

use super::contacts::written_within_a_week_after;
use super::conversation_examples::{HOUR_US, at, event, only_row, received};

const WEEK_US: i64 = 7 * 24 * HOUR_US;

#[test]
fn messages_of_humans_are_counted() {
    let sent = |id, agent: &str| event(id, i64::try_from(id).unwrap(), "message_sent", json!({"agent": agent}));
    let customer = event(9, 9, "message_received", json!({"agent": "human"}));
    let row = only_row(&[sent(1, "human"), sent(2, "ai"), sent(3, "human"), sent(3, "human"), customer]);
    assert_eq!((row.messages_sent, row.human_messages_sent), (3, 2));
}

#[test]
fn windows_that_touch_are_one() {
    let row = only_row(&[received(1, 0), received(2, 5), received(3, 5 + WEEK_US), received(4, 6 + 2 * WEEK_US)]);
    assert_eq!(row.received_times, [at(0), at(5), at(5 + WEEK_US), at(6 + 2 * WEEK_US)]);
    let expected = [(at(-WEEK_US), at(5 + WEEK_US)), (at(6 + WEEK_US), at(6 + 2 * WEEK_US))];
    assert_eq!(row.contact_windows, expected);
    assert!(only_row(&[event(1, 0, "conversation_started", json!({}))]).contact_windows.is_empty());
}

#[test]
fn windows_hold_the_instants_that_a_message_follows_within_a_week() {
    let row = only_row(&[received(1, 0), received(2, 3), received(3, 6 + WEEK_US)]);
    for us in [-WEEK_US - 1, -WEEK_US, -1, 0, 1, 2, 3, 4, 5, 6, 7, WEEK_US, 5 + WEEK_US, 6 + WEEK_US] {
        let inside = row.contact_windows.iter().any(|(from, to)| (*from..*to).contains(&at(us)));
        assert_eq!(inside, written_within_a_week_after(at(us), &row), "{us}");
    }
    assert!(written_within_a_week_after(at(-WEEK_US), &row) && !written_within_a_week_after(at(3), &row));
}

#[test]
fn topics_are_bytewise_in_order_with_their_best_confidence() {
    let retrieved = |id, us, data| event(id, us, "knowledge_retrieved", data);
    let long = "ü".repeat(300);
    let row = only_row(&[
        retrieved(1, 1, json!({"topic": "refunds", "confidence": 0.25})),
        retrieved(2, 2, json!({"topic": "Zoll"})),
        retrieved(3, 3, json!({"topic": "refunds", "confidence": 0.5})),
        retrieved(4, 4, json!({"topic": "refunds"})),
        retrieved(4, 9, json!({"topic": "refunds", "confidence": 1})),
        retrieved(5, 5, json!({"confidence": 1, "topic": null})),
        retrieved(6, 6, json!({"topic": long})),
        retrieved(7, 7, json!({"topic": format!("{}!", "ü".repeat(255)), "confidence": 1e-7})),
        event(8, 8, "message_sent", json!({"topic": "refunds"})),
    ]);
    let topics: Vec<_> =
        row.topics.iter().map(|topic| (topic.topic.as_str(), topic.retrievals, topic.best_confidence)).collect();
    let cut = "ü".repeat(255);
    let expected =
        [("Zoll", 1, None), ("refunds", 3, Some(Decimal::new(5, 1))), (cut.as_str(), 2, Some(Decimal::new(1, 7)))];
    assert_eq!(topics, expected);
    assert_eq!((row.topics[1].first_at, row.topics[1].last_at), (at(1), at(4)));
    assert_eq!(row.knowledge_retrievals, 7);
}
