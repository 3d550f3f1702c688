//! Bodies: their type, their size, broken JSON, and the fields of an object.

use bytes::Bytes;
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send_json};

const STORES: &str = "/api/v1/stores";

#[tokio::test]
async fn a_bad_body_is_refused_before_anything_is_done() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let admin = database.create_admin_key().await;
    let post = |body: &str| request("POST", STORES, &admin).header("content-type", "application/json").body(body);
    for broken in ["", "{", "{\"name\": \"x\"} {}", "[]", "7", "{\"name\": nope}", "{\"name\": \"\u{0}\"}"] {
        assert_eq!(answer(&app, post(broken)).await.problem(), (422, "invalid_json"), "{broken}");
    }
    let broken =
        request("POST", STORES, &admin).header("content-type", "application/json").body(b"{\"name\": \"\xff\"}");
    assert_eq!(answer(&app, broken).await.problem(), (422, "invalid_json"));
    let form = request("POST", STORES, &admin).header("content-type", "text/plain").body("{\"name\": \"x\"}");
    assert_eq!(answer(&app, form).await.problem(), (415, "unsupported_media_type"));
    let utf8 = request("POST", STORES, &admin)
        .header("content-type", "Application/JSON; charset=utf-8")
        .body("{\"name\": \"x\"}");
    assert_eq!(answer(&app, utf8).await.status(), 201);
    let count: i64 = database.client().await.query_one("select count(*) from stores", &[]).await.unwrap().get(0);
    assert_eq!(count, 1);
}

#[tokio::test]
async fn every_field_at_fault_is_named() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let body = json!({
        "timezone": "Mars/Olympus", "locale": 7, "currency": "euro", "abandon_after_seconds": 59,
        "gap_confidence_threshold": 1.01, "nmae": "x",
    });
    let answer = send_json(&database.app(), "POST", STORES, &admin, &body).await;
    assert_eq!(answer.problem(), (422, "missing_field"));
    let expected = [
        ("name", "missing_field"),
        ("timezone", "invalid_timezone"),
        ("locale", "invalid_field"),
        ("currency", "invalid_field"),
        ("abandon_after_seconds", "invalid_field"),
        ("gap_confidence_threshold", "invalid_field"),
        ("nmae", "unknown_field"),
    ];
    assert_eq!(answer.faults(), expected);
}

#[tokio::test]
async fn the_size_limit_is_exact() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let body = json!({"name": "x"}).to_string();
    for (limit, status) in [(body.len(), 201), (body.len() - 1, 413)] {
        let app = database.app_with_body_limit(limit);
        let post = request("POST", STORES, &admin).header("content-type", "application/json");
        assert_eq!(answer(&app, post.body(Bytes::from(body.clone()))).await.status(), status, "{limit}");
    }
}
