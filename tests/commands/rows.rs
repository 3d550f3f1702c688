//! The table `conversations` as the oracle writes it.

use chrono::{Duration, Utc};
use tokio_postgres::Client;

use crate::support::conversations::row_differences;
use crate::support::oracle::{self, Event};

pub use crate::support::conversations::stored as conversations;

/// Asserts that the database holds what the oracle makes of these events, with silence timed out.
pub async fn assert_same(client: &Client, events: &[Event], when: &str) {
    let expected = oracle::conversations(events, &|_| Duration::minutes(30), Some(Utc::now()));
    let wrong = row_differences(&expected, &conversations(client).await);
    assert!(wrong.is_empty(), "{when}: {} differences, the first: {}", wrong.len(), wrong[0]);
}
