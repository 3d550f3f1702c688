//! Stores windows of events batch by batch, and finishes what they changed.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
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

/// Events after which the rollup is refreshed: many pending buckets make queries slow, and a refresh costs seconds.
const REFRESH_EVERY_EVENTS: u64 = 1_000_000;

/// Brings events into the database.
pub struct Loader<'a> {
    session: &'a Session,
    progress: &'a Progress,
    stop: &'a Stop,
    /// Another connection, for what can be done at the same time.
    beside: Option<&'a Session>,
    /// Shared by those that load beside each other, so that one of them refreshes.
    unrefreshed: Arc<AtomicU64>,
    accepted: u64,
    duplicates: u64,
    refused: Vec<(usize, u64, &'static str)>,
    frozen: HashSet<(Uuid, Uuid)>,
    buckets: u64,
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
            beside: None,
            unrefreshed: Arc::default(),
            accepted: 0,
            duplicates: 0,
            refused: Vec::new(),
            frozen: HashSet::new(),
            buckets: 0,
            storing: Duration::ZERO,
        }
    }

    /// One that loads other conversations at the same time, until it is joined.
    pub(super) fn beside(&self, session: &'a Session) -> Self {
        Self { unrefreshed: self.unrefreshed.clone(), ..Self::new(session, self.progress, self.stop) }
    }

    /// Takes over what another has done, and its connection.
    pub(super) fn join(&mut self, other: Self) {
        self.beside = Some(other.session);
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.refused.extend(other.refused);
        self.frozen.extend(other.frozen);
        self.buckets += other.buckets;
        self.storing = self.storing.max(other.storing);
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
            if self.is_refresh_due() {
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
            self.unless_stopped(self.finish_numbers(span, store_ids, summary)).await?;
            summary.dropped_before = finish::dropped_before(self.session.client(), span).await?;
            summary.frozen = finish::count_frozen(self.session.client(), &self.frozen, span).await?;
        }
        self.buckets += summary.buckets;
        summary.buckets = self.buckets;
        self.tally(summary);
        Ok(())
    }

    /// Content gaps come from conversations and their events, which neither a timeout nor the rollup changes.
    async fn finish_numbers(&self, span: Span, store_ids: &[Uuid], summary: &mut Summary) -> Result<(), ImportError> {
        let client = self.session.client();
        let numbers = async {
            summary.timeouts = finish::sweep(client, span).await?;
            summary.buckets = finish::refresh(client).await?;
            Ok(())
        };
        if let Some(beside) = self.beside {
            tokio::try_join!(numbers, finish::detect_gaps(beside.client(), store_ids))?;
            return Ok(());
        }
        numbers.await?;
        finish::detect_gaps(client, store_ids).await
    }

    /// Adds what was counted to a summary.
    pub(super) fn tally(&self, summary: &mut Summary) {
        summary.accepted = self.accepted;
        summary.duplicates = self.duplicates;
        summary.storing = self.storing;
    }

    /// Events that the database did not take: file and line of each, in order, and the code.
    pub(super) fn refused(&mut self) -> &[(usize, u64, &'static str)] {
        self.refused.sort_unstable();
        &self.refused
    }

    /// Events that have been handed to the database.
    pub(super) fn done(&self) -> u64 {
        self.accepted + self.duplicates
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
        self.unrefreshed.fetch_add(batch.len() as u64, Ordering::Relaxed);
    }

    fn is_refresh_due(&self) -> bool {
        let begin_again = |events| (events >= REFRESH_EVERY_EVENTS).then_some(0);
        self.unrefreshed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, begin_again).is_ok()
    }

    async fn refresh(&mut self) -> Result<(), ImportError> {
        self.buckets += self.unless_stopped(finish::refresh(self.session.client())).await?;
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
        ImportError::Stopped { events: self.done() }
    }
}
