//! When customers wrote, seen from the instants before it.

use chrono::{DateTime, Duration, Utc};

use super::conversation::Conversation;

/// The instants [m − 7 days, m) of all messages `received_times`, which are in order; windows that overlap or touch
/// are one.
pub fn contact_windows(received_times: &[DateTime<Utc>]) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut windows: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for received_at in received_times {
        let from = *received_at - Duration::days(7);
        match windows.last_mut() {
            Some((_, to)) if from <= *to => *to = *received_at,
            _ => windows.push((from, *received_at)),
        }
    }
    windows
}

/// Whether a customer's message of this row lies in (instant, instant + 7 days].
pub fn written_within_a_week_after(instant: DateTime<Utc>, row: &Conversation) -> bool {
    row.received_times.iter().any(|at| instant < *at && *at <= instant + Duration::days(7))
}
