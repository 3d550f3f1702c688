//! What happens is seen without a reload.

use std::time::Duration;

use super::numbers::faults;
use super::pages::assert_none;
use super::site::{READ, Site};

#[tokio::test]
async fn the_live_panel_changes_within_three_seconds_of_an_ingest() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 2);
    let browser = site.visit(&site.database.create_key(shop.store_id, READ).await).await;
    let total = "[data-live] [data-field='metrics.total_conversations']";
    assert_eq!(browser.text(total).await, "2");
    browser.run("window.isSamePage = true", &[]).await;
    // Until the stream is open.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for (count, expected) in [(3, "5"), (1295, "1.300")] {
        for chunk in vec![count; 1].into_iter().flat_map(|all| split(all, 100)) {
            site.talk(&shop, chunk);
        }
        let changed = format!("return document.querySelector(\"{total}\").textContent.trim() === '{expected}'");
        browser.until(Duration::from_secs(3), &changed).await;
        assert_eq!(browser.run("return window.isSamePage === true", &[]).await, true, "the page was loaded again");
    }
    // All values of the panel have moved, not only that one.
    let panel = "document.querySelectorAll('[data-field]').forEach(one => one.closest('[data-live]') || one.remove())";
    browser.run(panel, &[]).await;
    let compared = browser.run(include_str!("scripts/numbers.js"), &[]).await;
    assert!(compared["count"].as_u64().unwrap() >= 4, "{compared}");
    assert_eq!(compared["faults"], serde_json::json!([]));
    browser.reload().await;
    assert_none(&faults(&browser, 30).await);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

fn split(all: usize, most: usize) -> Vec<usize> {
    (0..all.div_ceil(most)).map(|nth| most.min(all - nth * most)).collect()
}

#[tokio::test]
async fn another_stores_events_do_not_move_it() {
    let site = Site::new().await;
    let (shop, other) = (site.german_shop().await, site.german_shop().await);
    site.talk(&shop, 2);
    let browser = site.visit(&shop.key).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    site.talk(&other, 4);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(browser.text("[data-live] [data-field='metrics.total_conversations']").await, "2");
}
