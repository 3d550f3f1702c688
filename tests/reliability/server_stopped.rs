//! SIGTERM under load, again and again: what was accepted is answered, in time, and nothing acknowledged is lost.

use std::time::{Duration, Instant};

use crate::support::ledger::{Ledger, produce, read_dashboards};
use crate::support::recovery::{any_moment, assert_right, spread};
use crate::support::reliability::{Figures, planned, seconds};
use crate::support::server::{LOG_ERRORS, Server, lasting_address};
use crate::support::world::World;

const PRODUCERS: usize = 6;
const DEADLINE: &str = "10";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_answers_what_it_accepted() {
    let mut world = World::with_timeouts(&[(chrono_tz::Europe::Lisbon, 60 * 24)]).await;
    let (key, store_id) = (world.shops[0].key.clone(), world.shops[0].store_id);
    let address = lasting_address();
    let arguments = [LOG_ERRORS[0], LOG_ERRORS[1], "--shutdown-deadline-seconds", DEADLINE];
    let start = || Server::start_at(&address, world.database.url(), &arguments);
    let addresses = [address.clone()];
    let mut server = start().await;
    let (producers, readers) = (produce(PRODUCERS, &addresses, &key, store_id), read_dashboards(2, &addresses, &key));

    let stops = planned(3, 50);
    let (mut stopped_at, mut drains) = (Vec::new(), Vec::new());
    for _ in 0..stops {
        producers.more(PRODUCERS * 2).await;
        any_moment(250).await;
        drains.push(drain(server).await);
        stopped_at.push(Instant::now());
        server = start().await;
    }
    server.log_to_the_end();
    producers.more(PRODUCERS).await;
    let mut ledger = Ledger::sum(producers.stop().await);
    readers.stop().await;

    assert!(ledger.failed_requests > 0, "no producer met a server that was stopped");
    assert_eq!(ledger.cut_requests, 0, "requests that were accepted and not answered, of {stops} stops");
    assert_right(&mut world, &mut ledger).await;
    Figures::of(8, "server_stopped", "SIGTERM of the server under load")
        .count(stops, drains.len(), "stops")
        .ledger(ledger.events.len())
        .measured(format!("exit code 0 after {}", spread(&drains)))
        .measured(format!("{} accepted requests were not answered", ledger.cut_requests))
        .measured(format!("from exit to the next acknowledgement: {}", spread(&ledger.recoveries(&stopped_at))))
        .measured(format!("longest silence {}", seconds(ledger.longest_silence())))
        .record(&world.client)
        .await;
}

/// Stops a server; how long it took to finish, which it must say by its exit code.
async fn drain(server: Server) -> Duration {
    let begun_at = Instant::now();
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(0));
    begun_at.elapsed()
}
