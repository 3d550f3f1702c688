//! A database of the previous release is migrated: nothing is lost, no number changes, and it goes on counting.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use colloquy::database::error_chain;
use colloquy::schema::{self, Edition};
use flate2::read::GzDecoder;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::questions::{ask_all, lost};
use super::rights;
use crate::support::answers::Shop;
use crate::support::database::TestDatabase;
use crate::support::oracle::calendar::Granularity;
use crate::support::oracle::roi::{Assumptions, Overrides};
use crate::support::programs::program;
use crate::support::skipped;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

/// The release that databases are upgraded from: a folder of `tests/fixtures/releases`.
const PREVIOUS: &str = "46455d9";
/// Relations whose rows an upgrade keeps.
pub const COUNTED: [&str; 14] = [
    "stores",
    "roi_assumptions",
    "api_keys",
    "installation",
    "conversation_events",
    "conversation_weeks",
    "conversations",
    "conversation_quality_scores",
    "content_gaps",
    "content_gap_changes",
    "rollup_pending",
    "store_days",
    "ingest_rejections",
    "conversation_metrics_15m",
];
/// Roles belong to the server and are in no dump.
pub const READER: &str = "do $$ begin create role colloquy_fixture_reader;
    exception when duplicate_object or unique_violation then null; end $$;";

/// The folder with one folder for each release.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/releases")
}

/// How many rows some relations have.
pub async fn count_all(client: &Client, names: &[&str]) -> Value {
    let mut counts = json!({});
    for name in names {
        let count: i64 = client.query_one(&format!("select count(*) from {name}"), &[]).await.unwrap().get(0);
        counts[name] = json!(count);
    }
    counts
}

fn fixture(name: &str) -> Vec<u8> {
    let path = fixtures().join(PREVIOUS).join(name);
    let mut content = Vec::new();
    GzDecoder::new(File::open(&path).unwrap()).read_to_end(&mut content).unwrap();
    content
}

/// As a DBA restores a dump of a database with TimescaleDB.
async fn restore(dump: &[u8]) -> TestDatabase {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    client
        .batch_execute(&format!("{READER} create extension timescaledb; select timescaledb_pre_restore()"))
        .await
        .unwrap();
    drop(client);
    let mut psql = program("psql");
    psql.args(["--no-psqlrc", "--quiet", "--dbname", database.url()]);
    let mut psql = psql.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    psql.stdin.take().unwrap().write_all(dump).unwrap();
    let output = psql.wait_with_output().unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !complaints.contains("ERROR"), "{complaints}");
    database.client().await.batch_execute("select timescaledb_post_restore()").await.unwrap();
    database
}

fn shop(facts: &Value) -> Shop {
    let text = |facts: &Value, name: &str| facts[name].as_str().unwrap().to_owned();
    let number = |facts: &Value, name: &str| text(facts, name).parse::<Decimal>().unwrap();
    let assumptions = facts["assumptions"].as_array().unwrap().iter().map(|row| {
        let assumptions = Assumptions {
            avg_human_agent_cost_per_hour: number(row, "avg_human_agent_cost_per_hour"),
            avg_conversation_time_minutes: number(row, "avg_conversation_time_minutes"),
            ai_cost_per_conversation: number(row, "ai_cost_per_conversation"),
        };
        (text(row, "valid_from").parse().unwrap(), assumptions)
    });
    Shop {
        store_id: text(facts, "store_id").parse().unwrap(),
        tz: text(facts, "timezone").parse().unwrap(),
        key: text(facts, "key"),
        abandon_after: Duration::minutes(30),
        assumptions: assumptions.collect(),
    }
}

