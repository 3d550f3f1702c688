//! Filters on time reach the chunks: a week of a year reads a week.

use chrono::{Days, Duration, NaiveDate, SubsecRound, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::oracle::Event;
use crate::support::world::World;

/// A shop with six conversations a day for a year.
async fn a_year() -> World {
    let mut world = World::new(&[chrono_tz::Asia::Kathmandu]).await;
    let store_id = world.shops[0].store_id;
    let events: Vec<Event> = (1..365 * 6)
        .map(|nth| Event {
            store_id,
            conversation_id: Uuid::from_u128(nth),
            event_id: Uuid::from_u128(nth),
            event_type: "message_received".to_owned(),
            customer_id: Some(format!("c-{}", nth % 50)),
            timestamp: Utc::now().trunc_subsecs(6) - Duration::hours(4 * i64::try_from(nth).unwrap()),
            event_data: json!({}),
        })
        .collect();
    let today = Utc::now().date_naive();
    world.add_days(today - Days::new(370), today).await;
    world.import(&events).await;
    world.client.batch_execute("analyze").await.unwrap();
    world
}

/// The chunks that a statement read, and those that were only in its plan.
pub async fn chunks(client: &Client, statement: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let explained = client.query_one(&format!("explain (analyze, format json) {statement}"), &[]).await.unwrap();
    let (mut read, mut planned) = (BTreeSet::new(), BTreeSet::new());
    visit(&explained.get::<_, Value>(0), &mut read, &mut planned);
    (read, planned)
}

fn visit(node: &Value, read: &mut BTreeSet<String>, planned: &mut BTreeSet<String>) {
    if let Some(chunk) = node["Relation Name"].as_str().filter(|name| name.ends_with("_chunk")) {
        let runs = node["Actual Loops"].as_f64().is_some_and(|loops| loops > 0.0);
        if runs {
            read.insert(chunk.to_owned())
        } else {
            planned.insert(chunk.to_owned())
        };
    }
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| visit(node, read, planned)),
        Value::Object(fields) => fields.values().for_each(|node| visit(node, read, planned)),
        _ => {}
    }
}

#[tokio::test]
async fn a_week_of_a_year_reads_two_chunks() {
    let world = a_year().await;
    let store_id = world.shops[0].store_id;
    let end = Utc::now().date_naive() - Days::new(150);
    let start = end - Days::new(6);

    let week =
        format!("select * from daily_metrics where store_id = '{store_id}' and date between '{start}' and '{end}'");
    let rows = world.client.query(&week, &[]).await.unwrap();
    let dates: BTreeSet<NaiveDate> = rows.iter().map(|row| row.get("date")).collect();
    assert_eq!((rows.len(), dates.len()), (7, 7), "one row for each day");
    let (read, unread) = chunks(&world.client, &week).await;
    assert!((1..=3).contains(&read.len()), "daily_metrics read {read:?}");
    println!("daily_metrics read {} chunks, {} more were in the plan", read.len(), unread.len());
}

/// The chunks that a statement read, and those that it locked: also by what functions run inside, which EXPLAIN hides.
async fn touched(client: &mut Client, statement: &str) -> (i64, i64) {
    let transaction = client.transaction().await.unwrap();
    let rows = transaction.query(statement, &[]).await.unwrap();
    assert!(!rows.is_empty(), "{statement}");
    let count = "select count(*) filter (where coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0),
                        (select count(*) from pg_locks l join pg_class c on c.oid = l.relation
                         where l.pid = pg_backend_pid() and c.relname ~ '^_hyper_.*_chunk$' and c.relkind = 'r')
                 from pg_stat_xact_all_tables where relname ~ '^_hyper_.*_chunk$'";
    let row = transaction.query_one(count, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn functions_of_a_week_read_and_lock_the_chunks_of_a_week() {
    let world = a_year().await;
    let mut client = world.database.client().await;
    // The worst that a session can ask for; Colloquy's own connections plan each statement anew.
    client.batch_execute("set plan_cache_mode = force_generic_plan").await.unwrap();
    let store_id = world.shops[0].store_id;
    client.batch_execute(&format!("set colloquy.store_id = '{store_id}'")).await.unwrap();
    let end = Utc::now().date_naive() - Days::new(150);
    let start = end - Days::new(6);
    let between = format!("'{start} 18:07+00', '{end} 18:03+00'");
    let chunks = "select count(*) from show_chunks('conversations')";
    let all: i64 = client.query_one(chunks, &[]).await.unwrap().get(0);
    assert!(all > 50, "{all} chunks");
    for refresh in [false, true] {
        if refresh {
            world.call("refresh_rollups()").await;
        }
        for call in [
            format!("metrics('{store_id}', '{start}', '{end}')"),
            format!("metrics('{store_id}', {between})"),
            format!("period_metrics('{store_id}', {between}, array['{start} 18:07+00'::timestamptz])"),
            format!("tenant.period_metrics('{store_id}', {between}, array['{start} 18:07+00'::timestamptz])"),
            format!("trends('{store_id}', '{start}', '{end}', 'hour')"),
            format!("trends('{store_id}', '{start}', '{end}')"),
        ] {
            let (read, locked) = touched(&mut client, &format!("select * from {call}")).await;
            // Two of conversations, two of the aggregate; none where all days are settled.
            assert!(read <= 4 && locked <= 4, "{call}: read {read}, locked {locked} of {all} chunks");
            assert!(read > 0 || refresh, "{call}: read nothing");
        }
    }
    let cases = format!(
        "tenant.period_cases('{store_id}', '{start} 18:15+00', '{end} 18:15+00', array['{start} 18:15+00'::timestamptz])"
    );
    let (_, locked) = touched(&mut client, &format!("select * from {cases}")).await;
    assert_eq!(locked, 0, "{cases}");
    let (read, locked) = touched(
        &mut client,
        &format!("select * from trends('{store_id}', '{}', '{end}', 'hour')", end - Days::new(200)),
    )
    .await;
    assert!(read > 20, "what is counted is not what is read: {read}, {locked}");
}

#[tokio::test]
async fn daily_metrics_has_one_row_for_each_store_and_day() {
    let world = a_year().await;
    let find = "select count(*), count(distinct (store_id, date)), sum(total_conversations)::bigint,
                       (select count(*) from conversations) from daily_metrics";
    let row = world.client.query_one(find, &[]).await.unwrap();
    let [rows, days, counted, conversations] = [0, 1, 2, 3].map(|nth| row.get::<_, i64>(nth));
    assert_eq!((rows, counted), (days, conversations));
    assert!((364..=367).contains(&days), "{days} days");
}

#[tokio::test]
async fn ingest_looks_up_its_own_conversations_among_many() {
    let world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let many = "insert into conversation_weeks (store_id, conversation_id, week_at)
                select $1, gen_random_uuid(), '2026-11-05' from generate_series(1, 50000)";
    world.client.execute(many, &[&store_id]).await.unwrap();
    world.client.batch_execute("analyze conversation_weeks").await.unwrap();
    let mut client = world.database.client().await;
    let transaction = client.transaction().await.unwrap();
    let track = "select track_event(gen_random_uuid(), $1, 'message_received')";
    transaction.query(track, &[&store_id]).await.unwrap();
    let read = "select coalesce(seq_tup_read, 0) from pg_stat_xact_user_tables where relname = 'conversation_weeks'";
    assert_eq!(transaction.query_one(read, &[]).await.unwrap().get::<_, i64>(0), 0, "rows read beside an index");
}
