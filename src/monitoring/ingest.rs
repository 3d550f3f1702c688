//! What becomes of events: counted by the writer and by POST /events.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper ends of the buckets: events in one transaction.
const BATCH_BUCKETS: [f64; 10] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0, 20_000.0];
/// Upper ends of the buckets, in seconds: up to the time for which a batch is tried.
const COMMIT_BUCKETS: [f64; 12] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 20.0];

/// Why a batch is tried again.
const RETRY_REASONS: [&str; 5] = ["deadlock", "lock_timeout", "statement_timeout", "connection", "other"];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Result {
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// Metrics of ingest over HTTP. Clones share them.
#[derive(Clone)]
pub struct IngestMetrics {
    events: Family<Result, Counter>,
    accepted: Counter,
    duplicates: Counter,
    rejected: Family<Code, Counter>,
    refused: Family<Code, Counter>,
    batch: Histogram,
    commit: Histogram,
    retries: Family<Reason, Counter>,
    failures: Family<Reason, Counter>,
}

impl Default for IngestMetrics {
    fn default() -> Self {
        let events: Family<Result, Counter> = Family::default();
        // Kept at hand, so that a batch costs no look-up; and there with 0 before the first event.
        let counter = |result| events.get_or_create_owned(&Result { result });
        let (accepted, duplicates) = (counter("accepted"), counter("duplicate"));
        let (retries, failures): (Family<Reason, Counter>, Family<Reason, Counter>) = Default::default();
        // Prometheus sees an increase only of what was there before.
        for reason in RETRY_REASONS {
            drop(retries.get_or_create(&Reason { reason }));
        }
        for reason in ["unavailable", "refused"] {
            drop(failures.get_or_create(&Reason { reason }));
        }
        Self {
            events,
            accepted,
            duplicates,
            rejected: Family::default(),
            refused: Family::default(),
            batch: Histogram::new(BATCH_BUCKETS),
            commit: Histogram::new(COMMIT_BUCKETS),
            retries,
            failures,
        }
    }
}

impl IngestMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "ingest_events",
            "Events of committed batches that were stored (accepted) or known already (duplicate)",
            self.events.clone(),
        );
        registry.register(
            "ingest_rejected_events",
            "Events that were rejected, by the code of their fault",
            self.rejected.clone(),
        );
        registry.register(
            "ingest_refused_requests",
            "Requests of which no event was looked at or stored, by the code of the problem",
            self.refused.clone(),
        );
        registry.register("ingest_batch_events", "Events in each committed batch", self.batch.clone());
        registry.register(
            "ingest_commit_seconds",
            "Time from taking a batch out of the queue to its commit, with all attempts",
            self.commit.clone(),
        );
        registry.register(
            "ingest_retries",
            "Attempts to store a batch that failed and were made again, by reason",
            self.retries.clone(),
        );
        registry.register(
            "ingest_failed_batches",
            "Batches that were given up (unavailable) or that the database refused (refused)",
            self.failures.clone(),
        );
    }

    /// A batch has been committed.
    pub fn committed(&self, accepted: usize, duplicates: usize, events: usize, took: Duration) {
        self.accepted.inc_by(accepted as u64);
        self.duplicates.inc_by(duplicates as u64);
        #[allow(clippy::cast_precision_loss, reason = "a batch has thousands of events")]
        self.batch.observe(events as f64);
        self.commit.observe(took.as_secs_f64());
    }

    /// An attempt to store a batch failed and is made again.
    pub fn retried(&self, reason: &'static str) {
        self.retries.get_or_create(&Reason { reason }).inc();
    }

    /// A batch was given up.
    pub fn failed(&self, reason: &'static str) {
        self.failures.get_or_create(&Reason { reason }).inc();
    }

    /// An event was rejected.
    pub fn rejected(&self, code: &'static str) {
        self.rejected.get_or_create(&Code { code }).inc();
    }

    /// A request was refused.
    pub fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&Code { code }).inc();
    }
}
