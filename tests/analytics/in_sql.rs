//! `metrics()` and `trends()` in SQL: the oracle's numbers and the API's, for whoever may read the tables.

use chrono::{Days, NaiveDate, Utc};
use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use crate::support::answers::Shop;
use crate::support::http::send;
use crate::support::oracle::calendar::{Granularity, day_range, trend_buckets};
use crate::support::oracle::{Conversation, Metrics, differences, metrics};
use crate::support::streams::{self, Options};
use crate::support::world::World;

/// What Grafana and analysts have.
const ANALYST: &str = "set role colloquy_reader; set timezone = 'America/St_Johns'";
const OF_DATES: &str = "select to_jsonb(m) from metrics($1, $2::date, $3::date) m";
const OF_INSTANTS: &str = "select to_jsonb(m) from metrics($1, $2::timestamptz, $3::timestamptz) m";
const OF_TEXTS: &str = "select to_jsonb(m) from metrics($1, $2::text, $3::text) m";
const TRENDS: &str = "select to_jsonb(t) from trends($1, $2, $3, $4) t";

/// Two shops with events of the last 60 days, part of them refreshed, and an analyst's connection.
async fn world() -> (World, Client) {
    let mut world = World::new(&[chrono_tz::Asia::Kathmandu, chrono_tz::America::New_York]).await;
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 150,
        from: Utc::now() - Days::new(60),
        to: Utc::now(),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 400,
    };
    let batches = streams::generate(17, &options);
    for (nth, batch) in batches.iter().enumerate() {
        world.import(batch).await;
        if nth == batches.len() / 2 {
            world.call("refresh_rollups()").await;
        }
    }
    let client = world.database.client().await;
    client.batch_execute(ANALYST).await.unwrap();
    (world, client)
}

fn day(ago: u64) -> NaiveDate {
    Utc::now().date_naive() - Days::new(ago)
}

