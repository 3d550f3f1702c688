//! Everything can be reached and seen without a mouse.

use serde_json::Value;

use super::browser::Browser;
use super::demo;
use super::pages::{assert_none, of_store};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// What Tab reaches from the top of the page, in its order.
async fn stops(browser: &Browser) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for _ in 0..60 {
        browser.press(TAB).await;
        let stop = browser.run(include_str!("scripts/focus.js"), &[]).await;
        if stop.is_null() {
            break;
        }
        found.push(stop);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tab_reaches_skip_link_navigation_and_controls_and_shows_where_it_is() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "en-US").await;
    let browser = site.visit(&shop.key).await;
    let mut faults = Vec::new();
    for page in of_store(&site, &shop) {
        browser.goto(&page.path).await;
        let found = stops(&browser).await;
        let mut fault = |text: String| faults.push(format!("{}: {text}", page.name));
        if found.first().is_none_or(|stop| stop["skip"] == false) {
            fault(format!("the first stop is no skip link: {:?}", found.first()));
        }
        for kind in ["navigation", "control", "signOut"] {
            if !found.iter().any(|stop| stop[kind] == true) {
                fault(format!("no {kind} in {} stops", found.len()));
            }
        }
        for stop in found.iter().filter(|stop| stop["shown"] == false) {
            fault(format!("{} does not show that it has the focus", stop["name"]));
        }
    }
    assert_none(&faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_skip_link_leads_past_the_navigation() {
    let site = demo::site().await;
    let browser = site.visit(&demo::reader(&site, "en-US").await).await;
    browser.press(TAB).await;
    browser.press(ENTER).await;
    browser.press(TAB).await;
    let inside = browser.run("return !!document.activeElement.closest('main')", &[]).await;
    assert_eq!(inside, true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn signing_in_needs_no_mouse() {
    let site = demo::site().await;
    let key = demo::reader(&site, "en-US").await;
    let browser = site.open().await;
    browser.goto("/").await;
    for _ in 0..5 {
        if browser.run("return document.activeElement.name === 'key'", &[]).await == true {
            break;
        }
        browser.press(TAB).await;
    }
    browser.press(&format!("{key}{ENTER}")).await;
    browser.until(std::time::Duration::from_secs(5), "return !!document.querySelector('[data-metric]')").await;
}
