//! A server with the rights that it should have, on a database of its own or on that of the demo.

use colloquy::http::auth::Scope;
use colloquy::stores::create::insert as insert_store;
use colloquy::stores::settings::StoreSettings;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use uuid::Uuid;

use super::browser::Browser;
use super::requests::{Reply, api};
use crate::support::database::{TestDatabase, as_role};
use crate::support::server::Server;

pub const READ: &[Scope] = &[Scope::Read];
pub const ALL: &[Scope] = &[Scope::Ingest, Scope::Read, Scope::Manage];

pub struct Site {
    server: Server,
    log: JoinHandle<String>,
    pub client: Client,
    pub database: TestDatabase,
}

/// A store and its key for everything.
pub struct Shop {
    pub store_id: Uuid,
    pub key: String,
}

impl Site {
    pub async fn new() -> Self {
        Self::on(TestDatabase::new().await).await
    }

    pub async fn on(database: TestDatabase) -> Self {
        let mut server = Server::start_on(&as_role(database.url(), "colloquy_writer"), &["--no-migrate"]).await;
        let log = server.log_to_the_end();
        Self { server, log, client: database.client().await, database }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    pub async fn open(&self) -> Browser {
        Browser::open(&self.url()).await
    }

    /// A browser that has signed in.
    pub async fn visit(&self, key: &str) -> Browser {
        let browser = self.open().await;
        browser.sign_in(key).await;
        let place = browser.place().await;
        assert!(!place.starts_with("/sign-in"), "the key was not taken: {place}");
        browser
    }

    /// A store without conversations.
    pub async fn shop(&self, name: &str, locale: &str, currency: &str, timezone: &str) -> Shop {
        let settings = StoreSettings {
            name: Some(name.into()),
            timezone: Some(timezone.into()),
            locale: Some(locale.into()),
            currency: Some(currency.into()),
            ..StoreSettings::default()
        };
        let row = insert_store(self.database.pool(), None, &settings).await.unwrap().unwrap();
        let store_id = row.get("store_id");
        Shop { store_id, key: self.database.create_key(store_id, ALL).await }
    }

    pub async fn german_shop(&self) -> Shop {
        self.shop("Blumen am Wall", "de-DE", "EUR", "Europe/Berlin").await
    }

    /// The JSON of a path below `/api/v1`.
    pub fn get(&self, key: &str, path: &str) -> Value {
        let reply = self.ask("GET", key, path, &Value::Null);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.json()
    }

    /// Any request to a path below `/api/v1`, with a key.
    pub fn ask(&self, method: &str, key: &str, path: &str, body: &Value) -> Reply {
        api(&self.url(), method, path, &[("authorization", &format!("Bearer {key}"))], body)
    }

    /// Conversations that a customer begins and the AI resolves, sent over HTTP.
    pub fn talk(&self, shop: &Shop, count: usize) {
        let events: Vec<Value> = (0..count).flat_map(|_| conversation(shop.store_id)).collect();
        let reply = self.ask("POST", &shop.key, "/events", &json!(events));
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    pub async fn sessions(&self) -> i64 {
        self.client.query_one("select count(*) from dashboard_sessions", &[]).await.unwrap().get(0)
    }

    /// Ends the server; all that it has logged.
    pub async fn end(self) -> String {
        self.server.stop().await;
        self.log.await.unwrap()
    }
}

fn conversation(store_id: Uuid) -> [Value; 4] {
    let id = Uuid::new_v4();
    ["conversation_started", "message_received", "message_sent", "conversation_resolved"].map(|event_type| {
        json!({"store_id": store_id, "conversation_id": id, "event_type": event_type,
               "customer_id": "c-1", "event_data": {}})
    })
}
