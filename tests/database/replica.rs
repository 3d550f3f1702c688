//! Reads on a real streaming replica: the same numbers, a header that tells the truth, and the primary whenever the
//! replica cannot answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, TimeDelta, Utc};
use colloquy::database::{Reads, ReplicaSettings, connect, tenant_query};
use colloquy::events::writer::Writer;
use colloquy::http::{App, Setup};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::support::database::{TestDatabase, as_role, server_url};
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::oracle::calendar::{Granularity, Period};
use crate::support::oracle::roi::Overrides;
use crate::support::scrape::Scrape;
use crate::support::servers::DatabaseServer;
use crate::support::skipped;
use crate::support::streams::{self, Options, by_store};
use crate::support::world::World;

const MAX_LAG: Duration = Duration::from_secs(2);
/// Until the replica is looked at again, with time to spare for a busy machine.
const SOON: Duration = Duration::from_secs(15);
const PORT: &str = "select inet_server_port() as port";
/// Holds a lock on a table of ours for a while.
const SLOW: &str = "select inet_server_port() as port, (select count(*) from tenant.stores) as stores,
                           pg_sleep(1)::text as slept";

/// A primary with a database, its replica, and the app that reads from it. Dropped in this order.
struct Pair {
    world: World,
    replica: DatabaseServer,
    primary: DatabaseServer,
}

impl Pair {
    async fn start() -> Option<Self> {
        let primary = DatabaseServer::start().await?;
        let database = TestDatabase::on(primary.url()).await;
        let mut world = World::of(database, &[(chrono_tz::Asia::Kathmandu, 30), (chrono_tz::UTC, 30)]).await;
        let replica = primary.replicate().await;
        world.app = app_reading(&world, &as_writer(&world.database.url_on(replica.url())));
        Some(Self { world, replica, primary })
    }

    /// The address of the server that answers a read.
    async fn who_answers(&self, sql: &'static str) -> &str {
        let found = tenant_query(&self.world.app.reads, Uuid::nil(), sql, &[]).await.unwrap();
        let port: i32 = found.rows[0].get("port");
        let is_replica = self.replica.address().ends_with(&format!(":{port}"));
        assert!(is_replica || self.primary.address().ends_with(&format!(":{port}")));
        if is_replica { self.replica.address() } else { self.primary.address() }
    }

    async fn is_read(&self, server: &DatabaseServer) -> bool {
        self.who_answers(PORT).await == server.address()
    }

