//! Reads are right at any moment of a refresh: before, during and after it, beside other refreshes and slow writers.

use std::time::{Duration as StdDuration, Instant};

use chrono::{DateTime, Days, Duration, DurationRound, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::oracle::Event;
use crate::support::world::{World, call};

const INGEST: &str = "select errors from ingest_events($1)";
/// The chunks of the aggregate, where there is one.
const CHUNKS: &str = "select format('%I.%I', c.chunk_schema, c.chunk_name)
    from timescaledb_information.continuous_aggregates a
    join timescaledb_information.chunks c on c.hypertable_schema = a.materialization_hypertable_schema
                                         and c.hypertable_name = a.materialization_hypertable_name
    where a.view_name = 'conversation_metrics_15m_aggregate'";

fn event(world: &World, conversation_id: Uuid, event_type: &str, at: DateTime<Utc>) -> Event {
    Event::new(world.shops[0].store_id, conversation_id, event_type, at, json!({}))
}

async fn post(world: &mut World, events: &[Event]) {
    world.post(&world.shops[0].key, events).await;
    world.events.extend_from_slice(events);
}

/// Asserts that the last days of the shop are answered as the oracle says.
async fn assert_fresh(world: &World, moment: &str) {
    let today = Utc::now().date_naive();
    let rows = world.rows(None);
    let answers = world.answers(&world.shops[0], &rows);
    let wrong = answers.metrics(today - Days::new(4), today, "none").await;
    assert!(wrong.is_empty(), "{moment}: {} differences\n  {}", wrong.len(), wrong.join("\n  "));
}

/// Guards the pending marks: without them the answer stays what the aggregate took in first.
#[tokio::test]
async fn a_change_below_the_refreshed_range_is_read_at_once() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::hours(60));
    let (received, resolved) = ("message_received", "conversation_resolved");
    let first = event(&world, id, received, start);
    post(&mut world, &[first]).await;
    assert_fresh(&world, "before any refresh").await;
    world.call("refresh_rollups()").await;
    assert_fresh(&world, "after the first refresh").await;

    let changes = [
        ("a later event", event(&world, id, resolved, start + Duration::hours(1))),
        ("an earlier start, in another bucket", event(&world, id, received, start - Duration::hours(2))),
        ("another conversation", event(&world, Uuid::new_v4(), received, start)),
        ("a bucket that was empty", event(&world, Uuid::new_v4(), received, start + Duration::hours(5))),
    ];
    for (change, event) in changes {
        post(&mut world, &[event]).await;
        assert_fresh(&world, change).await;
        world.call("refresh_rollups()").await;
        assert_fresh(&world, &format!("{change}, refreshed")).await;
    }
}

/// Guards the pending marks of a writer whose mark is not visible yet when a refresh reads the marks.
#[tokio::test]
async fn a_writer_that_commits_after_a_refresh_is_read_at_once() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::hours(60));
    let known = event(&world, id, "message_received", start);
    post(&mut world, &[known]).await;
    world.call("refresh_rollups()").await;

    let slow = world.database.client().await;
    let late = event(&world, id, "conversation_resolved", start + Duration::hours(1));
    begin(&slow, &late).await;
    world.call("refresh_rollups()").await;
    assert_fresh(&world, "while the writer is under way").await;
    slow.batch_execute("commit").await.unwrap();
    world.events.push(late);
    assert_fresh(&world, "after the writer has committed").await;
    world.call("refresh_rollups()").await;
    assert_fresh(&world, "after the next refresh").await;
}

/// Guards the threshold that migrate raises: a commit that takes long, here for 100 ms, beside the first refresh of a week.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_is_committing_during_a_refresh_is_not_forgotten() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (slow, quick) = (world.database.client().await, world.database.client().await);
    slow.batch_execute("set commit_delay = 100000; set commit_siblings = 0").await.unwrap();
    quick.batch_execute("set synchronous_commit = off").await.unwrap();
    for week in (1..8).rev() {
        let start = Utc::now() - Duration::days(week * 7);
        let known = event(&world, Uuid::new_v4(), "message_received", start);
        post(&mut world, &[known]).await;
        let late = event(&world, Uuid::new_v4(), "message_received", start + Duration::minutes(1));
        begin(&slow, &late).await;
        let (committed, ()) = tokio::join!(slow.batch_execute("commit"), call(&quick, "refresh_rollups()"));
        committed.unwrap();
        world.events.push(late);
        world.call("refresh_rollups()").await;
    }
    let (today, rows) = (Utc::now().date_naive(), world.rows(None));
    let wrong = world.answers(&world.shops[0], &rows).metrics(today - Days::new(60), today, "none").await;
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));
}

