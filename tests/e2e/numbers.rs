//! Every number that a page shows is that of the API, formatted for the store's locale, currency and timezone.

use serde_json::Value;

use super::browser::Browser;
use super::pages::{assert_none, last_days, of_store};
use super::{demo, site};

const COMPARE: &str = include_str!("scripts/numbers.js");
const BARE_DIGITS: &str = include_str!("scripts/bare_digits.js");

/// What is wrong with the numbers of the page that is shown; `least` is how many there must be.
pub async fn faults(browser: &Browser, least: usize) -> Vec<String> {
    let place = browser.place().await;
    let mut found = Vec::new();
    // The API may have moved on since the page was made: a real fault is there again.
    for attempt in 0..3 {
        if attempt > 0 {
            browser.reload().await;
        }
        let compared = browser.run(COMPARE, &[]).await;
        found = texts(&compared["faults"]);
        let count = usize::try_from(compared["count"].as_u64().unwrap()).unwrap();
        if count < least {
            found.push(format!("only {count} values, not {least}"));
        }
        if found.is_empty() {
            break;
        }
    }
    found.extend(browser.faults(BARE_DIGITS, &[]).await);
    found.into_iter().map(|fault| format!("{place}: {fault}")).collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

async fn numbers_of(locale: &str) {
    let site = demo::site().await;
    let shop = demo::shop(&site, locale).await;
    let browser = site.visit(&shop.key).await;
    assert_eq!(browser.run("return document.documentElement.dataset.locale", &[]).await, locale);
    let mut all = Vec::new();
    for page in of_store(&site, &shop) {
        browser.goto(&page.path).await;
        all.extend(faults(&browser, page.values).await);
    }
    for path in variants() {
        browser.goto(&path).await;
        all.extend(faults(&browser, 1).await);
        if browser.has("[data-state=error]").await {
            all.push(format!("{path}: an error: {}", browser.text("main").await));
        }
    }
    assert_none(&all);
}

/// Other ways to ask for the same pages.
fn variants() -> Vec<String> {
    let (from, to) = last_days(14);
    let dates = format!("start_date={from}&end_date={to}");
    let mut paths: Vec<String> = ["day", "week", "quarter", "year"].map(|period| format!("/?period={period}")).into();
    paths.push("/?period=month&compare=full".into());
    paths.push(format!("/?{dates}"));
    paths.push(format!("/?{dates}&compare=previous_year"));
    paths.push(format!("/?{dates}&compare=none"));
    paths.push(format!("/staffing?{dates}&metric=escalated_conversations"));
    paths.push(format!("/quality?{dates}"));
    paths.push("/roi?period_days=90".into());
    paths.push("/roi?period_days=7&avg_human_agent_cost_per_hour=48.5&avg_conversation_time_minutes=4".into());
    paths.push("/roi?period_days=365&ai_cost_per_conversation=0.125".into());
    for filter in ["outcome=escalated", "topic=order%20status", "rated=true", "hour_of_week=1-09", "min_messages=8"] {
        paths.push(format!("/conversations?{dates}&{filter}"));
    }
    paths
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn numbers_are_those_of_the_api_in_german_and_euros() {
    numbers_of("de-DE").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn numbers_are_those_of_the_api_in_english_and_dollars() {
    numbers_of("en-US").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn numbers_are_those_of_the_api_in_lakhs_and_rupees() {
    numbers_of("en-IN").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn stores_that_an_admin_chooses_from_are_those_of_the_api() {
    let site = demo::site().await;
    let admin = site.database.create_admin_key().await;
    let browser = site.visit(&admin).await;
    browser.goto("/stores").await;
    assert_none(&faults(&browser, 0).await);
    let listed = site.get(&admin, "/stores?limit=100");
    for store in listed["stores"].as_array().unwrap() {
        let row = format!("li:has([data-store='{}'])", store["store_id"].as_str().unwrap());
        let text = browser.text(&row).await;
        for field in ["name", "timezone"] {
            assert!(text.contains(store[field].as_str().unwrap()), "{text}: {store}");
        }
    }
}

/// Locales whose numbers differ from English ones by more than two signs.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn numbers_of_unusual_locales_are_those_of_the_api() {
    let site = site::Site::new().await;
    let browser = site.open().await;
    let mut all = Vec::new();
    for (locale, currency, timezone) in [
        ("fr-FR", "EUR", "Europe/Paris"),
        ("de-CH", "CHF", "Europe/Zurich"),
        ("sv-SE", "SEK", "Europe/Stockholm"),
        ("ja-JP", "JPY", "Asia/Tokyo"),
        ("pt-BR", "BRL", "America/Sao_Paulo"),
        ("es-ES", "EUR", "Europe/Madrid"),
        ("tr-TR", "TRY", "Europe/Istanbul"),
        ("en-GB", "KWD", "Pacific/Auckland"),
    ] {
        let shop = site.shop("A shop", locale, currency, timezone).await;
        for _ in 0..30 {
            site.talk(&shop, 42);
        }
        let reader = site.database.create_key(shop.store_id, site::READ).await;
        browser.forget_cookies().await;
        browser.goto("/sign-in").await;
        browser.sign_in(&reader).await;
        for path in ["/", "/roi?avg_human_agent_cost_per_hour=1234.5&avg_conversation_time_minutes=100"] {
            browser.goto(path).await;
            let found = faults(&browser, 8).await;
            all.extend(found.into_iter().map(|fault| format!("{locale} {currency}: {fault}")));
        }
    }
    assert_none(&all);
}
