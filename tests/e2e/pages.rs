//! All pages of the dashboard with the demo's numbers, at every width and in both themes.

use super::browser::{Browser, Look};
use super::site::{Shop, Site};
use super::{demo, site};

/// A page, and how many of the API's values it shows at least.
pub struct Page {
    pub name: &'static str,
    pub path: String,
    pub values: usize,
}

impl Page {
    fn new(name: &'static str, path: &str, values: usize) -> Self {
        Self { name, path: path.to_owned(), values }
    }
}

/// The pages that a key of a store sees.
pub fn of_store(site: &Site, shop: &Shop) -> Vec<Page> {
    vec![
        Page::new("overview", "/", 200),
        Page::new("roi", "/roi", 50),
        Page::new("quality", "/quality", 100),
        Page::new("conversations", "/conversations", 400),
        Page::new("conversation", &format!("/conversations/{}", conversation(site, shop)), 12),
        Page::new("staffing", "/staffing", 168),
        Page::new("pipeline", "/pipeline", 20),
    ]
}

/// A recent conversation of several messages.
pub fn conversation(site: &Site, shop: &Shop) -> String {
    let (from, to) = last_days(7);
    let path = format!("/conversations?start_date={from}&end_date={to}&min_messages=4&limit=1");
    let list = site.get(&shop.key, &path);
    list["conversations"][0]["conversation_id"].as_str().unwrap().to_owned()
}

/// First and last of a number of days, which ended yesterday everywhere.
pub fn last_days(count: u64) -> (chrono::NaiveDate, chrono::NaiveDate) {
    let last = chrono::Utc::now().date_naive() - chrono::Days::new(2);
    (last - chrono::Days::new(count - 1), last)
}

/// Looks at every page in every way; the faults that `check` finds, each with its page, width and theme.
pub async fn faults_everywhere(check: impl AsyncFn(&Browser) -> Vec<String>) -> Vec<String> {
    let site = demo::site().await;
    // It has content gaps, with buttons.
    let shop = demo::shop(&site, "de-DE").await;
    let browser = site.open().await;
    browser.goto("/sign-in").await;
    let mut faults = in_every_look(&browser, "sign-in", &check).await;

    browser.sign_in(&shop.key).await;
    let mut pages = of_store(&site, &shop);
    pages.push(Page::new("error", "/?period=fortnight", 0));
    pages.push(Page::new("unknown conversation", "/conversations/00000000-0000-4000-8000-000000000000", 0));
    for page in pages {
        browser.goto(&page.path).await;
        faults.extend(in_every_look(&browser, page.name, &check).await);
    }

    let empty = site.shop("Nothing yet", "en-US", "USD", "UTC").await;
    browser.forget_cookies().await;
    browser.goto("/sign-in").await;
    browser.sign_in(&site.database.create_key(empty.store_id, site::READ).await).await;
    faults.extend(in_every_look(&browser, "empty store", &check).await);

    browser.forget_cookies().await;
    browser.goto("/sign-in").await;
    browser.sign_in(&site.database.create_admin_key().await).await;
    browser.goto("/stores").await;
    faults.extend(in_every_look(&browser, "stores", &check).await);
    faults
}

async fn in_every_look(browser: &Browser, name: &str, check: &impl AsyncFn(&Browser) -> Vec<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for look in Look::ALL {
        browser.look(look).await;
        let place = format!("{name}, {} px, {}", look.width, look.theme);
        faults.extend(check(browser).await.into_iter().map(|fault| format!("{place}: {fault}")));
    }
    faults
}

/// Fails with a line for each fault.
#[track_caller]
pub fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults\n  {}", faults.len(), faults.join("\n  "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_page_has_a_title_a_language_and_one_heading() {
    let check = "
        const faults = [], root = document.documentElement, { locale, timezone, currency } = root.dataset;
        if (!document.title.trim()) faults.push('no title');
        if (!root.lang) faults.push('no language');
        if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
        if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
        if (!document.querySelector('meta[name=viewport]')) faults.push('no viewport');
        if (document.querySelector('main [data-field]') && !(locale && timezone && currency)) faults.push('no locale');
        return faults;";
    assert_none(&faults_everywhere(async |browser| browser.faults(check, &[]).await).await);
}
