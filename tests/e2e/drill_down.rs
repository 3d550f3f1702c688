//! Behind a number are the conversations that it counts.

use std::collections::BTreeSet;

use super::browser::Browser;
use super::demo;
use super::pages::last_days;

/// Rows of the list that is shown, page by page.
async fn rows(browser: &Browser) -> BTreeSet<String> {
    let links = "return [...document.querySelectorAll('[data-conversation]')].map(one => one.dataset.conversation)";
    let mut found = BTreeSet::new();
    loop {
        let page = browser.run(links, &[]).await;
        let page = page.as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned());
        let before = found.len();
        found.extend(page);
        if !browser.has("main a[data-next]").await {
            return found;
        }
        assert!(found.len() > before, "the next page has nothing new: {}", browser.place().await);
        browser.click("main a[data-next]").await;
    }
}

#[tokio::test]
async fn counts_of_conversations_lead_to_as_many_rows() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.visit(&shop.key).await;
    let (from, to) = last_days(2);
    let overview = format!("/?start_date={from}&end_date={to}");
    let path = format!("/analytics/metrics?start_date={from}&end_date={to}");
    let metrics = site.get(&shop.key, &path)["metrics"].clone();
    browser.goto(&overview).await;
    let linked = "return [...document.querySelectorAll('[data-metric]')]
        .filter(one => one.querySelector('a[href^=\"/conversations?\"]')).map(one => one.dataset.metric)";
    let linked = browser.run(linked, &[]).await;
    let linked: Vec<&str> = linked.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(linked.contains(&"total_conversations"), "{linked:?}");
    let mut checked = 0;
    for metric in linked {
        // A rate leads to its numerator or to its base.
        let Some(count) = metrics[metric].as_u64().filter(|_| metric.ends_with("_conversations")) else { continue };
        browser.goto(&overview).await;
        browser.click(&format!("[data-metric={metric}] a[href^='/conversations?']")).await;
        assert_eq!(rows(&browser).await.len() as u64, count, "{metric}: {}", browser.place().await);
        checked += 1;
    }
    assert!(checked > 0);
}

/// Whatever is linked opens: charts, cells of the heat map, gaps.
#[tokio::test]
async fn no_link_to_conversations_is_broken() {
    let site = demo::site().await;
    let browser = site.visit(&demo::reader(&site, "en-US").await).await;
    let mut links = BTreeSet::new();
    for page in ["/", "/quality", "/staffing", "/roi"] {
        browser.goto(page).await;
        let found = "return [...document.querySelectorAll('main a[href^=\"/\"]')].map(one => one.getAttribute('href'))";
        let found = browser.run(found, &[]).await;
        links.extend(found.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()));
    }
    assert!(links.iter().any(|link| link.starts_with("/conversations?")), "{links:?}");
    let check = "
        const broken = [];
        for (const link of args) {
            const response = await fetch(link);
            if (response.status !== 200) broken.push(`${link}: ${response.status}`);
        }
        return broken;";
    // A heat map has many that are alike.
    let some: Vec<_> = links.into_iter().filter(|link| !link.contains("/live")).take(80).map(Into::into).collect();
    super::pages::assert_none(&browser.faults(check, &some).await);
}
