//! Two servers of one database: nothing is lost or doubled when one is killed, and its jobs go to the other.

use std::time::{Duration, Instant};

use colloquy::schema::Edition;

use crate::support::ledger::{Ledger, produce, read_dashboards};
use crate::support::oracle::calendar::Period;
use crate::support::server::Server;
use crate::support::world::World;

// Without a line for each request, which nobody would read.
pub const LOG: [&str; 2] = ["--log-level", "warn,colloquy::jobs=info,colloquy::commands=info,colloquy::database=info"];
const RUNS_JOBS: &str = "this server runs the jobs";
const JOB_LOCKS: &str = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and l.locktype = 'advisory' and l.granted
      and l.classid = (hashtext('colloquy.jobs')::bigint & 4294967295)::oid";
const JOBS: &str = "select count(*) from timescaledb_information.jobs where proc_schema = 'analytics'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_one_may_be_killed() {
    let mut world = World::new(&[chrono_tz::Asia::Kolkata]).await;
    let (key, store_id) = (world.shops[0].key.clone(), world.shops[0].store_id);
    let edition = Edition::detect(&world.client).await.unwrap();
    let count = async |sql| world.client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let jobs_before = count(JOBS).await;
    let (mut first, mut second) =
        tokio::join!(Server::start(&world.database, &LOG), Server::start(&world.database, &LOG));

    let addresses = [first.address().to_owned(), second.address().to_owned()];
    let (producers, readers) = (produce(3, &addresses, &key, store_id), read_dashboards(2, &addresses, &key));
    producers.more(30).await;
    readers.more(6).await;
    if edition == Edition::Community {
        assert_eq!(count(JOBS).await, jobs_before, "each server has added jobs");
        first.stop().await;
    } else {
        // The one that goes is the one that runs the jobs.
        let is_first = tokio::select! {
            _ = first.line_with(RUNS_JOBS) => true,
            _ = second.line_with(RUNS_JOBS) => false,
        };
        if !is_first {
            std::mem::swap(&mut first, &mut second);
        }
        assert_eq!(count(JOB_LOCKS).await, 1);
        first.stop().await;
        let killed_at = Instant::now();
        let taken_over = tokio::time::timeout(Duration::from_secs(20), second.line_with(RUNS_JOBS)).await;
        assert!(taken_over.is_ok(), "nobody runs the jobs");
        println!("the jobs were taken over after {:?}", killed_at.elapsed());
        assert_eq!(count(JOB_LOCKS).await, 1);
    }
    producers.more(30).await;
    readers.more(6).await;

    let mut ledger = Ledger::sum(producers.stop().await);
    let reads = readers.stop().await;
    println!(
        "{} events acknowledged ({} accepted, {} duplicates), {} requests failed; dashboards {reads:?}",
        ledger.events.len(),
        ledger.accepted,
        ledger.duplicates,
        ledger.failed_requests,
    );
    assert!(ledger.failed_requests > 0, "no producer has met the server that was killed");
    assert!(reads.iter().all(|(_, refusals)| *refusals == 0), "{reads:?}");
    ledger.assert_stored(&world.client).await;
    world.events = ledger.events;
    let rows = world.rows(None);
    assert_eq!(world.row_differences(&rows).await, Vec::<String>::new());
    let wrong = world.answers(&world.shops[0], &rows).dashboard(Period::Week, false).await;
    assert_eq!(wrong, Vec::<String>::new());
}
