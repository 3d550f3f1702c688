//! DELETE `/api/v1/customers/{customer_id}`: who may, which ids, whose rows, and what the receipt says.

use chrono::{Duration, Utc};
use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{erase, path, token_of};
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::world::World;

const RECEIPTS: &str = "select count(*) from erasures";

fn message(store_id: Uuid, customer: Option<&str>, days: i64, data: Value) -> Event {
    let mut event = Event::new(store_id, Uuid::new_v4(), "message_received", Utc::now() - Duration::days(days), data);
    event.customer_id = customer.map(str::to_owned);
    event
}

async fn count(world: &World, sql: &str) -> i64 {
    world.client.query_one(sql, &[]).await.unwrap().get(0)
}

/// The customers of the conversations of a store, in the order of their start.
async fn customers(world: &World, store_id: Uuid) -> Vec<Option<String>> {
    let sql = "select customer_id from conversations where store_id = $1 order by started_at";
    world.client.query(sql, &[&store_id]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn only_an_admin_key_that_names_the_store_may() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    world.import(&[message(store_id, Some("c-1"), 1, json!({}))]).await;
    let admin = world.database.create_admin_key().await;
    let all = world.database.create_key(store_id, &[Scope::Ingest, Scope::Read, Scope::Manage]).await;
    let own = path(store_id, "c-1");
    assert_eq!(send(&world.app, "DELETE", &own, "").await.problem(), (401, "missing_key"));
    assert_eq!(send(&world.app, "DELETE", &own, &all).await.problem(), (403, "missing_scope"));
    assert_eq!(send(&world.app, "DELETE", "/api/v1/customers/c-1", &all).await.problem(), (403, "missing_scope"));
    let unnamed = send(&world.app, "DELETE", "/api/v1/customers/c-1", &admin).await;
    assert_eq!((unnamed.status(), unnamed.faults()), (400, vec![("store_id", "missing_parameter")]));
    let unknown = path(Uuid::new_v4(), "c-1");
    assert_eq!(send(&world.app, "DELETE", &unknown, &admin).await.problem(), (404, "unknown_store"));
    assert_eq!(send(&world.app, "GET", &own, &admin).await.problem(), (405, "method_not_allowed"));
    assert_eq!(customers(&world, store_id).await, [Some("c-1".to_owned())]);

    token_of(&world, &admin, "c-1").await;
    assert_eq!(erase(&world, &admin, "c-1").await.problem(), (404, "unknown_customer"));
    assert_eq!(erase(&world, &admin, "nobody").await.problem(), (404, "unknown_customer"));
    assert_eq!(count(&world, RECEIPTS).await, 1, "a receipt for what was done, and for nothing else");
    let asked = "select count(*) from erasures join api_keys on key_id = requested_by where api_keys.store_id is null";
    assert_eq!(count(&world, asked).await, 1);
}

#[tokio::test]
async fn any_id_can_be_named_and_none_is_a_pattern() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let admin = world.database.create_admin_key().await;
    let long = "ü".repeat(255);
    let ids = [
        "%",
        "_",
        "c_1",
        "a/b",
        "it's",
        "\"quoted\"",
        "\\",
        "tab\tnew\nline",
        "日本 🎈",
        "$1",
        "'; drop table x --",
        &long,
    ];
    let mut events = Vec::new();
    for (nth, id) in ids.iter().chain(&["c-1", "ordinary", "a/bc"]).enumerate() {
        events.push(message(store_id, Some(id), 60 - i64::try_from(nth).unwrap(), json!({"text": "something"})));
    }
    world.import(&events).await;
    for id in ids {
        let answer = erase(&world, &admin, id).await;
        assert_eq!(answer.status(), 200, "{id}: {}", answer.text());
        assert_eq!((&answer.json["conversations"], &answer.json["events"]), (&json!(1), &json!(1)), "{id}");
    }
    let left = customers(&world, store_id).await;
    let tokens: std::collections::HashSet<_> = left.iter().flatten().filter(|id| id.starts_with("erased-")).collect();
    assert_eq!(tokens.len(), ids.len(), "a token of its own for each");
    assert_eq!(left[ids.len()..], ["c-1", "ordinary", "a/bc"].map(|id| Some(id.to_owned())));
    assert_eq!(count(&world, "select count(*) from conversation_events where event_data ? 'text'").await, 3);

    for segment in ["%00", "%FF", &"x".repeat(256)] {
        let answer =
            send(&world.app, "DELETE", &format!("/api/v1/customers/{segment}?store_id={store_id}"), &admin).await;
        assert_eq!((answer.status(), answer.faults()), (400, vec![("customer_id", "invalid_parameter")]), "{segment}");
        assert!(!answer.text().contains("xxx"), "{}", answer.text());
    }
}

#[tokio::test]
async fn other_stores_keep_their_customer_of_the_same_id() {
    let mut world = World::new(&[chrono_tz::UTC, chrono_tz::UTC]).await;
    let [first, second] = [world.shops[0].store_id, world.shops[1].store_id];
    // The same id of a conversation too.
    let ours = message(first, Some("anna@example.com"), 2, json!({"text": "ours"}));
    let theirs = Event { store_id: second, ..ours.clone() };
    world.import(&[ours, theirs]).await;
    let before = customers(&world, second).await;
    let admin = world.database.create_admin_key().await;
    let token = token_of(&world, &admin, "anna@example.com").await;
    assert_eq!(customers(&world, first).await, [Some(token)]);
    assert_eq!(customers(&world, second).await, before);
    let kept = "select count(*) from conversation_events where event_data ->> 'text' = 'ours'";
    assert_eq!(count(&world, kept).await, 1);
}

