//! What is seen while something is on its way, and when it does not come.

use std::time::Duration;

use super::requests::{page, session};
use super::site::{READ, Site};

const WAIT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_page_that_is_left_says_that_the_next_one_is_loading() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let browser = site.visit(&site.database.create_key(shop.store_id, READ).await).await;
    assert_ne!(browser.run("return document.querySelector('main').ariaBusy", &[]).await, "true");
    // The next page has to wait for this.
    site.client.batch_execute("begin; lock table conversations in access exclusive mode").await.unwrap();
    let leave =
        "document.querySelector('nav a[href=\"/staffing\"]').click(); return document.querySelector('main').ariaBusy";
    assert_eq!(browser.run(leave, &[]).await, "true");
    site.client.batch_execute("rollback").await.unwrap();
    browser
        .until(WAIT, "return location.pathname === '/staffing' && document.querySelector('main').ariaBusy !== 'true'")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_live_panel_says_that_it_connects_and_when_it_has_lost_the_connection() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let session = session(&site.url(), &shop.key);
    let html = page(&site.url(), "/", &session).body;
    let panel = html.split("data-live=").nth(1).unwrap();
    assert!(
        panel.contains("data-state=\"loading\"") && panel.contains("Connecting…"),
        "until the first numbers are there"
    );

    let browser = site.visit(&site.database.create_key(shop.store_id, READ).await).await;
    let is = |state: &str, text: &str| {
        format!(
            "const live = document.querySelector('[data-live]');
             return live.dataset.state === '{state}' && live.innerText.includes('{text}')"
        )
    };
    browser.until(WAIT, &is("live", "complete until")).await;
    let offline = |offline: bool| serde_json::json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.devtools("Network.enable", serde_json::json!({})).await;
    browser.devtools("Network.emulateNetworkConditions", offline(true)).await;
    browser.run("document.dispatchEvent(new Event('visibilitychange'))", &[]).await;
    browser.until(WAIT, &is("stale", "Connection lost")).await;
    browser.devtools("Network.emulateNetworkConditions", offline(false)).await;
    browser.until(Duration::from_secs(15), &is("live", "complete until")).await;
}
