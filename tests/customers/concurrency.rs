//! Writers that send events of a customer while the customer is erased: nothing is lost, nothing half erased.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::erase;
use crate::support::http::send_json;
use crate::support::oracle::{Event, conversations};
use crate::support::world::World;

const CUSTOMER: &str = "anna@example.com";
const WRITERS: i64 = 4;
const PER_REQUEST: i64 = 7;

/// One message of the customer in one of 40 conversations.
fn message(store_id: Uuid, writer: i64, nth: i64) -> Event {
    let at = Utc::now() - Duration::hours(72) + Duration::seconds(nth * 10 + writer);
    let id = Uuid::from_u128(u128::from(u64::try_from(nth % 40).unwrap()) + 1);
    let mut event = Event::new(store_id, id, "message_received", at, json!({"text": "secret", "rating": 3}));
    event.customer_id = Some(CUSTOMER.to_owned());
    event
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_erased_or_of_a_new_customer() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let admin = world.database.create_admin_key().await;
    let store_id = world.shops[0].store_id;
    let is_over = Arc::new(AtomicBool::new(false));
    let stored = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (app, key) = (world.app.clone(), world.shops[0].key.clone());
            let (is_over, stored) = (Arc::clone(&is_over), Arc::clone(&stored));
            tokio::spawn(async move {
                let mut sent = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let first = i64::try_from(sent.len()).unwrap();
                    let events: Vec<_> =
                        (first..first + PER_REQUEST).map(|nth| message(store_id, writer, nth)).collect();
                    let body = json!(events.iter().map(Event::to_json).collect::<Vec<Value>>());
                    let answer = send_json(&app, "POST", "/api/v1/events", &key, &body).await;
                    assert_eq!(answer.status(), 200, "{}", answer.text());
                    stored.fetch_add(events.len(), Ordering::Relaxed);
                    sent.extend(events);
                }
                sent
            })
        })
        .collect();
    let mut tokens = BTreeSet::new();
    while tokens.len() < 6 {
        // More than was under way when the last erasure ended, so that there is something to erase however slow it is.
        let enough = stored.load(Ordering::Relaxed) + usize::try_from((WRITERS + 1) * PER_REQUEST).unwrap();
        while stored.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let answer = erase(&world, &admin, CUSTOMER).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        tokens.insert(answer.json["token"].as_str().unwrap().to_owned());
    }
    is_over.store(true, Ordering::Relaxed);
    for writer in writers {
        world.events.extend(writer.await.unwrap());
    }
    check(&world, &tokens).await;
    let last = erase(&world, &admin, CUSTOMER).await;
    tokens.extend(last.json["token"].as_str().map(str::to_owned));
    check(&world, &tokens).await;
    let named = "select count(*) from conversation_events where customer_id = $1 or event_data ? 'text'";
    assert_eq!(world.client.query_one(named, &[&CUSTOMER]).await.unwrap().get::<_, i64>(0), 0);
}

/// Every event that was sent is there, whole or erased, and the rows follow from the events as they are now.
async fn check(world: &World, tokens: &BTreeSet<String>) {
    let sql = "select event_id, customer_id, event_data from conversation_events order by event_id";
    let mut stored: BTreeMap<Uuid, (String, Value)> = BTreeMap::new();
    for row in world.client.query(sql, &[]).await.unwrap() {
        stored.insert(row.get(0), (row.get(1), row.get(2)));
    }
    assert_eq!(stored.len(), world.events.len(), "events");
    let mut now = Vec::new();
    let mut erased = 0;
    for event in &world.events {
        let (customer, data) = &stored[&event.event_id];
        let is_erased = tokens.contains(customer);
        let expected = if is_erased { json!({"rating": 3}) } else { event.event_data.clone() };
        assert!(is_erased || customer == CUSTOMER, "{customer}");
        assert_eq!(*data, expected, "half erased");
        erased += usize::from(is_erased);
        now.push(Event { customer_id: Some(customer.clone()), event_data: data.clone(), ..event.clone() });
    }
    assert!(erased > 50, "{erased} of {}", world.events.len());
    let rows = conversations(&now, &|store_id| world.shop(store_id).abandon_after, None);
    let wrong = world.row_differences(&rows).await;
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));
}
