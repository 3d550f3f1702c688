//! Signing in and out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colloquy::http::auth::Scope;

use super::numbers::faults;
use super::pages::assert_none;
use super::requests::{COOKIE, page, post};
use super::site::Site;

#[tokio::test]
async fn a_key_signs_in_and_the_page_that_was_asked_for_appears() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let browser = site.open().await;
    browser.goto("/roi?period_days=90").await;
    assert!(browser.place().await.starts_with("/sign-in?next="), "{}", browser.place().await);
    let field = browser.find("input[name=key]").await;
    assert_eq!(field.attr("type").await.unwrap().as_deref(), Some("password"));
    browser.sign_in(&shop.key).await;
    assert_eq!(browser.place().await, "/roi?period_days=90");
    assert_none(&faults(&browser, 8).await);

    let cookie = browser.cookie(COOKIE).await;
    assert_eq!(
        (&cookie["httpOnly"], &cookie["sameSite"], &cookie["path"]),
        (&true.into(), &"Strict".into(), &"/".into())
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let hours = (cookie["expires"].as_f64().unwrap() - now) / 3600.0;
    assert!((11.9..12.1).contains(&hours), "{hours} hours");
    assert_eq!(browser.run("return document.cookie", &[]).await, "");
}

#[tokio::test]
async fn keys_that_open_nothing_are_refused_in_words() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let ingest_only = site.database.create_key(shop.store_id, &[Scope::Ingest]).await;
    let mut changed = shop.key.clone();
    let last = if changed.pop() == Some('A') { 'B' } else { 'A' };
    changed.push(last);
    let browser = site.open().await;
    for key in [changed.as_str(), "nonsense", "<b>bold</b>", &ingest_only] {
        browser.goto("/sign-in?next=/roi").await;
        browser.sign_in(key).await;
        assert!(browser.place().await.starts_with("/sign-in"), "{}", browser.place().await);
        assert!(!browser.text("[role=alert]").await.is_empty());
        assert!(browser.cookie(COOKIE).await.is_null());
        let html = browser.run("return document.documentElement.outerHTML", &[]).await;
        assert!(!html.as_str().unwrap().contains(key), "the key is in the page");
    }
    assert_eq!(site.sessions().await, 0);
    // A second attempt still leads where the first was to lead.
    browser.sign_in(&shop.key).await;
    assert_eq!(browser.place().await, "/roi");
}

#[tokio::test]
async fn signing_in_never_leads_away_from_here() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "evil.example",
        "/%0d%0aX: y",
    ] {
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        for path in ["/sign-in".to_owned(), format!("/sign-in?next={next}")] {
            let reply = post(&site.url(), &path, &[], &format!("key={}&next={next}", shop.key));
            assert_eq!(reply.status, 303, "{next}: {}", reply.body);
            let to = reply.header("location");
            assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'), "{next} leads to {to}");
            assert!(!to.contains("evil"), "{next} leads to {to}");
            assert!(reply.header("x").is_empty());
        }
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_in_the_browser_and_on_the_server() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let browser = site.visit(&shop.key).await;
    let secret = browser.cookie(COOKIE).await["value"].as_str().unwrap().to_owned();
    assert_eq!((site.sessions().await, page(&site.url(), "/", &secret).status), (1, 200));
    browser.click("[data-sign-out]").await;
    assert!(browser.place().await.starts_with("/sign-in"), "{}", browser.place().await);
    assert!(browser.cookie(COOKIE).await.is_null());
    assert_eq!(site.sessions().await, 0);
    browser.back().await;
    assert!(!browser.has("[data-metric]").await, "the way back shows the numbers again");
    browser.until(Duration::from_secs(3), "return location.pathname === '/sign-in'").await;
    for path in ["/", "/roi", "/conversations"] {
        browser.goto(path).await;
        assert!(browser.place().await.starts_with("/sign-in"), "{path} leads to {}", browser.place().await);
        assert_eq!(page(&site.url(), path, &secret).status, 303, "{path} takes the old cookie");
    }
}
