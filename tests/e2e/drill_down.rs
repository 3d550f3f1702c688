//! Behind a number are the conversations that it counts.

use std::collections::BTreeSet;

use super::browser::Browser;
use super::demo;
use super::pages::last_days;
use super::site::Site;

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

/// How many conversations the API lists behind a link.
fn listed(site: &Site, key: &str, link: &str) -> u64 {
    let query = link.strip_prefix("/conversations?").unwrap();
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let page = site.get(key, &format!("/conversations?{query}&limit=200{cursor}"));
        count += page["conversations"].as_array().unwrap().len() as u64;
        let Some(next) = page["next_cursor"].as_str() else { return count };
        cursor = format!("&cursor={next}");
    }
}

/// Numbers in cards, tables and the heat map; the last day of demo stores is enough.
#[tokio::test]
async fn every_linked_count_of_conversations_is_that_of_the_list_behind_it() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.visit(&shop.key).await;
    let (from, to) = last_days(2);
    let dates = format!("start_date={from}&end_date={to}");
    let mut faults = Vec::new();
    let mut checked = BTreeSet::new();
    for page in [
        format!("/?{dates}"),
        format!("/?{dates}&compare=previous_year"),
        format!("/quality?{dates}"),
        format!("/staffing?{dates}"),
    ] {
        browser.goto(&page).await;
        let links = "return [...document.querySelectorAll('main a[href^=\"/conversations?\"] [data-format=count]')]
            .filter(one => /(^|_)conversations$/.test(one.dataset.field.split('.').pop()))
            .map(one => [one.closest('a').getAttribute('href'), one.textContent.replace(/[^0-9]/g, ''), one.dataset.field])";
        for link in browser.run(links, &[]).await.as_array().unwrap() {
            let [href, count, field] = [0, 1, 2].map(|nth| link[nth].as_str().unwrap());
            if checked.insert((href.to_owned(), count.to_owned())) {
                let rows = listed(&site, &shop.key, href);
                if count.parse() != Ok(rows) {
                    faults.push(format!("{page}: {field} shows {count}, {href} has {rows}"));
                }
            }
        }
    }
    assert!(checked.len() > 50, "only {} links", checked.len());
    super::pages::assert_none(&faults);
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
