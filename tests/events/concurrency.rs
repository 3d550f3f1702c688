//! Writers of the same conversations at the same time lose nothing, whichever way they come.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use colloquy::events::writer::Writer;
use colloquy::http::App;
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::send_json;
use crate::support::oracle::Event;
use crate::support::world::World;

const INGEST: &str = "select accepted, errors from ingest_events($1)";

/// A producer: some send HTTP requests to servers of their own, some call the database.
enum Producer {
    Http(App, String),
    Sql(Client),
}

impl Producer {
    /// Asserts that all events were taken, none of them reported as a fault, and no deadlock seen.
    async fn send(&self, events: &[Event]) {
        let events = json!(events.iter().map(Event::to_json).collect::<Vec<Value>>());
        match self {
            Self::Http(app, key) => {
                let answer = send_json(app, "POST", "/api/v1/events", key, &events).await;
                assert_eq!((answer.status(), &answer.json["rejected"]), (200, &json!(0)), "{}", answer.text());
            }
            Self::Sql(client) => {
                let row = client.query_one(INGEST, &[&events]).await.unwrap();
                assert_eq!(row.get::<_, Value>("errors"), json!([]));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writers_of_the_same_conversations_lose_nothing() {
    write_together(2, 30).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_writers_of_the_same_conversations_lose_nothing() {
    write_together(6, 20).await;
}

/// Each round, every producer sends other events of the same conversations at the same moment.
async fn write_together(producers: usize, rounds: u64) {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (store_id, key) = (world.shops[0].store_id, world.shops[0].key.clone());
    let mut senders = Vec::new();
    for nth in 0..producers {
        senders.push(Arc::new(if nth % 2 == 0 {
            let pool = world.database.pool();
            Producer::Http(App::new(pool.clone(), Writer::start(pool, 50_000, 2).0, 1 << 20), key.clone())
        } else {
            Producer::Sql(world.database.client().await)
        }));
    }
    for round in 0..rounds {
        let mut rng = StdRng::seed_from_u64(round);
        let (known, batches) = shares(&mut rng, store_id, producers);
        senders[0].send(&known).await;
        world.events.extend(known);
        let barrier = Arc::new(Barrier::new(producers));
        let sending = senders.iter().zip(batches.clone()).map(|(sender, events)| {
            let (sender, barrier) = (Arc::clone(sender), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                sender.send(&events).await;
            })
        });
        for sent in join_all(sending).await {
            sent.unwrap();
        }
        world.events.extend(batches.into_iter().flatten());
    }
    let wrong = world.row_differences(&world.rows(None)).await;
    assert!(wrong.is_empty(), "{producers} writers: {} differences\n  {}", wrong.len(), wrong.join("\n  "));
    assert_eq!(deadlocks(&world.database).await, 0);
}

/// The first events of a few conversations, and the others dealt out to producers.
///
/// Without the first ones nothing could go wrong: who inserts the same new row as another waits for it anyway.
fn shares(rng: &mut StdRng, store_id: Uuid, producers: usize) -> (Vec<Event>, Vec<Vec<Event>>) {
    let start: DateTime<Utc> =
        DateTime::from_timestamp_micros((Utc::now() - TimeDelta::hours(60)).timestamp_micros()).unwrap();
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let conversation_id = Uuid::from_u128(rng.random());
        for nth in 0..i64::try_from(producers).unwrap() * 3 {
            let event_type = ["message_received", "message_sent", "conversation_resolved"][rng.random_range(0..3)];
            let share = if nth == 0 { &mut first } else { &mut others };
            share.push(Event {
                store_id,
                conversation_id,
                event_id: Uuid::from_u128(rng.random()),
                event_type: event_type.to_owned(),
                customer_id: None,
                timestamp: start + TimeDelta::seconds(nth * 7),
                event_data: json!({}),
            });
        }
    }
    others.shuffle(rng);
    let size = others.len().div_ceil(producers);
    (first, others.chunks(size).map(<[Event]>::to_vec).collect())
}

async fn deadlocks(database: &TestDatabase) -> i64 {
    let client = database.client().await;
    // A backend reports what it has counted when it is idle, at most once a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let count = "select deadlocks from pg_stat_database where datname = current_database()";
    client.query_one(count, &[]).await.unwrap().get(0)
}

/// Two transactions, step by step: the second one must wait, because it could not see what the first has stored.
#[tokio::test]
async fn a_second_writer_waits_for_the_conversations_of_the_first() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let mut rng = StdRng::seed_from_u64(1);
    let (known, batches) = shares(&mut rng, world.shops[0].store_id, 2);
    world.post(&world.shops[0].key, &known).await;
    world.events.extend(known);
    let json = |events: &[Event]| json!(events.iter().map(Event::to_json).collect::<Vec<Value>>());
    let (first, second) = (world.database.client().await, world.database.client().await);
    first.batch_execute("begin").await.unwrap();
    first.query_one(INGEST, &[&json(&batches[0])]).await.unwrap();
    let later = json(&batches[1]);
    let waiting = tokio::spawn(async move { second.query_one(INGEST, &[&later]).await.map(|_| ()) });
    // Long enough for a second writer that does not wait to have committed, without seeing the first one's events.
    tokio::time::sleep(Duration::from_millis(700)).await;
    first.batch_execute("commit").await.unwrap();
    waiting.await.unwrap().unwrap();
    world.events.extend(batches.into_iter().flatten());
    let wrong = world.row_differences(&world.rows(None)).await;
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));
}

