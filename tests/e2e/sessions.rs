//! Sessions end: with their row, with their key, with their time.

use super::requests::{COOKIE, api, page, session};
use super::site::Site;

/// Whatever ends the session, the next page is that of signing in, and then the one that was asked for.
async fn is_over_after(sql: &str) {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let key = site.database.create_key(shop.store_id, super::site::READ).await;
    let browser = site.visit(&key).await;
    let secret = browser.cookie(COOKIE).await["value"].as_str().unwrap().to_owned();
    assert_eq!(page(&site.url(), "/quality", &secret).status, 200);
    assert!(site.client.execute(sql, &[]).await.unwrap() > 0, "{sql}");
    // Good keys may be remembered for a moment.
    let mut status = 0;
    for _ in 0..40 {
        status = page(&site.url(), "/quality", &secret).status;
        if status == 303 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(status, 303, "{sql}");
    let cookie = format!("{COOKIE}={secret}");
    let reply = api(&site.url(), "GET", "/analytics/roi", &[("cookie", &cookie)], &serde_json::Value::Null);
    assert_eq!(reply.status, 401, "the API still takes the session: {sql}");
    browser.goto("/quality?start_date=2026-11-01&end_date=2026-11-03").await;
    assert!(browser.place().await.starts_with("/sign-in?next="), "{}", browser.place().await);
    browser.sign_in(&site.database.create_key(shop.store_id, super::site::READ).await).await;
    assert_eq!(browser.place().await, "/quality?start_date=2026-11-01&end_date=2026-11-03");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_session_whose_row_is_gone_is_over() {
    is_over_after("delete from dashboard_sessions").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_session_whose_time_has_come_is_over() {
    is_over_after("update dashboard_sessions set expires_at = now() - interval '1 second'").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_session_whose_key_is_revoked_is_over() {
    is_over_after("update api_keys set revoked_at = now() where scopes = array['read']").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn sessions_are_secrets_of_their_own() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let secrets: Vec<String> = (0..3).map(|_| session(&site.url(), &shop.key)).collect();
    assert!(secrets[0] != secrets[1] && secrets[1] != secrets[2] && secrets[0] != secrets[2]);
    for secret in &secrets {
        assert!(secret.len() >= 32, "{} characters", secret.len());
        assert_eq!(page(&site.url(), "/roi", secret).status, 200);
        // One that is almost right opens nothing.
        let mut wrong = secret.clone();
        let last = if wrong.pop() == Some('A') { 'B' } else { 'A' };
        wrong.insert(0, last);
        assert_eq!(page(&site.url(), "/roi", &wrong).status, 303);
    }
    for nothing in ["", "x", &"a".repeat(5000), "%00"] {
        assert_eq!(page(&site.url(), "/roi", nothing).status, 303);
    }
}
