//! A database that cannot be reached, is far away, or is busy with others: clients are refused in time and served again
//! afterwards, nothing is acknowledged that is not stored, and the server can always be asked how it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use chrono_tz::UTC;
use colloquy::database;
use colloquy::events::validate::{Origin, validate};
use colloquy::events::writer::{WriteError, Writer};
use futures_util::future::join_all;
use serde_json::value::to_raw_value;
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::conversations::{row_differences, stored};
use crate::support::fault_proxy::{Fault, FaultProxy};
use crate::support::ledger::conversations;
use crate::support::oracle::Event;
use crate::support::outage::{Clients, Report, Seen, Target};
use crate::support::reliability::{Figures, is_full, planned, seconds};
use crate::support::server::Server;
use crate::support::world::World;

/// 10 s for the key, 20 s in the queue and 5 s for the last try (`auth.rs`, `writer.rs`), and what the machine needs.
const PRODUCERS_WITHIN: Duration = Duration::from_secs(10 + 20 + 5 + 2);
/// 10 s for the key, 5 s for a connection and the statement timeout (`database.rs`), and what the machine needs.
const READERS_WITHIN: Duration = Duration::from_secs(10 + 5 + 2);
/// Of statements, in most tests.
const SHORT: Duration = Duration::from_secs(1);
const HEALTH_WITHIN: Duration = Duration::from_secs(1);
const SERVED_AGAIN_WITHIN: Duration = Duration::from_secs(5);
/// What a server may take beyond what it had, with 10,000 events waiting.
const GROWTH_KIB: u64 = 64 * 1024;

/// Clients of a server that reaches its database through a proxy.
struct Scene {
    world: World,
    proxy: FaultProxy,
    server: Server,
    target: Target,
    clients: Clients,
    unanswered: Vec<Vec<Event>>,
    memory_before_kib: u64,
    most_memory_kib: u64,
    statement_timeout: Duration,
}

/// What a fault left.
struct End {
    report: Report,
    world: World,
    served_after: Duration,
    growth_kib: u64,
    statement_timeout: Duration,
}

impl Scene {
    /// Some readers, for the four connections of the server that read, whose statements end in time.
    async fn begin(readers: usize, statement_timeout: Duration) -> Self {
        let world = World::with_timeouts(&[(UTC, 60 * 24)]).await;
        let proxy = FaultProxy::before(world.database.url()).await;
        let seconds = statement_timeout.as_secs().to_string();
        let arguments = [
            ["--log-level", "warn,colloquy::commands=info"],
            ["--statement-timeout-seconds", &seconds],
            ["--ingest-queue-events", "10000"],
        ];
        let url = proxy.url(world.database.url());
        let arguments = arguments.concat();
        let mut server = Server::start_on(&url, &arguments).await;
        // Nobody may wait for a reader of the log.
        server.log_to_the_end();
        let (address, shop) = (server.address().to_owned(), &world.shops[0]);
        let target = Target { address, key: shop.key.clone(), store_id: shop.store_id };
        let clients = Clients::start(&target, readers);
        clients.are_served().await;
        let memory_before_kib = server.status("VmRSS");
        Self {
            world,
            proxy,
            server,
            target,
            clients,
            memory_before_kib,
            most_memory_kib: 0,
            statement_timeout,
            unanswered: Vec::new(),
        }
    }

