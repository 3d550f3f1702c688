//! The commands of the command line, one a file.

pub mod archive;
pub mod demo;
pub mod doctor;
pub mod erase;
pub mod import;
pub mod keys;
pub mod migrate;
pub mod ready;
pub mod recalculate;
pub mod refresh;
pub mod roles;
pub mod serve;
pub mod stores;
pub mod verify;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use deadpool_postgres::Pool;
use tokio_postgres::error::SqlState;

use crate::archive::ArchiveError;
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};
use crate::import::ImportError;
use crate::schema::SchemaError;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Database(DatabaseError),
    #[error("the database is not migrated; run `colloquy migrate` first")]
    NotMigrated,
    /// The server has another version of TimescaleDB than the one that the database was last used with.
    #[error(
        "{0}; the server has another version of TimescaleDB than this database was last used with: run \
         `psql -X DATABASE -c 'alter extension timescaledb update'` first (docs/upgrade.md)"
    )]
    ExtensionNotUpdated(String),
    /// The schema is not that of this version, and this session may not change it.
    #[error(
        "the schema is not that of this version, and this role may not change it; run `colloquy migrate` as \
         colloquy_owner, or set COLLOQUY_JOBS_DATABASE_URL"
    )]
    MayNotMigrate,
    #[error(transparent)]
    Schema(SchemaError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("requests were not finished {seconds} s after the signal to stop")]
    ShutdownDeadline { seconds: u32 },
    /// What was asked for cannot be done, for the reason given.
    #[error("{0}")]
    Refused(String),
}

impl From<DatabaseError> for CommandError {
    fn from(error: DatabaseError) -> Self {
        match error.sql_state() {
            Some(&SqlState::UNDEFINED_TABLE) => Self::NotMigrated,
            Some(&SqlState::UNDEFINED_FILE) => Self::ExtensionNotUpdated(error.to_string()),
            _ => Self::Database(error),
        }
    }
}

impl From<SchemaError> for CommandError {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Database { source, .. } if source.code() == Some(&SqlState::UNDEFINED_FILE) => {
                Self::ExtensionNotUpdated(database::error_chain(&source))
            }
            error => Self::Schema(error),
        }
    }
}

/// A pool for a command that runs a few statements.
fn small_pool(args: &DatabaseArgs) -> Result<Pool, DatabaseError> {
    database::pool(&args.database_url, 1, Duration::from_secs(30))
}