async fn rows(client: &Client, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<Value> {
    let rows = client.query(sql, parameters).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// One sentence for each field of the API's object that the row in SQL has otherwise; numbers to the last bit.
fn differences_from_api(place: &str, api: &Value, row: &Value) -> Vec<String> {
    let fields = api.as_object().unwrap_or_else(|| panic!("{place}: {api}"));
    let differs = |(name, want): &(&String, &Value)| match (want.as_f64(), row[name.as_str()].as_f64()) {
        (Some(want), Some(got)) => want.to_bits() != got.to_bits(),
        _ => **want != row[name.as_str()],
    };
    let different = fields.iter().filter(differs);
    different.map(|(name, want)| format!("{place}.{name}: the API has {want}, SQL {}", row[name.as_str()])).collect()
}

struct Checked<'a> {
    world: &'a World,
    client: &'a Client,
    oracle: Vec<Conversation>,
    wrong: Vec<String>,
}

impl Checked<'_> {
    async fn ask(&self, shop: &Shop, path: &str) -> Value {
        let answer = send(&self.world.app, "GET", &format!("/api/v1/analytics/{path}"), &shop.key).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        answer.json
    }

    fn compare(&mut self, place: &str, expected: &Metrics, api: &Value, row: &Value) {
        self.wrong.extend(differences(expected, row).into_iter().map(|sentence| format!("{place}.{sentence}")));
        self.wrong.extend(differences_from_api(place, api, row));
    }

    async fn metrics(&mut self, shop: &Shop, start: NaiveDate, end: NaiveDate) {
        let place = format!("metrics {start} {end} in {}", shop.tz);
        let api = self.ask(shop, &format!("metrics?start_date={start}&end_date={end}&compare=none")).await;
        let range = day_range(start, end, shop.tz);
        let expected = metrics(&self.oracle, shop.store_id, range.from, range.to);
        let (start_text, end_text) = (start.to_string(), end.to_string());
        let (from_text, to_text) = (range.from.to_rfc3339(), range.to.to_rfc3339());
        let asked: [(&str, [&(dyn ToSql + Sync); 3]); 4] = [
            (OF_DATES, [&shop.store_id, &start, &end]),
            (OF_INSTANTS, [&shop.store_id, &range.from, &range.to]),
            (OF_TEXTS, [&shop.store_id, &start_text, &end_text]),
            (OF_TEXTS, [&shop.store_id, &from_text, &to_text]),
        ];
        for (sql, parameters) in asked {
            let found = rows(self.client, sql, &parameters).await;
            assert_eq!(found.len(), 1, "{place}");
            self.compare(&place, &expected, &api["metrics"], &found[0]);
        }
    }

    async fn trends(&mut self, shop: &Shop, start: NaiveDate, end: NaiveDate, granularity: Granularity) {
        let name = granularity.as_str();
        let path = format!("conversations/trends?start_date={start}&end_date={end}&granularity={name}");
        let api = self.ask(shop, &path).await;
        let found = rows(self.client, TRENDS, &[&shop.store_id, &start, &end, &name]).await;
        let expected = trend_buckets(start, end, granularity, shop.tz);
        assert_eq!((found.len(), api.as_array().unwrap().len()), (expected.len(), expected.len()), "{path}");
        for ((bucket, api), row) in expected.iter().zip(api.as_array().unwrap()).zip(&found) {
            let place = format!("{path} {}", bucket.label_start);
            assert_eq!(row["bucket"], json!(bucket.label_start.to_rfc3339()), "{place}");
            let bucket_at: chrono::DateTime<Utc> = row["bucket_at"].as_str().unwrap().parse().unwrap();
            assert_eq!(bucket_at, bucket.label_start, "{place}");
            let of_bucket = metrics(&self.oracle, shop.store_id, bucket.from, bucket.to);
            self.compare(&place, &of_bucket, api, row);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_has_the_numbers_of_the_api() {
    let (world, client) = world().await;
    let mut checked = Checked { world: &world, client: &client, oracle: world.rows(None), wrong: Vec::new() };
    for shop in &world.shops {
        for (start, end) in [(day(1), day(1)), (day(30), day(1)), (day(58), day(0)), (day(400), day(390))] {
            checked.metrics(shop, start, end).await;
        }
        for granularity in Granularity::ALL {
            let days = if granularity == Granularity::Hour { 3 } else { 57 };
            checked.trends(shop, day(days), day(1), granularity).await;
        }
    }
    assert!(checked.wrong.is_empty(), "{}", checked.wrong.join("\n"));
}

#[tokio::test]
async fn dates_are_what_literals_without_a_type_look_like() {
    let (world, client) = world().await;
    let store_id = world.shops[0].store_id;
    let (start, end) = (day(20), day(2));
    let total = |arguments: String| {
        let sql = format!("select total_conversations from metrics('{store_id}', {arguments})");
        let client = &client;
        async move { client.query_one(&sql, &[]).await.unwrap().get::<_, i64>(0) }
    };
    let expected = total(format!("date '{start}', date '{end}'")).await;
    assert!(expected > 0);
    assert_eq!(total(format!("'{start}', '{end}'")).await, expected);
    assert_eq!(total(format!("start_date => '{start}', end_date => '{end}'")).await, expected);
    // 05:45 east of Greenwich.
    let midnight = |date: NaiveDate| format!("'{date} 18:15+00'");
    let (from, to) = (midnight(start - Days::new(1)), midnight(end));
    assert_eq!(total(format!("{from}, {to}")).await, expected);
    assert_eq!(total(format!("\"from\" => {from}, \"to\" => {to}")).await, expected);
    let by_default = format!("select sum(total_conversations)::bigint from trends('{store_id}', '{start}', '{end}')");
    assert_eq!(client.query_one(&by_default, &[]).await.unwrap().get::<_, i64>(0), expected);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_hint() {
    let world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    for (call, message) in [
        ("metrics(gen_random_uuid(), date '2026-11-01', date '2026-11-02')", "unknown store: "),
        ("metrics(null, date '2026-11-01', date '2026-11-02')", "unknown store: null"),
        ("trends(gen_random_uuid(), '2026-11-01', '2026-11-02')", "unknown store: "),
        (
            "metrics($, date '2026-11-02', date '2026-11-01')",
            "the range ends before it starts: 2026-11-02 to 2026-11-01",
        ),
        ("metrics($, now(), now() - interval '1 hour')", "the range ends before it starts: "),
        ("metrics($, '2026-11-02', '2026-11-01 10:00+00')", "a date and an instant make no range: "),
        ("metrics($, '2026-11-02', null)", "a date and an instant make no range: 2026-11-02 to null"),
        ("metrics($, date '2026-11-02', 'infinity')", "no range of time: 2026-11-02 to infinity"),
        ("metrics($, null::timestamptz, now())", "no range of time: null to "),
        ("trends($, '2026-11-02', '2026-11-01')", "the range ends before it starts: "),
        ("trends($, '-infinity', '2026-11-01')", "no range of time: -infinity to 2026-11-01"),
        ("trends($, '2026-11-01', '2026-11-02', 'quarter')", "unknown granularity: quarter"),
        ("trends($, '2026-11-01', '2026-11-02', null)", "unknown granularity: null"),
        ("trends($, '2024-01-01', '2026-11-02', 'hour')", "more than 20000 buckets: "),
    ] {
        let sql = format!("select * from {}", call.replace('$', &format!("'{store_id}'")));
        let error = world.client.query(&sql, &[]).await.unwrap_err();
        let error = error.as_db_error().unwrap_or_else(|| panic!("{call}"));
        let code = if message.starts_with("more than") {
            &SqlState::PROGRAM_LIMIT_EXCEEDED
        } else {
            &SqlState::INVALID_PARAMETER_VALUE
        };
        assert_eq!((error.code(), error.message().starts_with(message)), (code, true), "{call}: {}", error.message());
        assert!(error.detail().is_some() && error.hint().is_some(), "{call}");
    }
}
