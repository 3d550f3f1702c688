//! Faults planted by plain SQL, one at a time: each is found by its name, and repaired.

use chrono::{DateTime, Duration, Utc};
use colloquy::reconciliation::Mode;
use serde_json::json;
use uuid::Uuid;

use super::{assert_clean, compare, compare_range, sentences};
use crate::recalculation::{aggregate, assert_right, is_community, lived_in, spoil};
use crate::support::oracle::Event;
use crate::support::skipped;
use crate::support::world::World;

/// A row in the middle of everything, older than what is read live: store, conversation and start.
async fn some_row(world: &World, condition: &str) -> (Uuid, Uuid, DateTime<Utc>) {
    let find = format!(
        "select store_id, conversation_id, started_at from conversations
         where started_at < now() - interval '5 days' and {condition}
         order by md5(conversation_id::text), started_at limit 1"
    );
    let row = world.client.query_one(&find, &[]).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

fn is(conversation_id: Uuid) -> String {
    format!("conversation_id = '{conversation_id}'")
}

/// Asserts that a fault is found by these sentences among others, at this place, and is gone after a repair.
async fn found_and_repaired(world: &mut World, expected: &[&str], store_id: Uuid, at: DateTime<Utc>) {
    let report = compare(world, Mode::Compare).await;
    let found = sentences(&report);
    for sentence in expected {
        let nth = found.iter().position(|found| found.starts_with(sentence));
        let nth = nth.unwrap_or_else(|| panic!("{sentence} is not among\n  {}", found.join("\n  ")));
        let row = &report.differences[nth];
        assert_eq!((row.get::<_, Uuid>("store_id"), row.get::<_, DateTime<Utc>>("at")), (store_id, at), "{sentence}");
    }
    let repaired = compare(world, Mode::Repair).await;
    assert!(repaired.counts.differences > 0);
    assert_clean(world, expected[0]).await;
    assert_right(world, expected[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_conversations_are_found_and_repaired() {
    let mut world = lived_in(21, 30, 12, 1).await;
    assert_clean(&world, "at first").await;

    let (store_id, id, at) = some_row(&world, "messages_sent > 0").await;
    let change = "update conversations set messages_sent = messages_sent + 7, customer_id = 'nobody' where";
    spoil(&world, &format!("{change} {} and started_at = '{at}'", is(id))).await;
    let expected = ["conversations changed messages_sent", "conversations changed customer_id"];
    found_and_repaired(&mut world, &expected, store_id, at).await;

    let (store_id, id, at) = some_row(&world, "outcome = 'resolved'").await;
    spoil(&world, &format!("delete from conversations where {} and started_at = '{at}'", is(id))).await;
    found_and_repaired(&mut world, &["conversations missing -"], store_id, at).await;

    let (store_id, id, at) = some_row(&world, "true").await;
    let invent = "insert into conversations
        select (jsonb_populate_record(c, jsonb_build_object('conversation_id', gen_random_uuid()))).*
        from conversations c where";
    spoil(&world, &format!("{invent} store_id = '{store_id}' and {} and started_at = '{at}'", is(id))).await;
    found_and_repaired(&mut world, &["conversations surplus -"], store_id, at).await;

    let (store_id, id, _) = some_row(&world, "true").await;
    let week = "select min(week_at) from conversation_weeks where store_id = $1 and conversation_id = $2";
    let week: DateTime<Utc> = world.client.query_one(week, &[&store_id, &id]).await.unwrap().get(0);
    spoil(&world, &format!("delete from conversation_weeks where store_id = '{store_id}' and {}", is(id))).await;
    found_and_repaired(&mut world, &["conversation_weeks missing -"], store_id, week).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_rollup_are_found_and_repaired() {
    let mut world = lived_in(22, 30, 12, 1).await;
    if !is_community(&world).await {
        skipped("faults_of_the_rollup_are_found_and_repaired: the rollup of the Apache-2 Edition is a view");
        return;
    }
    let aggregate = aggregate(&world).await;
    let find = "select store_id, bucket from conversation_metrics_15m where bucket < now() - interval '5 days'
                order by md5(store_id || bucket::text) limit 1";
    let row = world.client.query_one(find, &[]).await.unwrap();
    let (store_id, bucket): (Uuid, DateTime<Utc>) = (row.get(0), row.get(1));
    let of_bucket = format!("store_id = '{store_id}' and bucket = '{bucket}'");

    spoil(&world, &format!("delete from {aggregate} where {of_bucket}")).await;
    // An ordinary refresh does not see it.
    world.call("refresh_rollups()").await;
    found_and_repaired(&mut world, &["conversation_metrics_15m missing -"], store_id, bucket).await;

    spoil(&world, &format!("update {aggregate} set messages_sent = messages_sent + 1 where {of_bucket}")).await;
    found_and_repaired(&mut world, &["conversation_metrics_15m changed messages_sent"], store_id, bucket).await;

    spoil(&world, &format!("insert into {aggregate} select * from {aggregate} where {of_bucket}")).await;
    found_and_repaired(&mut world, &["conversation_metrics_15m changed copies: 1 -> 2"], store_id, bucket).await;

    let empty = bucket - Duration::days(1);
    let free = format!("delete from {aggregate} where store_id = '{store_id}' and bucket = '{empty}'");
    world.client.batch_execute(&free).await.unwrap();
    let rows = format!(
        "select count(*) from conversations where store_id = '{store_id}' and started_at >= '{empty}'
                        and started_at < '{}'",
        empty + Duration::minutes(15)
    );
    if world.client.query_one(&rows, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        let invent = "select (jsonb_populate_record(a, jsonb_build_object('bucket', ";
        spoil(
            &world,
            &format!(
                "insert into {aggregate} {invent} '{empty}'::timestamptz))).* from {aggregate} a
                                where {of_bucket}"
            ),
        )
        .await;
        found_and_repaired(&mut world, &["conversation_metrics_15m surplus -"], store_id, empty).await;
    } else {
        found_and_repaired(&mut world, &["conversation_metrics_15m missing -"], store_id, empty).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_pending_mark_is_found_and_repaired() {
    let mut world = lived_in(23, 30, 12, 1).await;
    let (store_id, id, at) = some_row(&world, "outcome = 'open' or messages_sent >= 0").await;
    let bucket = "select time_bucket(interval '15 minutes', $1::timestamptz)";
    let bucket: DateTime<Utc> = world.client.query_one(bucket, &[&at]).await.unwrap().get(0);
    let late = Event::new(store_id, id, "citation_clicked", at + Duration::minutes(1), json!({}));
    world.import(&[late]).await;
    world.call("refresh_rollups()").await;
    let later = Event::new(store_id, id, "citation_clicked", at + Duration::minutes(2), json!({}));
    world.import(&[later]).await;
    assert_clean(&world, "with a mark").await;
    spoil(&world, "delete from rollup_pending").await;
    if is_community(&world).await {
        let found = sentences(&compare(&world, Mode::Compare).await);
        let expected = "conversation_metrics_15m changed citations_clicked";
        assert!(found.iter().any(|found| found.starts_with(expected)), "{found:?}");
    }
    let day = settled_day(&world, store_id, bucket).await;
    found_and_repaired(&mut world, &["settled_days changed citations_clicked"], store_id, day).await;
}

/// The start of the settled day that an instant is in.
async fn settled_day(world: &World, store_id: Uuid, at: DateTime<Utc>) -> DateTime<Utc> {
    let find = "select from_at from settled_days where store_id = $1 and from_at <= $2 and to_at > $2";
    world.client.query_one(find, &[&store_id, &at]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_settled_days_are_found_and_repaired() {
    let mut world = lived_in(26, 30, 12, 1).await;
    let (store_id, _, at) = some_row(&world, "customer_id is not null and first_response_us is not null").await;
    let day = settled_day(&world, store_id, at).await;
    let of_day = format!("where store_id = '{store_id}' and from_at = '{day}'");
    for (change, expected) in [
        ("update settled_days set messages_sent = messages_sent + 1", "settled_days changed messages_sent"),
        ("update settled_days set unique_customers = 0", "settled_days changed unique_customers"),
        (
            "update settled_days set first_response_percentiles_us = null",
            "settled_days changed first_response_percentiles_us",
        ),
        ("delete from settled_customers", "settled_days changed customers_in_sets"),
        ("delete from settled_first_responses", "settled_days changed responses_in_sets"),
        ("delete from settled_topics", "settled_days changed topics"),
    ] {
        spoil(&world, &format!("{change} {of_day}")).await;
        found_and_repaired(&mut world, &[expected], store_id, day).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_settled_cases_are_found_and_repaired() {
    let mut world = lived_in(27, 60, 60, 20).await;
    let find = "select store_id, from_at from settled_days where saved_low_conversations > 0
                order by md5(store_id || from_at::text) limit 1";
    let row = world.client.query_one(find, &[]).await.unwrap();
    let (store_id, day): (Uuid, DateTime<Utc>) = (row.get(0), row.get(1));
    let of_day = format!("where store_id = '{store_id}' and from_at = '{day}'");
    let invent =
        "insert into settled_contacts select store_id, from_at, 'nobody', tstzmultirange(tstzrange(to_at, null))
                  from settled_days";
    for (change, expected) in [
        ("update settled_days set saved_low_conversations = 0", "settled_days changed saved_low_conversations"),
        ("update settled_days set saved_high_conversations = 0", "settled_days changed saved_high_conversations"),
        (
            "update settled_days set contacts_between = tstzrange(from_at, to_at)",
            "settled_days changed contacts_between",
        ),
        (invent, "settled_days changed contacts"),
    ] {
        spoil(&world, &format!("{change} {of_day}")).await;
        found_and_repaired(&mut world, &[expected], store_id, day).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_local_days_are_found_and_repaired() {
    let mut world = lived_in(24, 30, 12, 1).await;
    let day = "select d.store_id, d.date::text, d.from_at from daily_metrics m join store_days d using (store_id, date)
               where d.date < current_date - 5 order by md5(d.store_id::text || d.date) limit 1";
    let row = world.client.query_one(day, &[]).await.unwrap();
    let (store_id, date, from_at): (Uuid, String, DateTime<Utc>) = (row.get(0), row.get(1), row.get(2));
    let of_day = format!("where store_id = '{store_id}' and date = '{date}'");

    spoil(&world, &format!("delete from store_days {of_day}")).await;
    let expected = ["store_days missing -", "daily_metrics missing -"];
    found_and_repaired(&mut world, &expected, store_id, from_at).await;

    // All of its conversations are outside of the day then.
    spoil(&world, &format!("update store_days set from_at = to_at {of_day}")).await;
    let expected = ["store_days changed from_at", "daily_metrics missing -"];
    found_and_repaired(&mut world, &expected, store_id, from_at).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_range_and_the_store_that_are_named_are_compared() {
    let world = lived_in(25, 30, 12, 1).await;
    let (store_id, id, at) = some_row(&world, "true").await;
    let change = "update conversations set event_count = event_count + 1 where";
    spoil(&world, &format!("{change} store_id = '{store_id}' and {} and started_at = '{at}'", is(id))).await;
    let other = world.shops.iter().find(|shop| shop.store_id != store_id).unwrap().store_id;
    let tick = Duration::microseconds(1);
    for (store_id, from, to, expected) in [
        (None, at, at + tick, 1),
        (Some(store_id), at, at + tick, 1),
        (Some(other), at, at + tick, 0),
        (None, at + tick, at + Duration::days(3), 0),
        (None, at - Duration::days(3), at, 0),
        (None, at - Duration::days(3), at + Duration::days(3), 1),
    ] {
        let found = compare_range(&world, Mode::Compare, store_id, from, to).await;
        assert_eq!(sentences(&found).len(), expected, "{from} to {to}: {:?}", sentences(&found));
        assert_eq!((found.ranges()[0].from, found.ranges().last().unwrap().to), (from, to));
    }
}
