//! Every query of docs/sql.md runs in psql, and finds what the API answers or what a second way to work it out gives.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use chrono::{Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::sql::plans::chunks;
use crate::support::answers::Shop;
use crate::support::http::send;
use crate::support::oracle::calendar::day_range;
use crate::support::oracle::local_time::local_date;
use crate::support::oracle::{Conversation, Outcome, equal};
use crate::support::programs::program;
use crate::support::streams::{self, Options};
use crate::support::world::World;

struct Section {
    title: String,
    sql: String,
    /// Columns of the result that the page shows.
    shown: Vec<String>,
}

/// The block that gets instants, and the numbered sections.
fn sections() -> (String, Vec<Section>) {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sql.md")).unwrap();
    let block = |text: &str, language: &str| {
        let (_, rest) = text.split_once(&format!("```{language}\n"))?;
        Some(rest.split_once("```")?.0.to_owned())
    };
    let mut parts = page.split("\n## ");
    let instants = block(parts.next().unwrap(), "sql").unwrap();
    let section = |part: &str| {
        assert_eq!(part.matches("```sql\n").count(), 1, "{part}");
        let result = block(part, "text").unwrap_or_else(|| panic!("no result: {part}"));
        Section {
            title: part.lines().next().unwrap().to_owned(),
            sql: block(part, "sql").unwrap(),
            shown: result.lines().next().unwrap().split('|').map(|name| name.trim().to_owned()).collect(),
        }
    };
    (instants, parts.map(section).collect())
}

type Row = BTreeMap<String, String>;

struct Page {
    world: World,
    oracle: Vec<Conversation>,
    instants: String,
    folder: PathBuf,
    start: NaiveDate,
    end: NaiveDate,
    today: NaiveDate,
}

