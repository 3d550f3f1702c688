//! Archiving raw events: each chunk goes into a file that `import` reads back, and is dropped once the file is safe.

mod checkpoint;
mod error;
mod file;
mod folder;
mod json;
mod line;
mod list;
mod run;

pub use error::ArchiveError;
pub use json::compact;
pub use list::{Archive, list};
pub use run::{Archived, Options, Summary, run};
