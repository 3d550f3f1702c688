//! Headers that keep a page from running or showing what is not its own.

use super::demo;
use super::pages::{assert_none, of_store};
use super::requests::{page, send, session};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pages_allow_only_what_is_their_own() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "en-US").await;
    let secret = session(&site.url(), &shop.key);
    let mut paths: Vec<String> = of_store(&site, &shop).into_iter().map(|page| page.path).collect();
    paths.extend(["/sign-in", "/nothing-here", "/?period=fortnight"].map(str::to_owned));
    let mut faults = Vec::new();
    for path in paths {
        let reply = page(&site.url(), &path, &secret);
        let mut fault = |text: String| faults.push(format!("{path}: {text}"));
        let policy = reply.header("content-security-policy");
        let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
        for needed in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
            if !directives.contains(&needed) {
                fault(format!("{needed} is not in the policy: {policy}"));
            }
        }
        for forbidden in ["unsafe", "http:", "https:", "*"] {
            if policy.contains(forbidden) {
                fault(format!("{forbidden} is in the policy: {policy}"));
            }
        }
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("cache-control", "no-store")]
        {
            let got = reply.header(name);
            if !(got.contains(value) || (name == "referrer-policy" && got == "no-referrer")) {
                fault(format!("{name} is {got:?}"));
            }
        }
        for inline in ["<script>", "<style", " style=\"", " onclick=", " onload=", "javascript:"] {
            if reply.body.contains(inline) {
                fault(format!("has {inline}"));
            }
        }
    }
    assert_none(&faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_pages_load_may_be_kept_by_the_browser() {
    let site = demo::site().await;
    let browser = site.visit(&demo::reader(&site, "en-US").await).await;
    let parts =
        "return [...document.querySelectorAll('link[rel=stylesheet], script[src]')].map(one => one.href || one.src)";
    let parts = browser.run(parts, &[]).await;
    let parts = parts.as_array().unwrap();
    assert!(parts.len() >= 2, "{parts:?}");
    for part in parts {
        let url = part.as_str().unwrap();
        let reply = send("GET", url, &[], "");
        assert_eq!(reply.status, 200, "{url}");
        assert!(reply.header("cache-control").contains("max-age"), "{url}: {:?}", reply.header("cache-control"));
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{url}");
    }
}
