//! The connection that stores events is cut at every point around the statement and its commit: each event is stored once.

use std::time::{Duration, Instant};

use chrono_tz::UTC;
use serde_json::json;

use crate::support::client::exchange;
use crate::support::conversations::{row_differences, stored};
use crate::support::fault_proxy::FaultProxy;
use crate::support::fault_proxy::cuts::Point;
use crate::support::ledger::{Ledger, conversations};
use crate::support::oracle::Event;
use crate::support::reliability::{Figures, planned, seconds};
use crate::support::server::Server;
use crate::support::world::World;

/// Known events in each batch, so that an answer of the database has rows.
const REPEATED: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_stored_once_wherever_the_connection_is_cut() {
    let batches = planned(Point::ALL.len(), 500);
    let world = World::with_timeouts(&[(UTC, 60 * 24)]).await;
    let proxy = FaultProxy::before(world.database.url()).await;
    let mut server = Server::start_on(&proxy.url(world.database.url()), &[]).await;
    let _log = server.log_to_the_end();
    let ledger = Ledger { events: conversations(world.shops[0].store_id, 1), ..Ledger::default() };
    let mut producer = Producer { address: server.address().to_owned(), world, ledger };
    assert_eq!(producer.send(&producer.ledger.events).await, (3, 0));

    let mut slowest = Duration::ZERO;
    for nth in 0..batches {
        let point = Point::ALL[nth % Point::ALL.len()];
        // A statement is prepared on a new connection only.
        if matches!(point, Point::InsideParse | Point::AfterParse) {
            proxy.cuts().plan(Point::BeforeBind);
        }
        proxy.cuts().plan(point);
        let begun_at = Instant::now();
        let answer = producer.send_batch().await;
        slowest = slowest.max(begun_at.elapsed());
        assert_eq!(proxy.cuts().planned(), 0, "{point:?} was not hit");
        assert!(expected(point).contains(&answer), "{point:?}: accepted and duplicates {answer:?}");
    }

    let made = proxy.cuts().made();
    assert_eq!(made.keys().copied().collect::<Vec<_>>(), Point::ALL, "some points were never hit");
    let Producer { mut world, mut ledger, .. } = producer;
    ledger.assert_stored(&world.client).await;
    world.events = ledger.events;
    assert_eq!(row_differences(&world.rows(None), &stored(&world.client).await), Vec::<String>::new());
    println!("{made:?}");
    Figures::of(4, "connection_cut", "connection cut around commit")
        .count(batches, made.values().sum::<usize>(), "cuts")
        .ledger(world.events.len())
        .measured(format!("{} points, each hit {} times or more", made.len(), made.values().min().unwrap()))
        .measured(format!("slowest answer {}", seconds(slowest)))
        .record(&world.client)
        .await;
}

/// Accepted and duplicate events of a batch: after a cut that hides a commit, the second try finds all of them.
fn expected(point: Point) -> Vec<(u64, u64)> {
    let (stored, found) = ((9, REPEATED as u64), (0, 9 + REPEATED as u64));
    match point {
        Point::AfterReady => vec![stored],
        // The database may notice first that nobody listens.
        Point::AfterSync => vec![stored, found],
        later if later >= Point::Committed => vec![found],
        _ => vec![stored],
    }
}

struct Producer {
    address: String,
    world: World,
    ledger: Ledger,
}

impl Producer {
    /// Three conversations, with some events among them that are known already.
    async fn send_batch(&mut self) -> (u64, u64) {
        let new = conversations(self.world.shops[0].store_id, 3);
        let known = self.ledger.events[self.ledger.events.len() - REPEATED..].to_vec();
        let (first, rest) = new.split_at(4);
        let answer = self.send(&[first, &known, rest].concat()).await;
        self.ledger.events.extend(new);
        answer
    }

    /// Accepted and duplicate events, as the answer says.
    async fn send(&self, events: &[Event]) -> (u64, u64) {
        let body = json!(events.iter().map(Event::to_json).collect::<Vec<_>>()).to_string();
        let reply = exchange(&self.address, "POST", "/events", &self.world.shops[0].key, &body).await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.json);
        let count = |name: &str| reply.json[name].as_u64().unwrap();
        assert_eq!(count("accepted") + count("duplicates"), events.len() as u64);
        (count("accepted"), count("duplicates"))
    }
}
