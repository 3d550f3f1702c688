//! An erasure changes no number: not before nor after refreshes, rebuilds, gap detection and compression.

use chrono::{Days, Duration, Utc};
use serde_json::Value;

use super::{erase, token_of};
use crate::support::http::send;
use crate::support::oracle::{Conversation, Event, conversations};
use crate::support::streams::{self, Options};
use crate::support::world::World;

/// Two shops with events of 150 days, of which the oldest have been dropped again and some are in the columnstore.
async fn world() -> World {
    let mut world = World::new(&[chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu]).await;
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 220,
        from: Utc::now() - Days::new(150),
        to: Utc::now() - Duration::hours(1),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 800,
    };
    let today = Utc::now().date_naive();
    world.add_days(today - Days::new(152), today).await;
    for batch in streams::generate(11, &options) {
        world.import(&batch).await;
    }
    world.call("detect_content_gaps()").await;
    world.call("drop_raw_events()").await;
    world.call("compress_raw_events()").await;
    world.call("refresh_rollups()").await;
    world
}

/// Every answer about the first shop, as text; what depends on the moment of asking, and examples of gaps, left out.
async fn answers(world: &World) -> Vec<(String, String)> {
    let today = Utc::now().date_naive();
    let dates = format!("start_date={}&end_date={}", today - Days::new(148), today - Days::new(1));
    let mut paths = vec![
        format!("analytics/metrics?{dates}&explain=true"),
        "analytics/dashboard?period=year&compare=full".into(),
        format!("analytics/conversations/trends?{dates}"),
        format!("analytics/conversations/trends?{dates}&granularity=week"),
        "analytics/roi?period_days=140".into(),
        format!("analytics/quality?{dates}"),
        format!("analytics/performance?{dates}"),
        format!("analytics/export?{dates}"),
        format!("analytics/export?{dates}&dataset=conversations"),
        "content-gaps?limit=200".into(),
    ];
    paths.extend(
        ["channel", "language", "agent", "hour_of_week"].map(|by| format!("analytics/breakdown?by={by}&{dates}")),
    );
    let mut answers = Vec::new();
    for path in paths {
        let answer = send(&world.app, "GET", &format!("/api/v1/{path}"), &world.shops[0].key).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        let text = if answer.json.is_null() { answer.text().to_owned() } else { timeless(answer.json).to_string() };
        answers.push((path, text));
    }
    answers
}

fn timeless(mut json: Value) -> Value {
    let Some(object) = json.as_object_mut() else { return json };
    object.remove("range");
    if object.contains_key("timezone") {
        for name in ["previous_range", "previous_period", "growth_rate", "changes"] {
            object.remove(name);
        }
    }
    for gap in object.get_mut("content_gaps").and_then(Value::as_array_mut).into_iter().flatten() {
        for name in ["example_questions", "updated_at"] {
            gap.as_object_mut().unwrap().remove(name);
        }
    }
    json
}

/// What must be stored: the rows that the oracle makes of all events with tokens in the place of the erased.
fn rows(world: &World, erased: &[(String, String)]) -> Vec<Conversation> {
    let shop = &world.shops[0];
    let renamed: Vec<Event> = world
        .events
        .iter()
        .map(|event| {
            let mut event = event.clone();
            let customer = event.customer();
            let found = erased.iter().find(|(id, _)| event.store_id == shop.store_id && customer.as_ref() == Some(id));
            if let Some((_, token)) = found {
                event.customer_id = Some(token.clone());
            }
            event
        })
        .collect();
    conversations(&renamed, &|store_id| world.shop(store_id).abandon_after, None)
}

