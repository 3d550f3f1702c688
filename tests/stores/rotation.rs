//! POST `/api/v1/stores/{id}/keys/{key_id}/rotate`: a successor, an overlap, and the end of the old key.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use colloquy::http::App;
use colloquy::http::auth::Scope;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{Answer, answer, request, send, send_json};

/// A shop with a key that is to be rotated.
struct Shop {
    database: TestDatabase,
    app: App,
    admin: String,
    keys: String,
    old: Value,
}

impl Shop {
    async fn new(new_key: Value) -> Self {
        let database = TestDatabase::new().await;
        let (app, admin) = (database.app(), database.create_admin_key().await);
        let keys = format!("/api/v1/stores/{}/keys", database.create_store("UTC").await);
        let old = send_json(&app, "POST", &keys, &admin, &new_key).await;
        assert_eq!(old.status(), 201, "{}", old.text());
        Self { database, app, admin, keys, old: old.json }
    }

    async fn rotate(&self, key_id: &Value, body: Value) -> Answer {
        let path = format!("{}/{}/rotate", self.keys, key_id.as_str().unwrap());
        send_json(&self.app, "POST", &path, &self.admin, &body).await
    }

    async fn rotate_old(&self, body: Value) -> Answer {
        self.rotate(&self.old["key_id"], body).await
    }

    /// What an answer to a request with a key says: the code of a problem, or an empty text.
    async fn asks(&self, key: &Value) -> String {
        send(&self.app, "GET", "/api/v1/store", key.as_str().unwrap()).await.code().to_owned()
    }