/// Guards the hour between the marks (47 hours) and the aggregate (48 hours).
#[tokio::test]
async fn a_row_that_is_taken_in_while_its_writer_is_slow_is_read_at_once() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::minutes(47 * 60 + 20));
    let known = event(&world, id, "message_received", start);
    post(&mut world, &[known]).await;
    world.call("refresh_rollups()").await;

    let slow = world.database.client().await;
    let late = event(&world, id, "conversation_resolved", start + Duration::hours(1));
    begin(&slow, &late).await;
    fifty_minutes_pass(&world.client).await;
    world.call("refresh_rollups()").await;
    slow.batch_execute("commit").await.unwrap();
    world.events.push(late);
    assert_fresh(&world, "after the writer has committed").await;
}

/// Guards the wait for writers who are visible already and have not told yet that `conversations` has its first chunk:
/// stopped there in a debugger, they left nothing in the aggregate and the settled days, and their marks were deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_waits_until_the_writers_of_its_marks_have_ended() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let ending = "create table ending (transactionid xid);
        create view locks_and_ending as
        select locktype, transactionid from pg_locks union all select 'transactionid', transactionid from ending";
    world.client.batch_execute(ending).await.unwrap();
    let definition = "select pg_get_functiondef('refresh_rollups(integer, jsonb)'::regprocedure)";
    let definition: String = world.client.query_one(definition, &[]).await.unwrap().get(0);
    assert!(definition.contains("from pg_locks"));
    world.client.batch_execute(&definition.replace("from pg_locks", "from locks_and_ending")).await.unwrap();

    let imported = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::hours(60));
    world.import(&[imported]).await;
    world.client.batch_execute("insert into ending select xmin from rollup_pending").await.unwrap();
    let client = world.database.client().await;
    let refresh = tokio::spawn(async move { call(&client, "refresh_rollups()").await });
    let marks = "select count(*) from rollup_pending";
    for _ in 0..5 {
        tokio::time::sleep(StdDuration::from_millis(200)).await;
        assert!(!refresh.is_finished(), "the refresh did not wait");
        assert_eq!(world.client.query_one(marks, &[]).await.unwrap().get::<_, i64>(0), 1);
        assert_fresh(&world, "while the refresh waits").await;
    }
    world.client.batch_execute("delete from ending").await.unwrap();
    refresh.await.unwrap();
    assert_eq!(world.client.query_one(marks, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_fresh(&world, "after the refresh").await;
}

/// Guards the buckets of 15 minutes that an edge cuts, as the elapsed point of the period before does.
#[tokio::test]
async fn an_edge_cuts_a_bucket_of_the_rollup() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let bucket = (Utc::now() - Duration::hours(72)).duration_trunc(Duration::minutes(15)).unwrap();
    for minutes in [1, 4, 10] {
        let imported = event(&world, Uuid::new_v4(), "message_received", bucket + Duration::minutes(minutes));
        world.import(&[imported]).await;
    }
    let (from, to) = (bucket - Duration::days(5), bucket + Duration::days(1));
    let edges = vec![from, bucket + Duration::minutes(5)];
    let sums = "select array_agg(total_conversations order by bucket) from period_sums($1, $2, $3, $4)";
    for moment in ["before a refresh", "after it"] {
        let row = world.client.query_one(sums, &[&world.shops[0].store_id, &from, &to, &edges]).await.unwrap();
        assert_eq!(row.get::<_, Vec<i64>>(0), [2, 1], "{moment}");
        world.call("refresh_rollups()").await;
    }
}

/// For the refresh; the row of the test is then older than 48 hours.
async fn fifty_minutes_pass(client: &Client) {
    let definition = "select pg_get_functiondef('refresh_rollups(integer, jsonb)'::regprocedure)";
    let definition: String = client.query_one(definition, &[]).await.unwrap().get(0);
    assert!(definition.contains("now() - interval '48 hours'"));
    let later =
        definition.replace("now() - interval '48 hours'", "now() + interval '50 minutes' - interval '48 hours'");
    client.batch_execute(&later).await.unwrap();
}