#[tokio::test]
async fn a_conversation_keeps_its_first_customer_when_another_one_of_it_is_erased() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let admin = world.database.create_admin_key().await;
    let first = message(store_id, Some("first"), 5, json!({"text": "one", "channel": "web"}));
    let second = Event {
        customer_id: Some("second".into()),
        event_id: Uuid::new_v4(),
        timestamp: first.timestamp + Duration::minutes(1),
        ..first.clone()
    };
    // 720 hours later a row of its own, in which the erased customer is named by nobody.
    let later = Event {
        customer_id: Some("first".into()),
        event_id: Uuid::new_v4(),
        timestamp: first.timestamp - Duration::days(40),
        ..first.clone()
    };
    world.import(&[first, second, later]).await;
    let answer = erase(&world, &admin, "second").await;
    assert_eq!((&answer.json["conversations"], &answer.json["events"]), (&json!(1), &json!(2)), "{}", answer.text());
    assert_eq!(customers(&world, store_id).await, [Some("first".to_owned()), Some("first".to_owned())]);
    let of_events = "select string_agg(coalesce(customer_id, '-') || event_data, ' ' order by created_at)
                     from conversation_events";
    let events: String = world.client.query_one(of_events, &[]).await.unwrap().get(0);
    let token = answer.json["token"].as_str().unwrap();
    let web = "{\"channel\": \"web\"}";
    assert_eq!(events, format!("first{{\"text\": \"one\", \"channel\": \"web\"}} first{web} {token}{web}"));
}

#[tokio::test]
async fn the_receipt_names_archives_and_is_kept_without_the_customer() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let admin = world.database.create_admin_key().await;
    let event = message(store_id, Some("anna@example.com"), 30, json!({}));
    let archive = "insert into archives (path, from_at, to_at, events, bytes, sha256)
        values ($1, $2, $3, 1, 1, repeat('0', 64)) returning archive_id";
    let week = Duration::days(7);
    let mut ids: Vec<Uuid> = Vec::new();
    for (name, from) in [
        ("/a/hit", event.timestamp - week / 2),
        ("/a/before", event.timestamp - week * 4),
        ("/a/after", event.timestamp + week * 3),
    ] {
        ids.push(world.client.query_one(archive, &[&name, &from, &(from + week)]).await.unwrap().get(0));
    }
    world.import(&[event]).await;
    let answer = erase(&world, &admin, "anna@example.com").await;
    let named = answer.json["archives"].as_array().unwrap();
    assert_eq!(named.len(), 1, "{}", answer.text());
    assert_eq!((&named[0]["path"], &named[0]["archive_id"]), (&json!("/a/hit"), &json!(ids[0])));
    assert!(answer.json["not_reached"].as_array().unwrap().len() >= 4);
    let receipt = "select to_jsonb(r) from erasures r";
    let receipt: Value = world.client.query_one(receipt, &[]).await.unwrap().get(0);
    for name in ["erasure_id", "conversations", "events", "example_questions", "rejections", "labels", "kept_labels"] {
        assert_eq!(receipt[name], answer.json[name], "{name}");
    }
    assert_eq!(receipt["archive_ids"], json!([ids[0]]));
    let token = answer.json["token"].as_str().unwrap();
    assert!(!receipt.to_string().contains(token) && !receipt.to_string().contains("anna"), "{receipt}");
}

#[tokio::test]
async fn the_id_may_be_used_again_and_is_a_new_person_then() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let admin = world.database.create_admin_key().await;
    world.import(&[message(store_id, Some("anna"), 3, json!({}))]).await;
    let first = token_of(&world, &admin, "anna").await;
    world.import(&[message(store_id, Some("anna"), 2, json!({}))]).await;
    let second = token_of(&world, &admin, "anna").await;
    assert_eq!(customers(&world, store_id).await, [Some(first.clone()), Some(second.clone())]);
    assert_ne!(first, second);
}

#[tokio::test]
async fn nothing_is_erased_while_an_archive_is_written() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let admin = world.database.create_admin_key().await;
    world.import(&[message(store_id, Some("anna"), 3, json!({}))]).await;
    let archive = world.database.client().await;
    let lock = "hashtext('colloquy.raw_in_use'), 0";
    archive.batch_execute(&format!("select pg_advisory_lock({lock})")).await.unwrap();
    let wait = "select set_config('lock_timeout', '200ms', true)";
    let refused = world
        .client
        .batch_execute(&format!("begin; {wait}; select erase_customer('{store_id}', 'anna'); commit"))
        .await;
    assert_eq!(refused.unwrap_err().code().unwrap().code(), "55P03");
    world.client.batch_execute("rollback").await.unwrap();
    assert_eq!(customers(&world, store_id).await, [Some("anna".to_owned())]);
    archive.batch_execute(&format!("select pg_advisory_unlock({lock})")).await.unwrap();
    token_of(&world, &admin, "anna").await;
}
