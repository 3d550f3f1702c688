//! Two servers that start at once on an empty database: one migrates, both serve.

use std::time::{Duration, Instant};

use colloquy::http::auth::Scope;
use colloquy::schema::Edition;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::client::exchange;
use crate::support::database::TestDatabase;
use crate::support::ledger::conversations;
use crate::support::oracle::Event;
use crate::support::recovery::spread;
use crate::support::reliability::{Figures, planned};
use crate::support::server::Server;

const LOG: [&str; 2] = ["--log-level", "warn,colloquy::jobs=info,colloquy::commands=info"];
const APPLIED: &str = "select version, name from refinery_schema_history order by version";
const JOBS: &str = "select proc_name, config::text, count(*) from timescaledb_information.jobs
    where proc_schema = 'analytics' group by proc_name, config::text order by 1, 2";
const JOB_LOCKS: &str = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and l.locktype = 'advisory' and l.granted
      and l.classid = (hashtext('colloquy.jobs')::bigint & 4294967295)::oid";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_on_an_empty_database_one_migrates_and_both_serve() {
    let starts = planned(2, 30);
    let (mut times, mut last) = (Vec::new(), None);
    for _ in 0..starts {
        let database = TestDatabase::empty().await;
        times.push(start_two(&database).await);
        last = Some(database);
    }
    Figures::of(9, "servers_together", "two servers starting together on an empty database")
        .count(starts, times.len(), "starts")
        .measured(format!("both ready after {}", spread(&times)))
        .record(&last.unwrap().client().await)
        .await;
}

async fn start_two(database: &TestDatabase) -> Duration {
    let begun_at = Instant::now();
    let (mut one, mut other) = tokio::join!(Server::start(database, &LOG), Server::start(database, &LOG));
    let time = begun_at.elapsed();
    let client = database.client().await;
    let applied = client.query(APPLIED, &[]).await.unwrap();
    let mut migrations = [migrations(&one), migrations(&other)];
    migrations.sort_unstable();
    assert_eq!(migrations, [0, applied.len()]);
    assert_eq!(applied.len(), migration_files());

    let store_id = database.create_store("Europe/Vienna").await;
    let key = database.create_key(store_id, &[Scope::Ingest, Scope::Read]).await;
    for server in [&one, &other] {
        assert_serves(server, store_id, &key).await;
    }
    assert_eq!(client.query_one("select count(*) from conversations", &[]).await.unwrap().get::<_, i64>(0), 2);
    assert_jobs_once(&client, &mut one, &mut other).await;
    time
}

/// How many migrations a server says that it has applied.
fn migrations(server: &Server) -> usize {
    let log = server.first_log();
    let line = log.lines().find(|line| line.contains("database is migrated")).unwrap_or_else(|| panic!("{log}"));
    let count = line.split_once("migrations=").unwrap().1;
    count.split_whitespace().next().unwrap().parse().unwrap()
}

fn migration_files() -> usize {
    std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('V'))
        .count()
}

async fn assert_serves(server: &Server, store_id: Uuid, key: &str) {
    let mut connection = server.connect().await;
    connection.write_all(b"GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut ready = String::new();
    connection.read_to_string(&mut ready).await.unwrap();
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    let events: Vec<_> = conversations(store_id, 1).iter().map(Event::to_json).collect();
    let reply = exchange(server.address(), "POST", "/events", key, &json!(events).to_string()).await.unwrap();
    assert_eq!((reply.status, &reply.json["accepted"]), (200, &json!(events.len())), "{}", reply.json);
    let dashboard = exchange(server.address(), "GET", "/analytics/dashboard", key, "").await.unwrap();
    assert_eq!(dashboard.status, 200, "{}", dashboard.json);
}

/// Community: each job is there once. Apache-2: one of the servers runs them.
async fn assert_jobs_once(client: &Client, one: &mut Server, other: &mut Server) {
    if Edition::detect(client).await.unwrap() == Edition::Community {
        let jobs = client.query(JOBS, &[]).await.unwrap();
        assert!(!jobs.is_empty());
        assert!(jobs.iter().all(|job| job.get::<_, i64>("count") == 1), "{jobs:?}");
    } else {
        tokio::select! {
            _ = one.line_with("this server runs the jobs") => {}
            _ = other.line_with("this server runs the jobs") => {}
        }
        assert_eq!(client.query_one(JOB_LOCKS, &[]).await.unwrap().get::<_, i64>(0), 1);
    }
}
