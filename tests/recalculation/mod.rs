//! Recalculation: what is wrong in conversations and rollups is made anew from raw events.

mod beside_ingest;
mod frozen;
mod requests;
mod resumed;

use std::time::{Duration as StdDuration, Instant};

use chrono::{DateTime, Days, Duration, DurationRound, TimeDelta, Utc};
use colloquy::recalculation::worker;
use colloquy::schema::Edition;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::http::{send, send_json};
use crate::support::oracle::calendar::Granularity;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

/// Shops with generated conversations of some days, timed out, and folded into the rollup.
pub async fn lived_in(seed: u64, conversation_ids: usize, from_days_ago: i64, to_days_ago: i64) -> World {
    let mut world = World::new(&[chrono_tz::Asia::Kathmandu, chrono_tz::America::St_Johns]).await;
    let now = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap();
    let options = Options {
        stores: world.store_ids(),
        conversation_ids,
        from: now - Duration::days(from_days_ago),
        to: now - Duration::days(to_days_ago),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 1_000,
    };
    world.add_days(options.from.date_naive() - Days::new(2), now.date_naive()).await;
    for batch in generate(seed, &options) {
        world.import(&batch).await;
    }
    let all = json!({"from": options.from, "to": now});
    world.call(&format!("abandon_conversations(config => '{all}')")).await;
    world.call("refresh_rollups()").await;
    assert_right(&mut world, "at first").await;
    world
}

/// Asserts that rows and answers are what the oracle makes of the events.
pub async fn assert_right(world: &mut World, moment: &str) {
    let mut wrong = world.learn_timeouts().await;
    wrong.extend(differences(world).await);
    assert!(wrong.is_empty(), "{moment}: {} differences\n  {}", wrong.len(), wrong.join("\n  "));
}

/// What is not as the oracle says, in rows and in answers.
pub async fn differences(world: &World) -> Vec<String> {
    let rows = world.rows(None);
    let mut wrong = world.row_differences(&rows).await;
    let today = Utc::now().date_naive();
    let first = rows.iter().map(|row| row.started_at.date_naive()).min().unwrap() - Days::new(2);
    for shop in &world.shops {
        let answers = world.answers(shop, &rows);
        wrong.extend(answers.trends(first, today, Granularity::Day).await);
        wrong.extend(answers.export(first, today).await);
    }
    wrong
}

pub async fn is_community(world: &World) -> bool {
    Edition::detect(&world.client).await.unwrap() == Edition::Community
}

/// The table behind the aggregate.
pub async fn aggregate(world: &World) -> String {
    let find = "select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
                from timescaledb_information.continuous_aggregates";
    world.client.query_one(find, &[]).await.unwrap().get(0)
}

/// Runs SQL that should change rows, and says how many it has.
pub async fn spoil(world: &World, sql: &str) -> u64 {
    let changed = world.client.execute(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    assert!(changed > 0, "nothing was changed by {sql}");
    changed
}

/// Spoils rows of every kind and leaves no trace of it.
pub async fn spoil_everything(world: &World) {
    spoil(
        world,
        "update conversations set messages_sent = messages_sent + 1 where hashtext(conversation_id::text) % 5 = 0",
    )
    .await;
    spoil(world, "delete from conversations where hashtext(conversation_id::text) % 7 = 0").await;
    spoil(world, "delete from conversation_weeks where hashtext(conversation_id::text) % 11 = 0").await;
    let invented = "insert into conversations
        select (jsonb_populate_record(c, jsonb_build_object('conversation_id', gen_random_uuid()))).*
        from conversations c
        limit 20";
    spoil(world, invented).await;
    if is_community(world).await {
        let aggregate = aggregate(world).await;
        spoil(world, &format!("delete from {aggregate} where extract(minute from bucket) = 15")).await;
        spoil(
            world,
            &format!("update {aggregate} set response_us = response_us + 1 where extract(minute from bucket) = 30"),
        )
        .await;
        world.client.batch_execute("delete from rollup_pending").await.unwrap();
    }
}

/// A server's worker, which looks at once.
pub fn worker(world: &World) -> JoinHandle<()> {
    world.app.recalculations.notify_one();
    let (url, pool) = (world.database.url().to_owned(), world.database.pool().clone());
    tokio::spawn(worker::run(url, pool, world.app.recalculations.clone()))
}

/// Asks for a recalculation over HTTP and returns its path.
pub async fn ask(world: &World, admin: &str, body: &Value) -> String {
    let answer = send_json(&world.app, "POST", "/api/v1/analytics/recalculate", admin, body).await;
    assert_eq!((answer.status(), answer.json["status"].as_str()), (202, Some("queued")), "{}", answer.text());
    let path = answer.header("location").to_owned();
    assert!(path.ends_with(answer.json["recalculation_id"].as_str().unwrap()), "{path}");
    path
}

/// Asks how far a recalculation is until it has ended.
pub async fn ended(world: &World, admin: &str, path: &str) -> Value {
    let until = Instant::now() + StdDuration::from_mins(1);
    loop {
        let answer = send(&world.app, "GET", path, admin).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        if !answer.json["finished_at"].is_null() {
            return answer.json;
        }
        assert!(Instant::now() < until, "not done in a minute: {}", answer.text());
        tokio::time::sleep(StdDuration::from_millis(50)).await;
    }
}

/// A range as a body names it.
pub fn range(from: DateTime<Utc>, to: DateTime<Utc>) -> Value {
    json!({"from": from, "to": to})
}
