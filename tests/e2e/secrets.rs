//! Keys and secrets of sessions are nowhere to be found afterwards.

use super::requests::COOKIE;
use super::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_key_is_in_no_address_store_page_or_log() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 2);
    let browser = site.open().await;
    browser.goto("/conversations").await;
    browser.sign_in(&shop.key).await;
    let secret = browser.cookie(COOKIE).await["value"].as_str().unwrap().to_owned();
    assert!(!secret.contains(&shop.key) && !secret.contains(&shop.key[6..20]), "the cookie holds the key");
    let kept = "return [location.href, document.cookie, document.referrer, JSON.stringify({...localStorage}),
        JSON.stringify({...sessionStorage}), document.documentElement.outerHTML, JSON.stringify(history.state)].join('\\n')";
    for path in ["/", "/roi", "/quality", "/conversations", "/staffing", "/pipeline", "/?period=fortnight"] {
        browser.goto(path).await;
        let text = browser.run(kept, &[]).await;
        for hidden in [&shop.key, &secret] {
            assert!(!text.as_str().unwrap().contains(hidden.as_str()), "{path} holds it");
        }
    }
    let network = browser.network().await;
    assert!(network.len() > 10);
    for (method, parameters) in network.iter().filter(|(method, _)| method == "Network.requestWillBeSent") {
        let url = parameters["request"]["url"].as_str().unwrap();
        assert!(!url.contains(&shop.key) && !url.contains(&secret), "{method}: {url}");
    }
    let rows = site.client.query("select to_jsonb(s)::text from dashboard_sessions s", &[]).await.unwrap();
    assert_eq!(rows.len(), 1);
    let row: String = rows[0].get(0);
    let hex = secret.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert!(!row.contains(&secret) && !row.contains(&hex) && !row.contains(&shop.key), "{row}");
    drop(browser);
    let log = site.end().await;
    assert!(log.contains("/sign-in"), "the log has no request: {log}");
    assert!(!log.contains(&shop.key) && !log.contains(&secret), "the log holds it");
}
