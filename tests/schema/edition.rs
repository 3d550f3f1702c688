//! A database that was filled on the Apache-2 Edition moves to the Community Edition, and its server may be changed back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Duration, DurationRound, NaiveDate, TimeDelta, Utc};
use colloquy::database;
use colloquy::schema::{self, Edition};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio_postgres::Client;

use super::questions::ask_all;
use super::{colloquy, told};
use crate::support::answers::Shop;
use crate::support::database::TestDatabase;
use crate::support::oracle::Event;
use crate::support::oracle::calendar::Granularity;
use crate::support::oracle::roi::Overrides;
use crate::support::server::Server;
use crate::support::servers::DatabaseServer;
use crate::support::skipped;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

const APACHE: &str = "timescaledb.license=apache";
const OF_OTHERS: &str = "
    create role reports;
    create schema reporting;
    create view reporting.days as select store_id, date, total_conversations from analytics.daily_metrics;
    create view reporting.buckets as select count(*) as buckets from analytics.conversation_metrics_15m;
    create materialized view reporting.exact as select count(*) from analytics.conversation_metrics_15m_exact;
    create function reporting.total(store uuid) returns bigint language sql
    begin atomic
        select sum(m.total_conversations)::bigint from analytics.conversation_metrics_15m m where m.store_id = store;
    end;
    grant usage on schema analytics to reports;
    grant select on daily_metrics, conversation_metrics_15m, conversation_metrics_15m_exact to reports;
    grant select (store_id, date) on weekly_metrics to reports;
    revoke execute on function ingest_events from public";
const SEEN_BY_OTHERS: &str = "
    select (select count(*) from reporting.days), (select buckets from reporting.buckets),
           (select sum(reporting.total(store_id))::bigint from stores)";

/// The root folder of the server under test, if it is an embedded one of the Community Edition.
async fn community_root() -> Option<PathBuf> {
    let some_database = TestDatabase::new().await;
    let edition = Edition::detect(&some_database.client().await).await.unwrap();
    let root = std::env::var_os("TIMESCALEDB_ROOT").filter(|_| std::env::var_os("TIMESCALEDB_DATA").is_some())?;
    (edition == Edition::Community).then(|| root.into())
}

fn at(days_ago: i64) -> DateTime<Utc> {
    Utc::now().duration_trunc(TimeDelta::hours(1)).unwrap() - Duration::days(days_ago)
}

fn dates() -> (NaiveDate, NaiveDate) {
    (at(45).date_naive(), at(2).date_naive())
}

fn stream(world: &World, seed: u64, conversation_ids: usize, days_ago: (i64, i64)) -> Vec<Vec<Event>> {
    let options = Options {
        stores: world.store_ids(),
        conversation_ids,
        from: at(days_ago.0),
        to: at(days_ago.1),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 300,
    };
    generate(seed, &options)
}

/// Two shops with events old and new, some of them through HTTP, and what people of the shop have made of our views.
async fn filled(url: &str) -> World {
    let mut client = database::connect(url).await.unwrap();
    assert_eq!(schema::migrate(&mut client).await.unwrap().edition, Edition::Apache2);
    let shops = [(chrono_tz::Asia::Kathmandu, 30), (chrono_tz::America::New_York, 30)];
    let mut world = World::of(TestDatabase::at(url), &shops).await;
    for batch in stream(&world, 5, 60, (50, 1)) {
        world.import(&batch).await;
    }
    let shop = world.shops[0].clone();
    let live = live_event(&shop);
    world.post(&shop.key, std::slice::from_ref(&live)).await;
    world.events.push(live);
    world.call("abandon_conversations(config => '{\"hours\": 2160}')").await;
    world.call("refresh_rollups()").await;
    world.client.batch_execute(OF_OTHERS).await.unwrap();
    world
}

fn live_event(shop: &Shop) -> Event {
    let id = uuid::Uuid::new_v4();
    Event::new(shop.store_id, id, "conversation_resolved", Utc::now(), serde_json::json!({}))
}

/// The same world seen through a server that has been started again.
async fn reopened(url: &str, old: World) -> World {
    let mut world = World::of(TestDatabase::at(url), &[]).await;
    world.shops = old.shops;
    world.learn_events().await;
    assert_eq!(world.learn_timeouts().await, Vec::<String>::new());
    world
}

async fn answers(world: &World) -> Vec<BTreeMap<String, Value>> {
    let mut answers = Vec::new();
    for shop in &world.shops {
        answers.push(ask_all(&world.app, &shop.key, dates().0, dates().1).await);
    }
    answers
}

async fn assert_oracle(world: &mut World, moment: &str) {
    let mut wrong = world.learn_timeouts().await;
    let rows = world.rows(None);
    wrong.extend(world.row_differences(&rows).await);
    for shop in &world.shops {
        let answers = world.answers(shop, &rows);
        wrong.extend(answers.metrics(dates().0, dates().1, "none").await);
        wrong.extend(answers.trends(dates().0, dates().1, Granularity::Day).await);
        wrong.extend(answers.roi(60, Overrides::default()).await);
    }
    assert!(wrong.is_empty(), "{moment}:\n{}", wrong.join("\n"));
}

async fn seen_by_others(client: &Client) -> [i64; 3] {
    let row = client.query_one(SEEN_BY_OTHERS, &[]).await.unwrap();
    std::array::from_fn(|column| row.get(column))
}

/// Rights on everything that both editions have.
async fn rights(client: &Client) -> Vec<String> {
    let mut rights = super::rights(client).await;
    rights.retain(|line| !line.starts_with("conversation_metrics_15m_aggregate "));
    rights
}

