//! /api/v1/stores/{id}/keys.

use chrono::{TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{send, send_json};

#[tokio::test]
async fn a_key_is_made_listed_and_revoked() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let admin = database.create_admin_key().await;
    let store_id = database.create_store("UTC").await;
    let keys = format!("/api/v1/stores/{store_id}/keys");
    let expires_at = Utc::now() + TimeDelta::days(1);
    let body = json!({"name": "dashboard", "scopes": ["read", "manage", "read"], "expires_at": expires_at});
    let made = send_json(&app, "POST", &keys, &admin, &body).await;
    assert_eq!(made.status(), 201, "{}", made.text());
    assert_eq!(made.json["scopes"], json!(["read", "manage"]));
    let expiry = made.json["expires_at"].as_str().unwrap().to_owned();
    let key = made.json["key"].as_str().unwrap();
    assert!(key.starts_with("clq_x_"), "{key}");
    assert_eq!(send(&app, "GET", "/api/v1/store", key).await.status(), 200);

    let list = send(&app, "GET", &keys, &admin).await;
    assert_eq!(list.json["keys"][0]["key_id"], made.json["key_id"]);
    assert_eq!(list.json["keys"][0]["name"], "dashboard");
    assert_eq!(list.json["keys"][0]["expires_at"], expiry, "what was answered is what was stored");
    assert!(!list.text().contains(key) && !list.text().contains("sha256"));

    let key_id = made.json["key_id"].as_str().unwrap();
    let other = format!("/api/v1/stores/{}/keys/{key_id}", database.create_store("UTC").await);
    assert_eq!(send(&app, "DELETE", &other, &admin).await.problem(), (404, "not_found"));
    for _ in 0..2 {
        assert_eq!(send(&app, "DELETE", &format!("{keys}/{key_id}"), &admin).await.status(), 204);
    }
    assert_eq!(send(&app, "GET", "/api/v1/store", key).await.problem(), (401, "revoked_key"));
}

#[tokio::test]
async fn a_key_that_cannot_be_is_not_made() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let admin = database.create_admin_key().await;
    let keys = format!("/api/v1/stores/{}/keys", database.create_store("UTC").await);
    for (body, field) in [
        (json!({}), "scopes"),
        (json!({"scopes": []}), "scopes"),
        (json!({"scopes": ["admin"]}), "scopes"),
        (json!({"scopes": "read"}), "scopes"),
        (json!({"scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}), "expires_at"),
        (json!({"scopes": ["read"], "name": "x".repeat(201)}), "name"),
    ] {
        let answer = send_json(&app, "POST", &keys, &admin, &body).await;
        assert_eq!((answer.status(), answer.faults()[0].0), (422, field), "{body}");
    }
    let nobodys = format!("/api/v1/stores/{}/keys", Uuid::new_v4());
    let body = json!({"scopes": ["read"]});
    assert_eq!(send_json(&app, "POST", &nobodys, &admin, &body).await.problem(), (404, "unknown_store"));
    assert_eq!(send(&app, "GET", &nobodys, &admin).await.problem(), (404, "unknown_store"));
}
