//! Pages of other origins: asked for in advance, allowed by the store of the key, and never more than events.

use colloquy::http::auth::Scope;
use serde_json::json;

use super::producer::{EVENTS, Producer};
use crate::support::http::{Answer, answer, request, send, send_json};

const SHOP: &str = "https://shop.example";
const EXPOSED: &str = "x-request-id, retry-after, ratelimit, ratelimit-policy";

async fn preflight(producer: &Producer, path: &str, origin: &str) -> Answer {
    let asked = request("OPTIONS", path, "")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let asked = if origin.is_empty() { asked } else { asked.header("origin", origin) };
    answer(&producer.app, asked).await
}

async fn allow(producer: &Producer, origins: &serde_json::Value) -> Answer {
    send_json(&producer.app, "PATCH", "/api/v1/store", &producer.key, &json!({"allowed_origins": origins})).await
}

#[tokio::test]
async fn a_preflight_is_answered_for_origins_of_stores_in_use() {
    let producer = Producer::new().await;
    assert_eq!(preflight(&producer, EVENTS, SHOP).await.problem(), (403, "origin_not_allowed"));
    assert_eq!(allow(&producer, &json!([SHOP, "http://localhost:3000"])).await.status(), 200);
    for origin in [SHOP, "http://localhost:3000"] {
        let allowed = preflight(&producer, EVENTS, origin).await;
        assert_eq!((allowed.status(), allowed.text()), (204, ""));
        assert_eq!(allowed.header("access-control-allow-origin"), origin);
        assert_eq!(allowed.header("access-control-allow-methods"), "POST");
        assert_eq!(allowed.header("access-control-allow-headers"), "authorization, content-type, content-encoding");
        assert_eq!((allowed.header("access-control-max-age"), allowed.header("vary")), ("600", "Origin"));
        assert_eq!(allowed.header("access-control-allow-credentials"), "");
    }
    for origin in ["", "null", "*", "http://shop.example", "https://shop.example:8443", "https://shop.example.evil"] {
        let refused = preflight(&producer, EVENTS, origin).await;
        assert_eq!(refused.problem(), (403, "origin_not_allowed"), "{origin}");
        assert_eq!(refused.header("access-control-allow-origin"), "");
    }
    producer.client.batch_execute("update stores set archived_at = now()").await.unwrap();
    assert_eq!(preflight(&producer, EVENTS, SHOP).await.problem(), (403, "origin_not_allowed"));
}

