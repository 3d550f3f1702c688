//! What happens is seen without a reload.

use std::time::{Duration, Instant};

use super::numbers::faults;
use super::pages::assert_none;
use super::site::{READ, Site};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_live_panel_changes_within_three_seconds_of_an_ingest() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 2);
    let browser = site.visit(&site.database.create_key(shop.store_id, READ).await).await;
    let total = "[data-live] [data-field='metrics.total_conversations']";
    let shows = |text: &str| format!("return document.querySelector(\"{total}\").textContent.trim() === '{text}'");
    browser.until(Duration::from_secs(3), &shows("2")).await;
    browser.run("window.isSamePage = true", &[]).await;
    for (count, expected) in [(3, "5"), (1295, "1.300")] {
        for some in split(count, 100) {
            site.talk(&shop, some);
        }
        browser.until(Duration::from_secs(3), &shows(expected)).await;
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

/// A browser opens six connections to a server, and keeps pages that were left: streams of theirs must not hold them.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pages_that_were_left_do_not_keep_others_waiting() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let browser = site.visit(&shop.key).await;
    let is_live = "return document.querySelector('[data-live]').dataset.state === 'live'";
    for period in ["day", "week", "month", "quarter", "year"].iter().cycle().take(10) {
        browser.until(Duration::from_secs(3), is_live).await;
        let before = Instant::now();
        browser.goto(&format!("/?period={period}")).await;
        assert!(before.elapsed() < Duration::from_secs(3), "{:?} for {}", before.elapsed(), browser.place().await);
    }
    // Who comes back sees it live again.
    browser.back().await;
    browser.until(Duration::from_secs(3), is_live).await;
    site.talk(&shop, 1);
    let total =
        "return document.querySelector(\"[data-live] [data-field='metrics.total_conversations']\").textContent === '2'";
    browser.until(Duration::from_secs(3), total).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_stores_events_do_not_move_it() {
    let site = Site::new().await;
    let (shop, other) = (site.german_shop().await, site.german_shop().await);
    site.talk(&shop, 2);
    let browser = site.visit(&shop.key).await;
    let is_live = "return document.querySelector('[data-live]').dataset.state === 'live'";
    browser.until(Duration::from_secs(3), is_live).await;
    site.talk(&other, 4);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(browser.text("[data-live] [data-field='metrics.total_conversations']").await, "2");
}
