//! No page makes the console complain or asks any other host for anything.

use serde_json::Value;

use super::browser::Browser;
use super::pages::{assert_none, faults_everywhere};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_page_complains_fails_to_load_something_or_asks_another_host() {
    let faults = faults_everywhere(async |browser| {
        // What the look before it has left.
        browser.network().await;
        browser.complaints().await;
        browser.reload().await;
        // Time for what a script may ask for.
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        let is_error_page = browser.has("main [data-state=error]").await;
        let complaints = browser.complaints().await;
        // The console says so of the page itself.
        let expected = |text: &String| is_error_page && text.contains("the server responded with a status of 4");
        complaints.into_iter().filter(|text| !expected(text)).chain(strangers(browser).await).collect()
    })
    .await;
    assert_none(&faults);
}

/// Requests to other hosts, and those of the page's parts that failed.
async fn strangers(browser: &Browser) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut requests = 0;
    let mut faults = Vec::new();
    for (method, parameters) in browser.network().await {
        match method.as_str() {
            "Network.requestWillBeSent" => {
                requests += 1;
                let url = text(&parameters["request"]["url"]);
                if !url.starts_with(&format!("{}/", browser.base)) && !url.starts_with("data:") {
                    faults.push(format!("asks {url}"));
                }
            }
            "Network.responseReceived" if parameters["type"] != "Document" => {
                let status = parameters["response"]["status"].as_i64().unwrap();
                if status >= 400 {
                    faults.push(format!("{status} of {}", text(&parameters["response"]["url"])));
                }
            }
            _ => {}
        }
    }
    if requests == 0 {
        faults.push("the log of the network is empty".into());
    }
    faults
}
