//! Colloquy's numbers worked out a second time, by plain loops over events; it shares nothing with the product but the design.

pub mod calendar;
mod compare;
mod conversation;
mod conversation_examples;
mod event;
pub mod local_time;
mod metrics;
mod metrics_examples;
pub mod performance;
pub mod periods;
mod periods_examples;
pub mod quality;
pub mod roi;
mod roi_examples;
mod row;
mod timeout_examples;
mod trend_buckets;
mod trend_buckets_examples;
pub mod ubuntu_irc;

pub use compare::{differences, document_differences, equal};
pub use conversation::{Conversation, Outcome, conversations};
pub use event::Event;
pub use metrics::{Metrics, growth_rate, metrics};
