//! Pages come at once and are small.

use std::time::Duration;

use super::demo;
use super::pages::of_store;
use super::requests::{page, session};

/// Of builds that are optimized; others only show that nothing is out of all proportion.
const WITHIN: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 50 });
const MOST_BYTES: usize = 150_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pages_answer_at_once() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "en-US").await;
    let session = session(&site.url(), &shop.key);
    let median = |path: &str| {
        let mut waited: Vec<Duration> = (0..23).map(|_| page(&site.url(), path, &session).waited).skip(3).collect();
        waited.sort();
        waited[waited.len() / 2]
    };
    let overview = median("/?period=month");
    println!("first byte of the overview: {overview:?} (median of 20)");
    for page in of_store(&site, &shop) {
        println!("first byte of {}: {:?}", page.name, median(&page.path));
    }
    assert!(overview < WITHIN, "{overview:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pages_are_small() {
    let site = demo::site().await;
    let shop = demo::shop(&site, "en-US").await;
    let session = session(&site.url(), &shop.key);
    let mut large = Vec::new();
    for one in of_store(&site, &shop) {
        let bytes = page(&site.url(), &one.path, &session).body.len();
        println!("{}: {bytes} bytes", one.name);
        if bytes > MOST_BYTES {
            large.push(format!("{}: {bytes} bytes", one.name));
        }
    }
    super::pages::assert_none(&large);
}
