//! What commands leave in `admin_actions` that change events, what is made of them, or rights.

use std::process::Output;

use chrono::{Duration, Utc};
use colloquy::database;
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use super::archive::{archive, listed};
use super::archive_killed;
use super::database::Database;
use super::files::{Folder, import, ndjson, options};
use super::import::history;
use crate::recalculation::spoil;
use crate::support::database::TestDatabase;
use crate::support::oracle::Event;
use crate::support::roles::PASSWORD;
use crate::support::skipped;
use crate::support::world::World;

/// Action, object and detail of each row that a command has left with one of these actions, oldest first.
async fn recorded(client: &Client, actions: &[&str]) -> Vec<(String, Option<Uuid>, Value)> {
    let sql = "select action, object_id, detail, actor, key_id, request_id from admin_actions
               where action = any ($1) order by action_id";
    let rows = client.query(sql, &[&actions]).await.unwrap();
    for row in &rows {
        let who: (&str, Option<Uuid>, Option<&str>) = (row.get(3), row.get(4), row.get(5));
        assert_eq!(who, ("command", None, None));
    }
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

async fn run(url: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command.args(arguments).env("DATABASE_URL", url).envs(variables.iter().copied());
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A database with some weeks of events that are old.
async fn with_old_events(seed: u64) -> Database {
    let (database, source) = (Database::new().await, Folder::new());
    let mut events = history(seed, 40);
    let first = events.iter().map(|event| event.timestamp).min().unwrap();
    events.retain(|event| event.timestamp < first + Duration::weeks(3));
    import(&database, &[source.file("history", &ndjson(&events))], &options()).await.unwrap();
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_recorded_when_it_is_written_and_when_its_events_are_dropped() {
    let (database, folder) = (with_old_events(41).await, Folder::new());
    archive(&database, &folder).await.unwrap();
    let archives = listed(&database).await;
    let rows = recorded(&database.client, &["archive_events"]).await;
    assert!(archives.len() > 2 && rows.len() == 2 * archives.len(), "{} of {}", rows.len(), archives.len());
    for (archive, pair) in archives.iter().zip(rows.chunks(2)) {
        let [(_, written, content), (_, dropped, change)] = pair else { unreachable!() };
        assert!(written.is_some() && written == dropped);
        let of = |name: &str| &content[name]["new"];
        assert_eq!((of("events"), of("bytes")), (&json!(archive.events), &json!(archive.bytes)));
        let names: Vec<_> = change.as_object().unwrap().keys().collect();
        assert_eq!(names, ["dropped_at"]);
        assert!(change["dropped_at"]["old"].is_null() && change["dropped_at"]["new"].is_string(), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_retention_drops_is_no_action_of_an_admin() {
    if !cfg!(debug_assertions) {
        skipped("what_retention_drops_is_no_action_of_an_admin: only debug builds can be killed at a step");
        return;
    }
    for archive_before_drop in [false, true] {
        let (database, folder) = (with_old_events(42).await, Folder::new());
        database
            .client
            .execute("update installation set archive_before_drop = $1", &[&archive_before_drop])
            .await
            .unwrap();
        archive_killed::run(&database, &folder, "Recorded");
        let left = "select count(*) from archives where dropped_at is null";
        assert_eq!(database.count(left).await, 1);
        // Retention waits for the end of the session that was killed.
        for _ in 0..100 {
            database.client.batch_execute("call drop_raw_events()").await.unwrap();
            if database.count(left).await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(database.count(left).await, 0);
        let rows = recorded(&database.client, &["archive_events"]).await;
        assert_eq!(rows.len(), 1, "that it was written, with archive_before_drop {archive_before_drop}: {rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repair_is_recorded_and_a_look_is_not() {
    const REPAIR: [&str; 2] = ["begin_repair", "finish_repair"];
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let event = |days: i64| {
        let at = Utc::now() - Duration::days(days);
        Event::new(world.shops[0].store_id, Uuid::new_v4(), "message_received", at, json!({}))
    };
    let events: Vec<_> = [1, 8].map(event).into();
    world.import(&events).await;
    let today = Utc::now().date_naive();
    world.add_days(today - chrono::Days::new(20), today).await;
    let url = world.database.url().to_owned();
    run(&url, &["verify", "--repair"], &[]).await;
    assert_eq!(recorded(&world.client, &REPAIR).await, []);

    spoil(&world, "update conversations set event_count = event_count + 1").await;
    run(&url, &["verify", "--repair"], &[]).await;
    let rows = recorded(&world.client, &REPAIR).await;
    let names: Vec<_> = rows.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, REPAIR);
    let (began, finished) = (&rows[0].2, &rows[1].2);
    assert!(began["from"].is_string() && began["to"].is_string(), "{began}");
    let counts = &finished["counts"];
    assert_eq!((&finished["is_done"], &counts["differences"]), (&json!(true), &json!(2)), "{finished}");
    assert_eq!((&counts["by_level"]["conversations"], &counts["conversations_compared"]), (&json!(2), &json!(2)));
    run(&url, &["verify", "--repair"], &[]).await;
    assert_eq!(recorded(&world.client, &REPAIR).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_and_passwords_that_roles_apply_gives_are_recorded_without_the_passwords() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    client.batch_execute("revoke select on stores, conversations from colloquy_reader").await.unwrap();
    let passwords = [("COLLOQUY_READER_PASSWORD", PASSWORD), ("COLLOQUY_WRITER_PASSWORD", PASSWORD)];
    run(database.url(), &["roles", "apply"], &passwords).await;
    let rows = recorded(&client, &["apply_roles", "set_password"]).await;
    let names: Vec<_> = rows.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["apply_roles", "set_password", "set_password"]);
    let change = |name: &str| {
        let number = |which: &str| rows[0].2[name][which].as_i64().unwrap();
        assert!(number("new") > 0);
        number("new") - number("old")
    };
    assert_eq!(["roles", "objects", "rights"].map(change), [0, 0, 2], "{}", rows[0].2);
    assert_eq!([&rows[1].2, &rows[2].2], [&json!({"role": "colloquy_writer"}), &json!({"role": "colloquy_reader"})]);

    // Where nothing was ever migrated there is nothing to write to.
    let empty = TestDatabase::empty().await;
    run(empty.url(), &["roles", "apply"], &passwords).await;
    let found = database::connect(empty.url()).await.unwrap();
    assert!(found.query("select from analytics.admin_actions", &[]).await.is_err());
}
