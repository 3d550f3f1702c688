//! Where reads of a store's data go: to a streaming replica while it can be trusted, else to the primary.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use deadpool_postgres::Pool;
use tokio::task::JoinHandle;

use super::DatabaseError;
use super::replica::{Replica, ReplicaStatus, monitor};

/// A replica that takes reads off the primary.
pub struct ReplicaSettings<'a> {
    /// Its URL.
    pub url: &'a str,
    /// Connections to it at most.
    pub pool_size: u16,
    /// Time after which a query is cancelled.
    pub statement_timeout: Duration,
    /// Age of its data from which on the primary answers.
    pub max_lag: Duration,
}

/// The primary, with or without a replica in front of it.
pub struct Reads {
    primary: Pool,
    replica: Option<(Arc<Replica>, JoinHandle<()>)>,
}

/// Where one read may go. Made of a pool, it goes there and nowhere else.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub(super) primary: &'a Pool,
    replica: Option<&'a Arc<Replica>>,
}

impl Reads {
    /// Reads the primary.
    #[must_use]
    pub fn of_primary(primary: Pool) -> Self {
        Self { primary, replica: None }
    }

    /// Reads a replica from the moment it has proved to be one; until then, and whenever it fails, the primary. Looks
    /// at both once a second, by a connection to each.
    ///
    /// # Errors
    /// `DatabaseError::Url` or `DatabaseError::Tls`.
    pub fn with_replica(
        primary: Pool,
        primary_url: &str,
        settings: &ReplicaSettings<'_>,
    ) -> Result<Self, DatabaseError> {
        let pool = super::replica_pool(settings.url, settings.pool_size, settings.statement_timeout)?;
        let max_lag = TimeDelta::from_std(settings.max_lag).unwrap_or(TimeDelta::MAX);
        let replica = Arc::new(Replica::new(pool, max_lag));
        let watch = monitor::run(Arc::clone(&replica), primary_url.to_owned(), settings.url.to_owned());
        Ok(Self { primary, replica: Some((replica, tokio::spawn(watch))) })
    }

    /// How the replica is, if there is one.
    #[must_use]
    pub fn replica_status(&self) -> Option<ReplicaStatus> {
        self.watch_replica().map(|status| status())
    }

    /// What tells how the replica is whenever it is asked, if there is one.
    #[must_use]
    pub fn watch_replica(&self) -> Option<impl Fn() -> ReplicaStatus + Clone + Send + Sync + use<>> {
        let (replica, _) = self.replica.as_ref()?;
        let replica = Arc::clone(replica);
        Some(move || replica.status())
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        if let Some((_, watch)) = &self.replica {
            watch.abort();
        }
    }
}

impl<'a> From<&'a Pool> for Source<'a> {
    fn from(primary: &'a Pool) -> Self {
        Self { primary, replica: None }
    }
}

impl<'a> From<&'a Reads> for Source<'a> {
    fn from(reads: &'a Reads) -> Self {
        Self { primary: &reads.primary, replica: reads.replica.as_ref().map(|(replica, _)| replica) }
    }
}

impl<'a> Source<'a> {
    /// The replica, while it is in use.
    pub(super) fn replica(self) -> Option<&'a Arc<Replica>> {
        self.replica.filter(|replica| replica.is_used())
    }
}
