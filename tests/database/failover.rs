//! The primary crashes and its standby is promoted: the server goes on by a URL that names both, and has lost nothing.

use std::time::Duration;

use colloquy::database::connect;

use super::ledger::{Ledger, produce, read_dashboards};
use super::several_servers::LOG;
use crate::http::serve::Server;
use crate::support::conversations::{row_differences, stored};
use crate::support::database::TestDatabase;
use crate::support::servers::DatabaseServer;
use crate::support::skipped;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over_from_a_primary_that_crashes() {
    let Some(primary) = DatabaseServer::start().await else {
        return skipped("a_standby_takes_over_from_a_primary_that_crashes: needs the embedded server");
    };
    let mut world = World::of(TestDatabase::on(primary.url()).await, &[(chrono_tz::UTC, 60 * 24)]).await;
    let standby = primary.replicate().await;
    // An answer comes when the standby has the commit too: asynchronous replication may lose the last ones.
    let synchronous = "alter system set synchronous_standby_names = '*'";
    world.client.batch_execute(synchronous).await.unwrap();
    world.client.batch_execute("select pg_reload_conf()").await.unwrap();

    let (key, store_id) = (world.shops[0].key.clone(), world.shops[0].store_id);
    let both = format!("{},{}", primary.address(), standby.address());
    let url = |session: &str| {
        let url = world.database.url().replace(primary.address(), &both);
        format!("{url}?target_session_attrs={session}")
    };
    let reads = url("read-only");
    let arguments = [LOG[0], LOG[1], "--read-database-url", &reads];
    let mut server = Server::start_on(&url("read-write"), &arguments).await;
    server.line_with("the replica answers reads").await;
    let addresses = [server.address().to_owned()];
    let (producers, readers) = (produce(2, &addresses, &key, store_id), read_dashboards(1, &addresses, &key));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    primary.kill().await;
    let promoted = connect(&world.database.url_on(standby.url())).await.unwrap();
    assert!(promoted.query_one("select pg_promote()", &[]).await.unwrap().get::<_, bool>(0));
    tokio::time::sleep(Duration::from_secs(3)).await;

    let ledger = Ledger::sum(producers.stop().await);
    let reads = readers.stop().await;
    println!(
        "{} events acknowledged, {} requests failed, nothing acknowledged for {:?}; dashboards {reads:?}",
        ledger.events.len(),
        ledger.failed_requests,
        ledger.longest_silence(),
    );
    assert!(ledger.longest_silence() > Duration::from_millis(20) && ledger.events.len() > 50);
    ledger.assert_stored(&promoted).await;
    world.events = ledger.events;
    let wrong = row_differences(&world.rows(None), &stored(&promoted).await);
    assert_eq!(wrong, Vec::<String>::new());
}
