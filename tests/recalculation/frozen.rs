//! What has no raw events any more is never touched.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::{ask, ended, lived_in, range, spoil, worker};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_before_the_raw_events_stay_as_they_are() {
    let world = lived_in(5, 150, 150, 70).await;
    let admin = world.database.create_admin_key().await;
    world.call("drop_raw_events()").await;
    let find = "select raw_complete_from from installation";
    let complete_from: DateTime<Utc> = world.client.query_one(find, &[]).await.unwrap().get(0);
    spoil(&world, "update conversations set citations_clicked = citations_clicked + 100").await;

    let server = worker(&world);
    let path = ask(&world, &admin, &range(Utc::now() - Duration::days(400), Utc::now())).await;
    let done = ended(&world, &admin, &path).await;
    assert_eq!((&done["status"], &done["progress"]), (&json!("done"), &json!(1.0)), "{done}");
    assert_eq!(done["unavailable_before"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), complete_from);
    // So do the later rows of conversations that have had events before.
    let count =
        "select count(*) filter (where citations_clicked >= 100), count(*) filter (where citations_clicked < 100)
                 from conversations c
                 where (started_at >= $1 and not exists (
                     select from conversation_weeks w
                     where (w.store_id, w.conversation_id) = (c.store_id, c.conversation_id) and w.week_at < $1)) = $2";
    for (can_be_rebuilt, expected) in [(true, (false, true)), (false, (true, false))] {
        let row = world.client.query_one(count, &[&complete_from, &can_be_rebuilt]).await.unwrap();
        let (spoilt, right): (i64, i64) = (row.get(0), row.get(1));
        assert_eq!((spoilt > 0, right > 0), expected, "{spoilt} spoilt and {right} right rows");
    }

    // Nothing of it is left: it is done at once.
    let path = ask(&world, &admin, &range(Utc::now() - Duration::days(400), complete_from)).await;
    let done = ended(&world, &admin, &path).await;
    assert_eq!((&done["status"], &done["conversations_rebuilt"]), (&json!("done"), &json!(0)), "{done}");
    assert_eq!(done["unavailable_before"], done["to"]);
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_waits_for_a_recalculation() {
    let world = lived_in(6, 30, 150, 70).await;
    let admin = world.database.create_admin_key().await;
    // Held back before its first page, where it holds no other lock that retention waits for.
    let path = ask(&world, &admin, &range(Utc::now() - Duration::days(400), Utc::now())).await;
    let blocker = world.database.client().await;
    blocker.batch_execute("begin; select from recalculations for update").await.unwrap();
    let server = worker(&world);
    let waits = "select exists (select from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock')";
    while !world.client.query_one(waits, &[]).await.unwrap().get::<_, bool>(0) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let count = "select count(*) from conversation_events where created_at < now() - interval '98 days'";
    let before: i64 = world.client.query_one(count, &[]).await.unwrap().get(0);
    world.call("drop_raw_events()").await;
    assert_eq!(world.client.query_one(count, &[]).await.unwrap().get::<_, i64>(0), before);
    blocker.batch_execute("rollback").await.unwrap();
    let done = ended(&world, &admin, &path).await;
    assert_eq!((&done["status"], &done["changed_rows"]), (&json!("done"), &json!(0)), "{done}");
    // The server lets go of its connection a moment later.
    for _ in 0..100 {
        world.call("drop_raw_events()").await;
        if world.client.query_one(count, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(before > 0 && world.client.query_one(count, &[]).await.unwrap().get::<_, i64>(0) == 0);
    server.abort();
}
