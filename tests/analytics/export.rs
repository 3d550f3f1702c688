//! GET /api/v1/analytics/export: the same rows in every format, their number, and events that can be imported again.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::commands::database::Database;
use crate::commands::files::{Folder, import, options};
use crate::support::csv::{Both, assert_same_rows};
use crate::support::database::TestDatabase;
use crate::support::http::{Answer, answer, request};
use crate::support::streams::{Options, generate};
use crate::support::world::World;

const TZ: chrono_tz::Tz = chrono_tz::Asia::Kathmandu;

const NAMES: [&str; 6] = ["=1+1", "+1", "-1", "@x", "a,\"b\"", "\tx"];

/// A shop with a month of events, timeouts among them, and customers whose names a spreadsheet would run.
async fn a_month() -> World {
    let mut world = World::new(&[TZ, chrono_tz::UTC]).await;
    let now = Utc::now();
    let generated = generate(
        11,
        &Options {
            stores: world.store_ids(),
            conversation_ids: 60,
            from: now - Duration::days(30),
            to: now - Duration::minutes(1),
            timezones: vec![TZ],
            largest_batch: 500,
        },
    );
    for (nth, mut batch) in generated.into_iter().enumerate() {
        for event in &mut batch {
            // Every other conversation has such a customer.
            let name = NAMES.get(usize::from(event.conversation_id.as_bytes()[0]) % (2 * NAMES.len()));
            if let Some(name) = name {
                event.customer_id = Some(format!("{name}{nth}"));
                event.event_data["note"] = json!("=cmd(), \"two  blanks\" \\ {\r\n");
            }
        }
        world.import(&batch).await;
    }
    let today = now.date_naive();
    world.add_days(today - Duration::days(40), today + Duration::days(1)).await;
    world.call("abandon_conversations(config => '{\"hours\": 2160}')").await;
    world
}

/// The path of an export of 21 days.
fn path(dataset: &str) -> String {
    let end = Utc::now().with_timezone(&TZ).date_naive() - Duration::days(2);
    let start = end - Duration::days(20);
    format!("/api/v1/analytics/export?dataset={dataset}&start_date={start}&end_date={end}")
}

async fn export(world: &World, dataset: &str, format: &str, headers: &[(&str, &str)]) -> Answer {
    let path = format!("{}&format={format}", path(dataset));
    let asked =
        headers.iter().fold(request("GET", &path, &world.shops[0].key), |r, (name, value)| r.header(*name, *value));
    let got = answer(&world.app, asked).await;
    assert_eq!(got.status(), 200, "{path}");
    got
}

#[tokio::test]
async fn each_dataset_has_the_same_rows_in_each_format() {
    let world = a_month().await;
    for (dataset, least) in [("daily_metrics", 10), ("conversations", 20), ("events", 150)] {
        let in_json = export(&world, dataset, "json", &[]).await;
        let rows = in_json.json.as_array().unwrap();
        assert!(rows.len() >= least, "{dataset}: {}", rows.len());

        let in_ndjson = export(&world, dataset, "ndjson", &[]).await;
        let lines: Vec<Value> =
            in_ndjson.text().split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(&lines, rows, "{dataset}");

        let Both { csv: in_csv, .. } = assert_same_rows(&world.app, &path(dataset), &world.shops[0].key).await;
        let is_defused = in_csv.text().contains("'=1+1") && !in_csv.text().contains(",=1+1");
        assert!(is_defused || dataset == "daily_metrics", "{dataset}");

        for (answer, format) in [(&in_json, "json"), (&in_ndjson, "ndjson"), (&in_csv, "csv")] {
            assert_eq!(answer.header("x-row-count"), rows.len().to_string(), "{dataset} {format}");
            assert_eq!(answer.header("vary"), "accept, accept-encoding");
            assert!(answer.header("x-data-complete-until").ends_with('Z'));
            assert_eq!(answer.header("content-encoding"), "");
            let file = answer.header("content-disposition");
            assert!(file.contains(dataset) && file.ends_with(&format!(".{format}\"")), "{file}");

            let packed = export(&world, dataset, format, &[("accept-encoding", "br, gzip;q=0.5")]).await;
            assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept, accept-encoding"));
            let bytes = packed.response.body();
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == answer.response.body()[..], "{dataset} {format}");
            assert!(bytes.len() < unpacked.len(), "{dataset} {format}");
        }
    }
}

