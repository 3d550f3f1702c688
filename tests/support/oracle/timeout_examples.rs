//! Timeouts worked out by hand.

use chrono::Duration;
use serde_json::json;

use super::conversation_examples::{HOUR_US, at, event, only_row, received};
use super::{Event, Outcome, conversations};

#[test]
fn silence_is_timed_out_by_the_clock() {
    let minutes = |minutes| Duration::minutes(minutes);
    let outcome = |events: &[Event], now| {
        let rows = conversations(events, &|_| minutes(30), Some(at(0) + now));
        (rows[0].outcome, rows[0].outcome_at, rows[0].event_count)
    };
    let open = [received(1, 0)];
    assert_eq!(outcome(&open, minutes(30) - Duration::microseconds(1)), (Outcome::Open, None, 1));
    assert_eq!(outcome(&open, minutes(30)), (Outcome::Abandoned, Some(at(0) + minutes(30)), 1));
    let resolved = [received(1, 0), event(2, 1, "conversation_resolved", json!({}))];
    assert_eq!(outcome(&resolved, minutes(90)), (Outcome::Resolved, Some(at(1)), 2));
}

#[test]
fn a_timeout_event_counts_while_nothing_follows_what_it_follows() {
    let data = json!({"reason": "timeout", "after": "2026-11-01T00:00:00.000000Z"});
    let timeout = event(9, HOUR_US, "conversation_abandoned", data);
    let row = only_row(&[received(1, 0), timeout.clone()]);
    assert_eq!((row.outcome, row.outcome_at), (Outcome::Abandoned, Some(at(HOUR_US))));
    assert_eq!((row.last_event_at, row.event_count), (at(0), 1));
    let row = only_row(&[received(1, 0), timeout, received(2, 2 * HOUR_US)]);
    assert_eq!((row.outcome, row.outcome_at, row.reopened_at), (Outcome::Open, None, None));
}

#[test]
fn a_timeout_does_not_count_once_an_earlier_copy_has_moved_what_it_follows() {
    let data = json!({"reason": "timeout", "after": "2026-11-01T00:00:00.000005Z"});
    let timeout = event(9, HOUR_US, "conversation_abandoned", data);
    assert_eq!(only_row(&[received(1, 5), timeout.clone()]).outcome, Outcome::Abandoned);
    assert_eq!(only_row(&[received(1, 5), timeout, received(1, 4)]).outcome, Outcome::Open);
}
