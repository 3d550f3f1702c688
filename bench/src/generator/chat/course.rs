//! How conversations end, and how often.

use colloquy::{demo::Random, events::EventType};

/// How it ends.
#[derive(Clone, Copy)]
pub enum Course {
    Settled,
    HandedOn,
    SettledByPeople,
    GivenUp,
    LeftOpen,
}

impl Course {
    /// As often as in real chats.
    pub fn of(random: &mut Random) -> Self {
        random.weighted(&[
            (Self::Settled, 0.68),
            (Self::HandedOn, 0.08),
            (Self::SettledByPeople, 0.09),
            (Self::GivenUp, 0.04),
            (Self::LeftOpen, 0.11),
        ])
    }

    /// Events at the end that belong to it.
    pub fn ending(self) -> &'static [EventType] {
        use EventType::{
            ConversationAbandoned as Abandoned, ConversationEscalated as Escalated, ConversationResolved as Resolved,
            MessageReceived as Received, MessageSent as Sent,
        };
        match self {
            Self::Settled => &[Received, Resolved],
            Self::HandedOn => &[Escalated, Sent],
            Self::SettledByPeople => &[Escalated, Sent, Resolved],
            Self::GivenUp => &[Abandoned],
            Self::LeftOpen => &[Received],
        }
    }
}
