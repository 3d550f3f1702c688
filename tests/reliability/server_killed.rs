//! `kill -9` of the server under load, again and again: nothing that it acknowledged is lost, nothing counts twice.

use std::time::Instant;

use crate::support::ledger::{Ledger, produce, read_dashboards};
use crate::support::recovery::{any_moment, assert_right, spread};
use crate::support::reliability::{Figures, planned, seconds};
use crate::support::server::{LOG_ERRORS, Server, lasting_address};
use crate::support::world::World;

const PRODUCERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let mut world = World::with_timeouts(&[(chrono_tz::Asia::Kathmandu, 60 * 24)]).await;
    let (key, store_id) = (world.shops[0].key.clone(), world.shops[0].store_id);
    let address = lasting_address();
    let start = || Server::start_at(&address, world.database.url(), &LOG_ERRORS);
    let mut server = start().await;
    let addresses = [address.clone()];
    let (producers, readers) = (produce(PRODUCERS, &addresses, &key, store_id), read_dashboards(1, &addresses, &key));

    let kills = planned(4, 100);
    let mut killed_at = Vec::new();
    for _ in 0..kills {
        server.log_to_the_end();
        producers.more(PRODUCERS * 2).await;
        any_moment(250).await;
        server.stop().await;
        killed_at.push(Instant::now());
        server = start().await;
    }
    server.log_to_the_end();
    producers.more(PRODUCERS).await;
    let mut ledger = Ledger::sum(producers.stop().await);
    readers.stop().await;

    assert!(ledger.failed_requests >= kills, "no producer met a server that was killed");
    assert!(ledger.accepted <= ledger.events.len() as u64, "some events were taken twice");
    assert_right(&mut world, &mut ledger).await;
    Figures::of(1, "server_killed", "`kill -9` of the server under load")
        .count(kills, killed_at.len(), "kills")
        .ledger(ledger.events.len())
        .measured(format!("from kill to the next acknowledgement: {}", spread(&ledger.recoveries(&killed_at))))
        .measured(format!("longest silence {}", seconds(ledger.longest_silence())))
        .measured(format!("{} requests failed and were sent again", ledger.failed_requests))
        .measured(format!("{} events had been stored without an answer", ledger.duplicates))
        .record(&world.client)
        .await;
}
