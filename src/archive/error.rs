//! Why archiving ended early.

use std::io;
use std::path::PathBuf;

/// Why archiving ended early. Nothing is dropped that is not in a file; what was archived before stays so, and running it
/// again goes on.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The age cannot be read.
    #[error("{0:?} is not an age; write it as in '90 days'")]
    Age(String),
    /// Late events and conversations need raw events for 85 days.
    #[error(
        "{age} is too young: only raw events older than 90 days can be archived, because younger ones are still needed"
    )]
    TooYoung {
        /// The age as it was understood.
        age: String,
    },
    /// The folder is not there, is no folder, or cannot be opened.
    #[error("cannot use the folder {}; nothing was dropped", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A path that is not Unicode cannot be kept in the database.
    #[error("the path {} is not Unicode text; nothing was dropped", path.display())]
    NotUnicode {
        /// The path.
        path: PathBuf,
    },
    /// A file cannot be written: no permission, no room.
    #[error("cannot write {}; its events are still in the database", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process writes the same file.
    #[error("another process is writing {}; nothing was dropped", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A file of this name holds something else.
    #[error("{} exists already and is not the archive of these events; move it away. Its events are still in the database", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// What was read back is not what was written.
    #[error("{} was not written as it should be: {fault}; its events are still in the database", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// The database lacks the schema of this version.
    #[error("the database is not migrated to this version; run colloquy migrate first")]
    NotMigrated,
    /// Somebody else uses raw events.
    #[error("an import, a recalculation or another archive is running; run it again when that has ended")]
    RawInUse,
    /// Writers or readers of the chunk stay for long.
    #[error("a query or a writer takes long and keeps {what} waiting; run it again to go on")]
    Busy {
        /// What was to be done.
        what: &'static str,
    },
    /// Events came in after the file was complete.
    #[error("{present} events are in the chunk, but {archived} were archived; run it again")]
    Changed {
        /// Events in the database.
        present: i64,
        /// Events in the file.
        archived: i64,
    },
    /// The database refused a statement or went away.
    #[error("the database failed while {doing}; what was not dropped is still there, run it again to go on")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        source: tokio_postgres::Error,
    },
}

/// Says what was being done when the database failed.
pub(super) fn doing(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> ArchiveError {
    move |source| ArchiveError::Database { doing, source }
}