/// Guards the refresh lock: recent versions of `TimescaleDB` refuse a second refresh of the same weeks, and some older
/// ones lose rows in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_refresh_waits_for_the_first() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::hours(60));
    let known = event(&world, id, "message_received", start);
    post(&mut world, &[known]).await;
    world.call("refresh_rollups()").await;
    let late = event(&world, id, "conversation_resolved", start + Duration::hours(1));
    post(&mut world, &[late]).await;

    // Holds the first refresh where it writes; readers pass.
    let holder = world.database.client().await;
    holder.batch_execute("begin").await.unwrap();
    for chunk in holder.query(CHUNKS, &[]).await.unwrap() {
        holder.batch_execute(&format!("lock table {} in share mode", chunk.get::<_, &str>(0))).await.unwrap();
    }
    let mut refreshes = JoinSet::new();
    for _ in 0..2 {
        let client = world.database.client().await;
        refreshes.spawn(async move { call(&client, "refresh_rollups()").await });
        for _ in 0..5 {
            tokio::time::sleep(StdDuration::from_millis(200)).await;
            assert_fresh(&world, "while a refresh is held").await;
        }
    }
    holder.batch_execute("commit").await.unwrap();
    while let Some(done) = refreshes.join_next().await {
        done.unwrap();
        assert_fresh(&world, "after a refresh").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_old_rows_are_read_at_once_while_two_refreshes_run() {
    let seed = std::env::var("COLLOQUY_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut rng = StdRng::seed_from_u64(seed);
    let mut refreshes = JoinSet::new();
    let mut world = World::new(&[chrono_tz::UTC]).await;
    for _ in 0..2 {
        let client = world.database.client().await;
        refreshes.spawn(async move {
            loop {
                call(&client, "refresh_rollups()").await;
            }
        });
    }
    let slow = world.database.client().await;
    let mut held: Option<Event> = None;
    let ids: Vec<Uuid> = (0..40).map(|_| Uuid::from_u128(rng.random())).collect();
    let until = Instant::now() + StdDuration::from_secs(6);
    for round in 0.. {
        if Instant::now() > until {
            break;
        }
        let minutes = rng.random_range(47 * 60 - 10..60 * 60);
        let event_type = ["message_received", "message_sent", "conversation_resolved"][rng.random_range(0..3)];
        let at = Utc::now() - Duration::minutes(minutes);
        // The slow writer has conversations of its own, or the others would wait for it.
        let id = if held.is_none() && rng.random_bool(0.2) { Uuid::new_v4() } else { ids[rng.random_range(0..40)] };
        let next = event(&world, id, event_type, at);
        if held.is_none() && !ids.contains(&id) {
            begin(&slow, &next).await;
            held = Some(next);
        } else if !share_a_lock(&world.client, held.as_ref(), id).await {
            post(&mut world, &[next]).await;
        }
        if rng.random_bool(0.3)
            && let Some(event) = held.take()
        {
            slow.batch_execute("commit").await.unwrap();
            world.events.push(event);
        }
        assert_fresh(&world, &format!("COLLOQUY_SEED={seed}, round {round}")).await;
        if let Some(ended) = refreshes.try_join_next() {
            ended.unwrap();
        }
    }
}

/// Whether two conversations happen to have the same of the 1,024 locks, so that one writer would wait for the other.
async fn share_a_lock(client: &Client, held: Option<&Event>, id: Uuid) -> bool {
    let Some(held) = held else { return false };
    let same = "select hashtext($1::uuid::text) & 1023 = hashtext($2::uuid::text) & 1023";
    client.query_one(same, &[&held.conversation_id, &id]).await.unwrap().get(0)
}

/// An answer is planned before it is read: chunks that the aggregate gets in between are not in the plan.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_misses_nothing_while_the_aggregate_gets_new_chunks() {
    let mut refreshes = JoinSet::new();
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let client = world.database.client().await;
    refreshes.spawn(async move {
        loop {
            call(&client, "refresh_rollups()").await;
        }
    });
    // Chunks of the aggregate are 70 days long.
    for nth in 1..=40 {
        let at = Utc::now() - Duration::days(75 * nth);
        let imported = event(&world, Uuid::new_v4(), "message_received", at);
        world.import(&[imported]).await;
        let rows = world.rows(None);
        let answers = world.answers(&world.shops[0], &rows);
        let date = at.date_naive();
        for reading in 1..=4 {
            let wrong = answers.metrics(date - Days::new(4), date, "none").await;
            let moment = format!("reading {reading} of {date}");
            assert!(wrong.is_empty(), "{moment}: {} differences\n  {}", wrong.len(), wrong.join("\n  "));
        }
    }
}

async fn begin(client: &Client, event: &Event) {
    client.batch_execute("begin").await.unwrap();
    let errors = client.query_one(INGEST, &[&event.to_json()]).await.unwrap();
    assert_eq!(errors.get::<_, serde_json::Value>(0), json!([]));
}
