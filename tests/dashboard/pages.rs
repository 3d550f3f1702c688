//! What pages say, what is around them, and that nothing anybody sent becomes a part of them.

use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{get, sign_in};
use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send, send_json};

const PAGES: [&str; 6] = ["/", "/roi", "/quality", "/conversations", "/staffing", "/pipeline"];
const HOSTILE: &str = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}";

/// A store with one conversation, everything in it named by a text.
async fn store_named(database: &TestDatabase, text: &str) -> (Uuid, String, Uuid) {
    let app = database.app();
    let store_id = database.create_store("Europe/Berlin").await;
    database
        .client()
        .await
        .execute("update stores set name = $1 where store_id = $2", &[&text, &store_id])
        .await
        .unwrap();
    let key = database.create_key(store_id, &[Scope::Ingest, Scope::Read, Scope::Manage]).await;
    let conversation_id = Uuid::new_v4();
    let event = |kind: &str, data: Value| json!({ "store_id": store_id, "conversation_id": conversation_id, "event_type": kind, "customer_id": text, "event_data": data });
    let events = [
        event("conversation_started", json!({ "channel": text, "language": "en", "subject": text, text: text })),
        event("message_received", json!({ "question": text })),
        event("knowledge_retrieved", json!({ "topic": text, "confidence": 0.1, "question": text })),
        event("message_sent", json!({ "agent": "ai", "text": text, "response_time_ms": 900 })),
    ];
    let stored = send_json(&app, "POST", "/api/v1/events", &key, &json!(events)).await;
    assert_eq!(stored.json["accepted"], 4, "{}", stored.text());
    let gap = json!({ "topic": text, "example_questions": [text] });
    assert_eq!(send_json(&app, "POST", "/api/v1/content-gaps", &key, &gap).await.status(), 201);
    let broken = json!([{ "store_id": store_id, "conversation_id": text, "event_type": text, "field": text }]);
    send_json(&app, "POST", "/api/v1/events", &key, &broken).await;
    (store_id, key, conversation_id)
}

#[tokio::test]
async fn texts_of_others_are_shown_as_texts() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let (_, key, conversation_id) = store_named(&database, HOSTILE).await;
    let cookie = sign_in(&app, &key).await;
    let conversation = format!("/conversations/{conversation_id}");
    let filtered = "/conversations?topic=%3Cscript%3Ealert(1)%3C/script%3E&subject=%22onfocus%3Dalert(1)";
    for path in PAGES.iter().copied().chain([conversation.as_str(), filtered]) {
        let page = get(&app, path, &cookie).await;
        assert_eq!(page.status(), 200, "{path}: {}", page.text());
        assert!(!page.text().contains("<script>") && !page.text().contains("<img"), "{path}");
        assert!(page.text().contains("&lt;/title&gt;&lt;script&gt;"), "{path}");
    }
}

#[tokio::test]
async fn pages_allow_nothing_but_what_this_server_sends() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let key = database.create_key(database.create_store("UTC").await, &[Scope::Read]).await;
    let cookie = sign_in(&app, &key).await;
    for (path, status) in
        PAGES.iter().map(|path| (*path, 200)).chain([("/sign-in", 200), ("/nowhere", 404), ("/roi?period_days=0", 400)])
    {
        let page = get(&app, path, &cookie).await;
        assert_eq!((page.status(), page.header("content-type")), (status, "text/html; charset=utf-8"), "{path}");
        let policy = page.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        for inline in [" style=", "<style", " onclick=", "javascript:", "http://", "https://"] {
            assert!(!page.text().replace("http://www.w3.org/2000/svg", "").contains(inline), "{path} has {inline}");
        }
    }
}

#[tokio::test]
async fn files_of_the_page_are_kept_by_browsers_until_they_change() {
    let database = TestDatabase::not_yet();
    let app = database.app();
    let page = get(&app, "/sign-in", "").await;
    for (start, kind) in
        [("href=\"/assets/", "text/css; charset=utf-8"), ("src=\"/assets/", "text/javascript; charset=utf-8")]
    {
        let path = format!("/assets/{}", page.text().split(start).nth(1).unwrap().split('"').next().unwrap());
        let file = get(&app, &path, "").await;
        assert_eq!((file.status(), file.header("content-type")), (200, kind));
        assert!(file.header("cache-control").contains("immutable"));
        let name = path.rsplit('/').next().unwrap();
        let older = get(&app, &format!("/assets/000000000000/{name}"), "").await;
        assert_eq!((older.status(), older.header("cache-control")), (200, "no-store"));
    }
    assert_eq!(get(&app, "/assets/000000000000/secret", "").await.status(), 404);
}

