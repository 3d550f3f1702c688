//! A store without conversations says how to send the first one, and notices it.

use std::time::Duration;

use super::numbers::faults;
use super::pages::assert_none;
use super::requests::{page, session};
use super::site::{READ, Site};

const PAGES: [&str; 6] = ["/", "/roi", "/quality", "/conversations", "/staffing", "/pipeline"];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_empty_store_is_told_how_to_begin_and_its_first_event_is_noticed() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let reader = site.database.create_key(shop.store_id, READ).await;
    let browser = site.visit(&reader).await;
    let text = browser.text("[data-state=empty]").await;
    for part in ["curl", "/api/v1/events", &shop.store_id.to_string(), "Authorization: Bearer"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(!text.contains(&reader) && !text.contains(&shop.key));
    tokio::time::sleep(Duration::from_millis(500)).await;
    site.talk(&shop, 1);
    let gone = "return document.readyState === 'complete' && !document.querySelector('[data-state=empty]')";
    browser.until(Duration::from_secs(5), gone).await;
    assert_eq!(browser.text("[data-metric=total_conversations] [data-field]").await, "1");
    assert_none(&faults(&browser, 30).await);
}

/// The line that the page shows, in a shell, with a key.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_line_that_sends_the_first_event_works() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let browser = site.visit(&shop.key).await;
    let line = browser.text("[data-state=empty] pre").await;
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &line]).env("KEY", &shop.key).env("COLLOQUY", site.url());
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let gone = "return document.readyState === 'complete' && !document.querySelector('[data-state=empty]')";
    browser.until(Duration::from_secs(5), gone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_page_of_an_empty_store_fails() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let session = session(&site.url(), &shop.key);
    let browser = site.visit(&shop.key).await;
    let mut all = Vec::new();
    for path in PAGES {
        assert_eq!(page(&site.url(), path, &session).status, 200, "{path}");
        browser.goto(path).await;
        assert!(!browser.has("[data-state=error]").await, "{path}");
        let text = browser.text("main").await;
        assert!(!text.contains("NaN") && !text.contains("null") && !text.contains("Infinity"), "{path}: {text}");
        all.extend(faults(&browser, 0).await);
    }
    all.extend(browser.complaints().await);
    assert_none(&all);
}
