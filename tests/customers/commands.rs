//! `colloquy erase`.

use std::process::{Output, Stdio};

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::support::oracle::Event;
use crate::support::world::World;

async fn erase(world: &World, arguments: &[&str], input: &str) -> Output {
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .arg("erase")
        .args(arguments)
        .env("DATABASE_URL", world.database.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn the_id_is_an_argument_or_comes_by_standard_input() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let store = store_id.to_string();
    let mut events = Vec::new();
    for customer in ["anna@example.com", "zoë@example.com"] {
        let at = Utc::now() - Duration::days(2);
        let mut event = Event::new(store_id, Uuid::new_v4(), "message_received", at, json!({"text": "secret"}));
        event.customer_id = Some(customer.to_owned());
        events.push(event);
    }
    world.import(&events).await;
    for (arguments, input) in
        [(vec!["--store", &store, "anna@example.com"], ""), (vec!["--store", &store, "--stdin"], "zoë@example.com\n")]
    {
        let done = erase(&world, &arguments, input).await;
        assert!(done.status.success(), "{}", told(&done));
        let receipt: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!((&receipt["conversations"], &receipt["events"]), (&json!(1), &json!(1)), "{receipt}");
        assert!(!told(&done).contains("example.com"), "{}", told(&done));
        let again = erase(&world, &arguments, input).await;
        assert_eq!(again.status.code(), Some(1));
        assert_eq!(told(&again), "colloquy: the store has no such customer\n");
    }
    let by_nobody = "select count(*) from erasures where requested_by is null";
    assert_eq!(world.client.query_one(by_nobody, &[]).await.unwrap().get::<_, i64>(0), 2);

    let unknown = Uuid::new_v4().to_string();
    let refused = erase(&world, &["--store", &unknown, "anna@example.com"], "").await;
    assert_eq!(told(&refused), format!("colloquy: there is no store {unknown}\n"));
    let empty = erase(&world, &["--store", &store, "--stdin"], "").await;
    assert_eq!(told(&empty), "colloquy: the id of a customer is a text of 1 to 255 characters\n");
    assert_eq!(erase(&world, &["--store", &store], "").await.status.code(), Some(2));
}
