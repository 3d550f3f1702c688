//! Without scripts everything but the live panel works.

use serde_json::json;

use super::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pages_forms_and_buttons_work_without_scripts() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 3);
    let gap = site.ask("POST", &shop.key, "/content-gaps", &json!({"topic": "battery life"})).json();
    let gap = gap["gap_id"].as_str().unwrap();
    let browser = site.open().await;
    browser.forbid_scripts().await;
    browser.goto("/").await;
    assert!(browser.place().await.starts_with("/sign-in"));
    browser.sign_in(&shop.key).await;
    assert_eq!(browser.text("[data-metric=total_conversations] [data-field]").await, "3");
    for link in ["/roi", "/quality", "/conversations", "/staffing", "/pipeline"] {
        browser.click(&format!("nav a[href^='{link}']")).await;
        assert!(browser.place().await.starts_with(link), "{}", browser.place().await);
        assert!(!browser.has("[data-state=error]").await, "{link}");
        assert!(browser.has("main [data-field]").await, "{link}");
    }
    browser.click("nav a[href^='/conversations']").await;
    browser.click("main a[href^='/conversations/']").await;
    assert!(browser.has("main [data-field]").await);

    browser.goto("/roi").await;
    browser.fill("main input[name=avg_human_agent_cost_per_hour]", "60").await;
    browser.fill("main input[name=avg_conversation_time_minutes]", "10").await;
    browser.fill("main input[name=ai_cost_per_conversation]", "1").await;
    browser.click("main form:has(input[name=avg_human_agent_cost_per_hour]) button:not([formmethod=post])").await;
    // Three conversations of 10 minutes at 60 euros, less 1 euro each.
    assert_eq!(browser.text("[data-field=savings]").await.replace('\u{a0}', " "), "27,00 €");

    browser.goto("/quality").await;
    browser.click(&format!("[data-gap='{gap}'] button[name=status][value=in_progress]")).await;
    assert_eq!(site.get(&shop.key, &format!("/content-gaps/{gap}"))["status"], "in_progress");
    browser.click("[data-sign-out]").await;
    browser.goto("/").await;
    assert!(browser.place().await.starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn scripts_are_really_off_in_that_test() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    let browser = site.visit(&shop.key).await;
    assert!(browser.has("[data-state=empty]").await);
    browser.forbid_scripts().await;
    browser.goto("/").await;
    site.talk(&shop, 1);
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert!(browser.has("[data-state=empty]").await, "the page's script has run");
}
