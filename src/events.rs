//! Events: checked, committed in groups, turned into conversations by the database.

pub mod event;
pub mod ingest;
pub mod ingested;
pub mod store;
pub mod validate;
pub mod writer;

pub use event::{Event, EventType};
