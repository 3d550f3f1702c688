//! How many connections clients have open, and how many they may.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Gauges of the connections of clients. Clones share them.
#[derive(Clone, Default)]
pub struct Connections {
    open: Gauge,
    most: Gauge,
}

impl Connections {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_connections",
            "Connections that clients have open, busy or idle, without those that are refused",
            self.open.clone(),
        );
        registry.register("http_connections_max", "Connections that clients may have open", self.most.clone());
    }

    /// There may be so many.
    pub fn limit(&self, most: usize) {
        self.most.set(i64::try_from(most).unwrap_or(i64::MAX));
    }

    /// Counts a connection until the value is dropped.
    #[must_use]
    pub fn begin(&self) -> OpenConnection {
        self.open.inc();
        OpenConnection(self.open.clone())
    }
}

/// A connection that is open.
pub struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
