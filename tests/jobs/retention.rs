//! `drop_raw_events`: old raw events go, and no number with them.

use chrono::{DateTime, Days, Duration, DurationRound, TimeDelta, Utc};
use colloquy::events::store::Status;
use serde_json::json;
use uuid::Uuid;

use super::{assert_rows, event};
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::oracle::calendar::Granularity;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

const DROP: &str = "drop_raw_events()";

async fn complete_from(world: &World) -> Option<DateTime<Utc>> {
    let find = "select nullif(raw_complete_from, '-infinity') from installation";
    world.client.query_one(find, &[]).await.unwrap().get(0)
}

/// How many raw events there are before and from an instant on.
async fn raw_events(world: &World, instant: DateTime<Utc>) -> (i64, i64) {
    let count = "select count(*) filter (where created_at < $1), count(*) filter (where created_at >= $1)
                 from conversation_events";
    let row = world.client.query_one(count, &[&instant]).await.unwrap();
    (row.get(0), row.get(1))
}

/// Every answer about the last 220 days, as text.
async fn answers(world: &World) -> Vec<String> {
    let today = Utc::now().date_naive();
    let dates = format!("start_date={}&end_date={}", today - Days::new(220), today - Days::new(1));
    let mut answers = Vec::new();
    for shop in &world.shops {
        for path in ["metrics?", "conversations/trends?", "conversations/trends?granularity=week&", "export?"] {
            let answer = send(&world.app, "GET", &format!("/api/v1/analytics/{path}{dates}"), &shop.key).await;
            assert_eq!(answer.status(), 200);
            answers.push(answer.text().to_owned());
        }
    }
    answers
}

#[tokio::test]
async fn raw_events_go_and_every_number_stays() {
    let mut world = World::new(&[chrono_tz::Asia::Kolkata, chrono_tz::America::St_Johns]).await;
    let now = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap();
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 150,
        from: now - Duration::days(210),
        to: now - Duration::days(5),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 800,
    };
    world.add_days(options.from.date_naive() - Days::new(2), now.date_naive()).await;
    for batch in generate(5, &options) {
        world.import(&batch).await;
    }
    let all = json!({"from": options.from, "to": now});
    world.call(&format!("abandon_conversations(config => '{all}')")).await;
    world.call("refresh_rollups()").await;
    assert_rows(&mut world, "before").await;
    let before = answers(&world).await;
    let (old, _) = raw_events(&world, now - Duration::days(97)).await;
    let (_, young) = raw_events(&world, now - Duration::days(90)).await;
    assert!(old > 100 && young > 100);

    for run in ["dropped once", "dropped twice"] {
        world.call(DROP).await;
        let complete_from = complete_from(&world).await.unwrap();
        let age = now - complete_from;
        assert!(Duration::days(90) <= age && age <= Duration::days(97), "complete from {complete_from}");
        assert_eq!(raw_events(&world, complete_from).await.0, 0, "{run}: old events are left");
        assert_eq!(raw_events(&world, now - Duration::days(90)).await.1, young, "{run}: young events have gone");
        assert_rows(&mut world, run).await;
        assert_eq!(answers(&world).await, before, "{run}");
        world.call("refresh_rollups()").await;
        assert_eq!(answers(&world).await, before, "{run}, refreshed");
    }
    let rows = world.rows(None);
    let today = now.date_naive();
    let mut wrong = Vec::new();
    for shop in &world.shops {
        let answers = world.answers(shop, &rows);
        wrong.extend(answers.trends(today - Days::new(220), today, Granularity::Day).await);
        wrong.extend(answers.export(today - Days::new(220), today).await);
    }
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));

    let moved = complete_from(&world).await;
    world.client.batch_execute("update installation set raw_retention = '150 days'").await.unwrap();
    world.call(DROP).await;
    assert_eq!(complete_from(&world).await, moved, "moved back");
}

#[tokio::test]
async fn a_frozen_row_gives_way_only_to_at_least_as_many_events() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::days(110));
    let at = |world: &World, kind: &str, hours| event(world, id, kind, start + Duration::hours(hours));
    let known =
        [at(&world, "message_received", 0), at(&world, "message_sent", 1), at(&world, "conversation_resolved", 2)];
    world.import(&known).await;
    // Something younger, or its chunk would not be there to be kept.
    let young = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::days(40));
    world.import(&[young]).await;
    world.call(DROP).await;
    assert_rows(&mut world, "dropped").await;

    let later = at(&world, "message_received", 60 * 24);
    world.post(&world.shops[0].key, std::slice::from_ref(&later)).await;
    world.events.push(later);
    assert_rows(&mut world, "720 hours later").await;
    assert_eq!(world.rows(None).iter().filter(|row| row.conversation_id == id).count(), 2);

    let late = at(&world, "message_received", 3);
    let exceptions = world.import(std::slice::from_ref(&late)).await;
    assert_eq!(exceptions.iter().map(|exception| exception.status).collect::<Vec<_>>(), [Status::Frozen]);
    world.events.pop();
    assert_rows(&mut world, "one late event").await;

    let all: Vec<Event> = known.into_iter().chain([late]).collect();
    let exceptions = world.import(&all).await;
    assert!(exceptions.iter().all(|exception| exception.status == Status::Duplicate), "{exceptions:?}");
    assert_rows(&mut world, "all of them").await;
    world.call(DROP).await;
    assert_rows(&mut world, "dropped again").await;
}

#[tokio::test]
async fn nothing_is_dropped_while_an_import_runs() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let old = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::days(110));
    world.import(&[old]).await;
    let import = world.database.client().await;
    let lock = "hashtext('colloquy.raw_in_use'), 0";
    import.batch_execute(&format!("select pg_advisory_lock_shared({lock})")).await.unwrap();
    world.call(DROP).await;
    assert_eq!((raw_events(&world, Utc::now()).await.0, complete_from(&world).await), (1, None));
    import.batch_execute(&format!("select pg_advisory_unlock_shared({lock})")).await.unwrap();
    world.call(DROP).await;
    assert_eq!(raw_events(&world, Utc::now()).await.0, 0);
    assert_rows(&mut world, "dropped").await;
}

#[tokio::test]
async fn a_writer_that_takes_long_puts_retention_off_and_stops_nobody_else() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let old = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::days(110));
    world.import(&[old]).await;
    let slow = world.database.client().await;
    let young = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::hours(1));
    slow.batch_execute("begin").await.unwrap();
    slow.query("select * from ingest_events($1)", &[&young.to_json()]).await.unwrap();

    let began = std::time::Instant::now();
    world.call(DROP).await;
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((raw_events(&world, Utc::now()).await.0, complete_from(&world).await), (1, None));

    slow.batch_execute("rollback").await.unwrap();
    world.call(DROP).await;
    assert_eq!(raw_events(&world, Utc::now()).await.0, 0);
    assert_rows(&mut world, "dropped").await;
}
