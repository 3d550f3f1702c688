//! What can go wrong with the database, told with its cause.

use std::error::Error;
use std::fmt::Write;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

/// A failure of the database or on the way to it. Its text names the causes, so it has no `source()`.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL cannot be understood.
    #[error("the database URL is not valid: {0}")]
    Url(String),
    /// The certificates that the URL names cannot be used.
    #[error("TLS to the database cannot be set up: {0}")]
    Tls(String),
    /// The server could not be reached, or refused.
    #[error("cannot connect to the database: {}", error_chain(.0))]
    Connect(tokio_postgres::Error),
    /// All connections stayed in use.
    #[error("no connection to the database was free in time")]
    NoFreeConnection,
    /// The database took a statement and said nothing for longer than it may run.
    #[error("the database did not answer in time")]
    NoAnswer,
    /// An answer of the database is not what it must be.
    #[error("{0}")]
    Unreadable(String),
    /// The replica that was reading does not answer any more.
    #[error("the replica does not answer any more")]
    ReplicaGone,
    /// A statement failed.
    #[error("{}", error_chain(.0))]
    Statement(tokio_postgres::Error),
}

impl DatabaseError {
    /// The SQLSTATE that the server gave, if it was the server that refused.
    #[must_use]
    pub fn sql_state(&self) -> Option<&SqlState> {
        match self {
            Self::Connect(error) | Self::Statement(error) => error.code(),
            Self::Url(_)
            | Self::Tls(_)
            | Self::Unreadable(_)
            | Self::NoFreeConnection
            | Self::NoAnswer
            | Self::ReplicaGone => None,
        }
    }

    /// The constraint that a statement broke, if that is why it failed.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => error.as_db_error()?.constraint(),
            _ => None,
        }
    }

    /// True when the database was not there to answer or not able to, so that trying again later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::NoFreeConnection | Self::NoAnswer | Self::Connect(_) | Self::ReplicaGone => true,
            Self::Statement(error) => error.is_closed() || error.code().is_some_and(passes),
            Self::Url(_) | Self::Tls(_) | Self::Unreadable(_) => false,
        }
    }
}

/// A lost connection, no room (on a full disk too), a shutdown or crash, a failing disk, a server that takes no writes now.
fn passes(state: &SqlState) -> bool {
    let class = state.code().get(..2).unwrap_or_default();
    matches!(class, "08" | "53" | "58")
        || matches!(state.code(), "57P01" | "57P02" | "57P03")
        || *state == SqlState::READ_ONLY_SQL_TRANSACTION
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Statement(error)
    }
}

impl From<PoolError> for DatabaseError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Connect(error),
            _ => Self::NoFreeConnection,
        }
    }
}

/// The text of an error and of all its causes; tokio-postgres says only "db error" without them.
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some errors repeat their cause in their own text.
        if cause_text != "db error" && !text.contains(&cause_text) {
            let colon = if text.is_empty() { "" } else { ": " };
            let _ = write!(text, "{colon}{cause_text}");
        }
        next = cause.source();
    }
    text
}
