//! A migrated database of its own for a test of a command.

use colloquy::{database, schema};
use tokio_postgres::Client;
use uuid::Uuid;

/// A database that is dropped with this value.
pub struct Database {
    pub url: String,
    pub client: Client,
    name: String,
    server_url: String,
}

impl Database {
    pub async fn new() -> Self {
        let server_url = std::env::var("DATABASE_URL").expect("DATABASE_URL names the server for tests");
        let name = format!("h4_{}", Uuid::now_v7().simple());
        let server = database::connect(&server_url).await.unwrap();
        server.batch_execute(&format!("create database {name}")).await.unwrap();
        let base = server_url.rsplit_once('/').unwrap().0;
        let url = format!("{base}/{name}");
        schema::migrate(&mut database::connect(&url).await.unwrap()).await.unwrap();
        let client = database::connect(&url).await.unwrap();
        Self { url, client, name, server_url }
    }

    pub async fn connect(&self) -> Client {
        database::connect(&self.url).await.unwrap()
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.client.query_one(sql, &[]).await.unwrap().get(0)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("drop database if exists {} with (force)", self.name);
        let url = self.server_url.clone();
        // The runtime of the test cannot be waited for here.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { database::connect(&url).await.unwrap().batch_execute(&drop).await })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a test database stays: {error}");
        }
    }
}
