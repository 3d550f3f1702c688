//! GET /metrics answers within two seconds, whatever the database does.

use std::time::{Duration, Instant};

use colloquy::database;
use colloquy::events::writer::Writer;
use colloquy::http::{App, Setup};

use crate::support::database::TestDatabase;
use crate::support::scrape::Scrape;

fn app_of(url: &str) -> App {
    let pool = || database::pool(url, 1, Duration::from_secs(30)).unwrap();
    let (writer, _) = Writer::start(&pool(), 10_000, 1);
    App::of(Setup { monitoring: pool(), ..Setup::of(pool(), writer, 1 << 20) })
}

fn assert_down(scrape: &Scrape, since: Instant) {
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    assert!(scrape.one("colloquy_database_up", &[]).abs() < 0.5);
    assert!(
        scrape.all("colloquy_job_age_seconds", &[]).is_empty() && scrape.all("colloquy_figure_healthy", &[]).is_empty()
    );
    // What the process knows by itself is there.
    assert!(scrape.one("colloquy_ingest_queue_capacity_events", &[]) > 9_999.0);
}

#[tokio::test]
async fn without_a_database() {
    let app = app_of("postgres://nobody@127.0.0.1:1/none");
    let begun_at = Instant::now();
    assert_down(&Scrape::of(&app).await, begun_at);
}

#[tokio::test]
async fn with_a_network_that_swallows_everything() {
    // Nobody accepts on this socket: a connection is made, but nothing is ever answered.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let app = app_of(&format!("postgres://nobody@{}/none", listener.local_addr().unwrap()));
    let begun_at = Instant::now();
    assert_down(&Scrape::of(&app).await, begun_at);
    // Others that ask meanwhile do not ask the database again.
    let begun_at = Instant::now();
    assert_down(&Scrape::of(&app).await, begun_at);
    assert!(begun_at.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn with_a_database_that_hangs_and_comes_back() {
    let database = TestDatabase::new().await;
    let blocker = database.client().await;
    blocker.batch_execute("begin; lock table job_runs in access exclusive mode").await.unwrap();
    let app = app_of(database.url());
    let begun_at = Instant::now();
    let (one, other) = tokio::join!(Scrape::of(&app), Scrape::of(&app));
    assert_down(&one, begun_at);
    assert_down(&other, begun_at);
    blocker.batch_execute("rollback").await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(Scrape::of(&app).await.one("colloquy_database_up", &[]) > 0.5);
}

#[tokio::test]
async fn with_all_connections_for_reading_in_use() {
    let database = TestDatabase::new().await;
    let app = app_of(database.url());
    let _held = app.pool.get().await.unwrap();
    let scrape = Scrape::of(&app).await;
    assert!(scrape.one("colloquy_database_up", &[]) > 0.5);
    assert!((scrape.one("colloquy_pool_connections_in_use", &[("pool", "read")]) - 1.0).abs() < 0.5);
}
