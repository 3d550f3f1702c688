//! Why an import ended early.

use std::{io, path::PathBuf};

/// Why an import ended early. What was committed stays, and running it again loads the rest.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be opened or read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A pipe, for instance.
    #[error("{} is not a regular file, and files are read twice", path.display())]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Compressed data that ends early or is damaged.
    #[error("{} is broken gzip after line {line}", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// Last line that could be read, from 1; 0 for none.
        line: u64,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The database lacks the schema of this version.
    #[error("the database is not migrated to this version; run colloquy migrate first")]
    NotMigrated,
    /// The database refused a statement or went away.
    #[error("the database failed while {doing}; what was committed stays, run it again to load the rest")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        source: tokio_postgres::Error,
    },
    /// Somebody asked the import to end.
    #[error("stopped after {events} events; what was committed stays, run it again to load the rest")]
    Stopped {
        /// Events that have been handed to the database.
        events: u64,
    },
    /// The task that reads the files ended by itself.
    #[error("reading the files failed")]
    Reader(#[from] tokio::task::JoinError),
}

/// Says what was being done when the database failed.
pub(crate) fn doing(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> ImportError {
    move |source| ImportError::Database { doing, source }
}
