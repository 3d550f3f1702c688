//! PATCH /api/v1/content-gaps/{id}: every move, each recorded once.

use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GAPS, Shops};
use crate::support::http::{send, send_json};

#[tokio::test]
async fn every_move_is_recorded_with_its_key() {
    let shops = Shops::new().await;
    let gap = shops.post(&json!({"topic": "leasing"})).await.json;
    let key_id = |key: Uuid| json!(key.to_string());
    let find = "select key_id from api_keys where store_id = $1 and 'manage' = any (scopes)";
    let row = shops.world.client.query_one(find, &[&shops.world.shops[0].store_id]).await.unwrap();
    let by = key_id(row.get(0));

    let path =
        ["in_progress", "in_progress", "resolved", "in_progress", "identified", "resolved", "resolved", "identified"];
    let mut expected = Vec::new();
    let mut status = "identified";
    let mut reopened = 0;
    for next in path {
        let before = shops.shown(&gap).await;
        let moved = shops.patch(&gap, &json!({"status": next})).await;
        assert_eq!((moved.status(), &moved.json["status"]), (200, &json!(next)), "{}", moved.text());
        assert_eq!(moved.json["resolved_at"].is_string(), next == "resolved");
        if next == status {
            assert_eq!(moved.json["updated_at"], before["updated_at"], "a move to the same status changes nothing");
        } else {
            expected.push((status, next));
            reopened += i32::from(status == "resolved");
            assert_ne!(moved.json["updated_at"], before["updated_at"]);
        }
        assert_eq!(moved.json["reopened_count"], json!(reopened));
        status = next;
    }
    let shown = shops.shown(&gap).await;
    let changes = shown["changes"].as_array().unwrap();
    let moves: Vec<_> = changes
        .iter()
        .map(|change| (change["from_status"].as_str().unwrap(), change["to_status"].as_str().unwrap()))
        .collect();
    assert_eq!(moves, expected);
    assert!(changes.iter().all(|change| change["changed_by"] == by), "{changes:?}");
    let times: Vec<_> = changes.iter().map(|change| change["changed_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn gaps_of_other_stores_are_unknown() {
    let shops = Shops::new().await;
    let gap = shops.post(&json!({"topic": "leasing"})).await.json;
    let other = shops.world.shops[1].store_id;
    let other = shops.world.database.create_key(other, &[Scope::Read, Scope::Manage]).await;
    let path = |id: &str| format!("{GAPS}/{id}");
    let own = gap["gap_id"].as_str().unwrap();
    let unknown = Uuid::new_v4().to_string();
    for (key, id, code) in [
        (&other, own, "unknown_content_gap"),
        (&shops.key, unknown.as_str(), "unknown_content_gap"),
        (&shops.key, "leasing", "not_found"),
    ] {
        let answer = send(&shops.world.app, "GET", &path(id), key).await;
        assert_eq!(answer.problem(), (404, code));
        let body = json!({"status": "resolved"});
        assert_eq!(send_json(&shops.world.app, "PATCH", &path(id), key, &body).await.problem(), (404, code));
    }
    assert_eq!(shops.gap("leasing").await, gap);
    let list = send(&shops.world.app, "GET", GAPS, &other).await;
    assert_eq!(list.json, json!({"content_gaps": [], "next_cursor": null}));

    for (body, faults) in [
        (json!({}), vec![("status", "missing_field")]),
        (json!({"status": "open", "topic": "t"}), vec![("status", "invalid_field"), ("topic", "unknown_field")]),
        (json!({"status": ["resolved"]}), vec![("status", "invalid_field")]),
    ] {
        let refused = shops.patch(&gap, &body).await;
        assert_eq!((refused.status(), refused.faults()), (422, faults), "{body}");
    }
    let read = &shops.world.shops[0].key;
    let refused = send_json(&shops.world.app, "PATCH", &path(own), read, &json!({"status": "resolved"})).await;
    assert_eq!(refused.problem(), (403, "missing_scope"));
    assert_eq!(shops.shown(&gap).await["changes"], Value::Array(Vec::new()));
}
