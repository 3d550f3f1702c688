//! The form about savings: what if, and what to keep.

use serde_json::{Value, json};

use super::browser::Browser;
use super::demo;
use super::numbers::faults;
use super::pages::assert_none;
use super::site::{ALL, READ, Site};

const COST: &str = "main input[name=avg_human_agent_cost_per_hour]";
const MINUTES: &str = "main input[name=avg_conversation_time_minutes]";
const AI_COST: &str = "main input[name=ai_cost_per_conversation]";

async fn assume(browser: &Browser, cost: &str, minutes: &str, ai_cost: &str) {
    browser.fill(COST, cost).await;
    browser.fill(MINUTES, minutes).await;
    browser.fill(AI_COST, ai_cost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_form_works_out_savings_with_other_assumptions() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.visit(&demo::reader(&site, "de-DE").await).await;
    browser.goto("/roi").await;
    let before = browser.text("[data-field=savings]").await;
    let assumptions = |roi: &Value| roi["avg_human_agent_cost_per_hour"].as_f64();
    let stored = site.get(&shop.key, "/analytics/roi");
    assert_eq!(browser.find(COST).await.prop("value").await.unwrap().unwrap().parse().ok(), assumptions(&stored));

    assume(&browser, "60", "5", "0.5").await;
    browser.click("main form:has(input[name=avg_human_agent_cost_per_hour]) button:not([formmethod=post])").await;
    let place = browser.place().await;
    for part in ["avg_human_agent_cost_per_hour=60", "avg_conversation_time_minutes=5", "ai_cost_per_conversation=0.5"]
    {
        assert!(place.starts_with("/roi?") && place.contains(part), "{place}");
    }
    assert_none(&faults(&browser, 8).await);
    assert_ne!(browser.text("[data-field=savings]").await, before);
    let asked =
        browser.run("return document.querySelector('[data-field=savings]').closest('[data-api]').dataset.api", &[]);
    let asked = asked.await.as_str().unwrap().to_owned();
    let roi = site.get(&shop.key, asked.strip_prefix("/api/v1").unwrap());
    assert_eq!(roi["inputs"]["avg_human_agent_cost_per_hour"].as_f64(), Some(60.0), "{roi}");
    // As they were.
    assert_eq!(assumptions(&site.get(&shop.key, "/analytics/roi")), assumptions(&stored));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn assumptions_are_kept_by_whoever_may_manage() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 4);
    let browser = site.visit(&site.database.create_key(shop.store_id, ALL).await).await;
    browser.goto("/roi").await;
    assume(&browser, "31.5", "8", "0.25").await;
    browser.click("main form[method=post] button, main button[formmethod=post]").await;
    assert!(browser.place().await.starts_with("/roi"), "{}", browser.place().await);
    let stored = site.get(&shop.key, "/store/roi-assumptions");
    let last = stored["roi_assumptions"].as_array().unwrap().last().unwrap().clone();
    let numbers = ["avg_human_agent_cost_per_hour", "avg_conversation_time_minutes", "ai_cost_per_conversation"];
    assert_eq!(numbers.map(|name| last[name].as_f64().unwrap().to_string()), ["31.5", "8", "0.25"], "{stored}");
    assert_none(&faults(&browser, 8).await);
    assert_eq!(browser.find(COST).await.prop("value").await.unwrap().unwrap().parse(), Ok(31.5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_number_that_is_none_is_refused_and_explained() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let browser = site.visit(&site.database.create_key(shop.store_id, READ).await).await;
    browser.goto("/roi?avg_human_agent_cost_per_hour=-3").await;
    let text = browser.text("[data-state=error], [role=alert]").await;
    assert!(text.contains("avg_human_agent_cost_per_hour"), "{text}");
    assert_eq!(site.get(&shop.key, "/store/roi-assumptions")["roi_assumptions"], json!([]));
}
