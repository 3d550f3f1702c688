//! Charts are drawings beside a table with the same numbers, and links to the API's answer.

use serde_json::json;

use super::demo;
use super::pages::{assert_none, of_store};

#[tokio::test]
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

/// A drawing that is only painted over, as by a style sheet that is missing, would still pass above.
#[tokio::test]
async fn each_width_has_a_drawing_of_its_own() {
    let site = demo::site().await;
    let browser = site.visit(&demo::reader(&site, "en-US").await).await;
    let shown = "return [...document.querySelectorAll('figure.chart svg')].map(svg => svg.checkVisibility())";
    let wide = browser.run(shown, &[]).await;
    browser.look(super::browser::Look { width: 360, theme: "light" }).await;
    let narrow = browser.run(shown, &[]).await;
    let (wide, narrow) = (wide.as_array().unwrap(), narrow.as_array().unwrap());
    assert!(!wide.is_empty());
    for (nth, (wide, narrow)) in wide.iter().zip(narrow).enumerate() {
        assert_ne!(wide, narrow, "drawing {nth}");
    }
}