#[tokio::test]
async fn only_events_can_be_reached_and_methods_stay_told() {
    let producer = Producer::new().await;
    allow(&producer, &json!([SHOP])).await;
    for (path, methods) in [
        ("/api/v1/store", "GET, HEAD, PATCH"),
        ("/api/v1/ingest/rejections", "GET, HEAD"),
        ("/api/v1/ingest/status", "GET, HEAD"),
        ("/api/v1/stores", "GET, HEAD, POST"),
    ] {
        let refused = preflight(&producer, path, SHOP).await;
        assert_eq!((refused.problem(), refused.header("allow")), ((405, "method_not_allowed"), methods));
        assert_eq!(refused.header("access-control-allow-origin"), "");
    }
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let refused = send(&producer.app, method, EVENTS, &producer.key).await;
        assert_eq!((refused.problem(), refused.header("allow")), ((405, "method_not_allowed"), "POST, OPTIONS"));
    }
    let read = request("GET", "/api/v1/store", &producer.key).header("origin", SHOP);
    assert_eq!(answer(&producer.app, read).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_page_reads_every_answer_to_a_key_of_its_own_store() {
    let producer = Producer::new().await;
    allow(&producer, &json!([SHOP])).await;
    let other_store = producer.database.create_store("UTC").await;
    let of_other = producer.database.create_key(other_store, &[Scope::Ingest]).await;
    let of_reader = producer.database.create_key(producer.store_id, &[Scope::Read]).await;
    let revoked = producer.database.create_key(producer.store_id, &[Scope::Ingest]).await;
    let revoke = "update api_keys set revoked_at = now()
                  where key_id = (select key_id from api_keys order by created_at desc limit 1)";
    producer.client.batch_execute(revoke).await.unwrap();
    let admin = producer.database.create_admin_key().await;
    let origin = [("origin", SHOP)];
    let event = producer.event(&[]);
    for (key, path, body, status, is_readable) in [
        (&producer.key, EVENTS, event.as_str(), 200, true),
        (&producer.key, EVENTS, "7", 422, true),
        (&producer.key, EVENTS, "{", 422, true),
        (&producer.key, "/api/v1/events?x=1", event.as_str(), 400, true),
        (&of_reader, EVENTS, event.as_str(), 403, true),
        (&revoked, EVENTS, event.as_str(), 401, true),
        (&of_other, EVENTS, "7", 422, false),
        (&admin, EVENTS, "7", 422, false),
        (&String::new(), EVENTS, "7", 401, false),
        (&"clq_i_mistyped".to_owned(), EVENTS, "7", 401, false),
    ] {
        let answer = producer.post_as(key, path, &origin, body.to_owned()).await;
        assert_eq!(answer.status(), status, "{}", answer.text());
        let expected = if is_readable { (SHOP, "Origin", EXPOSED) } else { ("", "", "") };
        let told =
            ["access-control-allow-origin", "vary", "access-control-expose-headers"].map(|name| answer.header(name));
        assert_eq!((told[0], told[1], told[2]), expected, "{status} {body}");
        assert!(status == 200 || answer.header("content-type") == "application/problem+json");
    }
    let elsewhere = producer.post_with(EVENTS, &[("origin", "https://evil.example")], producer.event(&[])).await;
    assert_eq!((elsewhere.status(), elsewhere.header("access-control-allow-origin")), (200, ""));
    assert_eq!(producer.post(producer.event(&[])).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn origins_are_settings_of_the_store() {
    let producer = Producer::new().await;
    assert_eq!(producer.get("/api/v1/store").await.json["allowed_origins"], json!([]));
    let set = allow(&producer, &json!(["HTTPS://Shop.Example:443", SHOP, "http://localhost:3000"])).await;
    assert_eq!(set.json["allowed_origins"], json!([SHOP, "http://localhost:3000"]));
    let other = json!({"name": "Renamed"});
    send_json(&producer.app, "PATCH", "/api/v1/store", &producer.key, &other).await;
    assert_eq!(producer.get("/api/v1/store").await.json["allowed_origins"], set.json["allowed_origins"]);

    let many: Vec<_> = (0..21).map(|nth| format!("https://{nth}.example")).collect();
    for bad in [json!(["*"]), json!([format!("{SHOP}/")]), json!([SHOP, "null"]), json!(SHOP), json!([7]), json!(many)]
    {
        let refused = allow(&producer, &bad).await;
        assert_eq!((refused.status(), refused.faults()), (422, vec![("allowed_origins", "invalid_field")]), "{bad}");
    }
    assert_eq!(allow(&producer, &json!(many[..20])).await.status(), 200);
    assert_eq!(allow(&producer, &json!([])).await.json["allowed_origins"], json!([]));

    let admin = producer.database.create_admin_key().await;
    let new = json!({"name": "New", "allowed_origins": [SHOP]});
    let created = send_json(&producer.app, "POST", "/api/v1/stores", &admin, &new).await;
    assert_eq!((created.status(), &created.json["allowed_origins"]), (201, &json!([SHOP])));
    let path = format!("/api/v1/stores/{}", producer.store_id);
    let changed = send_json(&producer.app, "PATCH", &path, &admin, &json!({"allowed_origins": [SHOP]})).await;
    assert_eq!(changed.json["allowed_origins"], json!([SHOP]));
}
