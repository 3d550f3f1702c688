//! An event that has been checked.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What happened in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// The conversation began.
    ConversationStarted,
    /// The AI or a human agent wrote.
    MessageSent,
    /// The customer wrote.
    MessageReceived,
    /// The matter was settled.
    ConversationResolved,
    /// The matter was handed on.
    ConversationEscalated,
    /// The customer left.
    ConversationAbandoned,
    /// The AI looked something up.
    KnowledgeRetrieved,
    /// The customer opened a source.
    CitationClicked,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ConversationStarted,
        Self::MessageSent,
        Self::MessageReceived,
        Self::ConversationResolved,
        Self::ConversationEscalated,
        Self::ConversationAbandoned,
        Self::KnowledgeRetrieved,
        Self::CitationClicked,
    ];

    /// Its name in the ingest format and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConversationStarted => "conversation_started",
            Self::MessageSent => "message_sent",
            Self::MessageReceived => "message_received",
            Self::ConversationResolved => "conversation_resolved",
            Self::ConversationEscalated => "conversation_escalated",
            Self::ConversationAbandoned => "conversation_abandoned",
            Self::KnowledgeRetrieved => "knowledge_retrieved",
            Self::CitationClicked => "citation_clicked",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An event that keeps every rule of the ingest format.
#[derive(Clone, Debug)]
pub struct Event {
    /// Store of the conversation.
    pub store_id: Uuid,
    /// Conversation it belongs to.
    pub conversation_id: Uuid,
    /// Identifier from the producer, or a version 7 UUID made here.
    pub event_id: Uuid,
    /// What happened.
    pub event_type: EventType,
    /// Customer named on the event, 1 to 255 characters.
    pub customer_id: Option<String>,
    /// Response time given by the producer, in microseconds.
    pub response_us: Option<i64>,
    /// What else the producer sent, as JSON text of an object.
    pub event_data: Box<RawValue>,
    /// When it happened, to the microsecond.
    pub created_at: DateTime<Utc>,
}
