//! /api/v1/store for the key's own store.

use colloquy::http::auth::Scope;
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::http::{send, send_json};

#[tokio::test]
async fn a_store_changes_itself_but_cannot_archive_itself() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let other_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Manage]).await;
    let change = json!({"timezone": "Asia/Kathmandu", "abandon_after_seconds": 60});
    let changed = send_json(&app, "PATCH", "/api/v1/store", &key, &change).await;
    assert_eq!(changed.status(), 200, "{}", changed.text());
    assert_eq!(send(&app, "GET", "/api/v1/store", &key).await.json, changed.json);
    assert_eq!(changed.json["timezone"], "Asia/Kathmandu");

    let archive = send_json(&app, "PATCH", "/api/v1/store", &key, &json!({"archived": true})).await;
    assert_eq!(archive.faults(), [("archived", "unknown_field")]);
    let admin = database.create_admin_key().await;
    let other = send(&app, "GET", &format!("/api/v1/store?store_id={other_id}"), &admin).await;
    assert_eq!(other.json["timezone"], "UTC");
}
