//! What Prometheus reads: counters and readings of this process, and the figures of the database.

pub mod connections;
pub mod figures;
pub mod ingest;
pub mod metrics;
pub mod process;
pub mod readings;
pub mod requests;

use std::sync::Arc;

use deadpool_postgres::Pool;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

use connections::Connections;
use figures::Figures;
use ingest::IngestMetrics;
use readings::{Reading, Readings};
use requests::Requests;

/// First part of the names of all metrics but those of the process, which are named as everywhere.
const PREFIX: &str = "colloquy";

/// All metrics of a server.
pub struct Monitor {
    registry: Registry,
    /// Requests over HTTP.
    pub requests: Requests,
    /// The connections by which they come.
    pub connections: Connections,
    figures: Arc<Figures>,
}

impl Monitor {
    /// Puts the metrics together; `pool` is asked for those of the database.
    #[must_use]
    pub fn new(pool: Pool, ingest: &IngestMetrics, readings: Vec<Reading>) -> Self {
        let requests = Requests::default();
        let connections = Connections::default();
        let figures = Arc::new(Figures::new(pool));
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Readings(process::readings())));
        let ours = registry.sub_registry_with_prefix(PREFIX);
        ingest.register(ours);
        requests.register(ours);
        connections.register(ours);
        ours.register_collector(Box::new(Readings(readings)));
        ours.register_collector(Box::new(Arc::clone(&figures)));
        Self { registry, requests, connections, figures }
    }

    /// All metrics as of now, in the text format of Prometheus 0.0.4. Takes a second longer at most than without a
    /// database.
    ///
    /// # Errors
    /// None that can be expected: texts take all that is written to them.
    pub async fn text(&self) -> Result<String, std::fmt::Error> {
        self.figures.refresh().await;
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
