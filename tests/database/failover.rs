//! The primary crashes and its standby is promoted: the server goes on by a URL that names both, and has lost nothing.

use std::time::Duration;

use chrono::Utc;
use colloquy::database::connect;
use colloquy::events::writer::Writer;
use colloquy::http::App;
use serde_json::json;
use uuid::Uuid;

use super::several_servers::LOG;
use crate::support::conversations::{row_differences, stored};
use crate::support::database::TestDatabase;
use crate::support::http::send_json;
use crate::support::ledger::{Ledger, produce, read_dashboards};
use crate::support::oracle::Event;
use crate::support::server::Server;
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
    producers.more(20).await;
    readers.more(5).await;
    primary.kill().await;
    let promoted = connect(&world.database.url_on(standby.url())).await.unwrap();
    assert!(promoted.query_one("select pg_promote()", &[]).await.unwrap().get::<_, bool>(0));
    producers.more(20).await;
    readers.more(5).await;

    let mut ledger = Ledger::sum(producers.stop().await);
    let reads = readers.stop().await;
    println!(
        "{} events acknowledged, {} requests failed, nothing acknowledged for {:?}; dashboards {reads:?}",
        ledger.events.len(),
        ledger.failed_requests,
        ledger.longest_silence(),
    );
    ledger.assert_stored(&promoted).await;
    world.events = ledger.events;
    let wrong = row_differences(&world.rows(None), &stored(&promoted).await);
    assert_eq!(wrong, Vec::<String>::new());
}

/// So may anything else that is to be written: it is no fault of the server.
#[tokio::test]
async fn what_cannot_be_written_now_may_be_sent_again() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let set = format!("alter database {} set default_transaction_read_only = on", database.name());
    database.client().await.batch_execute(&set).await.unwrap();
    let answer = send_json(&database.app(), "POST", "/api/v1/stores", &admin, &json!({"name": "A shop"})).await;
    assert_eq!((answer.problem(), answer.header("retry-after")), ((503, "database_unavailable"), "1"));
}

/// As a standby that is about to be promoted, or a primary whose disk is full at a provider that protects it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wait_while_the_database_takes_no_writes() {
    let world = World::new(&[chrono_tz::UTC]).await;
    let name: String = world.client.query_one("select current_database()::text", &[]).await.unwrap().get(0);
    let set = |to: &str| format!("alter database {name} set default_transaction_read_only = {to}");
    world.client.batch_execute(&set("on")).await.unwrap();
    let pool = colloquy::database::pool(world.database.url(), 4, Duration::from_secs(30)).unwrap();
    let (writer, _) = Writer::start(&pool, 50_000, 1);
    let app = App::new(pool, writer, 1024 * 1024);
    let shop = &world.shops[0];
    let event = Event::new(shop.store_id, Uuid::new_v4(), "conversation_started", Utc::now(), json!({}));
    let body = event.to_json();
    let post = send_json(&app, "POST", "/api/v1/events", &shop.key, &body);
    let end = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        world.client.batch_execute(&set("off")).await.unwrap();
    };
    let (answer, ()) = tokio::join!(post, end);
    assert_eq!((answer.status(), &answer.json["accepted"]), (200, &json!(1)), "{}", answer.text());
}
