//! Events: checked, committed in groups, turned into conversations by the database.

pub mod dry_run;
pub mod event;
pub mod ingest;
pub mod ingested;
mod record_rejections;
pub mod rejections;
pub mod status;
pub mod store;
pub mod validate;
pub mod writer;

pub use event::{Event, EventType};
