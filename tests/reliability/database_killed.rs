//! `kill -9` of PostgreSQL under load, at random moments, inside commits, and of one session only: after crash recovery the
//! server goes on by itself, nothing is lost or doubled, and tables, indexes and rollups are whole.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::ledger::{Ledger, conversations, conversations_from, produce_some, read_dashboards};
use crate::support::oracle::calendar::Granularity;
use crate::support::oracle::{Conversation, Event};
use crate::support::recovery::{accepting_again, any_moment, assert_right, spread};
use crate::support::reliability::{Figures, planned, seconds};
use crate::support::server::{LOG_ERRORS, Server};
use crate::support::servers::DatabaseServer;
use crate::support::skipped;
use crate::support::world::World;

const PRODUCERS: usize = 4;
/// Old enough for the buckets that a continuous aggregate holds.
const OLD_DAYS: i64 = 12;

#[derive(Clone, Copy)]
enum Kill {
    /// All processes at once, at any moment.
    All,
    /// The same while commits wait for their flush.
    InsideCommits,
    /// One session, as the kernel does when memory runs out; PostgreSQL ends the others by itself.
    OneSession,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_postgresql_is_killed() {
    let Some(server) = DatabaseServer::start().await else {
        return skipped("nothing_is_lost_when_postgresql_is_killed: needs the embedded server");
    };
    let shops = [(chrono_tz::America::St_Johns, 60 * 24)];
    let mut world = World::of(TestDatabase::on(server.url()).await, &shops).await;
    let (key, store_id) = (world.shops[0].key.clone(), world.shops[0].store_id);
    // Only now: migrating would take far longer. Recovery does too, and commits wait for nobody without it.
    set(&world.client, &[planned("fsync = off", "fsync = on")]).await;
    let mut colloquy = Server::start(&world.database, &LOG_ERRORS).await;
    let log = colloquy.log_to_the_end();
    let addresses = [colloquy.address().to_owned()];
    let producers = produce_some(PRODUCERS, &addresses, &key, move || new_and_old(store_id));
    let readers = read_dashboards(1, &addresses, &key);
    let refreshes = tokio::spawn(refresh_on_and_on(world.database.url().to_owned()));

    let kills: Vec<Kill> =
        planned(vec![Kill::All, Kill::OneSession], [Kill::All, Kill::InsideCommits, Kill::OneSession].repeat(10));
    let (mut killed_at, mut accepting_at) = (Vec::new(), Vec::new());
    for kill in &kills {
        producers.more(PRODUCERS * 3).await;
        let (killed, accepting) = kill_once(&server, &world.database, *kill).await;
        killed_at.push(killed);
        accepting_at.push(accepting);
    }
    producers.more(PRODUCERS * 3).await;
    let mut ledger = Ledger::sum(producers.stop().await);
    readers.stop().await;
    refreshes.abort();
    colloquy.signal("TERM").await;
    let log = log.await.unwrap();
    assert!(!log.contains("ERROR"), "{log}");

    let rows = assert_right(&mut world, &mut ledger).await;
    assert_rollups(&world, &rows).await;
    world.call("refresh_rollups()").await;
    assert_rollups(&world, &rows).await;
    let checked = amcheck(&server, &world).await;
    Figures::of(2, "database_killed", "`kill -9` of PostgreSQL under load")
        .count(kills.len(), killed_at.len(), "kills")
        .ledger(ledger.events.len())
        .measured(format!("from kill to the next acknowledgement: {}", spread(&ledger.recoveries(&killed_at))))
        .measured(format!("since PostgreSQL let anyone in: {}", spread(&ledger.recoveries(&accepting_at))))
        .measured(format!("longest silence {}", seconds(ledger.longest_silence())))
        .measured(format!("{} events had been stored without an answer", ledger.duplicates))
        .measured(format!("`pg_amcheck`: {checked} relations, no complaint"))
        .record(&world.client)
        .await;
}

/// Conversations of the last hour and of days before.
fn new_and_old(store_id: Uuid) -> Vec<Event> {
    let old = Utc::now() - TimeDelta::minutes(rand::random_range(3 * 24 * 60..OLD_DAYS * 24 * 60));
    [conversations(store_id, 2), conversations_from(old, store_id, 1)].concat()
}

/// As the job does every minute, so that kills come inside refreshes too.
async fn refresh_on_and_on(url: String) {
    loop {
        if let Ok(client) = colloquy::database::connect(&url).await {
            // Fails whenever the server is killed.
            while client.batch_execute("call refresh_rollups()").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Kills, and waits until PostgreSQL has recovered; when it was killed, and when it let anyone in again.
async fn kill_once(server: &DatabaseServer, database: &TestDatabase, kill: Kill) -> (Instant, Instant) {
    let client = database.client().await;
    let microseconds = if matches!(kill, Kill::InsideCommits) { 100_000 } else { 0 };
    set(&client, &[&format!("commit_delay = {microseconds}"), "commit_siblings = 0"]).await;
    any_moment(500).await;
    match kill {
        Kill::OneSession => server.kill_process(client.query_one(BUSY_SESSION, &[]).await.unwrap().get(0)),
        Kill::All | Kill::InsideCommits => server.kill_processes(),
    }
    let killed_at = Instant::now();
    // Until the others are gone too, PostgreSQL lets people in.
    while !client.is_closed() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let start = async {
        if !matches!(kill, Kill::OneSession) {
            server.start_again().await;
        }
    };
    let ((), accepting_at) = tokio::join!(start, accepting_again(database.url()));
    (killed_at, accepting_at)
}

async fn set(client: &Client, settings: &[&str]) {
    for setting in settings {
        client.batch_execute(&format!("alter system set {setting}")).await.unwrap();
    }
    client.batch_execute("select pg_reload_conf()").await.unwrap();
}

const BUSY_SESSION: &str = "select pid from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid() and datname = current_database()
    order by state = 'active' desc, query_start desc
    limit 1";

async fn assert_rollups(world: &World, rows: &[Conversation]) {
    let today = Utc::now().with_timezone(&world.shops[0].tz).date_naive();
    let first = today - TimeDelta::days(OLD_DAYS + 1);
    let answers = world.answers(&world.shops[0], rows);
    let mut wrong = answers.metrics(first, today, "previous_period").await;
    for granularity in [Granularity::Hour, Granularity::Day] {
        wrong.extend(answers.trends(first, today, granularity).await);
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Compares all tables with all their indexes; how many there are.
async fn amcheck(server: &DatabaseServer, world: &World) -> i64 {
    let name = format!("--database={}", world.database.name());
    let thorough = ["--heapallindexed", "--parent-check", "--rootdescend", "--install-missing"];
    let output = server.client(&[&["pg_amcheck", &name], thorough.as_slice()].concat()).await;
    assert_eq!(output, "", "pg_amcheck");
    let count = "select count(*) from pg_class where relkind in ('r', 'i', 't', 'm')";
    world.client.query_one(count, &[]).await.unwrap().get(0)
}
