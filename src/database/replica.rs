//! A streaming replica: whether it is used, what its answers are complete until, and which failures are its own.

mod marks;
pub(super) mod monitor;

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use deadpool_postgres::Pool;
use tokio::sync::{Notify, watch};
use tokio_postgres::Row;

use super::{DatabaseError, error_chain};
use marks::Marks;

pub(super) const POSITION: &str = include_str!("../../sql/database/position.sql");

/// Whether the replica is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has not been looked at yet, or is not what it should be.
    Unfit,
    /// It answers.
    Used,
    /// A read has met a failure that may be the end of it; it is being looked at.
    Doubted,
    /// Its data are too old.
    Behind,
    /// It does not answer.
    Gone,
}

/// How a replica is, for those who watch over it.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaStatus {
    /// It answers reads; otherwise the primary does.
    pub is_used: bool,
    /// Age of its data when it was last looked at, in seconds; none while it does not answer.
    pub lag_seconds: Option<f64>,
}

/// What snapshots are complete until, as a server says before they are taken.
pub(super) struct Position {
    pub(super) complete_until: Option<DateTime<Utc>>,
    /// None unless the server is a replica.
    replayed: Option<i64>,
}

/// What is known of an answer of the replica.
pub(super) struct Freshness {
    pub(super) complete_until: DateTime<Utc>,
    lag: TimeDelta,
}

/// Why an answer of a server that does answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("it is no replica")]
    NoReplica,
    #[error("its data are {} s old", .0.num_seconds())]
    Behind(TimeDelta),
    #[error("the primary has not been seen yet")]
    Unknown,
}

/// A replica under watch.
pub(super) struct Replica {
    pub(super) pool: Pool,
    state: watch::Sender<State>,
    marks: Mutex<Marks>,
    lag: Mutex<Option<TimeDelta>>,
    max_lag: TimeDelta,
    /// A read has met a failure.
    doubted: Notify,
}

impl Position {
    pub(super) fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self { complete_until: row.try_get("complete_until")?, replayed: row.try_get("replayed")? })
    }
}

impl Replica {
    pub(super) fn new(pool: Pool, max_lag: TimeDelta) -> Self {
        Self {
            pool,
            state: watch::Sender::new(State::Unfit),
            marks: Mutex::default(),
            lag: Mutex::default(),
            max_lag,
            doubted: Notify::new(),
        }
    }

    pub(super) fn is_used(&self) -> bool {
        *self.state.borrow() == State::Used
    }

    pub(super) fn status(&self) -> ReplicaStatus {
        let lag = *locked(&self.lag);
        ReplicaStatus { is_used: self.is_used(), lag_seconds: lag.map(TimeDelta::as_seconds_f64) }
    }

    /// A read of the replica; none if the primary has to answer instead, because the replica failed or its data are
    /// too old.
    ///
    /// # Errors
    /// What the primary would refuse as well.
    pub(super) async fn read<T>(
        &self,
        read: impl Future<Output = Result<(T, Position), DatabaseError>>,
    ) -> Result<Option<(T, DateTime<Utc>)>, DatabaseError> {
        let mut state = self.state.subscribe();
        match unless_gone(&mut state, read).await {
            Ok((answer, position)) => match self.judge(&position) {
                Ok(freshness) => Ok(Some((answer, freshness.complete_until))),
                Err(unfit) => {
                    tracing::debug!(%unfit, "the primary answers instead of the replica");
                    self.doubt();
                    Ok(None)
                }
            },
            Err(error) if self.is_to_blame(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What follows the state, for `unless_gone`.
    pub(super) fn follow(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Whether the primary may do what the replica could not.
    pub(super) fn is_to_blame(&self, error: &DatabaseError) -> bool {
        let is_unavailable = error.is_unavailable() && !matches!(error, DatabaseError::NoFreeConnection);
        if is_unavailable {
            self.doubt();
        }
        // Conflicts with what is replayed, no room, broken files: of this read or of this server, not of the statement.
        let class = error.sql_state().and_then(|state| state.code().get(..2));
        let is_to_blame = is_unavailable || class.is_some_and(|class| matches!(class, "40" | "53" | "58" | "XX"));
        if is_to_blame {
            tracing::debug!(error = error_chain(error), "the primary answers instead of the replica");
        }
        is_to_blame
    }

    /// How old an answer is, in the time of the primary.
    fn judge(&self, position: &Position) -> Result<Freshness, Unfit> {
        let replayed = position.replayed.ok_or(Unfit::NoReplica)?;
        let marks = locked(&self.marks);
        let now = marks.primary_now().ok_or(Unfit::Unknown)?;
        let complete_until = position.complete_until.max(marks.replayed_until(replayed)).ok_or(Unfit::Unknown)?;
        let lag = (now - complete_until).max(TimeDelta::zero());
        if lag > self.max_lag { Err(Unfit::Behind(lag)) } else { Ok(Freshness { complete_until, lag }) }
    }

    fn doubt(&self) {
        let doubted = self.state.send_if_modified(|state| {
            let is_used = *state == State::Used;
            if is_used {
                *state = State::Doubted;
            }
            is_used
        });
        if doubted {
            self.doubted.notify_one();
        }
    }
}

/// Waits for an answer of the replica no longer than for the news that it is gone: a host that has vanished says nothing.
pub(super) async fn unless_gone<T>(
    state: &mut watch::Receiver<State>,
    answer: impl Future<Output = Result<T, DatabaseError>>,
) -> Result<T, DatabaseError> {
    tokio::select! {
        biased;
        result = answer => result,
        _ = state.wait_for(|state| *state == State::Gone) => Err(DatabaseError::ReplicaGone),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
