//! What a demo shop is like.

use chrono_tz::Tz;
use uuid::Uuid;

/// A shop and its customers.
#[derive(Debug)]
pub struct Shop {
    /// Name of the store; its id is made of it.
    pub name: &'static str,
    /// Where its days begin.
    pub timezone: Tz,
    /// BCP 47 tag.
    pub locale: &'static str,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Conversations in all days together.
    pub conversations: f64,
    /// How much of an ordinary day comes in on each day of the week, from Monday.
    pub weekdays: [f64; 7],
    /// How much comes in at each local hour.
    pub hours: [f64; 24],
    /// Where customers write from.
    pub channels: &'static [(&'static str, f64)],
    /// What they write in.
    pub languages: &'static [(&'static str, f64)],
    /// What they ask about.
    pub topics: &'static [(&'static Topic, f64)],
    /// Days of the bad week, counted back from tomorrow; empty for a shop without one.
    pub bad_week: std::ops::Range<u32>,
    /// From how many days ago on: cost of an agent per hour, minutes and AI cost of a conversation, as decimals.
    pub roi: &'static [(u32, [&'static str; 3])],
}

impl Shop {
    /// The same in every database.
    #[must_use]
    pub fn store_id(&self) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("urn:colloquy:demo:{}", self.name).as_bytes())
    }
}

/// Something customers ask about.
#[derive(Debug)]
pub struct Topic {
    /// Its name in retrieval events.
    pub name: &'static str,
    /// Subject of the conversation.
    pub subject: &'static str,
    /// Ways to ask.
    pub questions: &'static [&'static str],
    /// How sure the AI is of what it finds, from and to; low where the knowledge base lacks something.
    pub confidence: (f64, f64),
}

/// Hours of people who write by day, and a little in the evening.
pub const OFFICE_HOURS: [f64; 24] = [
    0.4, 0.2, 0.1, 0.1, 0.2, 0.5, 1.2, 2.6, 5.0, 7.6, 8.6, 8.2, 6.4, 6.8, 7.6, 7.4, 6.6, 5.6, 5.0, 5.2, 5.0, 3.8, 2.2,
    1.0,
];
/// Hours of people who write after work.
pub const EVENING_HOURS: [f64; 24] = [
    1.6, 0.8, 0.4, 0.2, 0.2, 0.4, 1.0, 2.0, 3.0, 4.2, 5.0, 5.4, 5.6, 5.0, 4.6, 4.6, 5.0, 6.0, 7.2, 8.6, 9.4, 8.8, 6.4,
    3.6,
];