#[tokio::test]
async fn no_number_changes() {
    let mut world = world().await;
    assert!(world.learn_timeouts().await.is_empty());
    let admin = world.database.create_admin_key().await;
    let before = answers(&world).await;
    let frozen = "select count(distinct customer_id) from conversations where store_id = $1 and customer_id = any ($2)
                  and started_at < (select raw_complete_from from installation)";
    let customers = ["c-1", "c-2", "c-5", "c-17", "inner-1", "inner-2"].map(str::to_owned);
    let shop = world.shops[0].store_id;
    let found: i64 = world.client.query_one(frozen, &[&shop, &customers.as_slice()]).await.unwrap().get(0);
    assert!(found >= 3, "customers must have rows without events");
    let elsewhere = "select count(*) from conversations where store_id <> $1 and customer_id = any ($2)";
    let others: i64 = world.client.query_one(elsewhere, &[&shop, &customers.as_slice()]).await.unwrap().get(0);

    let (first, second) = customers.split_at(3);
    let mut erased = Vec::new();
    for customer in first {
        erased.push((customer.clone(), token_of(&world, &admin, customer).await));
    }
    check(&world, &before, &erased, "erased").await;
    check_rows(&world, &erased, "erased").await;
    let left: i64 = world.client.query_one(elsewhere, &[&shop, &customers.as_slice()]).await.unwrap().get(0);
    assert!(others > 0 && left == others, "the other shop has lost {} of {others}", others - left);
    for job in ["refresh_rollups()", "compress_raw_events()", "detect_content_gaps()", "drop_raw_events()"] {
        world.call(job).await;
        check(&world, &before, &erased, job).await;
        check_rows(&world, &erased, job).await;
    }

    // A rebuild is another matter where copies of events have been dropped, so this one is what later ones must equal.
    rebuild(&world).await;
    let before = restored(answers(&world).await, &erased);
    for customer in second {
        erased.push((customer.clone(), token_of(&world, &admin, customer).await));
    }
    check(&world, &before, &erased, "erased after a rebuild").await;
    rebuild(&world).await;
    check(&world, &before, &erased, "erased and rebuilt").await;
    for (customer, _) in &erased {
        assert_eq!(erase(&world, &admin, customer).await.problem(), (404, "unknown_customer"));
    }
    only_recognised_keys_are_left(&world, &erased).await;
}

/// As a recalculation of everything would.
async fn rebuild(world: &World) {
    let all = "select count(*) from (select array_agg(store_id) as s, array_agg(conversation_id) as c
                   from (select distinct store_id, conversation_id from conversations) as all_of_them) as a,
                   lateral rebuild_conversations(a.s, a.c)";
    world.client.query(all, &[]).await.unwrap();
    world.call("refresh_rollups()").await;
}

/// Answers with the ids again in the places of the tokens.
fn restored(answers: Vec<(String, String)>, erased: &[(String, String)]) -> Vec<(String, String)> {
    let restore = |text: String| erased.iter().fold(text, |text, (id, token)| text.replace(token.as_str(), id));
    answers.into_iter().map(|(path, text)| (path, restore(text))).collect()
}

async fn check(world: &World, before: &[(String, String)], erased: &[(String, String)], moment: &str) {
    for ((path, was), (_, is)) in before.iter().zip(restored(answers(world).await, erased)) {
        let differs = was.bytes().zip(is.bytes()).position(|(was, is)| was != is).unwrap_or(was.len().min(is.len()));
        let around =
            |text: &str| text.get(differs.saturating_sub(200)..(differs + 50).min(text.len())).map(str::to_owned);
        assert!(*was == is, "{moment}: {path}\n  {:?}\n  {:?}", around(was), around(&is));
    }
}

async fn check_rows(world: &World, erased: &[(String, String)], moment: &str) {
    let wrong = world.row_differences(&rows(world, erased)).await;
    assert!(wrong.is_empty(), "{moment}: {} differences\n  {}", wrong.len(), wrong.join("\n  "));
}

async fn only_recognised_keys_are_left(world: &World, erased: &[(String, String)]) {
    let tokens: Vec<&str> = erased.iter().map(|(_, token)| token.as_str()).collect();
    let sql = "select count(*), count(*) filter (where e.event_data - array['channel', 'language', 'topic', 'agent',
                   'response_time_ms', 'rating', 'confidence'] <> '{}'
                   and not (e.event_type = 'conversation_abandoned' and e.event_data ->> 'reason' = 'timeout'))
               from conversations c
               join conversation_events e using (store_id, conversation_id)
               where c.customer_id = any ($1) and e.created_at >= c.started_at
                 and e.created_at < c.started_at + interval '720 hours'";
    let row = world.client.query_one(sql, &[&tokens]).await.unwrap();
    assert!(row.get::<_, i64>(0) > 100, "{row:?}");
    assert_eq!(row.get::<_, i64>(1), 0);
}