    /// Lets time pass, and looks at the memory of the server.
    async fn wait(&mut self, length: Duration) {
        let begun_at = Instant::now();
        while begun_at.elapsed() < length {
            self.most_memory_kib = self.most_memory_kib.max(self.server.status("VmRSS"));
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// After the fault: everybody is served again, and the tables hold what was acknowledged.
    async fn end(mut self) -> End {
        let served_after = self.clients.are_served().await;
        self.wait(Duration::from_millis(200)).await;
        let growth_kib = self.most_memory_kib.saturating_sub(self.memory_before_kib);
        let mut report = self.clients.stop().await;
        report.ledger.events.append(&mut self.world.events);
        report.ledger.unanswered = self.unanswered;
        report.ledger.assert_stored(&self.world.client).await;
        self.world.events = report.ledger.events.clone();
        let wrong = row_differences(&self.world.rows(None), &stored(&self.world.client).await);
        assert_eq!(wrong, Vec::<String>::new());
        End { report, world: self.world, served_after, growth_kib, statement_timeout: self.statement_timeout }
    }
}

impl End {
    /// The limits, and the row of the page.
    async fn record(self, what: &'static str, length: Duration) {
        let Self { report, world, served_after, growth_kib, statement_timeout } = self;
        println!("{what}: producers {:?}, readers {:?}", report.producers, report.readers);
        println!("{what}: live {:?}, ready {:?}, growth {growth_kib} KiB", report.live, report.ready);
        assert_eq!(report.live.refusals(), 0);
        assert!(growth_kib < GROWTH_KIB, "{growth_kib} KiB");
        let health = report.live.slowest.max(report.ready.slowest);
        if is_full() {
            assert!(health < HEALTH_WITHIN, "{:?} {:?}", report.live, report.ready);
            assert!(report.producers.slowest < PRODUCERS_WITHIN, "{:?}", report.producers);
            assert!(report.readers.slowest < READERS_WITHIN + statement_timeout, "{:?}", report.readers);
            assert!(served_after < SERVED_AGAIN_WITHIN, "{served_after:?}");
        }
        Figures::of(5, "database_away", what)
            .count(format!("{} s", length.as_secs()), format!("{} s", length.as_secs()), "of the fault")
            .ledger(report.ledger.events.len())
            .measured(format!("{} requests refused", report.producers.refusals() + report.readers.refusals()))
            .measured(format!("slowest answer to producers {}", seconds(report.producers.slowest)))
            .measured(format!("to readers {}", seconds(report.readers.slowest)))
            .measured(format!("health within {}", seconds(health)))
            .measured(format!("served again after {}", seconds(served_after)))
            .measured(format!("memory +{} MiB", growth_kib / 1024))
            .record(&world.client)
            .await;
    }
}

/// A database that answers is no reason to send requests elsewhere. On a busy machine it may not within its limit.
fn assert_ready(seen: &Seen) {
    assert!(!is_full() || seen.refusals() == 0, "{seen:?}");
}

/// Everybody is refused meanwhile.
async fn unreachable(fault: Fault, what: &'static str) {
    let length = Duration::from_secs(planned(2, 30));
    let mut scene = Scene::begin(2, SHORT).await;
    scene.proxy.set(fault);
    scene.wait(length).await;
    scene.proxy.set(Fault::None);
    let end = scene.end().await;
    assert!(end.report.readers.refused.contains_key("database_unavailable"), "{:?}", end.report.readers);
    // Events are tried again for longer than the short form lasts.
    let producers = &end.report.producers;
    assert!(!is_full() || producers.refused.contains_key("database_unavailable"), "{producers:?}");
    assert!(end.report.ready.refused.contains_key("not_ready"), "{:?}", end.report.ready);
    end.record(what, length).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_refuses_connections() {
    unreachable(Fault::Refuse, "database refuses connections").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_everything_and_says_nothing() {
    if is_full() {
        events_wait_no_longer_behind_others().await;
    }
    unreachable(Fault::Swallow, "database says nothing").await;
}

/// Those that come while a batch is tried wait for their own time, not for another 20 seconds after it.
async fn events_wait_no_longer_behind_others() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://nobody@{}/none", listener.local_addr().unwrap());
    let pool = database::pool(&url, 1, Duration::from_secs(30)).unwrap();
    let (writer, _) = Writer::start(&pool, 10_000, 1);
    let now = Utc::now();
    let json = conversations(Uuid::new_v4(), 1)[0].to_json();
    let event = &validate(&to_raw_value(&json).unwrap(), Origin::AnyStore, now, 0).unwrap();
    let writer = &writer;
    let answers = (0..3).map(|nth| async move {
        sleep(Duration::from_secs(nth)).await;
        let sent_at = Instant::now();
        assert_eq!(writer.write(vec![event.clone()], bytes::Bytes::new()).await.unwrap_err(), WriteError::Unavailable);
        sent_at.elapsed()
    });
    let slowest = join_all(answers).await.into_iter().max().unwrap();
    assert!(slowest < Duration::from_secs(27), "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_half_a_second_away() {
    let length = Duration::from_secs(planned(3, 30));
    let mut scene = Scene::begin(2, SHORT).await;
    let before = scene.clients.acknowledged();
    scene.proxy.set(Fault::Delay(Duration::from_millis(500)));
    scene.wait(length).await;
    let during = scene.clients.acknowledged() - before;
    scene.proxy.set(Fault::None);
    let end = scene.end().await;
    // A key and a commit take a second each.
    assert!(!is_full() || during >= 20, "{during} requests were acknowledged");
    end.record("every packet 500 ms late", length).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_somebody_locks() {
    let length = Duration::from_secs(planned(2, 10));
    // 10,000 events are one statement, which takes long on a busy machine.
    let mut scene = Scene::begin(2, Duration::from_secs(planned(15, 5))).await;
    let blocker = scene.world.database.client().await;
    let lock = "begin; lock table conversation_events, conversations in access exclusive mode";
    blocker.batch_execute(lock).await.unwrap();
    let (answered, target) = (AtomicUsize::new(0), scene.target.clone());
    let post = async || {
        let events = conversations(target.store_id, 333);
        let reply = target.post(&events).await;
        answered.fetch_add(1, Ordering::Relaxed);
        (events, reply)
    };
    let burst = join_all((0..14).map(|_| post()));
    let hold = async {
        scene.wait(length).await;
        // Until the queue is full, even on a busy machine.
        let begun_at = Instant::now();
        while answered.load(Ordering::Relaxed) < 4 && begun_at.elapsed() < Duration::from_secs(12) {
            sleep(Duration::from_millis(100)).await;
        }
        blocker.batch_execute("rollback").await.unwrap();
    };
    let (burst, ()) = tokio::join!(burst, hold);

    let mut refused = 0;
    for (events, reply) in burst {
        match (reply.status, reply.json["code"].as_str()) {
            (200, _) => scene.world.events.extend(events),
            // Nothing of it is taken, so nothing of it may be stored.
            (503, Some("queue_full")) if reply.header("retry-after") == "1" => refused += 1,
            (503, Some("database_unavailable")) if !is_full() => scene.unanswered.push(events),
            _ => panic!("{} {}", reply.head, reply.json),
        }
    }
    // 14 times 999 events, and a queue for 10,000.
    assert!((4..14).contains(&refused), "{refused} requests were refused");
    let end = scene.end().await;
    let refused = &end.report.readers.refused;
    assert!(!is_full() || refused.contains_key("query_timeout"), "{refused:?}");
    assert_ready(&end.report.ready);
    end.record("tables locked", length).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_whose_connections_are_all_in_use() {
    let length = Duration::from_secs(planned(3, 20));
    let mut scene = Scene::begin(12, Duration::from_secs(10)).await;
    let blocker = scene.world.database.client().await;
    // Dashboards read it, and nothing else does.
    blocker.batch_execute("begin; lock table content_gaps in access exclusive mode").await.unwrap();
    let before = scene.clients.acknowledged();
    scene.wait(length).await;
    let during = scene.clients.acknowledged() - before;
    let waiting = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'colloquy' and wait_event_type = 'Lock'";
    let waiting: i64 = blocker.query_one(waiting, &[]).await.unwrap().get(0);
    assert!(waiting >= 4, "the pool is not full: {waiting} readers wait");
    blocker.batch_execute("rollback").await.unwrap();
    let end = scene.end().await;
    assert!(during > 5, "slow readers kept producers out: {during} requests were acknowledged");
    assert!(!is_full() || end.report.readers.refusals() > 0, "{:?}", end.report.readers);
    assert_eq!(end.report.producers.refusals(), 0, "{:?}", end.report.producers);
    assert_ready(&end.report.ready);
    end.record("pool full", length).await;
}