/// Who has to wait has inserted its events before, so that only rebuilding is done one after the other.
#[tokio::test]
async fn a_writer_inserts_its_events_before_it_waits() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let mut rng = StdRng::seed_from_u64(2);
    let (known, _) = shares(&mut rng, world.shops[0].store_id, 2);
    let (first, second) = (world.database.client().await, world.database.client().await);
    let ids: Vec<Uuid> = known.iter().map(|event| event.conversation_id).collect();
    first.batch_execute("begin").await.unwrap();
    first.query("select lock_conversations($1)", &[&ids]).await.unwrap();
    let events = json!(known.iter().map(Event::to_json).collect::<Vec<Value>>());
    let waiting = tokio::spawn(async move { second.query_one(INGEST, &[&events]).await.map(|_| ()) });
    let has_inserted = "select exists (
        select from pg_locks waiting
        join pg_locks inserting using (pid)
        where waiting.locktype = 'advisory' and not waiting.granted and inserting.mode = 'RowExclusiveLock'
          and inserting.relation = 'conversation_events'::regclass)";
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !first.query_one(has_inserted, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(tokio::time::Instant::now() < deadline, "nobody waits with events inserted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.batch_execute("commit").await.unwrap();
    waiting.await.unwrap().unwrap();
    world.events.extend(known);
    let wrong = world.row_differences(&world.rows(None)).await;
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));
}

/// Up to 512 conversations are locked one by one, more by the slots they lie in; either way keeps the other out.
#[tokio::test]
async fn who_locks_slots_and_who_locks_conversations_wait_for_each_other() {
    let database = TestDatabase::new().await;
    let (holder, other) = (database.client().await, database.client().await);
    other.batch_execute("set lock_timeout = '100ms'").await.unwrap();
    // With many locked, every slot is taken.
    let (few, many) = ("lock_some(1, 1)", "lock_some(1, 20000)");
    let (another, same_slot) = ("lock_some(2, 2)", "lock_conversations(array[one_in_the_slot_of(1)])");
    holder.batch_execute(LOCKING).await.unwrap();
    let cases = [
        (few, few, true),
        (few, many, true),
        (many, few, true),
        (many, another, true),
        (few, another, false),
        (few, same_slot, false),
    ];
    for (held, wanted, has_to_wait) in cases {
        holder.batch_execute(&format!("begin; select {held}")).await.unwrap();
        let waited = other.batch_execute(&format!("select {wanted}")).await;
        assert_eq!(waited.is_err(), has_to_wait, "{wanted} while {held} is held: {waited:?}");
        let held_locks = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()";
        let count: i64 = holder.query_one(held_locks, &[]).await.unwrap().get(0);
        assert!(count <= 1024, "{held} takes {count} locks");
        holder.batch_execute("rollback").await.unwrap();
    }
}

const LOCKING: &str = "
    create function id_of(number integer) returns uuid language sql return md5(number::text)::uuid;
    create function lock_some(first integer, last integer) returns void language sql as
        'select lock_conversations(array(select id_of(n) from generate_series(first, last) n))';
    create function one_in_the_slot_of(number integer) returns uuid language sql as
        'select id_of(n) from generate_series(1000000, 1100000) n
         where hashtext(id_of(n)::text) & 1023 = hashtext(id_of(number)::text) & 1023 limit 1';
";
