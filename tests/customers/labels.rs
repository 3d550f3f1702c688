//! Channels, languages and topics that hold the id: groups of metrics, so each stays one group.

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::erase;
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::world::World;

/// Conversations of a customer on a channel and on a topic.
fn conversations(world: &World, count: i64, customer: &str, channel: &str, topic: &str) -> Vec<Event> {
    let mut events = Vec::new();
    for nth in 0..count {
        let (id, at) = (Uuid::new_v4(), Utc::now() - Duration::hours(75 + nth));
        let data = json!({"channel": channel, "topic": topic, "confidence": 0.1, "question": "What?"});
        let mut event = Event::new(world.shops[0].store_id, id, "knowledge_retrieved", at, data);
        event.customer_id = Some(customer.to_owned());
        events.push(event);
    }
    events
}

/// Groups of a breakdown with their number of conversations, and topics of gaps with their frequency.
async fn groups(world: &World) -> Vec<(String, Value)> {
    let day = |ago| (Utc::now() - Duration::days(ago)).date_naive();
    let key = &world.shops[0].key;
    let path = format!("/api/v1/analytics/breakdown?by=channel&start_date={}&end_date={}", day(9), day(0));
    let channels = send(&world.app, "GET", &path, key).await;
    let gaps = send(&world.app, "GET", "/api/v1/content-gaps", key).await;
    let mut groups = Vec::new();
    for row in channels.json.as_array().unwrap_or_else(|| panic!("{}", channels.text())) {
        groups.push((row["group"].as_str().unwrap_or_default().to_owned(), row["total_conversations"].clone()));
    }
    for gap in gaps.json["content_gaps"].as_array().unwrap() {
        groups.push((gap["topic"].as_str().unwrap().to_owned(), gap["frequency"].clone()));
    }
    groups.sort_by_key(|(name, number)| (name.clone(), number.to_string()));
    groups
}

#[tokio::test]
async fn a_word_of_the_shop_stays() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let admin = world.database.create_admin_key().await;
    let mut events = conversations(&world, 4, "returns", "web", "returns");
    events.extend(conversations(&world, 3, "someone", "returns", "returns of web"));
    world.import(&events).await;
    world.call("detect_content_gaps()").await;
    let before = groups(&world).await;
    assert_eq!(before.len(), 4, "{before:?}");
    let answer = erase(&world, &admin, "returns").await;
    // "returns" is the channel of three others, and "returns of web" their topic.
    assert_eq!((&answer.json["labels"], &answer.json["kept_labels"]), (&json!(0), &json!(2)), "{}", answer.text());
    assert_eq!(groups(&world).await, before);
    assert_eq!(erase(&world, &admin, "returns").await.problem(), (404, "unknown_customer"));
}

#[tokio::test]
async fn a_label_of_the_customer_is_replaced_wherever_it_stands() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let admin = world.database.create_admin_key().await;
    let mut events =
        conversations(&world, 3, "anna@example.com", "chat of anna@example.com", "anna@example.com, billing");
    events.extend(conversations(&world, 2, "someone", "chat of anna@example.com", "anna@example.com, billing"));
    events.extend(conversations(&world, 2, "someone", "web", "billing"));
    world.import(&events).await;
    world.call("refresh_rollups()").await;
    world.call("detect_content_gaps()").await;
    let numbers = |groups: &[(String, Value)]| groups.iter().map(|(_, number)| number.to_string()).collect::<Vec<_>>();
    let before = groups(&world).await;
    let answer = erase(&world, &admin, "anna@example.com").await;
    assert_eq!((&answer.json["labels"], &answer.json["kept_labels"]), (&json!(2), &json!(0)), "{}", answer.text());
    world.call("detect_content_gaps()").await;
    let after = groups(&world).await;
    let (mut was, mut is) = (numbers(&before), numbers(&after));
    was.sort();
    is.sort();
    assert_eq!(was, is, "{before:?} {after:?}");
    let named: Vec<_> =
        after.iter().map(|(name, _)| name.as_str()).filter(|name| !["web", "billing"].contains(name)).collect();
    let token = answer.json["token"].as_str().unwrap();
    assert_eq!(named, [format!("{token}-1"), format!("{token}-2")]);
    let gone = "select (select count(*) from conversation_events where event_data::text like '%anna%'),
                       count(*) filter (where topics::text like '%anna%'), count(*) filter (where topics::text like '%erased%')
                from settled_topics";
    let row = world.client.query_one(gone, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 0));
    assert!(row.get::<_, i64>(2) > 0, "no settled day had the label");
}
