//! A database for a test of a command, with a connection to look at it.

use colloquy::http::auth::Scope;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::send;

/// A migrated database, and a connection to it.
pub struct Database {
    pub url: String,
    pub client: Client,
    owner: TestDatabase,
}

impl Database {
    pub async fn new() -> Self {
        let database = TestDatabase::new().await;
        Self { url: database.url().to_owned(), client: database.client().await, owner: database }
    }

    pub async fn connect(&self) -> Client {
        self.owner.client().await
    }

    /// The text of an export of a store.
    pub async fn export(&self, store_id: Uuid, query: &str) -> String {
        let key = self.owner.create_key(store_id, &[Scope::Read]).await;
        let path = format!("/api/v1/analytics/export?{query}");
        let answer = send(&self.owner.app(), "GET", &path, &key).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.text().to_owned()
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.client.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Drops all raw events, which are old. Retention waits for the end of an import's session, which the server
    /// notices a moment later.
    pub async fn drop_raw_events(&self) {
        for _ in 0..100 {
            self.client.batch_execute("call drop_raw_events()").await.unwrap();
            if self.count("select count(*) from conversation_events").await == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the raw events were not dropped");
    }
}
