//! A producer of events, with a store of its own.

use bytes::Bytes;
use colloquy::http::App;
use colloquy::http::auth::Scope;
use tokio_postgres::Client;
use uuid::Uuid;

use super::cases::event;
use crate::support::database::TestDatabase;
use crate::support::http::{Answer, answer, request, send};

pub const EVENTS: &str = "/api/v1/events";

pub struct Producer {
    pub database: TestDatabase,
    pub client: Client,
    pub app: App,
    pub store_id: Uuid,
    /// May ingest, read and manage.
    pub key: String,
}

impl Producer {
    pub async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store("UTC").await;
        let key = database.create_key(store_id, &[Scope::Ingest, Scope::Read, Scope::Manage]).await;
        Self { client: database.client().await, app: database.app(), database, store_id, key }
    }

    pub fn event(&self, changes: &[(&str, &str)]) -> String {
        event(self.store_id, changes)
    }

    pub async fn post(&self, body: impl Into<Bytes>) -> Answer {
        self.post_with(EVENTS, &[], body).await
    }

    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        self.post_as(&self.key, path, headers, body).await
    }

    pub async fn post_as(&self, key: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let body: Bytes = body.into();
        let mut post = request("POST", path, key);
        for (name, value) in headers {
            post = post.header(*name, *value);
        }
        answer(&self.app, post.body(body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(&self.app, "GET", path, &self.key).await
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.client.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub async fn stored(&self) -> i64 {
        self.number("select count(*) from conversation_events").await
    }

    pub async fn conversations(&self) -> i64 {
        self.number("select count(*) from conversations").await
    }

    pub async fn recorded(&self) -> i64 {
        self.number("select count(*) from ingest_rejections").await
    }
}
