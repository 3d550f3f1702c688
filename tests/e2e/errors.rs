//! What goes wrong is said in words, with a code and the id of the request, and never as SQL.

use super::browser::Browser;
use super::pages::assert_none;
use super::requests::{page, session};
use super::site::Site;
use crate::support::database::server_url;

/// The text of the page's problem, which must be complete.
async fn problem(browser: &Browser, path: &str, code: &str) {
    browser.goto(path).await;
    let text = browser.text("[data-state=error]").await;
    assert!(text.contains(code), "{path}: {code} is missing: {text}");
    let id = browser.find("[data-state=error] code").await.text().await.unwrap();
    assert!(!id.is_empty());
    let html = browser.run("return document.documentElement.outerHTML", &[]).await;
    for secret in ["select ", "relation ", "db error", "postgres", "panicked"] {
        assert!(!html.as_str().unwrap().contains(secret), "{path} shows {secret}");
    }
    assert!(!browser.has("[data-metric], figure.chart").await, "{path} shows numbers beside its problem");
    assert!(browser.has("a[href]").await, "{path} is a dead end");
}

#[tokio::test]
async fn bad_parameters_and_unknown_pages_are_explained() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let browser = site.visit(&shop.key).await;
    let session = session(&site.url(), &shop.key);
    let mut faults = Vec::new();
    for (path, status, code) in [
        ("/?period=fortnight", 400, "invalid_parameter"),
        ("/?start_date=2026-11-05&end_date=2026-11-01", 400, "start_after_end"),
        ("/?colour=red", 400, "unknown_parameter"),
        ("/roi?period_days=0", 400, "invalid_parameter"),
        ("/quality?start_date=soon&end_date=2026-11-01", 400, "invalid_parameter"),
        ("/conversations?outcome=happy", 400, "invalid_parameter"),
        ("/conversations?cursor=nonsense", 400, "invalid_cursor"),
        ("/conversations/00000000-0000-4000-8000-000000000000", 404, "unknown_conversation"),
        ("/conversations/17", 404, "not_found"),
        ("/nothing-here", 404, "not_found"),
    ] {
        let reply = page(&site.url(), path, &session);
        let kind = reply.header("content-type");
        if reply.status != status || !kind.starts_with("text/html") || !reply.body.contains(code) {
            faults.push(format!("{path}: not {status} {code}, but {} {kind}: {}", reply.status, reply.body));
            continue;
        }
        let id = reply.header("x-request-id");
        assert!(!id.is_empty() && reply.body.contains(id), "{path}: the id {id} is not on the page");
        problem(&browser, path, code).await;
    }
    assert_none(&faults);
}

#[tokio::test]
async fn a_fault_of_the_database_is_an_error_page_that_goes_away_with_it() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let browser = site.visit(&shop.key).await;
    site.client.batch_execute("alter schema tenant rename to tenant_gone").await.unwrap();
    let session = session(&site.url(), &shop.key);
    for path in ["/", "/conversations", "/quality"] {
        let reply = page(&site.url(), path, &session);
        assert!(reply.status == 500, "{path}: {}", reply.status);
        problem(&browser, path, "internal").await;
    }
    site.client.batch_execute("alter schema tenant_gone rename to tenant").await.unwrap();
    browser.goto("/").await;
    assert!(!browser.has("[data-state=error]").await);
}

#[tokio::test]
async fn without_its_database_the_dashboard_says_so_and_keeps_the_session() {
    let site = Site::new().await;
    let shop = site.german_shop().await;
    site.talk(&shop, 1);
    let browser = site.visit(&shop.key).await;
    let session = session(&site.url(), &shop.key);
    let maintenance = colloquy::database::connect(&server_url()).await.unwrap();
    let name = site.database.name();
    let close = format!("alter database {name} with allow_connections false");
    maintenance.batch_execute(&close).await.unwrap();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    maintenance.query(end, &[&name]).await.unwrap();
    let reply = page(&site.url(), "/", &session);
    assert_eq!(reply.status, 503, "{}", reply.body);
    problem(&browser, "/", "database_unavailable").await;
    maintenance.batch_execute(&close.replace("false", "true")).await.unwrap();
    browser.goto("/").await;
    assert!(browser.has("[data-metric=total_conversations]").await, "{}", browser.place().await);
}
