//! Rows that are continued from what they say are those that all their events make.

use chrono::{DateTime, Days, Duration, DurationRound, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::oracle::Event;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

/// In a subtransaction that is rolled back: rows that rebuilding from all events writes, of which there should be none.
const REWRITTEN: &str = "with rebuilt as materialized (
        select count(*) from (
            select array_agg(store_id) as stores, array_agg(conversation_id) as ids
            from (select distinct store_id, conversation_id from conversations) c
        ) a, lateral rebuild_conversations(a.stores, a.ids)
    )
    select count from rebuilt";
const WRITTEN_NOW: &str = "select to_jsonb(c)::text from conversations c where xmin = pg_current_xact_id()::xid";
/// What no event could have made.
const SPOIL: &str = "update conversations set citations_clicked = 1000";
const CITATIONS: &str = "select citations_clicked, event_count, event_id_hashes is not null from conversations
    order by started_at desc limit 1";

async fn rewritten(client: &mut Client) -> Vec<String> {
    let transaction = client.transaction().await.unwrap();
    transaction.query(REWRITTEN, &[]).await.unwrap();
    transaction.query(WRITTEN_NOW, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn continued_rows_are_what_all_events_make() {
    for seed in [3, 14] {
        let mut world = World::new(&[chrono_tz::Asia::Kathmandu, chrono_tz::America::St_Johns]).await;
        let now = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap();
        let options = Options {
            stores: world.store_ids(),
            conversation_ids: 50,
            from: now - Duration::days(50),
            to: now - Duration::days(1),
            timezones: world.shops.iter().map(|shop| shop.tz).collect(),
            largest_batch: 20,
        };
        world.add_days(options.from.date_naive() - Days::new(2), now.date_naive()).await;
        let all = json!({"from": options.from, "to": now});
        for (nth, batch) in generate(seed, &options).iter().enumerate() {
            world.import(batch).await;
            // Timeouts that later events take back.
            if nth % 20 == 0 {
                world.call(&format!("abandon_conversations(config => '{all}')")).await;
            }
        }
        world.call(&format!("abandon_conversations(config => '{all}')")).await;
        let mut wrong = world.learn_timeouts().await;
        wrong.extend(world.row_differences(&world.rows(None)).await);
        assert!(wrong.is_empty(), "seed {seed}: {} differences: {}", wrong.len(), wrong[0]);
        let rewritten = rewritten(&mut world.client).await;
        assert!(rewritten.is_empty(), "seed {seed}: {} rows are different: {}", rewritten.len(), rewritten[0]);
    }
}

/// One conversation, whose events are seconds of an hour.
struct Talk {
    world: World,
    began_at: DateTime<Utc>,
}

impl Talk {
    async fn new() -> Self {
        let world = World::new(&[chrono_tz::UTC]).await;
        let began_at = (Utc::now() - Duration::days(40)).duration_trunc(TimeDelta::hours(1)).unwrap();
        Self { world, began_at }
    }

    fn event(&self, id: u128, second: i64, event_type: &str, event_data: Value) -> Event {
        Event {
            store_id: self.world.shops[0].store_id,
            conversation_id: Uuid::from_u128(1),
            event_id: Uuid::from_u128(id),
            event_type: event_type.to_owned(),
            customer_id: None,
            timestamp: self.began_at + Duration::seconds(second),
            event_data,
        }
    }

    /// Stores messages with ids at seconds, and says whether the row was continued from what it said.
    async fn continues(&mut self, messages: &[(u128, i64)]) -> bool {
        self.world.client.execute(SPOIL, &[]).await.unwrap();
        let events: Vec<_> =
            messages.iter().map(|(id, second)| self.event(*id, *second, "message_received", json!({}))).collect();
        self.world.import(&events).await;
        let row = self.world.client.query_one(CITATIONS, &[]).await.unwrap();
        row.get::<_, i32>(0) == 1000
    }

    /// Rebuilds the row from all events, after which it is right again.
    async fn assert_right(&mut self) {
        let all = "select array_agg(store_id), array_agg(conversation_id) from conversations";
        let row = self.world.client.query_one(all, &[]).await.unwrap();
        let (stores, ids): (Vec<Uuid>, Vec<Uuid>) = (row.get(0), row.get(1));
        self.world.client.query("select rebuild_conversations($1, $2)", &[&stores, &ids]).await.unwrap();
        let wrong = self.world.row_differences(&self.world.rows(None)).await;
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

#[tokio::test]
async fn only_what_is_later_and_no_copy_continues_a_row() {
    let mut talk = Talk::new().await;
    assert!(!talk.continues(&[(1, 0), (2, 10)]).await, "a first event makes a row");
    assert!(talk.continues(&[(3, 20)]).await, "a later event");
    assert!(talk.continues(&[(4, 30), (5, 31), (6, 32)]).await, "later events");
    assert!(!talk.continues(&[(7, 32)]).await, "at the time of the last event");
    assert!(!talk.continues(&[(8, 5)]).await, "before the last event");
    assert!(!talk.continues(&[(9, 40), (10, 6)]).await, "one of two before the last event");
    assert!(!talk.continues(&[(2, 50)]).await, "a later copy of an earlier event");
    assert!(talk.continues(&[(11, 45)]).await, "between the last event that counts and a copy");
    assert!(talk.continues(&[(12, 60), (12, 61)]).await, "two copies, of which the earlier counts");
    talk.assert_right().await;
    assert!(!talk.continues(&[(13, 720 * 3600)]).await, "the first event of a second row");
    assert!(!talk.continues(&[(14, 720 * 3600 + 5)]).await, "an event of a second row");
    talk.assert_right().await;
}

#[tokio::test]
async fn a_row_of_an_older_version_and_a_frozen_one_are_not_continued() {
    let mut talk = Talk::new().await;
    talk.continues(&[(1, 0)]).await;
    let forget = "update conversations set waiting_since = null, was_escalated = null, is_timed_out = null,
                         event_id_hashes = null";
    talk.world.client.execute(forget, &[]).await.unwrap();
    assert!(!talk.continues(&[(2, 1)]).await, "no hashes");
    assert!(talk.continues(&[(3, 2)]).await, "it has them again");
    let freeze = "update installation set raw_complete_from = $1";
    talk.world.client.execute(freeze, &[&(talk.began_at + Duration::hours(1))]).await.unwrap();
    // Import replaces the row, as all of its events are there.
    assert!(!talk.continues(&[(4, 7200)]).await, "a frozen row");
    talk.assert_right().await;
}

#[tokio::test]
async fn a_timeout_that_is_stored_before_its_event_counts_when_that_comes() {
    let mut talk = Talk::new().await;
    talk.continues(&[(1, 0), (2, 10)]).await;
    let after = talk.began_at + Duration::seconds(30);
    let timeout = talk.event(3, 90, "conversation_abandoned", json!({"reason": "timeout", "after": after}));
    talk.world.import(&[timeout]).await;
    assert!(!talk.continues(&[(4, 30)]).await, "the timeout is no part of the row");
    let outcome = "select outcome from conversations";
    let row = talk.world.client.query_one(outcome, &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "abandoned");
    assert!(talk.continues(&[(5, 40)]).await, "the next event takes it back");
    talk.assert_right().await;
}

#[tokio::test]
async fn a_conversation_of_more_than_250_events_is_rebuilt() {
    let mut talk = Talk::new().await;
    let many: Vec<(u128, i64)> = (1..=250).zip(0..).collect();
    talk.continues(&many).await;
    assert!(talk.continues(&[(251, 250)]).await, "250 are remembered");
    assert!(!talk.continues(&[(252, 251)]).await, "251 are not");
    talk.assert_right().await;
}

#[tokio::test]
async fn what_a_row_forgets_matters_to_the_next_event() {
    let cases: [(&str, Value); 6] = [
        ("message_received", json!({})),
        ("message_sent", json!({"agent": "human"})),
        ("message_sent", json!({"response_time_ms": 70})),
        ("conversation_resolved", json!({"rating": 4})),
        ("conversation_escalated", json!({})),
        ("knowledge_retrieved", json!({"topic": "a", "confidence": 0.5})),
    ];
    let mut talk = Talk::new().await;
    let mut id = 0;
    // Every order of three of them, one event at a time.
    for (first, second, third) in triples(cases.len()) {
        id += 1;
        let conversation_id = Uuid::from_u128(1000 + id);
        for (at, case) in [(0, first), (1, second), (2, third)] {
            let (event_type, data) = &cases[case];
            let mut event = talk.event(id * 10 + at, i64::try_from(at).unwrap(), event_type, data.clone());
            event.conversation_id = conversation_id;
            talk.world.import(&[event]).await;
        }
    }
    let wrong = talk.world.row_differences(&talk.world.rows(None)).await;
    assert!(wrong.is_empty(), "{} differences: {}", wrong.len(), wrong[0]);
}

fn triples(count: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..count.pow(3)).map(move |nth| (nth % count, nth / count % count, nth / count / count))
}
