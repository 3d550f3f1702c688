//! GET `/analytics/reconciliation` and `colloquy verify`: what they answer.

use std::process::{Command, Output};

use chrono::{Days, Duration, NaiveDate, Utc};
use colloquy::http::auth::Scope;
use serde_json::json;
use uuid::Uuid;

use crate::recalculation::{assert_right, lived_in, spoil, spoil_everything};
use crate::support::csv::assert_same_rows;
use crate::support::http::send;
use crate::support::world::World;

const PATH: &str = "/api/v1/analytics/reconciliation";

fn dates(first: NaiveDate, last: NaiveDate) -> String {
    format!("{PATH}?start_date={first}&end_date={last}")
}

fn verify(world: &World, arguments: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .arg("verify")
        .args(arguments)
        .env("DATABASE_URL", world.database.url())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_are_listed_in_json_and_csv_and_all_are_counted() {
    let world = lived_in(51, 90, 15, 1).await;
    let admin = world.database.create_admin_key().await;
    let today = Utc::now().date_naive();
    let path = dates(today - Days::new(28), today);
    let clean = assert_same_rows(&world.app, &path, &admin).await.json.json;
    let whole = json!([{"from": clean["range"]["from"], "to": clean["range"]["to"], "status": "verified"}]);
    assert_eq!((&clean["ranges"], &clean["differences"]), (&whole, &json!([])), "{clean}");
    assert_eq!(clean["counts"]["by_level"].as_object().unwrap().len(), 7, "{clean}");

    let changed =
        "update conversations set citations_clicked = citations_clicked + 1, messages_sent = messages_sent + 1,
        messages_received = messages_received + 1, event_count = event_count + 1, channel = 'fax',
        knowledge_retrievals = knowledge_retrievals + 1, rating = 3, response_us = response_us + 1,
        response_count = response_count + 1, human_messages_sent = human_messages_sent + 1, language = 'tlh'";
    let rows = spoil(&world, changed).await;
    let both = assert_same_rows(&world.app, &path, &admin).await;
    let (answer, listed) = (&both.json.json, both.table.records.len());
    let counted = answer["counts"]["differences"].as_u64().unwrap();
    assert!(listed == 1_000 || counted < 1_000, "{listed} of {counted}");
    assert!(answer["counts"]["by_level"]["conversations"].as_u64().unwrap() >= rows * 8, "{}", answer["counts"]);
    assert!(answer["ranges"].as_array().unwrap().iter().any(|range| range["status"] == "differs"));
    assert_eq!(answer["differences"][0]["kind"], "changed");
    // Comparing has changed nothing.
    let again = send(&world.app, "GET", &path, &admin).await.json;
    assert_eq!((&again["differences"], &again["counts"]), (&answer["differences"], &answer["counts"]));
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let world = World::new(&[chrono_tz::Asia::Kathmandu]).await;
    let admin = world.database.create_admin_key().await;
    let today = Utc::now().date_naive();
    let day = dates(today, today);
    for (query, code) in [
        (dates(today - Days::new(31), today), "range_too_long"),
        (format!("{PATH}?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00.001Z"), "range_too_long"),
        (dates(today, today - Days::new(1)), "start_after_end"),
        (format!("{day}&store_id=mine"), "invalid_parameter"),
        (PATH.to_owned(), "missing_parameter"),
    ] {
        let answer = send(&world.app, "GET", &query, &admin).await;
        assert_eq!(answer.problem(), (400, code), "{query}: {}", answer.text());
    }
    let unknown = format!("{day}&store_id={}", Uuid::new_v4());
    assert_eq!(send(&world.app, "GET", &unknown, &admin).await.problem(), (404, "unknown_store"));
    let store_id = world.shops[0].store_id;
    let key = world.database.create_key(store_id, &[Scope::Read, Scope::Manage]).await;
    assert_eq!(send(&world.app, "GET", &day, &key).await.problem(), (403, "missing_scope"));

    assert_eq!(send(&world.app, "GET", &dates(today - Days::new(30), today), &admin).await.status(), 200);
    let local = send(&world.app, "GET", &format!("{}&store_id={store_id}", dates(today, today)), &admin).await;
    assert!(local.json["range"]["from"].as_str().unwrap().ends_with("T18:15:00Z"), "{}", local.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_says_what_it_finds_and_repairs_it() {
    let mut world = lived_in(52, 80, 35, 1).await;
    let (output, text) = verify(&world, &[]);
    assert!(output.status.success() && text.contains("0 differences"), "{text}");

    spoil_everything(&world).await;
    spoil(&world, "delete from store_days where date between current_date - 30 and current_date - 20").await;
    let (output, text) = verify(&world, &[]);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for level in
        ["conversations changed", "conversations missing", "conversations surplus", "conversation_weeks missing"]
    {
        assert!(text.contains(level), "no {level} in\n{text}");
    }
    let (from, to) = (Utc::now() - Duration::days(3), Utc::now() + Duration::days(1));
    let range = ["--from", &from.to_rfc3339(), "--to", &to.to_rfc3339(), "--repair"];
    let (output, text) = verify(&world, &range);
    assert!(output.status.success() && text.contains("compared again"), "{text}");
    let (output, _) = verify(&world, &[]);
    assert_eq!(output.status.code(), Some(1), "the repair of three days went beyond them");

    let (output, text) = verify(&world, &["--repair"]);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let (output, text) = verify(&world, &[]);
    assert!(output.status.success() && text.contains("0 differences"), "{text}");
    assert_right(&mut world, "repaired").await;

    let (output, _) = verify(&world, &["--store", &Uuid::new_v4().to_string()]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no such store"));
}
