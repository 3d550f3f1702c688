//! The table `conversations` as the oracle writes it.

use chrono::{Duration, Utc};
use tokio_postgres::{Client, Row};

use crate::support::oracle::{self, Conversation, Event, Outcome};

/// All rows, sorted as the oracle sorts them.
pub async fn conversations(client: &Client) -> Vec<Conversation> {
    let sql = "select * from conversations order by store_id, conversation_id, started_at";
    client.query(sql, &[]).await.unwrap().iter().map(conversation).collect()
}

/// Asserts that the database holds what the oracle makes of these events, with silence timed out.
pub async fn assert_same(client: &Client, events: &[Event], when: &str) {
    let expected = oracle::conversations(events, &|_| Duration::minutes(30), Some(Utc::now()));
    let actual = conversations(client).await;
    assert_eq!(actual.len(), expected.len(), "number of rows {when}");
    for (actual, expected) in actual.iter().zip(&expected) {
        assert_eq!(actual, expected, "{when}");
    }
}

fn conversation(row: &Row) -> Conversation {
    let outcome = match row.get("outcome") {
        "open" => Outcome::Open,
        "resolved" => Outcome::Resolved,
        "escalated" => Outcome::Escalated,
        _ => Outcome::Abandoned,
    };
    let count = |column: &str| i64::from(row.get::<_, i32>(column));
    Conversation {
        store_id: row.get("store_id"),
        conversation_id: row.get("conversation_id"),
        started_at: row.get("started_at"),
        last_event_at: row.get("last_event_at"),
        customer_id: row.get("customer_id"),
        channel: row.get("channel"),
        language: row.get("language"),
        outcome,
        outcome_at: row.get("outcome_at"),
        ai_resolved: row.get("ai_resolved"),
        reopened_at: row.get("reopened_at"),
        messages_sent: count("messages_sent"),
        messages_received: count("messages_received"),
        response_us: row.get("response_us"),
        response_count: count("response_count"),
        first_response_us: row.get("first_response_us"),
        rating: row.get::<_, Option<i16>>("rating").map(i64::from),
        knowledge_retrievals: count("knowledge_retrievals"),
        citations_clicked: count("citations_clicked"),
        event_count: count("event_count"),
    }
}