    async fn wait_until_read(&self, server: &DatabaseServer) {
        let deadline = Instant::now() + SOON;
        while !self.is_read(server).await {
            assert!(Instant::now() < deadline, "{} is not read", server.address());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until answers hold everything that is committed now.
    async fn wait_until_complete(&self) {
        let (now, deadline) = (Utc::now(), Instant::now() + SOON);
        while total(&self.world.app, &self.key()).await.complete_until < now {
            assert!(Instant::now() < deadline, "answers stay old");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn key(&self) -> String {
        self.world.shops[0].key.clone()
    }

    /// One conversation more of the first shop.
    async fn talk(&mut self) {
        let event = new_conversation(self.world.shops[0].store_id);
        self.world.post(&self.key(), std::slice::from_ref(&event)).await;
        self.world.events.push(event);
    }
}

fn app_reading(world: &World, replica_url: &str) -> App {
    let pool = world.database.server_pool().clone();
    let settings = ReplicaSettings {
        url: replica_url,
        pool_size: 8,
        statement_timeout: Duration::from_secs(30),
        max_lag: MAX_LAG,
    };
    let reads = Reads::with_replica(pool.clone(), &as_writer(world.database.url()), &settings).unwrap();
    let (writer, _) = Writer::start(&pool, 50_000, 2);
    App::of(Setup { reads, ..Setup::of(pool, writer, 16 * 1024 * 1024) })
}

/// With the rights that a server should have, and no more.
fn as_writer(url: &str) -> String {
    as_role(url, "colloquy_writer")
}

fn new_conversation(store_id: Uuid) -> Event {
    Event::new(store_id, Uuid::new_v4(), "conversation_started", Utc::now(), serde_json::json!({}))
}

/// What an answer counts, and up to when it says that it is complete.
struct Total {
    conversations: u64,
    complete_until: DateTime<Utc>,
}

async fn total(app: &App, key: &str) -> Total {
    let today = Utc::now().date_naive();
    let (start, end) = (today - Days::new(60), today + Days::new(1));
    let path = format!("/api/v1/analytics/metrics?start_date={start}&end_date={end}&compare=none");
    let answer = send(app, "GET", &path, key).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    Total {
        conversations: answer.json["metrics"]["total_conversations"].as_u64().unwrap(),
        complete_until: answer.header("x-data-complete-until").parse().unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_reads_off_the_primary() {
    let Some(mut pair) = Pair::start().await else {
        return skipped("a_replica_takes_reads_off_the_primary: needs the embedded server");
    };
    the_numbers_are_those_of_the_oracle(&mut pair).await;
    everything_before_the_header_is_in_the_answer(&pair).await;
    a_replica_that_lags_says_so_until_it_is_too_far_behind(&mut pair).await;
    a_cancelled_read_is_answered_by_the_primary(&pair).await;
    a_replica_that_goes_costs_no_answer(&pair).await;
    a_replica_that_hangs_is_given_up(&pair).await;
    what_is_no_replica_is_not_read(&pair).await;
}

async fn the_numbers_are_those_of_the_oracle(pair: &mut Pair) {
    let to = Utc::now();
    let timezones = pair.world.shops.iter().map(|shop| shop.tz).collect();
    let from = to - TimeDelta::days(40);
    let stores = pair.world.store_ids();
    let options = Options { stores, conversation_ids: 60, from, to, timezones, largest_batch: 200 };
    for batch in streams::generate(7, &options) {
        for (store_id, events) in by_store(&batch) {
            pair.world.post(&pair.world.shop(store_id).key, &events).await;
        }
        pair.world.events.extend(batch);
    }
    pair.wait_until_read(&pair.replica).await;
    pair.wait_until_complete().await;

    let rows = pair.world.rows(None);
    let (start, end) = (from.date_naive(), to.date_naive() + Days::new(1));
    let mut wrong = Vec::new();
    for shop in &pair.world.shops {
        let answers = pair.world.answers(shop, &rows);
        wrong.extend(answers.metrics(start, end, "previous_period").await);
        wrong.extend(answers.trends(start, end, Granularity::Day).await);
        wrong.extend(answers.dashboard(Period::Quarter, false).await);
        wrong.extend(answers.roi(90, Overrides::default()).await);
        wrong.extend(answers.export(start, end).await);
    }
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong[..wrong.len().min(12)].join("\n  "));
    assert!(pair.is_read(&pair.replica).await);
    let status = pair.world.app.reads.replica_status().unwrap();
    assert!(status.is_used && status.lag_seconds.is_some_and(|lag| lag < 2.0), "{status:?}");
    let scrape = Scrape::of(&pair.world.app).await;
    assert!(scrape.one("colloquy_replica_in_use", &[]) > 0.5 && scrape.one("colloquy_replica_lag_seconds", &[]) < 2.0);
}

/// Writers note when each of their commits was acknowledged, while readers count: at the pace of the database, so that
/// commits are replayed at every moment of a read.
async fn everything_before_the_header_is_in_the_answer(pair: &Pair) {
    const COUNT: &str = "select count(*) as committed from ticks";
    const TICK: &str = "insert into ticks default values";
    let table = "create table public.ticks (tick bigint generated always as identity);
                 grant select on public.ticks to public";
    pair.world.client.batch_execute(table).await.unwrap();
    pair.wait_until_complete().await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(pair.world.database.client().await);
    }
    let (start, reads) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let goes_on = move |reads: &AtomicUsize| {
        start.elapsed() < Duration::from_secs(2)
            || reads.load(Ordering::Relaxed) < 200 && start.elapsed() < Duration::from_secs(30)
    };
    let writers: Vec<_> = clients
        .into_iter()
        .map(|client| {
            let reads = Arc::clone(&reads);
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                while goes_on(&reads) {
                    client.execute(TICK, &[]).await.unwrap();
                    acknowledged.push(Utc::now());
                }
                acknowledged
            })
        })
        .collect();
    let readers = [(); 3].map(|()| {
        let (app, reads) = (pair.world.app.clone(), Arc::clone(&reads));
        tokio::spawn(async move {
            let mut counts = Vec::new();
            while goes_on(&reads) {
                let found = tenant_query(&app.reads, Uuid::nil(), COUNT, &[]).await.unwrap();
                counts.push((found.complete_until, found.rows[0].get::<_, i64>("committed")));
                reads.fetch_add(1, Ordering::Relaxed);
            }
            counts
        })
    });
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    acknowledged.sort();
    let mut newest = DateTime::UNIX_EPOCH;
    for reader in readers {
        for (complete_until, counted) in reader.await.unwrap() {
            let committed = acknowledged.partition_point(|at| *at < complete_until);
            assert!(
                counted >= i64::try_from(committed).unwrap(),
                "{counted} of {committed} commits before {complete_until}"
            );
            newest = newest.max(complete_until);
        }
    }
    let seen = acknowledged.partition_point(|at| *at < newest);
    let reads = reads.load(Ordering::Relaxed);
    println!("{} commits, {seen} of them before the newest of {reads} answers", acknowledged.len());
    // How many is a matter of the machine; that answers catch up is tested by waiting for it.
    assert!(reads >= 200 && seen > 20, "{reads} answers, {seen} commits");
    assert!(pair.is_read(&pair.replica).await);
}

async fn a_replica_that_lags_says_so_until_it_is_too_far_behind(pair: &mut Pair) {
    pair.wait_until_complete().await;
    pair.wait_until_read(&pair.replica).await;
    let control = connect(pair.replica.url()).await.unwrap();
    control.batch_execute("select pg_wal_replay_pause()").await.unwrap();
    let is_paused = "select pg_get_wal_replay_pause_state() = 'paused'";
    while !control.query_one(is_paused, &[]).await.unwrap().get::<_, bool>(0) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = total(&pair.world.app, &pair.key()).await;
    pair.talk().await;
    let committed_at = Utc::now();

    let old = total(&pair.world.app, &pair.key()).await;
    assert_eq!(old.conversations, before.conversations, "not an answer of the paused replica");
    assert!(old.complete_until < committed_at, "{} is not before {committed_at}", old.complete_until);

    pair.wait_until_read(&pair.primary).await;
    assert!(Utc::now() - old.complete_until > TimeDelta::from_std(MAX_LAG).unwrap(), "given up too early");
    let new = total(&pair.world.app, &pair.key()).await;
    assert_eq!(new.conversations, before.conversations + 1);
    assert!(new.complete_until >= committed_at);
    let status = pair.world.app.reads.replica_status().unwrap();
    assert!(!status.is_used && status.lag_seconds.is_some_and(|lag| lag > MAX_LAG.as_secs_f64()), "{status:?}");
    let scrape = Scrape::of(&pair.world.app).await;
    assert!(scrape.one("colloquy_replica_in_use", &[]) < 0.5);
    assert!(scrape.one("colloquy_replica_lag_seconds", &[]) > MAX_LAG.as_secs_f64());

    control.batch_execute("select pg_wal_replay_resume()").await.unwrap();
    pair.wait_until_read(&pair.replica).await;
    assert_eq!(total(&pair.world.app, &pair.key()).await.conversations, before.conversations + 1);
}

async fn a_cancelled_read_is_answered_by_the_primary(pair: &Pair) {
    let lock = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let exclusive = "begin; lock table stores in access exclusive mode; commit";
        pair.world.client.batch_execute(exclusive).await.unwrap();
    };
    let (answered_by, ()) = tokio::join!(pair.who_answers(SLOW), lock);
    assert_eq!(answered_by, pair.primary.address(), "the replica was not in conflict");
    assert!(pair.is_read(&pair.replica).await, "one conflict must not end the use of the replica");
}

/// Reads all the time, and returns how many there were and how long the slowest took.
fn keep_reading(pair: &Pair) -> (Arc<AtomicBool>, JoinHandle<(usize, Duration)>) {
    let (app, key, go_on) = (pair.world.app.clone(), pair.key(), Arc::new(AtomicBool::new(true)));
    let flag = Arc::clone(&go_on);
    let reading = tokio::spawn(async move {
        let (mut count, mut slowest) = (0, Duration::ZERO);
        while flag.load(Ordering::Relaxed) {
            let began = Instant::now();
            total(&app, &key).await;
            (count, slowest) = (count + 1, slowest.max(began.elapsed()));
        }
        (count, slowest)
    });
    (go_on, reading)
}

async fn a_replica_that_goes_costs_no_answer(pair: &Pair) {
    let (go_on, reading) = keep_reading(pair);
    tokio::time::sleep(Duration::from_millis(200)).await;
    pair.replica.stop().await;
    assert!(pair.is_read(&pair.primary).await);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!pair.world.app.reads.replica_status().unwrap().is_used);
    pair.replica.start_again().await;
    pair.wait_until_read(&pair.replica).await;
    go_on.store(false, Ordering::Relaxed);
    let (count, slowest) = reading.await.unwrap();
    println!("{count} reads while the replica stopped and started, the slowest in {slowest:?}");
    assert!(count > 5 && slowest < Duration::from_secs(2), "{count} reads, the slowest in {slowest:?}");
}

