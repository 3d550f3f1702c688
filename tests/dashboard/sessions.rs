//! Signing in and out, the cookie, what a session opens, and when it is over.

use colloquy::http::auth::Scope;

use super::{get, post, send_key, sign_in};
use crate::support::database::TestDatabase;
use crate::support::http::{answer, request};

#[tokio::test]
async fn a_key_is_exchanged_for_a_cookie_that_scripts_cannot_read() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;
    let answered = send_key(&app, &key, "/roi?period_days=7").await;
    assert_eq!((answered.status(), answered.header("location")), (303, "/roi?period_days=7"));
    let cookie = answered.header("set-cookie");
    for part in ["colloquy_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(&key) && !cookie.contains("Secure"), "{cookie}");
    let stored: Vec<u8> =
        database.client().await.query_one("select token_sha256 from dashboard_sessions", &[]).await.unwrap().get(0);
    let token = cookie.trim_start_matches("colloquy_session=").split(';').next().unwrap();
    assert!(!stored.windows(8).any(|part| token.as_bytes().windows(8).any(|of_token| of_token == part)));

    let behind_tls = request("POST", "/sign-in", "")
        .header("host", "shop.example")
        .header("origin", "https://shop.example")
        .body(format!("key={key}"));
    assert!(answer(&app, behind_tls).await.header("set-cookie").contains("Secure"));
    let other_site = send_key(&app, &key, "//evil.example").await;
    assert_eq!(other_site.header("location"), "/");
}

#[tokio::test]
async fn keys_that_open_nothing_are_refused_with_their_code() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let ingest = database.create_key(store_id, &[Scope::Ingest]).await;
    let revoked = database.create_key(store_id, &[Scope::Read]).await;
    database
        .client()
        .await
        .batch_execute("update api_keys set revoked_at = now() where 'read' = any (scopes)")
        .await
        .unwrap();
    let unknown = colloquy::keys::ApiKey::generate(&[Scope::Read]).unwrap();
    for (key, status, code) in [
        ("", 401, "invalid_key"),
        ("clq_r_wrong", 401, "invalid_key"),
        (unknown.as_str(), 401, "invalid_key"),
        (revoked.as_str(), 401, "revoked_key"),
        (ingest.as_str(), 403, "missing_scope"),
    ] {
        let answered = send_key(&app, key, "/").await;
        assert_eq!(answered.status(), status, "{key}");
        assert!(answered.text().contains(&format!("role=\"alert\" data-code=\"{code}\"")), "{}", answered.text());
        assert!(key.is_empty() || !answered.text().contains(key));
        assert_eq!(answered.header("set-cookie"), "");
    }
    let sessions = database.client().await.query_one("select count(*) from dashboard_sessions", &[]).await.unwrap();
    assert_eq!(sessions.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn without_a_session_pages_lead_to_where_to_sign_in_and_back() {
    let database = TestDatabase::new().await;
    let app = database.app();
    for cookie in ["", "colloquy_session=x", "colloquy_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let led = get(&app, "/roi?period_days=7", cookie).await;
        assert_eq!((led.status(), led.header("location")), (303, "/sign-in?next=%2Froi%3Fperiod_days%3D7"));
    }
}

#[tokio::test]
async fn a_session_ends_by_signing_out_by_time_and_with_its_key() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let is_open = async |cookie: &str| {
        let page = get(&app, "/roi", cookie).await.status();
        let api = get(&app, "/api/v1/store", cookie).await.status();
        assert!(matches!((page, api), (200, 200) | (303, 401)), "{page} {api}");
        page == 200
    };
    for end in [
        "update dashboard_sessions set expires_at = now()",
        "update api_keys set revoked_at = now()",
        "update api_keys set expires_at = now()",
        "delete from dashboard_sessions",
    ] {
        let key = database.create_key(store_id, &[Scope::Read]).await;
        let cookie = sign_in(&app, &key).await;
        assert!(is_open(&cookie).await);
        database.client().await.batch_execute(end).await.unwrap();
        assert!(!is_open(&cookie).await, "{end}");
    }
    let key = database.create_key(store_id, &[Scope::Read]).await;
    let (cookie, other) = (sign_in(&app, &key).await, sign_in(&app, &key).await);
    let left = post(&app, "/sign-out", &cookie, "").await;
    assert_eq!((left.status(), left.header("location")), (303, "/sign-in"));
    assert!(left.header("set-cookie").contains("Max-Age=0"), "{}", left.header("set-cookie"));
    assert!(!is_open(&cookie).await);
    assert!(is_open(&other).await, "signing out here is not signing out there");
    assert!(
        is_open(&format!("colloquy_session=of-a-sibling; {other}")).await,
        "another cookie of the name is passed by"
    );
    database.server_pool().close();
    let left = post(&app, "/sign-out", &other, "").await;
    assert!(
        left.status() == 503 && left.header("set-cookie").contains("Max-Age=0"),
        "the browser forgets it all the same"
    );
}

