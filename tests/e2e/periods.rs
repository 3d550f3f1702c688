//! Periods and dates are chosen by clicking, and can be seen in the address.

use super::browser::Browser;
use super::demo;
use super::numbers::faults;
use super::pages::{assert_none, last_days};

/// Clicks whatever chooses a value of a parameter: a link, a button, or a list and the button of its form.
async fn choose(browser: &Browser, name: &str, value: &str) {
    for css in [
        format!("main a[href*='{name}={value}'], header a[href*='{name}={value}']"),
        format!("button[name={name}][value={value}]"),
    ] {
        if browser.has(&css).await {
            browser.click(&css).await;
            return;
        }
    }
    let list = browser.find(&format!("select[name={name}]")).await;
    list.select_by_value(value).await.unwrap();
    browser.click(&format!("form:has(select[name={name}]) button")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_period_is_chosen_by_clicking() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.visit(&shop.key).await;
    let total = "[data-metric=total_conversations] [data-field]";
    let mut seen = Vec::new();
    for period in ["year", "quarter", "month", "week"] {
        choose(&browser, "period", period).await;
        let place = browser.place().await;
        assert!(place.contains(&format!("period={period}")), "{place}");
        assert_none(&faults(&browser, 30).await);
        let chosen = browser.has(&format!("main a[aria-current][href*='period={period}']")).await;
        assert!(chosen, "{period} is not marked as chosen");
        seen.push(browser.text(total).await);
    }
    // A year and a quarter may be alike: the demo is 120 days long.
    assert!(seen[1] != seen[2] && seen[2] != seen[3], "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn dates_are_chosen_in_a_form() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.visit(&shop.key).await;
    let (from, to) = last_days(3);
    for path in ["/", "/quality"] {
        browser.goto(path).await;
        for (name, date) in [("start_date", from), ("end_date", to)] {
            let set = format!("document.querySelector('main input[name={name}]').value = '{date}'");
            browser.run(&set, &[]).await;
        }
        browser.click("main form:has(input[name=start_date]) button").await;
        let place = browser.place().await;
        assert!(place.starts_with(&format!("{path}?")), "{place}");
        assert!(place.contains(&format!("start_date={from}")) && place.contains(&format!("end_date={to}")), "{place}");
        assert_none(&faults(&browser, 1).await);
        // Chosen dates stay in the form.
        let kept = browser.run("return document.querySelector('main input[name=start_date]').value", &[]).await;
        assert_eq!(kept, from.to_string());
    }
    browser.goto(&format!("/?start_date={from}&end_date={to}")).await;
    let path = format!("/analytics/metrics?start_date={from}&end_date={to}");
    let total = site.get(&shop.key, &path)["metrics"]["total_conversations"].as_i64().unwrap();
    assert!(total > 0);
    let shown = browser.text("[data-metric=total_conversations] [data-field]").await;
    assert_eq!(shown.replace('.', ""), total.to_string());
}
