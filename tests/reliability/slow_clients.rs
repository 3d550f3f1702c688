//! Clients that are slow, greedy or malformed: each is ended or refused in time, and others hardly notice.

mod bodies;
mod heads;
mod limit;
mod loris;
mod ranges;
mod readers;
mod smuggling;

use std::time::Duration;

use colloquy::http::auth::Scope;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::reliability::{is_full, planned};
use crate::support::server::Server;

/// How much later than promised something may end on a busy machine.
fn slack() -> Duration {
    planned(Duration::from_secs(20), Duration::from_secs(3))
}

/// A server, its database and a key of its store.
struct Site {
    database: TestDatabase,
    server: Server,
    store_id: Uuid,
    key: String,
}

impl Site {
    /// In the short form impatient, so that the tests need not wait.
    async fn new(arguments: &[&str]) -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store("UTC").await;
        let key = database.create_key(store_id, &[Scope::Ingest, Scope::Read]).await;
        let short: &[&str] = if is_full() { &[] } else { &["--client-timeout-seconds", "2"] };
        let arguments = [&["--log-level", "warn,colloquy::commands=info"], short, arguments].concat();
        let mut server = Server::start(&database, &arguments).await;
        server.log_to_the_end();
        Self { database, server, store_id, key }
    }

    /// How long this server waits for clients.
    fn patience() -> Duration {
        planned(Duration::from_secs(2), Duration::from_secs(30))
    }

    /// The head of a request with this key.
    fn head(&self, request: &str, headers: &str) -> String {
        format!("{request} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n{headers}\r\n", self.key)
    }
}