#[tokio::test]
async fn a_new_store_sees_how_to_send_its_first_event() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Ingest, Scope::Read]).await;
    let cookie = sign_in(&app, &key).await;
    let empty = get(&app, "/", &cookie).await;
    assert!(empty.text().contains("data-state=\"empty\"") && empty.text().contains(&store_id.to_string()));
    let event = json!({ "store_id": store_id, "conversation_id": Uuid::new_v4(), "event_type": "message_received",
        "timestamp": "2026-01-05T10:00:00Z" });
    assert_eq!(send_json(&app, "POST", "/api/v1/events", &key, &event).await.json["accepted"], 0, "too old for HTTP");
    let now = json!({ "store_id": store_id, "conversation_id": Uuid::new_v4(), "event_type": "message_received" });
    assert_eq!(send_json(&app, "POST", "/api/v1/events", &key, &now).await.json["accepted"], 1);
    let page = get(&app, "/", &cookie).await;
    assert!(!page.text().contains("data-state=\"empty\"") && page.text().contains("data-chart=\"outcomes\""));
    let old = get(&app, "/?start_date=2020-01-01&end_date=2020-01-07", &cookie).await;
    assert!(old.text().contains("data-state=\"no-data\"") && !old.text().contains("data-state=\"empty\""));
}

#[tokio::test]
async fn errors_have_a_page_with_code_and_request_id() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let key = database.create_key(database.create_store("UTC").await, &[Scope::Read]).await;
    let cookie = sign_in(&app, &key).await;
    for (path, status, code) in [
        ("/?period=decade", 400, "invalid_parameter"),
        ("/?colour=red", 400, "unknown_parameter"),
        ("/?start_date=2026-11-01", 400, "missing_parameter"),
        ("/roi?period_days=0", 400, "invalid_parameter"),
        ("/quality?start_date=2026-11-02&end_date=2026-11-01", 400, "start_after_end"),
        ("/conversations?cursor=x", 400, "invalid_cursor"),
        ("/staffing?metric=mood", 400, "invalid_parameter"),
        ("/quality?start_date=1971-01-01&end_date=2025-09-30", 400, "too_many_buckets"),
        ("/?period=week&start_date=2026-11-01&end_date=2026-11-02", 400, "invalid_parameter"),
        ("/roi?period_days=7&period_days=30", 400, "repeated_parameter"),
        ("/conversations/00000000-0000-0000-0000-000000000000", 404, "unknown_conversation"),
        ("/nowhere", 404, "not_found"),
    ] {
        let page = get(&app, path, &cookie).await;
        assert_eq!(page.status(), status, "{path}: {}", page.text());
        let (text, id) = (page.text(), page.header("x-request-id"));
        assert!(
            text.contains("data-state=\"error\"") && text.contains(&format!("<code>{code}</code>")),
            "{path}: {text}"
        );
        assert!(!id.is_empty() && text.contains(id), "{path}");
    }
    let of_program = answer(&app, request("GET", "/nowhere", "")).await;
    assert_eq!(of_program.problem(), (404, "not_found"));
    assert_eq!(send(&app, "GET", "/api/v1/nowhere", "").await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn without_its_database_a_page_says_so_and_shows_no_sql() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let key = database.create_key(database.create_store("UTC").await, &[Scope::Read]).await;
    let cookie = sign_in(&app, &key).await;
    let broken = "drop view tenant.conversations cascade";
    database.client().await.batch_execute(broken).await.unwrap();
    let page = get(&app, "/quality", &cookie).await;
    assert_eq!(page.status(), 500, "{}", page.text());
    assert!(page.text().contains("internal_error") && !page.text().contains("tenant."), "{}", page.text());
    database.server_pool().close();
    let page = get(&app, "/", &cookie).await;
    assert!(page.status() == 503 && page.text().contains("database_unavailable"), "{}", page.text());
    assert_eq!(page.header("retry-after"), "1");
}

#[tokio::test]
async fn pages_are_packed_for_browsers() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let key = database.create_key(database.create_store("UTC").await, &[Scope::Read]).await;
    let cookie = sign_in(&app, &key).await;
    let plain = get(&app, "/staffing", &cookie).await;
    let packed = request("GET", "/staffing", "").header("cookie", cookie).header("accept-encoding", "gzip, br");
    let packed = answer(&app, packed).await;
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept, accept-encoding"));
    assert!(packed.response.body().len() * 8 < plain.response.body().len());
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed.response.body()[..]), &mut text).unwrap();
    assert_eq!(text, plain.text());
}
