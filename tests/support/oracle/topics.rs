//! What conversations looked up, topic by topic.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::event::Event;

/// The retrievals of one topic in one conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicRetrievals {
    pub topic: String,
    pub retrievals: i64,
    /// None where no retrieval said how sure it was.
    pub best_confidence: Option<Decimal>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

/// Adds the next retrieval to topics kept in bytewise order; one without a topic adds nothing.
pub fn add_retrieval(topics: &mut Vec<TopicRetrievals>, event: &Event) {
    let Some(topic) = event.topic() else { return };
    match topics.binary_search_by(|known| known.topic.as_bytes().cmp(topic.as_bytes())) {
        Ok(place) => {
            let known = &mut topics[place];
            known.retrievals += 1;
            known.best_confidence = known.best_confidence.max(event.confidence());
            known.last_at = event.timestamp;
        }
        Err(place) => {
            let (first_at, last_at) = (event.timestamp, event.timestamp);
            let best_confidence = event.confidence();
            topics.insert(place, TopicRetrievals { topic, retrievals: 1, best_confidence, first_at, last_at });
        }
    }
}
