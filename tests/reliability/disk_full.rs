//! The disk of the database is full, for its tables or for its write-ahead log: nothing is acknowledged that is not stored, and
//! all goes on when there is room again.

use std::time::{Duration, Instant};

use chrono_tz::UTC;
use colloquy::database::connect;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::support::conversations::{row_differences, stored};
use crate::support::database::TestDatabase;
use crate::support::outage::{Clients, Target};
use crate::support::reliability::{Figures, is_full, planned, seconds};
use crate::support::server::Server;
use crate::support::servers::DatabaseServer;
use crate::support::skipped;
use crate::support::small_disk::SmallDisk;
use crate::support::world::World;

/// Segments of the log come back soon, so that it can be full while tables still have room.
const SETTINGS: &str = "max_wal_size=64MB min_wal_size=32MB";
const MEGABYTES: u32 = 384;
const SERVED_AGAIN_WITHIN: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fill {
    Tables,
    Log,
}

struct Scene<'a> {
    database: &'a DatabaseServer,
    url: String,
    disk: &'a SmallDisk,
    clients: Clients,
    started_again: usize,
    slowest: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_disk_is_full() {
    let Some(disk) = SmallDisk::mount(MEGABYTES) else {
        return skipped("nothing_is_lost_when_the_disk_is_full: no permission to mount a small file system");
    };
    let Some(database) = DatabaseServer::start_below(disk.folder(), SETTINGS).await else {
        return skipped("nothing_is_lost_when_the_disk_is_full: needs the embedded server");
    };
    let mut world = World::of(TestDatabase::on(database.url()).await, &[(UTC, 60 * 24)]).await;
    let mut server = Server::start(&world.database, &["--log-level", "warn,colloquy::commands=info"]).await;
    let log = server.log_to_the_end();
    let (address, shop) = (server.address().to_owned(), &world.shops[0]);
    let target = Target { address, key: shop.key.clone(), store_id: shop.store_id };
    let (clients, url) = (Clients::start(&target, 1), world.database.url().to_owned());
    clients.are_served().await;

    let fills = [Fill::Tables, Fill::Log].repeat(planned(1, 3));
    let mut scene = Scene { database: &database, url, disk: &disk, clients, started_again: 0, slowest: Duration::ZERO };
    for fill in &fills {
        scene.fill(*fill).await;
    }

    let Scene { clients, started_again, slowest, .. } = scene;
    let mut report = clients.stop().await;
    server.stop().await;
    let log = log.await.unwrap();
    assert!(log.contains("could not extend file") && log.contains("No space left on device"), "tables were not full");
    world.client = world.database.client().await;
    report.ledger.assert_stored(&world.client).await;
    world.events = report.ledger.events;
    assert_eq!(row_differences(&world.rows(None), &stored(&world.client).await), Vec::<String>::new());
    println!("producers {:?}, readers {:?}", report.producers, report.readers);
    Figures::of(7, "disk_full", "disk of the database full")
        .count(fills.len(), fills.len(), "fills")
        .ledger(world.events.len())
        .measured(format!("{} requests refused", report.producers.refusals()))
        .measured(format!("PostgreSQL had to be started again {started_again} times"))
        .measured(format!("served again within {}", seconds(slowest)))
        .record(&world.client)
        .await;
}

impl Scene<'_> {
    /// Fills the disk until nothing is acknowledged any more, and makes room again.
    async fn fill(&mut self, fill: Fill) {
        let refused = self.clients.refused();
        self.disk.fill();
        if fill == Fill::Log {
            self.use_up_log().await;
        }
        self.wait_for_silence().await;
        // Events are tried for 20 seconds before they are refused.
        let begun_at = Instant::now();
        while is_full() && self.clients.refused() == refused {
            assert!(begun_at.elapsed() < PATIENCE, "nobody is refused");
            sleep(Duration::from_millis(100)).await;
        }
        self.disk.clear();
        if self.has_ended().await {
            self.database.start_again().await;
            self.started_again += 1;
        }
        let served_after = self.clients.are_served().await;
        assert!(!is_full() || served_after < SERVED_AGAIN_WITHIN, "{served_after:?}");
        self.slowest = self.slowest.max(served_after);
    }

    /// Begins segments of the log until there is no room for another.
    async fn use_up_log(&self) {
        let client = connect(&self.url).await.unwrap();
        let write = "select pg_logical_emit_message(true, 'test', 'test'), pg_switch_wal()";
        let begun_at = Instant::now();
        while client.query(write, &[]).await.is_ok() {
            assert!(begun_at.elapsed() < PATIENCE, "there is room for more");
        }
    }

    async fn wait_for_silence(&self) {
        let begun_at = Instant::now();
        loop {
            let before = self.clients.acknowledged();
            sleep(Duration::from_secs(1)).await;
            if self.clients.acknowledged() == before {
                return;
            }
            assert!(begun_at.elapsed() < PATIENCE, "there is room for more events");
        }
    }

    /// Whether PostgreSQL has given up: it restarts by itself after a crash, unless recovery finds no room either.
    async fn has_ended(&self) -> bool {
        let begun_at = Instant::now();
        while connect(&self.url).await.is_err() {
            if TcpStream::connect(self.database.address()).await.is_err() {
                return true;
            }
            assert!(begun_at.elapsed() < PATIENCE, "PostgreSQL neither ends nor recovers");
            sleep(Duration::from_millis(50)).await;
        }
        false
    }
}
