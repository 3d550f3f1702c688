//! The cautious and the hopeful reading of what the AI saved.

use chrono::{DateTime, Duration, Utc};

use super::contacts::written_within_a_week_after;
use super::conversation::{Conversation, Outcome};

/// Whose conversations count as saved, beside the AI-resolved ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Resolved by the AI, and the customer did not write again within a week.
    Low,
    /// Resolved without a human message.
    High,
}

impl Case {
    pub const ALL: [Case; 2] = [Case::Low, Case::High];

    /// The word that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Case::Low => "low",
            Case::High => "high",
        }
    }

    /// Whether this case counts a conversation as saved; `rows` are all that there are, of any time.
    pub fn counts(self, row: &Conversation, rows: &[Conversation]) -> bool {
        match (self, row.outcome, row.outcome_at) {
            (Case::High, Outcome::Resolved, _) => row.human_messages_sent == 0,
            (Case::Low, Outcome::Resolved, Some(resolved_at)) if row.ai_resolved => {
                !rows.iter().any(|other| same_person(row, other) && written_within_a_week_after(resolved_at, other))
            }
            _ => false,
        }
    }
}

/// Whether the week after the outcome is not over at `now`, so that the customer may still write.
pub fn is_unsettled(row: &Conversation, now: DateTime<Utc>) -> bool {
    row.outcome_at.is_some_and(|at| at + Duration::days(7) > now)
}

fn same_person(row: &Conversation, other: &Conversation) -> bool {
    let same_customer = row.customer_id.is_some() && row.customer_id == other.customer_id;
    row.store_id == other.store_id && (same_customer || row.conversation_id == other.conversation_id)
}
