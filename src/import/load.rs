//! Stores windows of events batch by batch, and finishes what they changed.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{
    ImportError, Session, Stop,
    batches::{Placed, batches},
    duplicates::Duplicates,
    finish,
    progress::Progress,
    scan::Span,
    summary::Summary,
};
use crate::events::{
    Event,
    store::{Exception, Status},
};

/// Events after which the rollup is refreshed: many pending buckets make queries slow.
const REFRESH_EVERY_EVENTS: u64 = 200_000;

/// Brings events into the database.
pub struct Loader<'a> {
    session: &'a Session,
    progress: &'a Progress,
    stop: &'a Stop,
    accepted: u64,
    duplicates: u64,
    refused: Vec<(usize, u64, &'static str)>,
    frozen: HashSet<(Uuid, Uuid)>,
    buckets: u64,
    unrefreshed: u64,
    storing: Duration,
}

impl<'a> Loader<'a> {
    /// Begins with nothing.
    #[must_use]
    pub fn new(session: &'a Session, progress: &'a Progress, stop: &'a Stop) -> Self {
        Self {
            session,
            progress,
            stop,
            accepted: 0,
            duplicates: 0,
            refused: Vec::new(),
            frozen: HashSet::new(),
            buckets: 0,
            unrefreshed: 0,
            storing: Duration::ZERO,
        }
    }

    /// Stores events, the earliest conversations first.
    ///
    /// # Errors
    /// When the database fails or somebody asked to stop; whole batches have been committed then.
    pub async fn load(&mut self, mut window: Vec<Placed>) -> Result<(), ImportError> {
        for range in batches(&mut window) {
            self.stop_if_asked()?;
            let batch = &window[range];
            let events: Vec<&Event> = batch.iter().map(|placed| &placed.event).collect();
            let began = Instant::now();
            let exceptions = self.session.store(&events).await?;
            self.storing += began.elapsed();
            tracing::debug!(events = batch.len(), ms = began.elapsed().as_millis(), "batch stored");
            self.note(batch, &exceptions);
            self.progress.advance(batch.len() as u64);
            if self.unrefreshed >= REFRESH_EVERY_EVENTS {
                self.refresh().await?;
            }
        }
        Ok(())
    }

    /// Counts what would become of events, without storing them.
    pub(super) async fn count(&mut self, seen: &Duplicates<'_>, mut window: Vec<Placed>) -> Result<(), ImportError> {
        for range in batches(&mut window) {
            self.stop_if_asked()?;
            let events: Vec<&Event> = window[range].iter().map(|placed| &placed.event).collect();
            let new = seen.count_new(&events).await?;
            self.accepted += new;
            self.duplicates += events.len() as u64 - new;
            self.progress.advance(events.len() as u64);
        }
        Ok(())
    }

    /// Times out what is silent, refreshes the rollup, finds the content gaps of some stores and adds all that was done
    /// to a summary.
    ///
    /// # Errors
    /// When the database fails or somebody asked to stop.
    pub async fn finish(
        mut self,
        span: Option<Span>,
        store_ids: &[Uuid],
        summary: &mut Summary,
    ) -> Result<(), ImportError> {
        if let Some(span) = span {
            self.progress.finish();
            summary.timeouts = self.unless_stopped(finish::sweep(self.session.client(), span)).await?;
            self.refresh().await?;
            self.unless_stopped(finish::detect_gaps(self.session.client(), store_ids)).await?;
            summary.dropped_before = finish::dropped_before(self.session.client(), span).await?;
            summary.frozen = finish::count_frozen(self.session.client(), &self.frozen, span).await?;
        }
        summary.buckets = self.buckets;
        self.tally(summary);
        Ok(())
    }

    /// Adds what was counted to a summary.
    pub(super) fn tally(&self, summary: &mut Summary) {
        summary.accepted = self.accepted;
        summary.duplicates = self.duplicates;
        summary.storing = self.storing;
    }

    /// Events that the database did not take: file and line of each, and the code.
    pub(super) fn refused(&self) -> &[(usize, u64, &'static str)] {
        &self.refused
    }

    fn note(&mut self, batch: &[Placed], exceptions: &[Exception]) {
        let mut stored = batch.len() as u64;
        let mut frozen_now = HashSet::new();
        for Exception { index, status } in exceptions {
            let placed = &batch[*index];
            match status {
                Status::Duplicate => {
                    self.duplicates += 1;
                    stored -= 1;
                }
                Status::UnknownStore | Status::ArchivedStore => {
                    let code = if *status == Status::UnknownStore { "unknown_store" } else { "archived_store" };
                    self.refused.push((placed.file, placed.line, code));
                    stored -= 1;
                }
                Status::Frozen => {
                    frozen_now.insert((placed.event.store_id, placed.event.conversation_id));
                }
            }
        }
        self.frozen.extend(frozen_now);
        self.accepted += stored;
        self.unrefreshed += batch.len() as u64;
    }

    async fn refresh(&mut self) -> Result<(), ImportError> {
        self.buckets += self.unless_stopped(finish::refresh(self.session.client())).await?;
        self.unrefreshed = 0;
        Ok(())
    }

    fn stop_if_asked(&self) -> Result<(), ImportError> {
        if self.stop.requested() { Err(self.stopped()) } else { Ok(()) }
    }

    async fn unless_stopped<T>(&self, work: impl Future<Output = Result<T, ImportError>>) -> Result<T, ImportError> {
        tokio::select! {
            biased;
            () = self.stop.wait() => Err(self.stopped()),
            result = work => result,
        }
    }

    fn stopped(&self) -> ImportError {
        ImportError::Stopped { events: self.accepted + self.duplicates }
    }
}
