//! The table `conversations` as it is, compared with what the oracle makes of the events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::oracle::topics::TopicRetrievals;
use super::oracle::{Conversation, Outcome};

const ALL: &str =
    "select store_id, conversation_id, started_at, last_event_at, customer_id, channel, language, outcome,
        outcome_at, ai_resolved, reopened_at, messages_sent::bigint, messages_received::bigint, response_us,
        response_count::bigint, first_response_us, rating::bigint, knowledge_retrievals::bigint,
        citations_clicked::bigint, event_count::bigint, human_messages_sent::bigint,
        array(select lower(w) from unnest(contact_windows) as w order by w) as contact_from,
        array(select upper(w) from unnest(contact_windows) as w order by w) as contact_to,
        array(select t.topic from unnest(topics) with ordinality as t (topic, n, best, first_at, last_at, nth)
            order by nth) as topic_names,
        array(select t.n::bigint from unnest(topics) with ordinality as t (topic, n, best, first_at, last_at, nth)
            order by nth) as topic_retrievals,
        array(select t.best from unnest(topics) with ordinality as t (topic, n, best, first_at, last_at, nth)
            order by nth) as topic_confidences,
        array(select t.first_at from unnest(topics) with ordinality as t (topic, n, best, first_at, last_at, nth)
            order by nth) as topic_first,
        array(select t.last_at from unnest(topics) with ordinality as t (topic, n, best, first_at, last_at, nth)
            order by nth) as topic_last
    from conversations
    order by store_id, conversation_id, started_at";

/// All rows of all stores, sorted as the oracle sorts them; their `received_times` are no column and left empty.
pub async fn stored(client: &Client) -> Vec<Conversation> {
    client.query(ALL, &[]).await.unwrap().iter().map(conversation).collect()
}

/// One sentence for each row that is missing, superfluous or different, naming the columns.
pub fn row_differences(expected: &[Conversation], stored: &[Conversation]) -> Vec<String> {
    let mut stored: BTreeMap<Key, &Conversation> = stored.iter().map(|row| (key(row), row)).collect();
    let mut differences = Vec::new();
    for want in expected {
        let place = format!("conversations {:?}", key(want));
        match stored.remove(&key(want)) {
            None => differences.push(format!("{place}: is missing")),
            Some(got) => differences.extend(column_differences(want, got).map(|column| format!("{place}: {column}"))),
        }
    }
    differences.extend(stored.keys().map(|key| format!("conversations {key:?}: must not be there")));
    differences
}

type Key = (Uuid, Uuid, DateTime<Utc>);

fn key(row: &Conversation) -> Key {
    (row.store_id, row.conversation_id, row.started_at)
}

fn column_differences(want: &Conversation, got: &Conversation) -> impl Iterator<Item = String> {
    let pairs = columns(want).into_iter().zip(columns(got)).filter(|(want, got)| want != got);
    pairs.map(|((name, want), (_, got))| format!("{name}: expected {want}, got {got}"))
}

fn columns(row: &Conversation) -> [(&'static str, String); 20] {
    [
        ("last_event_at", format!("{:?}", row.last_event_at)),
        ("customer_id", format!("{:?}", row.customer_id)),
        ("channel", format!("{:?}", row.channel)),
        ("language", format!("{:?}", row.language)),
        ("outcome", format!("{:?}", row.outcome)),
        ("outcome_at", format!("{:?}", row.outcome_at)),
        ("ai_resolved", row.ai_resolved.to_string()),
        ("reopened_at", format!("{:?}", row.reopened_at)),
        ("messages_sent", row.messages_sent.to_string()),
        ("messages_received", row.messages_received.to_string()),
        ("response_us", row.response_us.to_string()),
        ("response_count", row.response_count.to_string()),
        ("first_response_us", format!("{:?}", row.first_response_us)),
        ("rating", format!("{:?}", row.rating)),
        ("knowledge_retrievals", row.knowledge_retrievals.to_string()),
        ("citations_clicked", row.citations_clicked.to_string()),
        ("event_count", row.event_count.to_string()),
        ("human_messages_sent", row.human_messages_sent.to_string()),
        ("contact_windows", format!("{:?}", row.contact_windows)),
        ("topics", format!("{:?}", row.topics)),
    ]
}

fn conversation(row: &Row) -> Conversation {
    let outcome = match row.get("outcome") {
        "open" => Outcome::Open,
        "resolved" => Outcome::Resolved,
        "escalated" => Outcome::Escalated,
        "abandoned" => Outcome::Abandoned,
        other => panic!("unknown outcome {other}"),
    };
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
        messages_sent: row.get("messages_sent"),
        messages_received: row.get("messages_received"),
        response_us: row.get("response_us"),
        response_count: row.get("response_count"),
        first_response_us: row.get("first_response_us"),
        rating: row.get("rating"),
        knowledge_retrievals: row.get("knowledge_retrievals"),
        citations_clicked: row.get("citations_clicked"),
        event_count: row.get("event_count"),
        human_messages_sent: row.get("human_messages_sent"),
        received_times: Vec::new(),
        contact_windows: contact_windows(row),
        topics: topics(row),
    }
}

fn contact_windows(row: &Row) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let (from, to): (Vec<_>, Vec<_>) = (row.get("contact_from"), row.get("contact_to"));
    from.into_iter().zip(to).collect()
}

fn topics(row: &Row) -> Vec<TopicRetrievals> {
    let retrievals: Vec<i64> = row.get("topic_retrievals");
    let confidences: Vec<Option<Decimal>> = row.get("topic_confidences");
    let (first, last): (Vec<DateTime<Utc>>, Vec<DateTime<Utc>>) = (row.get("topic_first"), row.get("topic_last"));
    let names: Vec<String> = row.get("topic_names");
    let topic = |(nth, topic): (usize, String)| TopicRetrievals {
        topic,
        retrievals: retrievals[nth],
        best_confidence: confidences[nth].map(|confidence| confidence.normalize()),
        first_at: first[nth],
        last_at: last[nth],
    };
    names.into_iter().enumerate().map(topic).collect()
}