async fn a_replica_that_hangs_is_given_up(pair: &Pair) {
    let (go_on, reading) = keep_reading(pair);
    tokio::time::sleep(Duration::from_millis(200)).await;
    pair.replica.freeze();
    pair.wait_until_read(&pair.primary).await;
    // Nobody waits for it any more.
    let began = Instant::now();
    for _ in 0..10 {
        assert!(pair.is_read(&pair.primary).await);
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    pair.replica.thaw();
    pair.wait_until_read(&pair.replica).await;
    go_on.store(false, Ordering::Relaxed);
    let (count, slowest) = reading.await.unwrap();
    println!("{count} reads while the replica hung, the slowest in {slowest:?}");
    assert!(slowest < Duration::from_secs(8), "{slowest:?}");
}

/// The primary itself, and a server that has nothing to do with it.
async fn what_is_no_replica_is_not_read(pair: &Pair) {
    let urls = [pair.world.database.url().to_owned(), server_url()];
    let apps = urls.map(|url| app_reading(&pair.world, &url));
    tokio::time::sleep(Duration::from_millis(700)).await;
    for app in apps {
        assert!(!app.reads.replica_status().unwrap().is_used);
        let port = tenant_query(&app.reads, Uuid::nil(), PORT, &[]).await.unwrap().rows[0].get::<_, i32>("port");
        assert!(pair.primary.address().ends_with(&format!(":{port}")));
    }
}