#[tokio::test]
async fn rows_are_those_of_the_local_dates_in_order() {
    let world = a_month().await;
    let store_id = world.shops[0].store_id;
    let end = Utc::now().with_timezone(&TZ).date_naive() - Duration::days(2);
    let of = async |sql: &str| -> Vec<String> {
        let start: NaiveDate = end - Duration::days(20);
        let rows = world.client.query(sql, &[&store_id, &start, &end, &TZ.name()]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let conversations = export(&world, "conversations", "json", &[]).await.json;
    let exported: Vec<_> = conversations.as_array().unwrap().iter().map(|row| row["conversation_id"].clone()).collect();
    let sql = "select conversation_id::text from conversations
               where store_id = $1 and (started_at at time zone $4)::date between $2 and $3
               order by started_at, conversation_id";
    assert_eq!(exported, of(sql).await);

    // Columns that the table has and the export lacks are a decision, not an oversight.
    let sql = "select attname::text from pg_attribute
               where attrelid = 'tenant.conversations'::regclass and attnum > 0
                 and attname not in ('contact_windows', 'topics')
                 and $1::uuid is not null and $2::date <= $3::date and $4::text is not null";
    let mut columns = of(sql).await;
    columns.sort();
    assert_eq!(conversations[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>(), columns);

    let events = export(&world, "events", "json", &[]).await.json;
    let ids = |row: &Value| format!("{} {}", row["event_id"].as_str().unwrap(), row["timestamp"].as_str().unwrap());
    let exported: Vec<String> = events.as_array().unwrap().iter().map(ids).collect();
    let sql = "select event_id || ' ' || (to_json(created_at at time zone 'UTC') #>> '{}')
               from conversation_events
               where store_id = $1 and (created_at at time zone $4)::date between $2 and $3
               order by created_at, event_id, conversation_id";
    let stored = of(sql).await;
    let normal = |text: &String| {
        let (id, at) = text.split_once(' ').unwrap();
        (id.to_owned(), format!("{}Z", at.trim_end_matches('Z')).parse::<DateTime<Utc>>().unwrap())
    };
    assert_eq!(exported.iter().map(normal).collect::<Vec<_>>(), stored.iter().map(normal).collect::<Vec<_>>());
    assert!(events.as_array().unwrap().iter().any(|row| row["event_data"]["reason"] == "timeout"));
}

async fn everything(database: &Database) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let events = "select store_id || ' ' || conversation_id || ' ' || event_id || ' ' || created_at,
                         (to_jsonb(e) - 'received_at')::text from conversation_events e";
    let conversations =
        "select store_id || ' ' || conversation_id || ' ' || started_at, to_jsonb(c)::text from conversations c";
    let mut found = Vec::new();
    for sql in [events, conversations] {
        let rows = database.client.query(sql, &[]).await.unwrap();
        found.push(rows.iter().map(|row| (row.get(0), row.get(1))).collect());
    }
    let conversations = found.pop().unwrap();
    (found.pop().unwrap(), conversations)
}

#[tokio::test(flavor = "multi_thread")]
async fn exported_events_can_be_imported_again() {
    let source = Database::new().await;
    let store_id = Uuid::new_v4();
    let insert = "insert into stores (store_id, name, timezone) values ($1, 'A shop', 'UTC')";
    source.client.execute(insert, &[&store_id]).await.unwrap();
    let folder = Folder::new();
    let history = generate(
        5,
        &Options {
            stores: vec![store_id],
            conversation_ids: 80,
            from: "2026-01-10T00:00:00Z".parse().unwrap(),
            to: "2026-03-10T00:00:00Z".parse().unwrap(),
            timezones: vec![TZ],
            largest_batch: 500,
        },
    )
    .concat();
    let mut lines = crate::commands::files::ndjson(&history);
    // As large as an event may be: PostgreSQL writes more blanks than there were.
    let many: Vec<String> = (0..3300).map(|nth| format!("\"k{nth:04}\":1")).collect();
    let large = format!(
        "{{\"store_id\":\"{store_id}\",\"conversation_id\":\"{}\",\"event_type\":\"message_received\",\
         \"timestamp\":\"2026-02-01T00:00:00Z\",\"event_data\":{{{}}}}}\n",
        Uuid::new_v4(),
        many.join(",")
    );
    lines.extend(large.into_bytes());
    import(&source, &[folder.file("history.ndjson", &lines)], &options()).await.unwrap();

    let exported =
        source.export(store_id, "dataset=events&format=ndjson&start_date=2026-01-01&end_date=2026-12-31").await;
    let target = Database::new().await;
    let file = folder.file("export.ndjson", exported.as_bytes());
    let summary = import(&target, &[file], &options()).await.unwrap();
    assert_eq!((summary.rejections.first.len(), summary.duplicates), (0, 0));
    let (events, conversations) = everything(&source).await;
    assert!(events.values().any(|event| event.contains("\"timeout\"")));
    let (events_again, conversations_again) = everything(&target).await;
    assert_eq!((events.len(), conversations.len()), (events_again.len(), conversations_again.len()));
    assert!(events == events_again && conversations == conversations_again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_row_count_is_of_the_same_moment_as_the_rows() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;
    let client = database.client().await;
    let writing = tokio::spawn(async move {
        loop {
            let track = "select track_conversation_started($1, $2)";
            client.query(track, &[&Uuid::new_v4(), &store_id]).await.unwrap();
        }
    });
    let today = Utc::now().date_naive();
    let mut counts = Vec::new();
    for nth in 0..60 {
        let dataset = ["conversations", "events"][nth % 2];
        let (start, end) = (today - Duration::days(1), today + Duration::days(1));
        let path =
            format!("/api/v1/analytics/export?dataset={dataset}&format=ndjson&start_date={start}&end_date={end}");
        let answer = answer(&app, request("GET", &path, &key)).await;
        assert_eq!(answer.header("x-row-count"), answer.text().lines().count().to_string(), "{dataset}");
        counts.push(answer.text().lines().count());
    }
    writing.abort();
    assert!(counts.last() > counts.first(), "{counts:?}");
}