#[tokio::test]
async fn signing_in_clears_away_sessions_that_are_over() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let key = database.create_key(database.create_store("UTC").await, &[Scope::Read]).await;
    let client = database.client().await;
    sign_in(&app, &key).await;
    client.batch_execute("update dashboard_sessions set expires_at = now() - interval '1 second'").await.unwrap();
    sign_in(&app, &key).await;
    assert_eq!(client.query_one("select count(*) from dashboard_sessions", &[]).await.unwrap().get::<_, i64>(0), 1);
}

/// With the cookie alone nothing can be changed, whatever the key may do.
#[tokio::test]
async fn the_api_takes_a_session_for_reading_only() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Manage, Scope::Ingest]).await;
    let cookie = sign_in(&app, &key).await;
    for (path, kind) in [
        ("/api/v1/analytics/dashboard", "application/json"),
        ("/api/v1/analytics/dashboard?format=csv", "text/csv; charset=utf-8; header=present"),
        ("/api/v1/store", "application/json"),
    ] {
        let got = get(&app, path, &cookie).await;
        assert_eq!((got.status(), got.header("content-type")), (200, kind), "{path}");
        // All stores have the same addresses.
        assert_eq!(got.header("cache-control"), "private, no-store", "{path}");
    }
    for (method, path) in [
        ("POST", "/api/v1/events"),
        ("PATCH", "/api/v1/store"),
        ("POST", "/api/v1/store/roi-assumptions"),
        ("POST", "/api/v1/content-gaps"),
        ("POST", "/api/v1/quality-scores"),
    ] {
        let refused = answer(&app, request(method, path, "").header("cookie", &cookie).body("{}")).await;
        assert_eq!(refused.problem(), (401, "missing_key"), "{method} {path}");
    }
    let admin = sign_in(&app, &database.create_admin_key().await).await;
    for path in ["/api/v1/stores", &format!("/api/v1/stores/{store_id}/keys")] {
        assert_eq!(get(&app, path, &admin).await.problem(), (401, "missing_key"), "{path}");
    }
    let both = request("GET", "/api/v1/store", "clq_r_wrong").header("cookie", &cookie);
    assert_eq!(answer(&app, both).await.problem(), (401, "invalid_key"), "a key that is given is the one that counts");
}

#[tokio::test]
async fn a_session_opens_its_own_store_and_an_admin_chooses() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let (own, other) = (database.create_store("UTC").await, database.create_store("Asia/Tokyo").await);
    let cookie = sign_in(&app, &database.create_key(own, &[Scope::Read]).await).await;
    for path in ["/", "/roi", "/quality", "/conversations", "/staffing", "/pipeline"] {
        let foreign = get(&app, &format!("{path}?store_id={other}"), &cookie).await;
        assert_eq!(foreign.status(), 403, "{path}");
        assert!(foreign.text().contains("foreign_store") && !foreign.text().contains("Asia/Tokyo"), "{path}");
        assert_eq!(get(&app, &format!("{path}?store_id={own}"), &cookie).await.status(), 200, "{path}");
    }
    assert_eq!(get(&app, "/stores", &cookie).await.header("location"), "/");

    let answered = send_key(&app, &database.create_admin_key().await, "/").await;
    assert_eq!(answered.header("location"), "/stores");
    let admin = answered.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(get(&app, "/roi", &admin).await.header("location"), "/stores");
    let list = get(&app, "/stores", &admin).await;
    assert!(list.text().contains(&own.to_string()) && list.text().contains(&other.to_string()));
    let found = get(&app, &format!("/stores?search={}", &other.to_string()[..13]), &admin).await;
    assert!(!found.text().contains(&own.to_string()) && found.text().contains(&other.to_string()));
    assert_eq!(get(&app, "/stores?search=%00", &admin).await.status(), 400);
    let page = get(&app, &format!("/?store_id={other}"), &admin).await;
    assert!(page.status() == 200 && page.text().contains("data-timezone=\"Asia/Tokyo\""));
    assert_eq!(get(&app, &format!("/?store_id={}", uuid::Uuid::nil()), &admin).await.status(), 404);
}
