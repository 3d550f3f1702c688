//! Loading history: files of events are checked whole, then stored in batches in order of time.

mod batches;
mod check;
mod checked;
mod duplicates;
mod error;
mod file;
mod finish;
mod good;
mod lines;
mod load;
mod progress;
mod rejections;
mod scan;
mod session;
mod shift;
mod stop;
mod stores;
mod summary;
mod together;
mod windows;

pub use batches::Placed;
pub use error::ImportError;
pub use file::{KEEP_BYTES, Options, run};
pub use finish::{refresh, sweep};
pub use lines::{Line, Lines, MAX_LINE_BYTES};
pub use load::Loader;
pub use progress::Progress;
pub use rejections::Rejection;
pub use scan::Span;
pub use session::Session;
pub use stop::Stop;
pub use summary::Summary;

pub(crate) use check::check;
pub(crate) use error::doing;
pub(crate) use stores::add_days;
