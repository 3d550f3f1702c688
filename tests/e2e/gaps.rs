//! What the knowledge base lacks: moved on by a button, by those who may.

use serde_json::{Value, json};

use super::numbers::faults;
use super::pages::{assert_none, of_store};
use super::requests::{COOKIE, post, session};
use super::site::{ALL, READ, Shop, Site};
use super::{demo, requests};

fn create(site: &Site, shop: &Shop) -> String {
    let reply = site.ask("POST", &shop.key, "/content-gaps", &json!({"topic": "battery life"}));
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()["gap_id"].as_str().unwrap().to_owned()
}

fn status(site: &Site, shop: &Shop, gap: &str) -> Value {
    site.get(&shop.key, &format!("/content-gaps/{gap}"))["status"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_button_moves_a_gap_on() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let gap = create(&site, &shop);
    let browser = site.visit(&site.database.create_key(shop.store_id, ALL).await).await;
    browser.goto("/quality").await;
    for next in ["in_progress", "resolved", "identified"] {
        browser.click(&format!("[data-gap='{gap}'] button[name=status][value={next}]")).await;
        assert!(browser.place().await.starts_with("/quality"), "{}", browser.place().await);
        assert_eq!(status(&site, &shop, &gap), next);
        assert_none(&faults(&browser, 2).await);
        // Where it is already, nothing is to be pressed.
        assert!(!browser.has(&format!("[data-gap='{gap}'] button[value={next}]:not(:disabled)")).await, "{next}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_key_that_may_not_manage_sees_no_buttons_and_has_no_way_around() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 6);
    let gap = create(&site, &shop);
    let reader = site.database.create_key(shop.store_id, READ).await;
    let browser = site.visit(&reader).await;
    browser.goto("/quality").await;
    assert!(browser.has(&format!("[data-gap='{gap}']")).await);
    for path in ["/", "/roi", "/quality", "/conversations", "/staffing", "/pipeline"] {
        browser.goto(path).await;
        let forms = "main form[method=post], main button[formmethod=post], [data-gap] button";
        assert!(!browser.has(forms).await, "{path} has something to press");
    }
    let cookie = format!("{COOKIE}={}", session(&site.url(), &reader));
    let reply = post(&site.url(), &format!("/quality/gaps/{gap}"), &[("cookie", &cookie)], "status=resolved");
    assert_eq!(reply.status, 403, "{}", reply.body);
    assert_eq!(status(&site, &shop, &gap), "identified");
}

/// A cookie goes along with whatever another page sends; what changes something must not be content with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_changes_something_is_not_taken_from_another_page() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let gap = create(&site, &shop);
    let cookie = format!("{COOKIE}={}", session(&site.url(), &shop.key));
    let body = json!({"status": "resolved"});
    let path = format!("/content-gaps/{gap}");
    let reply = requests::api(&site.url(), "PATCH", &path, &[("cookie", &cookie)], &body);
    assert_eq!(reply.status, 401, "the API takes a change by cookie: {}", reply.body);
    let reply = requests::api(&site.url(), "POST", "/events", &[("cookie", &cookie)], &json!([]));
    assert_eq!(reply.status, 401, "the API takes events by cookie: {}", reply.body);
    let url = format!("{}/quality/gaps/{gap}", site.url());
    let form = ("content-type", "application/x-www-form-urlencoded");
    for site in ["cross-site", "same-site"] {
        let stranger = [("cookie", cookie.as_str()), form, ("sec-fetch-site", site)];
        let reply = requests::send("POST", &url, &stranger, "status=resolved");
        assert_eq!(reply.status, 403, "a form of another page is taken: {}", reply.body);
    }
    assert_eq!(status(&site, &shop, &gap), "identified");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn gaps_of_the_demo_are_listed() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.visit(&shop.key).await;
    let quality = of_store(&site, &shop).into_iter().find(|page| page.name == "quality").unwrap();
    browser.goto(&quality.path).await;
    let listed = site.get(&shop.key, "/content-gaps?limit=5");
    let listed = listed["content_gaps"].as_array().unwrap();
    assert!(!listed.is_empty());
    for gap in listed {
        let row = format!("[data-gap='{}']", gap["gap_id"].as_str().unwrap());
        assert!(browser.text(&row).await.contains(gap["topic"].as_str().unwrap()));
    }
}