async fn count(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_moves_to_the_community_edition_and_back() {
    let Some(root) = community_root().await else {
        return skipped("change of the edition: needs an embedded server of the Community Edition");
    };
    let began = Instant::now();
    let mut server = DatabaseServer::start_in(&root, APACHE).await;
    let mut world = filled(server.url()).await;
    let before = answers(&world).await;
    let (granted, seen) = (rights(&world.client).await, seen_by_others(&world.client).await);
    assert!(
        granted.iter().filter(|line| line.contains(": reports ")).count() == 5 && seen.iter().all(|count| *count > 0),
        "{granted:?} {seen:?}"
    );
    assert_oracle(&mut world, "Apache-2").await;
    server.stop().await;

    server.start_again_with("").await;
    assert!(told(&colloquy(server.url(), "migrate")).starts_with("Community Edition: 0 migrations and "));
    assert!(told(&colloquy(server.url(), "migrate")).ends_with("0 migrations and 0 SQL files applied\n"));
    let mut world = reopened(server.url(), world).await;
    let aggregates = "select count(*) from timescaledb_information.continuous_aggregates
                      where view_name = 'conversation_metrics_15m_aggregate'";
    assert_eq!(count(&world.client, aggregates).await, 1);
    let jobs = "select count(*) from timescaledb_information.jobs where proc_schema = 'analytics' and scheduled";
    let planned = count(&world.client, "select count(*) from planned_jobs").await;
    assert_eq!(count(&world.client, jobs).await, planned);
    // From here on only when the test says so.
    let pause = "select alter_job(job_id, scheduled => false) from timescaledb_information.jobs";
    world.client.batch_execute(pause).await.unwrap();
    assert_eq!(answers(&world).await, before, "before a refresh");
    world.call("refresh_rollups()").await;
    let buckets = count(&world.client, "select count(*) from conversation_metrics_15m_aggregate").await;
    assert!(buckets > 50, "{buckets}");
    assert_eq!(answers(&world).await, before, "after a refresh");
    assert_eq!((rights(&world.client).await, seen_by_others(&world.client).await), (granted.clone(), seen));
    for batch in stream(&world, 6, 20, (40, 1)) {
        world.import(&batch).await;
    }
    assert_oracle(&mut world, "Community, more events").await;
    world.call("refresh_rollups()").await;
    assert_oracle(&mut world, "Community, refreshed").await;
    let compress = "select public.compress_chunk(c) from public.show_chunks('conversation_events') c limit 1";
    world.client.batch_execute(compress).await.unwrap();
    println!("to Community: {:?}", began.elapsed());
    server.stop().await;

    // Back again, which needs readable chunks: `serve` migrates, and answers from the rows instead of the aggregate.
    server.start_again_with(APACHE).await;
    let refused = colloquy(server.url(), "serve");
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && text.contains("1 chunks of events are in the columnstore"), "{text}");
    server.stop().await;
    server.start_again_with("timescaledb.max_background_workers=0").await;
    let (_, way_out) = text.split_once("run `").unwrap();
    server.psql(way_out.split_once('`').unwrap().0).await;
    server.stop().await;
    server.start_again_with(APACHE).await;
    let serving = Server::start(&TestDatabase::at(server.url()), &[]).await;
    let mut answer = String::new();
    let asked = serving.request("GET", "/analytics/dashboard", &world.shops[0].key, "", "").await;
    BufReader::new(asked).read_line(&mut answer).await.unwrap();
    assert_eq!(answer.trim(), "HTTP/1.1 200 OK");
    serving.stop().await;
    let mut world = reopened(server.url(), world).await;
    assert_oracle(&mut world, "Apache-2 again").await;
    let batches = stream(&world, 7, 10, (40, 1));
    for batch in &batches {
        world.import(batch).await;
    }
    assert_oracle(&mut world, "Apache-2 again, more events").await;
    println!("and back: {:?}", began.elapsed());
}

/// The root folder of the first run of `scripts/test`, if its TimescaleDB is another one than that of `other`.
fn root_of_another_version(other: &Path) -> Option<PathBuf> {
    let root: PathBuf = std::env::var_os("TIMESCALEDB_APACHE_ROOT")?.into();
    let (own, other) = (control_file(&root)?, control_file(other)?);
    (own != other).then_some(root)
}

/// What `pg_available_extensions` reads, in which the version stands.
fn control_file(root: &Path) -> Option<String> {
    let path = root.join("usr/share/postgresql/17/extension/timescaledb.control");
    std::fs::read_to_string(path).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_an_older_timescaledb_are_upgraded() {
    let new_root = community_root().await;
    let Some((new_root, old_root)) = new_root.and_then(|new| Some((new.clone(), root_of_another_version(&new)?)))
    else {
        return skipped("upgrade of TimescaleDB: needs the root folders of both editions, with two versions");
    };
    let mut server = DatabaseServer::start_in(&old_root, "").await;
    let world = filled(server.url()).await;
    let before = answers(&world).await;
    let granted = rights(&world.client).await;
    server.stop().await;

    server.change_root(&new_root);
    server.start_again_with("").await;
    for command in ["doctor", "migrate"] {
        let refused = colloquy(server.url(), command);
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && text.contains("alter extension timescaledb update"), "{command}: {text}");
    }
    server.psql("alter extension timescaledb update").await;
    assert!(told(&colloquy(server.url(), "migrate")).starts_with("Community Edition: "));
    told(&colloquy(server.url(), "doctor"));
    let mut world = reopened(server.url(), world).await;
    assert_eq!(answers(&world).await, before);
    world.call("refresh_rollups()").await;
    assert_eq!(answers(&world).await, before);
    assert_eq!(rights(&world.client).await, granted);
    assert_oracle(&mut world, "a newer TimescaleDB").await;
}
