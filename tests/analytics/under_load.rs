//! Dashboards while events come in: a hundred of them, none of which anybody waits for.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use crate::support::connection::Connection;
use crate::support::database::TestDatabase;
use crate::support::load::Load;
use crate::support::server::{LOG_ERRORS, Server};

const PEOPLE: usize = 4;
const LOOKS: usize = 25;
const PERIODS: [&str; 5] = ["day", "week", "month", "quarter", "year"];
const PATIENCE: Duration = Duration::from_secs(2);
const EVENTS_PER_SECOND: f64 = 500.0;
const INGEST: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_dashboards_are_answered_within_two_seconds_during_ingest() {
    let database = TestDatabase::new().await;
    let mut store_ids = Vec::new();
    for _ in 0..PEOPLE {
        store_ids.push(database.create_store("Europe/Berlin").await);
    }
    let key = database.create_admin_key().await;
    let mut server = Server::start(&database, &LOG_ERRORS).await;
    server.log_to_the_end();
    let load = Load::new(server.address(), &key, &store_ids);

    let ingest = tokio::spawn({
        let load = load.clone();
        async move { load.at_rate(EVENTS_PER_SECOND, INGEST).await }
    });
    let mut people = JoinSet::new();
    for store_id in store_ids {
        people.spawn(look(server.address().to_owned(), key.clone(), store_id));
    }
    let mut answers = people.join_all().await.concat();
    let sent = ingest.await.unwrap();

    answers.sort();
    assert_eq!(answers.len(), PEOPLE * LOOKS);
    println!("slowest of {} dashboards: {:?}", answers.len(), answers[answers.len() - 1]);
    assert!(answers[answers.len() - 1] < PATIENCE, "{answers:?}");
    assert!(sent.faults.is_empty() && !sent.acknowledged.is_empty(), "{:?}", sent.faults);
    sent.assert_stored(&database.client().await).await;
}

/// How long each dashboard took.
async fn look(address: String, key: String, store_id: Uuid) -> Vec<Duration> {
    let mut connection = Connection::open(&address).await.unwrap();
    let mut took = Vec::new();
    // The first look connects to the database and has the statements prepared.
    for period in PERIODS.iter().cycle().take(LOOKS + 1) {
        let path = format!("/api/v1/analytics/dashboard?period={period}&store_id={store_id}");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
        let asked_at = Instant::now();
        let answer = connection.exchange(request.as_bytes()).await.unwrap();
        took.push(asked_at.elapsed());
        assert_eq!(answer.status, 200, "{answer}");
    }
    took.split_off(1)
}
