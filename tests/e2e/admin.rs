//! Administrators choose a store; everybody else has one.

use super::demo;
use super::numbers::faults;
use super::pages::{assert_none, conversation};
use super::requests::{page, session};
use super::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_admin_chooses_a_store_and_changes_to_another() {
    let site = demo::site().await;
    let (german, english) = (demo::shop(&site, "de-DE").await, demo::shop(&site, "en-US").await);
    let browser = site.visit(&site.database.create_admin_key().await).await;
    assert!(browser.place().await.starts_with("/stores"), "{}", browser.place().await);
    for (shop, locale, name) in [(german, "de-DE", "Radhaus am Kanal"), (english, "en-US", "Harbor & Pine Outfitters")]
    {
        if !browser.place().await.starts_with("/stores") {
            browser.click("header a[href^='/stores']").await;
        }
        browser.click(&format!("main a[data-store='{}']", shop.store_id)).await;
        assert!(browser.place().await.contains(&format!("store_id={}", shop.store_id)), "{}", browser.place().await);
        assert!(browser.text("header").await.contains(name));
        assert_eq!(browser.run("return document.documentElement.dataset.locale", &[]).await, locale);
        assert_none(&faults(&browser, 30).await);
        // The store stays chosen from page to page.
        for link in ["/roi", "/quality", "/conversations", "/staffing", "/pipeline"] {
            browser.click(&format!("nav a[href^='{link}']")).await;
            assert!(browser.text("header").await.contains(name), "{link}");
            assert_none(&faults(&browser, 1).await);
        }
        let path = format!("/conversations/{}?store_id={}", conversation(&site, &shop), shop.store_id);
        browser.goto(&path).await;
        assert_none(&faults(&browser, 8).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_admin_finds_a_store_by_its_name() {
    let site = demo::site().await;
    let browser = site.visit(&site.database.create_admin_key().await).await;
    browser.goto("/stores").await;
    browser.fill("main input[type=search]", "radhaus").await;
    browser.press("\u{e007}").await;
    let shown =
        "return [...document.querySelectorAll('a[data-store]')].filter(one => one.checkVisibility()).length === 1";
    browser.until(std::time::Duration::from_secs(3), shown).await;
    assert!(browser.text("main").await.contains("Radhaus am Kanal"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_key_of_a_store_sees_nothing_of_another() {
    let site = demo::site().await;
    let (own, other) = (demo::shop(&site, "de-DE").await, demo::shop(&site, "en-US").await);
    let foreign = conversation(&site, &other);
    let browser = site.visit(&own.key).await;
    let session = session(&site.url(), &own.key);
    for (path, status) in [
        (format!("/?store_id={}", other.store_id), 403),
        (format!("/conversations?store_id={}", other.store_id), 403),
        (format!("/conversations/{foreign}?store_id={}", other.store_id), 403),
        (format!("/conversations/{foreign}"), 404),
    ] {
        let reply = page(&site.url(), &path, &session);
        assert_eq!(reply.status, status, "{path}");
        browser.goto(&path).await;
        assert!(browser.has("[data-state=error]").await, "{path}");
        assert!(!browser.has("[data-metric], figure.chart, [data-store]").await, "{path} shows numbers");
        let html = browser.run("return document.documentElement.outerHTML", &[]).await;
        for name in ["Harbor", "c-1", "America/New_York"] {
            assert!(!html.as_str().unwrap().contains(name), "{path} shows {name}");
        }
    }
    assert_ne!(page(&site.url(), "/stores", &session).status, 200);
    browser.goto("/stores").await;
    assert!(!browser.has("[data-store]").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_admin_who_has_chosen_no_store_is_asked_for_one() {
    let site = Site::new().await;
    site.german_shop().await;
    let browser = site.visit(&site.database.create_admin_key().await).await;
    for path in ["/", "/roi", "/conversations"] {
        browser.goto(path).await;
        assert!(browser.place().await.starts_with("/stores"), "{path} leads to {}", browser.place().await);
    }
}