impl Page {
    async fn new(instants: String) -> Self {
        let mut world = World::new(&[chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu]).await;
        let options = Options {
            stores: world.store_ids(),
            conversation_ids: 220,
            from: Utc::now() - Days::new(60),
            to: Utc::now(),
            timezones: vec![chrono_tz::America::New_York],
            largest_batch: 500,
        };
        let batches = streams::generate(23, &options);
        for (nth, batch) in batches.iter().enumerate() {
            world.import(batch).await;
            if nth == batches.len() / 2 {
                world.call("refresh_rollups()").await;
            }
        }
        world.call("detect_content_gaps()").await;
        let (shop, today) = (&world.shops[0], local_date(Utc::now(), world.shops[0].tz));
        let set = include_str!("../../sql/stores/set_roi_assumptions.sql");
        for (ago, cost) in [(20, Decimal::new(3125, 2)), (9, Decimal::new(1999, 2))] {
            let valid_from = today - Days::new(ago);
            let (minutes, ai_cost) = (Decimal::new(65, 1), Decimal::new(41, 3));
            world.client.query(set, &[&shop.store_id, &valid_from, &cost, &minutes, &ai_cost]).await.unwrap();
        }
        world.client.batch_execute("analyze").await.unwrap();
        let folder = std::env::temp_dir().join(format!("colloquy_sql_{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let oracle = world.rows(None);
        Self { world, oracle, instants, folder, start: today - Days::new(28), end: today - Days::new(1), today }
    }

    fn shop(&self) -> &Shop {
        &self.world.shops[0]
    }

    /// The conversation with the most events among those of a few weeks.
    fn conversation(&self) -> uuid::Uuid {
        let is_short = |row: &&Conversation| row.last_event_at - row.started_at < chrono::Duration::days(10);
        let is_only = |row: &&Conversation| {
            self.oracle.iter().filter(|other| other.conversation_id == row.conversation_id).count() == 1
        };
        let of_shop = self.oracle.iter().filter(|row| row.store_id == self.shop().store_id);
        of_shop.filter(is_short).filter(is_only).max_by_key(|row| row.event_count).unwrap().conversation_id
    }

    fn variables(&self, (start, end): (NaiveDate, NaiveDate)) -> [(&str, String); 4] {
        [
            ("store", self.shop().store_id.to_string()),
            ("start", start.to_string()),
            ("end", end.to_string()),
            ("conversation", self.conversation().to_string()),
        ]
    }

    /// What psql writes for a query of the page, after the block that gets instants.
    fn psql(&self, sql: &str, dates: (NaiveDate, NaiveDate)) -> (Vec<String>, Vec<Row>) {
        let mut psql = program("psql");
        psql.args(["--no-psqlrc", "--quiet", "--csv", "--set=ON_ERROR_STOP=1", "--dbname", self.world.database.url()]);
        psql.args(self.variables(dates).map(|(name, value)| format!("--set={name}={value}")));
        psql.current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut psql = psql.spawn().unwrap();
        let script = format!("set role colloquy_reader;\n{}\n{sql}", self.instants);
        psql.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = psql.wait_with_output().unwrap();
        assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
        table(&output.stdout)
    }

    async fn ask(&self, path: &str) -> Value {
        let answer = send(&self.world.app, "GET", &format!("/api/v1/{path}"), &self.shop().key).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        answer.json
    }

    /// Rows of the oracle that started on the dates.
    fn started(&self) -> impl Iterator<Item = &Conversation> {
        let range = day_range(self.start, self.end, self.shop().tz);
        let store_id = self.shop().store_id;
        self.oracle
            .iter()
            .filter(move |row| row.store_id == store_id && range.from <= row.started_at && row.started_at < range.to)
    }

    fn dates(&self) -> String {
        format!("start_date={}&end_date={}", self.start, self.end)
    }

    /// The statement as a client without psql's variables would send it.
    fn with_values(&self, sql: &str) -> String {
        let variables = self.variables((self.start, self.end));
        variables
            .iter()
            .fold(sql.to_owned(), |sql, (name, value)| sql.replace(&format!(":'{name}'"), &format!("'{value}'")))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn table(csv: &[u8]) -> (Vec<String>, Vec<Row>) {
    let mut reader = csv::Reader::from_reader(csv);
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| columns.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
    let rows = reader.records().map(|record| row(record.unwrap())).collect();
    (columns, rows)
}

/// Compares the cells of a row with the fields of the same names; null is an empty cell.
#[track_caller]
fn assert_fields(title: &str, row: &Row, expected: &Value, names: &[&str]) {
    for name in names {
        let (cell, want) = (&row[*name], &expected[*name]);
        let is_same = match want {
            Value::Null => cell.is_empty(),
            Value::String(text) => cell == text,
            want => serde_json::from_str::<Value>(cell)
                .is_ok_and(|got| want == &got || equal(&json!(want.as_f64()), &json!(got.as_f64()))),
        };
        assert!(is_same, "{title}: {name} is {cell:?}, expected {want}");
    }
}

#[track_caller]
fn assert_rows(title: &str, rows: &[Row], expected: &[Value], names: &[&str]) {
    assert_eq!(rows.len(), expected.len(), "{title}: {rows:?}, expected {expected:?}");
    assert!(!rows.is_empty(), "{title} has no rows");
    for (row, expected) in rows.iter().zip(expected) {
        assert_fields(title, row, expected, names);
    }
}

fn array(answer: &Value) -> &Vec<Value> {
    answer.as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_of_the_page_finds_what_the_api_answers() {
    let (instants, sections) = sections();
    let page = Page::new(instants).await;
    assert!(sections.len() >= 10);
    for (nth, section) in sections.iter().enumerate() {
        assert!(section.title.starts_with(&format!("{}. ", nth + 1)), "{}", section.title);
        // The API counts the costs of the last days until now.
        let dates = if nth + 1 == 9 { (page.today - Days::new(29), page.today) } else { (page.start, page.end) };
        let (mut columns, rows) = page.psql(&section.sql, dates);
        if nth + 1 == 13 {
            columns = vec!["$ head -3 daily.csv".to_owned()];
        }
        assert_eq!(section.shown, columns, "{}: the result on the page", section.title);
        check(&page, nth + 1, section, &rows).await;
    }
    assert_eq!(local_date(Utc::now(), page.shop().tz), page.today, "a day ended during the test: run it again");
}

async fn check(page: &Page, number: usize, section: &Section, rows: &[Row]) {
    let title = &section.title;
    let dates = page.dates();
    match number {
        1 => {
            let path = format!("analytics/metrics?start_date={0}&end_date={0}&compare=none", page.end);
            let names =
                ["total_conversations", "resolution_rate", "csat", "unique_customers", "p95_first_response_time_ms"];
            assert_rows(title, rows, &[page.ask(&path).await["metrics"].clone()], &names);
            assert_eq!(rows[0]["date"], page.end.to_string());
        }
        2 => {
            let start = page.today - Days::new(7);
            let path = format!("analytics/metrics?start_date={start}&end_date={}&compare=previous_period", page.end);
            let answer = page.ask(&path).await;
            let names = ["total_conversations", "resolution_rate", "escalation_rate"];
            assert_rows(title, rows, &[answer["previous_period"].clone(), answer["metrics"].clone()], &names);
            assert_fields(title, &rows[1], &answer, &["growth_rate"]);
        }
        3 => {
            let answer = page.ask(&format!("analytics/conversations/trends?{dates}&granularity=week")).await;
            let names = ["bucket", "total_conversations", "ai_resolution_rate", "avg_first_response_time_ms", "csat"];
            assert_rows(title, rows, array(&answer), &names);
        }
        4 | 13 => check_days(page, number, section, rows).await,
        5 => {
            let answer = page.ask("content-gaps?order=frequency&limit=10").await;
            let names = ["topic", "status", "frequency", "best_confidence"];
            let mut gaps = array(&answer["content_gaps"]).clone();
            gaps.sort_by_key(|gap| (-gap["frequency"].as_i64().unwrap(), gap["topic"].as_str().unwrap().to_owned()));
            assert_rows(title, rows, &gaps, &names);
        }
        6 => {
            let mut waits: Vec<_> = page.started().filter(|row| row.first_response_us.is_some()).collect();
            waits.sort_by_key(|row| (-row.first_response_us.unwrap(), row.conversation_id, row.started_at));
            let wait = |row: &&Conversation| {
                let seconds = Decimal::new(row.first_response_us.unwrap(), 6)
                    .round_dp_with_strategy(3, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
                json!({"conversation_id": row.conversation_id, "channel": row.channel, "first_response_seconds": seconds.to_string().parse::<f64>().unwrap()})
            };
            let expected: Vec<Value> = waits.iter().take(5).map(wait).collect();
            assert_rows(title, rows, &expected, &["conversation_id", "channel", "first_response_seconds"]);
        }
        7 | 8 => {
            let by = if number == 7 { "hour_of_week" } else { "channel" };
            let answer = page.ask(&format!("analytics/breakdown?by={by}&{dates}")).await;
            let groups = array(&answer).iter().filter(|group| group["total_conversations"] != 0);
            let groups: BTreeMap<_, _> =
                groups.map(|group| (group["group"].as_str().unwrap_or_default(), group)).collect();
            assert_eq!(rows.len(), groups.len(), "{title}: {rows:?}");
            for row in rows {
                let group = groups[row[by].as_str()];
                assert_eq!(group["total_conversations"].to_string(), row["conversations"], "{title}");
                assert_fields(title, row, group, &["escalation_rate"]);
            }
        }
        9 => {
            let names = ["total_conversations", "ai_resolved_conversations", "human_agent_cost", "ai_cost", "savings"];
            let answer = page.ask("analytics/roi?period_days=30").await;
            assert_eq!(answer["assumptions_changed"], true);
            assert_rows(title, rows, &[answer], &names);
        }
        10 => check_customers(page, title, rows),
        11 => {
            let count = "select count(distinct (store_id, bucket)) from rollup_pending
                         where bucket < (select refreshed_to from rollup_progress)";
            let pending: i64 = page.world.client.query_one(count, &[]).await.unwrap().get(0);
            assert!(pending > 0);
            let expected = json!({"rollup": "conversation_metrics_15m", "pending_buckets": pending});
            assert_rows(title, rows, &[expected], &["rollup", "pending_buckets"]);
        }
        12 => {
            let answer = page.ask(&format!("conversations/{}", page.conversation())).await;
            let timeline =
                answer["timeline"].as_array().or(answer["events"].as_array()).unwrap_or_else(|| panic!("{answer}"));
            assert_rows(title, rows, timeline, &["event_type"]);
            let range = "select min(week_at)::text, (max(week_at) + interval '168 hours')::text, count(*)
                         from conversation_weeks where conversation_id = $1";
            let range = page.world.client.query_one(range, &[&page.conversation()]).await.unwrap();
            let (_, sql) = section.sql.split_once("\\gset").unwrap();
            let sql =
                [":'from_week'", ":'to_week'"].iter().enumerate().fold(page.with_values(sql), |sql, (nth, name)| {
                    sql.replace(name, &format!("'{}'", range.get::<_, String>(nth)))
                });
            let (read, unread) = chunks(&page.world.client, &sql.replace(';', "")).await;
            let all = "select count(*) from show_chunks('conversation_events')";
            let all: i64 = page.world.client.query_one(all, &[]).await.unwrap().get(0);
            assert!(
                (read.len() + unread.len()) < usize::try_from(all).unwrap(),
                "{title}: {read:?} {unread:?} of {all}"
            );
            assert!(read.len() >= usize::try_from(range.get::<_, i64>(2)).unwrap(), "{title}: {read:?}");
        }
        _ => panic!("no check of {title}"),
    }
}

/// Rows of `daily_metrics`, on the screen for a week and in a file.
async fn check_days(page: &Page, number: usize, section: &Section, rows: &[Row]) {
    let end = if number == 4 { page.start + Days::new(6) } else { page.end };
    let path = format!("analytics/export?start_date={}&end_date={end}&format=json", page.start);
    let answer = page.ask(&path).await;
    if number == 4 {
        let names = ["date", "total_conversations", "escalated_conversations", "resolution_rate"];
        assert_rows(&section.title, rows, array(&answer), &names);
        let (read, unread) = chunks(&page.world.client, &page.with_values(&section.sql).replace(';', "")).await;
        assert!(read.len() <= 2 && read.len() + unread.len() >= 8, "{read:?} {unread:?}");
    } else {
        let (_, rows) = table(&std::fs::read(page.folder.join("daily.csv")).unwrap());
        let names = ["date", "total_conversations", "resolved_conversations", "csat", "unique_customers"];
        assert_rows(&section.title, &rows, array(&answer), &names);
    }
}

fn check_customers(page: &Page, title: &str, rows: &[Row]) {
    let mut customers: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in page.started() {
        if let Some(customer) = &row.customer_id {
            let (conversations, resolved) = customers.entry(customer).or_default();
            *conversations += 1;
            *resolved += i64::from(row.outcome == Outcome::Resolved);
        }
    }
    let mut customers: Vec<_> = customers.into_iter().filter(|(_, (conversations, _))| *conversations > 2).collect();
    customers.sort_by_key(|(customer, (conversations, _))| (-conversations, customer.to_owned()));
    let expected = customers.into_iter().take(5).map(|(customer, (conversations, resolved))| {
        json!({"customer_id": customer, "conversations": conversations, "resolved": resolved})
    });
    let expected: Vec<Value> = expected.collect();
    assert_rows(title, rows, &expected, &["customer_id", "conversations", "resolved"]);
}
