//! How long a server takes for the metrics of some local days of a store, each answer compared with the oracle.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;

use crate::{
    Result, answers,
    client::repeat,
    generator::{Generator, Store},
    oracle::{Counted, History},
    questions,
    server::Server,
};

/// How long each range is asked for in a run, by one connection.
const LASTS: Duration = Duration::from_secs(2);

/// A range of days that is asked for again and again.
pub struct MetricsAnswers<'a> {
    server: &'a Server,
    store: &'a Store,
    days: (NaiveDate, NaiveDate),
    history: Arc<History>,
    /// Milliseconds of the median in each run.
    pub p50_ms: Vec<f64>,
    /// Answers that were compared.
    pub answers: usize,
}

impl<'a> MetricsAnswers<'a> {
    /// Nothing has been asked yet.
    #[must_use]
    pub fn new(server: &'a Server, generator: &Generator, store: &'a Store, days: (NaiveDate, NaiveDate)) -> Self {
        Self { server, store, days, history: History::of(generator, store), p50_ms: Vec::new(), answers: 0 }
    }

    /// What is in the range.
    #[must_use]
    pub fn counted(&self) -> Counted {
        answers::of_days(&self.history, self.store.timezone, self.days.0, self.days.1)
    }

    /// One run.
    ///
    /// # Errors
    /// When an answer differs from the oracle.
    pub async fn measure(&mut self) -> Result<()> {
        let target = &self.server.target;
        let request = target.get(&questions::metrics(self.store, self.days))?;
        let replies = repeat(&target.address, &[request], 1, LASTS).await?;
        for (_, body) in replies.answers() {
            answers::check_metrics(&self.history, self.store.timezone, self.days, body)?;
        }
        self.answers += replies.all.len();
        self.p50_ms.push(replies.latencies().percentile_ms(50.0));
        Ok(())
    }

    /// Forgets the runs so far, which made connections and filled caches.
    pub fn forget(&mut self) {
        self.p50_ms.clear();
        self.answers = 0;
    }
}