    async fn listed(&self, key_id: &Value) -> Value {
        let list = send(&self.app, "GET", &self.keys, &self.admin).await.json;
        list["keys"].as_array().unwrap().iter().find(|key| key["key_id"] == *key_id).unwrap().clone()
    }
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn both_keys_are_good_until_the_old_one_ends() {
    let shop = Shop::new(json!({"name": "widget", "scopes": ["read", "ingest"]})).await;
    let before = Utc::now();
    let new = shop.rotate_old(json!({"overlap_seconds": 2})).await;
    assert_eq!(new.status(), 201, "{}", new.text());
    let new = new.json;
    assert_eq!(shop.asks(&shop.old["key"]).await, "");
    assert_eq!(shop.asks(&new["key"]).await, "");
    for same in ["store_id", "name", "scopes"] {
        assert_eq!(new[same], shop.old[same]);
    }
    assert!(new["key"] != shop.old["key"] && new["key"].as_str().unwrap().starts_with("clq_x_"));
    assert_eq!((&new["replaces"], &new["expires_at"]), (&shop.old["key_id"], &Value::Null));

    let ends_at = instant(&new["replaced_expires_at"]);
    assert!((before + TimeDelta::seconds(2)..Utc::now() + TimeDelta::seconds(2)).contains(&ends_at), "{ends_at}");
    let (old_row, new_row) = (shop.listed(&shop.old["key_id"]).await, shop.listed(&new["key_id"]).await);
    assert_eq!(instant(&old_row["expires_at"]), ends_at);
    assert_eq!((&old_row["replaces"], &old_row["replaced_by"]), (&Value::Null, &new["key_id"]));
    assert_eq!((&new_row["replaces"], &new_row["replaced_by"]), (&shop.old["key_id"], &Value::Null));

    while Utc::now() <= ends_at {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shop.asks(&shop.old["key"]).await, "expired_key");
    assert_eq!(shop.asks(&new["key"]).await, "");
    // The chain goes on with the successor.
    assert_eq!(shop.rotate(&new["key_id"], json!({})).await.status(), 201);
}

#[tokio::test]
async fn no_key_lives_longer_by_being_rotated() {
    let expires_at = Utc::now() + TimeDelta::hours(1);
    let shop = Shop::new(json!({"scopes": ["read"], "expires_at": expires_at})).await;
    let new = shop.rotate_old(json!({"overlap_seconds": 86_400})).await.json;
    assert_eq!([&new["expires_at"], &new["replaced_expires_at"]], [&shop.old["expires_at"]; 2]);
    let later = json!("2099-12-31T00:00:00Z");
    let longer = shop.rotate(&new["key_id"], json!({"expires_at": later, "overlap_seconds": null})).await.json;
    assert_eq!((&longer["expires_at"], &longer["replaced_expires_at"]), (&later, &new["expires_at"]));

    let for_ever = Shop::new(json!({"scopes": ["read"]})).await;
    let ends_at = instant(&for_ever.rotate_old(json!({})).await.json["replaced_expires_at"]);
    let day = TimeDelta::days(1);
    assert!((ends_at - Utc::now() - day).abs() < TimeDelta::minutes(1), "without a word it is a day: {ends_at}");
}

#[tokio::test]
async fn of_several_rotations_at_once_one_wins() {
    let shop = Shop::new(json!({"scopes": ["read"]})).await;
    for _ in 0..3 {
        let made = send_json(&shop.app, "POST", &shop.keys, &shop.admin, &json!({"scopes": ["read"]})).await.json;
        let answers = join_all((0..6).map(|_| shop.rotate(&made["key_id"], json!({})))).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status() == 201).collect();
        assert_eq!(won.len(), 1);
        assert!(answers.iter().all(|answer| answer.status() == 201 || answer.problem() == (409, "key_replaced")));
        assert_eq!(shop.listed(&made["key_id"]).await["replaced_by"], won[0].json["key_id"]);
    }
    let list = send(&shop.app, "GET", &shop.keys, &shop.admin).await.json;
    assert_eq!(list["keys"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn what_has_ended_or_is_not_there_is_not_rotated() {
    let shop = Shop::new(json!({"scopes": ["read"]})).await;
    for (body, field) in [
        (json!({"overlap_seconds": -1}), "overlap_seconds"),
        (json!({"overlap_seconds": 2_592_001}), "overlap_seconds"),
        (json!({"overlap_seconds": "1"}), "overlap_seconds"),
        (json!({"expires_at": "2020-01-01T00:00:00Z"}), "expires_at"),
        (json!({"scopes": ["read"]}), "scopes"),
    ] {
        let answer = shop.rotate_old(body.clone()).await;
        assert_eq!((answer.status(), answer.faults()[0].0), (422, field), "{body}");
    }
    let other = shop.database.create_store("UTC").await;
    let key_id = shop.old["key_id"].as_str().unwrap();
    let elsewhere = format!("/api/v1/stores/{other}/keys/{key_id}/rotate");
    let answer = send_json(&shop.app, "POST", &elsewhere, &shop.admin, &json!({})).await;
    assert_eq!(answer.problem(), (404, "not_found"));
    assert_eq!(shop.rotate(&json!(Uuid::new_v4()), json!({})).await.problem(), (404, "not_found"));
    let sql = "select key_id::text from api_keys where store_id is null";
    let admin_id: String = shop.database.client().await.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(shop.rotate(&json!(admin_id), json!({})).await.problem(), (404, "not_found"));
    assert_eq!(shop.listed(&shop.old["key_id"]).await["expires_at"], Value::Null, "nothing has changed so far");

    let now = shop.rotate_old(json!({"overlap_seconds": 0})).await.json;
    assert_eq!(shop.asks(&shop.old["key"]).await, "expired_key");
    assert_eq!(shop.rotate_old(json!({})).await.problem(), (409, "key_replaced"));
    let path = format!("{}/{}", shop.keys, now["key_id"].as_str().unwrap());
    assert_eq!(send(&shop.app, "DELETE", &path, &shop.admin).await.status(), 204);
    assert_eq!(shop.rotate(&now["key_id"], json!({})).await.problem(), (409, "key_ended"));
    let expired = json!({"scopes": ["read"], "expires_at": Utc::now() + TimeDelta::milliseconds(300)});
    let expired = send_json(&shop.app, "POST", &shop.keys, &shop.admin, &expired).await.json;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(shop.rotate(&expired["key_id"], json!({})).await.problem(), (409, "key_ended"));
}

#[tokio::test]
async fn the_list_tells_whether_the_old_key_is_still_used() {
    let shop = Shop::new(json!({"scopes": ["read"]})).await;
    let new = shop.rotate_old(json!({})).await.json;
    assert_eq!(shop.listed(&shop.old["key_id"]).await["last_used_at"], Value::Null);
    let before = Utc::now() - TimeDelta::seconds(1);
    assert_eq!(shop.asks(&shop.old["key"]).await, "");
    // It is recorded beside the answer.
    let used_at = loop {
        let used_at = shop.listed(&shop.old["key_id"]).await["last_used_at"].clone();
        if used_at != Value::Null {
            break instant(&used_at);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!((before..=Utc::now()).contains(&used_at), "{used_at}");
    assert_eq!(shop.listed(&new["key_id"]).await["last_used_at"], Value::Null);
}

#[tokio::test]
async fn a_session_of_the_dashboard_ends_with_the_old_key() {
    let shop = Shop::new(json!({"scopes": ["read"]})).await;
    let form = request("POST", "/sign-in", "").body(format!("key={}", shop.old["key"].as_str().unwrap()));
    let signed_in = answer(&shop.app, form).await;
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = async || answer(&shop.app, request("GET", "/", "").header("cookie", &cookie)).await.status();
    assert_eq!(page().await, 200);
    assert_eq!(shop.rotate_old(json!({"overlap_seconds": 3600})).await.status(), 201);
    assert_eq!(page().await, 200);
    let end = "update api_keys set expires_at = now() where replaces is null and store_id is not null";
    shop.database.client().await.batch_execute(end).await.unwrap();
    assert_eq!(page().await, 303);
}

#[tokio::test]
async fn a_key_for_reading_rotates_none() {
    let shop = Shop::new(json!({"scopes": ["read", "manage"]})).await;
    let path = format!("{}/{}/rotate", shop.keys, shop.old["key_id"].as_str().unwrap());
    let own = shop.old["key"].as_str().unwrap();
    assert_eq!(send_json(&shop.app, "POST", &path, own, &json!({})).await.problem(), (403, "missing_scope"));
    let store_id = shop.old["store_id"].as_str().unwrap().parse().unwrap();
    let reader = shop.database.create_key(store_id, &[Scope::Read]).await;
    assert_eq!(send_json(&shop.app, "POST", &path, &reader, &json!({})).await.problem(), (403, "missing_scope"));
}