async fn assert_unchanged(world: &World, facts: &Value, (start, end): (NaiveDate, NaiveDate), moment: &str) {
    let mut wrong = Vec::new();
    for (shop, of_shop) in world.shops.iter().zip(facts["shops"].as_array().unwrap()) {
        let answers = ask_all(&world.app, &shop.key, start, end).await;
        let expected = of_shop["answers"].as_object().unwrap();
        assert!(expected.len() >= 20, "{}", expected.len());
        for (path, old) in expected {
            wrong.extend(lost(path, old, &answers[path]));
        }
    }
    assert!(wrong.is_empty(), "{moment}: {} differences\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
}

async fn assert_oracle(world: &mut World, (start, end): (NaiveDate, NaiveDate), moment: &str) {
    let mut wrong = world.learn_timeouts().await;
    let rows = world.rows(None);
    wrong.extend(world.row_differences(&rows).await);
    for shop in &world.shops {
        let answers = world.answers(shop, &rows);
        wrong.extend(answers.metrics(start, end, "previous_period").await);
        wrong.extend(answers.trends(start, end, Granularity::Week).await);
        wrong.extend(answers.roi(120, Overrides::default()).await);
        wrong.extend(answers.export(start, end).await);
    }
    assert!(wrong.is_empty(), "{moment}: {} differences\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_previous_release_is_upgraded() {
    let some_database = TestDatabase::new().await;
    let client = some_database.client().await;
    let edition = Edition::detect(&client).await.unwrap();
    let name = if edition == Edition::Community { "community" } else { "apache" };
    let facts: Value = serde_json::from_slice(&fixture(&format!("{name}.json.gz"))).unwrap();
    let version = "select extversion from pg_extension where extname = 'timescaledb'";
    let version: String = client.query_one(version, &[]).await.unwrap().get(0);
    if facts["timescaledb"] != version {
        // A dump is restored with the version that it was made with, and upgraded then.
        return skipped(&format!("upgrade of release {PREVIOUS}: its dump is of TimescaleDB {}", facts["timescaledb"]));
    }

    let database = restore(&fixture(&format!("{name}.sql.gz"))).await;
    let mut client = database.client().await;
    // What the settings of the database say, which are in no dump of it and which migrate sets.
    client.batch_execute("set search_path = analytics, public").await.unwrap();
    let before = rights(&client).await;
    let migrated = schema::migrate(&mut client).await.unwrap_or_else(|error| panic!("{}", error_chain(&error)));
    assert_eq!(migrated.edition, edition);
    assert!(schema::is_migrated(&client).await.unwrap());
    let after = rights(&client).await;
    let of_reader = |rights: &[String]| -> Vec<String> {
        rights.iter().filter(|line| line.contains(": colloquy_fixture_reader ")).cloned().collect()
    };
    assert_eq!(of_reader(&before).len(), 5, "{before:?}");
    assert_eq!(of_reader(&before), of_reader(&after));
    assert!(!after.iter().any(|line| line.starts_with("tenant.roi_of_days(") && line.contains(": public ")));
    assert_eq!(count_all(&client, &COUNTED).await, facts["counts"]);

    let mut world = World::of(database, &[]).await;
    world.shops = facts["shops"].as_array().unwrap().iter().map(shop).collect();
    world.learn_events().await;
    let date = |name: &str| facts[name].as_str().unwrap().parse::<NaiveDate>().unwrap();
    let dates = (date("start_date"), date("end_date"));
    assert_unchanged(&world, &facts, dates, "upgraded").await;
    assert_oracle(&mut world, dates, "upgraded").await;
    world.call("refresh_rollups()").await;
    assert_unchanged(&world, &facts, dates, "refreshed").await;

    let at = |date: NaiveDate| -> DateTime<Utc> { date.and_time(chrono::NaiveTime::MIN).and_utc() };
    let more = Options {
        stores: world.store_ids(),
        conversation_ids: 20,
        from: at(dates.0) + Duration::days(4),
        to: at(dates.1) - Duration::days(4),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 200,
    };
    for batch in generate(47, &more) {
        world.import(&batch).await;
    }
    assert_oracle(&mut world, dates, "with more events").await;
    world.call("refresh_rollups()").await;
    assert_oracle(&mut world, dates, "with more events, refreshed").await;
}
