//! /api/v1/stores for admins.

use serde_json::json;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{send, send_json};

const STORES: &str = "/api/v1/stores";

#[tokio::test]
async fn a_store_gets_defaults_and_what_was_asked_for() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let admin = database.create_admin_key().await;
    let plain = send_json(&app, "POST", STORES, &admin, &json!({"name": "Plain"})).await;
    assert_eq!(plain.status(), 201, "{}", plain.text());
    assert!(plain.text().contains("\"gap_confidence_threshold\":0.50"), "{}", plain.text());
    assert_eq!(plain.json["timezone"], "UTC");
    assert_eq!(plain.json["abandon_after_seconds"], 1800);
    assert_eq!(plain.json["archived_at"], json!(null));

    let store_id = Uuid::new_v4();
    let body = json!({"store_id": store_id, "name": "Laden", "timezone": "Europe/Berlin", "locale": "de-DE",
        "currency": "EUR", "abandon_after_seconds": 600, "gap_confidence_threshold": 0.7});
    let full = send_json(&app, "POST", STORES, &admin, &body).await;
    assert_eq!(full.status(), 201);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&full.json[field], value, "{field}");
    }
    assert_eq!(send_json(&app, "POST", STORES, &admin, &body).await.problem(), (409, "store_exists"));
    assert_eq!(send(&app, "GET", &format!("{STORES}/{store_id}"), &admin).await.json, full.json);
}

#[tokio::test]
async fn a_timezone_that_only_the_database_does_not_know_is_refused() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let trigger = "create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'no' using errcode = '22023'; end $$;
        create trigger a_refuse before insert on stores for each row execute function refuse()";
    database.client().await.batch_execute(trigger).await.unwrap();
    let answer = send_json(&database.app(), "POST", STORES, &admin, &json!({"name": "x"})).await;
    assert_eq!(answer.problem(), (422, "invalid_timezone"));
}

#[tokio::test]
async fn the_list_has_every_store_once() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let admin = database.create_admin_key().await;
    // All of one transaction, hence of one created_at, so that the cursor must look at the id too.
    let sql = "insert into stores (name) select 'store ' || n from generate_series(1, 5) as s (n)";
    database.client().await.batch_execute(sql).await.unwrap();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for expected in [2, 2, 1] {
        let page = send(&app, "GET", &format!("{STORES}?limit=2{cursor}"), &admin).await;
        let stores = page.json["stores"].as_array().unwrap();
        assert_eq!(stores.len(), expected);
        seen.extend(stores.iter().map(|store| store["store_id"].to_string()));
        cursor = format!("&cursor={}", page.json["next_cursor"].as_str().unwrap_or("none"));
    }
    assert_eq!(cursor, "&cursor=none");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for (query, fault) in
        [("limit=0", "limit"), ("limit=201", "limit"), ("cursor=x", "cursor"), ("store_id=x", "store_id")]
    {
        let answer = send(&app, "GET", &format!("{STORES}?{query}"), &admin).await;
        assert_eq!((answer.status(), answer.faults()[0].0), (400, fault));
    }
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let admin = database.create_admin_key().await;
    let store_id = database.create_store("Asia/Kolkata").await;
    let path = format!("{STORES}/{store_id}");
    let before = send(&app, "GET", &path, &admin).await.json;

    let archived = send_json(&app, "PATCH", &path, &admin, &json!({"archived": true})).await;
    assert_eq!(archived.status(), 200);
    let at = archived.json["archived_at"].as_str().unwrap().to_owned();
    let again = send_json(&app, "PATCH", &path, &admin, &json!({"archived": true, "name": "Old"})).await;
    assert_eq!((&again.json["archived_at"], &again.json["name"]), (&json!(at), &json!("Old")));
    let back = send_json(&app, "PATCH", &path, &admin, &json!({"archived": false, "name": "A test store"})).await;
    assert_eq!(back.json, before);

    let unknown = format!("{STORES}/{}", Uuid::new_v4());
    assert_eq!(send_json(&app, "PATCH", &unknown, &admin, &json!({})).await.problem(), (404, "unknown_store"));
    assert_eq!(send(&app, "GET", &unknown, &admin).await.problem(), (404, "unknown_store"));
    assert_eq!(send(&app, "GET", &format!("{STORES}/7"), &admin).await.problem(), (404, "not_found"));
}
