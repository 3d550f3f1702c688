//! The cases of ROI worked out by hand.

use chrono::{Duration, Utc};
use uuid::Uuid;

use super::metrics_examples::{row, start};
use super::roi_cases::{Case, is_unsettled};
use super::{Conversation, Outcome};

fn resolved(minute: i64, customer_id: Option<&str>) -> Conversation {
    Conversation {
        ai_resolved: true,
        customer_id: customer_id.map(str::to_owned),
        outcome_at: Some(start()),
        ..row(minute, Outcome::Resolved)
    }
}

fn writing(minute: i64, customer_id: Option<&str>, at: chrono::DateTime<Utc>) -> Conversation {
    Conversation { received_times: vec![at], outcome: Outcome::Open, outcome_at: None, ..resolved(minute, customer_id) }
}

fn low(row: &Conversation, others: &[Conversation]) -> bool {
    Case::Low.counts(row, others)
}

#[test]
fn the_low_case_leaves_out_who_wrote_again_within_a_week() {
    let saved = resolved(1, Some("c-1"));
    let week = start() + Duration::days(7);
    let microsecond = Duration::microseconds(1);
    for (at, counts) in [(start(), true), (start() + microsecond, false), (week, false), (week + microsecond, true)] {
        assert_eq!(low(&saved, &[saved.clone(), writing(2, Some("c-1"), at)]), counts, "{at}");
    }
    let soon = start() + Duration::days(1);
    assert!(low(&saved, &[writing(2, Some("c-2"), soon), writing(3, None, soon)]));
    let elsewhere = Conversation { store_id: Uuid::from_u128(9), ..writing(2, Some("c-1"), soon) };
    assert!(low(&saved, &[elsewhere]));
    // Of a customer without a name only the conversation itself is known.
    let nameless = resolved(1, None);
    assert!(low(&nameless, &[writing(2, None, soon)]));
    assert!(!low(&nameless, &[writing(1, Some("c-3"), soon)]));
}

#[test]
fn the_cases_begin_with_other_conversations() {
    let escalated_once = Conversation { ai_resolved: false, ..resolved(1, None) };
    let by_human = Conversation { human_messages_sent: 1, ..escalated_once.clone() };
    let open = row(2, Outcome::Open);
    let counts = |row: &Conversation| Case::ALL.map(|case| case.counts(row, &[]));
    assert_eq!(counts(&resolved(1, None)), [true, true]);
    assert_eq!(counts(&escalated_once), [false, true]);
    assert_eq!(counts(&by_human), [false, false]);
    assert_eq!(counts(&open), [false, false]);
}

#[test]
fn a_week_is_settled_when_it_is_over() {
    let saved = resolved(1, None);
    let week = start() + Duration::days(7);
    assert!(is_unsettled(&saved, week - Duration::microseconds(1)) && !is_unsettled(&saved, week));
    assert!(!is_unsettled(&row(2, Outcome::Open), start()));
}
