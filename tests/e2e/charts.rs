//! Charts are drawings beside a table with the same numbers, and links to the API's answer.

use serde_json::json;

use super::demo;
use super::pages::{assert_none, faults_everywhere, of_store};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_chart_has_its_table_and_links_that_answer() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.visit(&shop.key).await;
    let mut faults = Vec::new();
    for page in of_store(&site, &shop) {
        browser.goto(&page.path).await;
        let checked = browser.run(include_str!("scripts/charts.js"), &[]).await;
        let found = checked["faults"].as_array().unwrap();
        faults.extend(found.iter().map(|fault| format!("{}: {}", page.name, fault.as_str().unwrap())));
        let must_have = ["overview", "quality", "staffing"].contains(&page.name);
        if must_have && checked["charts"] == json!(0) {
            faults.push(format!("{}: no chart", page.name));
        }
    }
    assert_none(&faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn labels_of_charts_can_be_read_at_every_width() {
    let check = include_str!("scripts/drawings.js");
    assert_none(&faults_everywhere(async |browser| browser.faults(check, &[]).await).await);
}
