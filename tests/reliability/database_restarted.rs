//! Restarts of PostgreSQL, and `pg_terminate_backend` of every connection: the server recovers by itself, for events,
//! dashboards, live metrics and jobs.

use std::time::{Duration, Instant};

use chrono::{Timelike, Utc};
use chrono_tz::Tz;
use colloquy::schema::Edition;
use serde_json::json;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::support::client::exchange;
use crate::support::database::TestDatabase;
use crate::support::ledger::{Ledger, conversations, produce, read_dashboards};
use crate::support::oracle::Event;
use crate::support::recovery::{accepting_again, any_moment, assert_right, first_after, spread};
use crate::support::reliability::{Figures, is_full, planned, seconds};
use crate::support::server::{LOG_ERRORS, Server};
use crate::support::servers::DatabaseServer;
use crate::support::skipped;
use crate::support::sse::{EventStream, Got};
use crate::support::world::World;

use super::servers_together::JOB_LOCKS;

const PRODUCERS: usize = 2;
const RECOVERED_WITHIN: Duration = Duration::from_secs(5);
const TERMINATE: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_recovers_when_postgresql_has_been_restarted() {
    let Some(server) = DatabaseServer::start().await else {
        return skipped("the_server_recovers_when_postgresql_has_been_restarted: needs the embedded server");
    };
    let mut world = World::of(TestDatabase::on(server.url()).await, &[(in_broad_daylight(), 60 * 24)]).await;
    let (key, store_id) = (world.shops[0].key.clone(), world.shops[0].store_id);
    let mut colloquy = Server::start(&world.database, &LOG_ERRORS).await;
    let log = colloquy.log_to_the_end();
    let addresses = [colloquy.address().to_owned()];
    let (producers, readers) = (produce(PRODUCERS, &addresses, &key, store_id), read_dashboards(1, &addresses, &key));

    let live = tokio::spawn(updates(colloquy.request("GET", "/analytics/live", &key, "", "").await));

    let faults = planned(2, 30);
    let (mut recoveries, mut probes, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for nth in 0..faults {
        producers.more(PRODUCERS * 2).await;
        any_moment(300).await;
        let again_at = if nth % 2 == 0 { restart(&server, &world).await } else { terminate(&world).await };
        probes.extend(recovered(&addresses[0], &key, store_id).await);
        recoveries.push(again_at.elapsed());
        again.push(again_at);
    }
    // The last update is up to two seconds behind.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut ledger = Ledger::sum(producers.stop().await);
    ledger.events.extend(probes);
    let reads = readers.stop().await;
    assert_jobs_go_on(&world).await;
    colloquy.signal("TERM").await;
    let log = log.await.unwrap();
    assert!(!log.contains("ERROR"), "{log}");
    let live = first_after(&again, &live.await.unwrap());

    assert_right(&mut world, &mut ledger).await;
    if is_full() {
        for (what, times) in [("an event and a dashboard", &recoveries), ("live metrics", &live)] {
            assert!(times.iter().all(|time| *time <= RECOVERED_WITHIN), "{what}: {}", spread(times));
        }
    }
    Figures::of(3, "database_restarted", "restarts of PostgreSQL and ends of all its sessions, in turn")
        .count(faults, recoveries.len(), "faults")
        .ledger(ledger.events.len())
        .measured(format!("an event and a dashboard again after {}", spread(&recoveries)))
        .measured(format!("an open stream of live metrics goes on after {}", spread(&live)))
        .measured(format!("longest silence {}", seconds(ledger.longest_silence())))
        .measured(format!("{} events refused with 503, {} dashboards", ledger.failed_requests, reads[0].1))
        .record(&world.client)
        .await;
}

/// Restarts PostgreSQL; when it let anyone in again.
async fn restart(server: &DatabaseServer, world: &World) -> Instant {
    server.stop().await;
    let ((), accepting_at) = tokio::join!(server.start_again(), accepting_again(world.database.url()));
    accepting_at
}

async fn terminate(world: &World) -> Instant {
    let client = world.database.client().await;
    let terminated_at = Instant::now();
    assert!(!client.query(TERMINATE, &[]).await.unwrap().is_empty());
    terminated_at
}

/// Asks until an event is acknowledged and a dashboard answered; the events of it.
async fn recovered(address: &str, key: &str, store_id: Uuid) -> Vec<Event> {
    let events = conversations(store_id, 1);
    let body = json!(events.iter().map(Event::to_json).collect::<Vec<_>>()).to_string();
    tokio::join!(
        answered(address, "POST", "/events", key, &body),
        answered(address, "GET", "/analytics/dashboard?period=month", key, ""),
    );
    events
}

async fn answered(address: &str, method: &str, path: &str, key: &str, body: &str) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let reply = exchange(address, method, path, key, body).await.unwrap();
        if reply.status == 200 {
            return;
        }
        assert_eq!(reply.status, 503, "{path}: {}", reply.json);
        assert!(Instant::now() < deadline, "{path}: {}", reply.json);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A timezone in which neither yesterday nor tomorrow is near, so that each new conversation changes the metrics of today.
fn in_broad_daylight() -> Tz {
    match Utc::now().hour() {
        0..6 => chrono_tz::Pacific::Auckland,
        6..18 => chrono_tz::UTC,
        _ => chrono_tz::Pacific::Honolulu,
    }
}

/// When each update of live metrics came, until the server ends the stream.
async fn updates(connection: TcpStream) -> Vec<Instant> {
    let (mut stream, mut times) = (EventStream::of(connection).await, Vec::new());
    loop {
        match stream.next(Duration::from_mins(2)).await {
            Got::Event(_) => times.push(Instant::now()),
            Got::Heartbeat => {}
            Got::End => return times,
            Got::Nothing => panic!("the stream of live metrics is silent"),
        }
    }
}

/// Apache-2: the lock of the server that runs the jobs is taken again. On Community the database runs them.
async fn assert_jobs_go_on(world: &World) {
    let client = world.database.client().await;
    if Edition::detect(&client).await.unwrap() == Edition::Community {
        return;
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.query_one(JOB_LOCKS, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(Instant::now() < deadline, "nobody runs the jobs");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
