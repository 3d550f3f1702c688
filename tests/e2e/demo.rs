//! One database with the demo in it, for all tests that only read.

use std::process::Stdio;

use colloquy::demo::SHOPS;
use serde_json::json;
use tokio::process::Command;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::site::{ALL, READ, Shop, Site};
use crate::support::database::TestDatabase;
use crate::support::http::send_json;
use crate::support::world::call;

static DATABASE: OnceCell<String> = OnceCell::const_new();

/// A server of its own on that database. It stays there for the other tests; the next run drops it.
pub async fn site() -> Site {
    let url = DATABASE.get_or_init(fill).await;
    Site::on(TestDatabase::at(url)).await
}

/// A demo store by the language of its locale: `en-IN`, `en-US` or `de-DE`.
pub async fn shop(site: &Site, locale: &str) -> Shop {
    let store_id = store_id(locale);
    Shop { store_id, key: site.database.create_key(store_id, ALL).await }
}

/// A key that may only read.
pub async fn reader(site: &Site, locale: &str) -> String {
    site.database.create_key(store_id(locale), READ).await
}

fn store_id(locale: &str) -> Uuid {
    SHOPS.iter().find(|shop| shop.locale == locale).unwrap().store_id()
}

async fn fill() -> String {
    let database = TestDatabase::new().await;
    let mut demo = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    demo.arg("demo").env("DATABASE_URL", database.url()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(demo.status().await.unwrap().success(), "colloquy demo failed");
    for shop in SHOPS.iter() {
        be_refused(&database, shop.store_id()).await;
    }
    // As sample_ingest counts them: 120 events in a minute.
    let sample = "insert into ingest_samples (code, sampled_at, from_at, events)
                  values ('', now() - interval '1 minute', now() - interval '2 minutes', 120)";
    let client = database.client().await;
    client.batch_execute(&format!("{sample}; analyze")).await.unwrap();
    // No job runs by itself in a database of tests.
    call(&client, "detect_content_gaps()").await;
    let url = database.url().to_owned();
    std::mem::forget(database);
    url
}

/// Two events that are rejected, for the page about that.
async fn be_refused(database: &TestDatabase, store_id: Uuid) {
    let key = database.create_key(store_id, ALL).await;
    let events = json!([{"store_id": store_id, "event_type": "nonsense", "conversation_id": Uuid::new_v4()},
                        {"store_id": store_id, "event_type": "message_sent"}]);
    let answer = send_json(&database.app(), "POST", "/api/v1/events", &key, &events).await;
    assert_eq!((answer.status(), &answer.json["rejected"]), (422, &json!(2)), "{}", answer.text());
}
