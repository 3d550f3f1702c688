//! GET /api/v1/analytics/breakdown: groups worked out by hand, and all of them against the oracle.

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::csv::assert_same_rows;
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::oracle::breakdown::By;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

fn event(world: &World, conversation_id: Uuid, event_type: &str, at: DateTime<Utc>, data: Value) -> Event {
    Event::new(world.shops[0].store_id, conversation_id, event_type, at, data)
}

async fn groups(world: &World, by: &str, start: &str, end: &str) -> Vec<Value> {
    let path = format!("/api/v1/analytics/breakdown?by={by}&start_date={start}&end_date={end}");
    let answer = send(&world.app, "GET", &path, &world.shops[0].key).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert!(answer.header("x-data-complete-until").ends_with('Z'));
    answer.json.as_array().unwrap().clone()
}

fn sizes(groups: &[Value]) -> Vec<(Option<&str>, i64, bool)> {
    let size = |row: &'_ Value| (row["total_conversations"].as_i64().unwrap(), row["too_few"].as_bool().unwrap());
    groups.iter().map(|row| (row["group"].as_str(), size(row).0, size(row).1)).collect()
}

#[tokio::test]
async fn agents_are_told_apart_by_who_wrote() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let at = Utc.with_ymd_and_hms(2025, 3, 5, 12, 0, 0).unwrap();
    let mut events = Vec::new();
    let agents: [(usize, &[Option<&str>]); 5] = [
        (10, &[Some("ai"), None]),
        (9, &[Some("human"), Some("human")]),
        (2, &[Some("human"), Some("ai")]),
        (1, &[Some("ai"), Some("human"), None]),
        (3, &[]),
    ];
    for (count, messages) in agents {
        for _ in 0..count {
            let id = Uuid::new_v4();
            events.push(event(&world, id, "message_received", at, json!({"agent": "human"})));
            for (second, agent) in (1..).zip(messages) {
                let data = agent.map_or(json!({}), |agent| json!({"agent": agent}));
                events.push(event(&world, id, "message_sent", at + Duration::seconds(second), data));
            }
        }
    }
    world.import(&events).await;
    let found = groups(&world, "agent", "2025-03-05", "2025-03-05").await;
    let expected =
        [(Some("ai"), 10, false), (Some("human"), 9, true), (Some("both"), 3, true), (Some("none"), 3, true)];
    assert_eq!(sizes(&found), expected);
    assert_eq!((&found[0]["avg_first_response_time_ms"], &found[0]["total_messages"]), (&json!(1000.0), &json!(30)));
    assert_eq!(found[3]["avg_first_response_time_ms"], Value::Null);
    assert!(groups(&world, "agent", "2025-03-06", "2025-03-07").await.is_empty());
}

#[tokio::test]
async fn channels_stand_by_size_and_then_by_name_and_the_unnamed_last() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let at = Utc.with_ymd_and_hms(2025, 3, 5, 12, 0, 0).unwrap();
    let channels = ["web", "web", "=1+1", "Web", "chat", "", "", "apple"];
    let started = |channel: &&str| {
        let data = if channel.is_empty() { json!({}) } else { json!({"channel": channel}) };
        event(&world, Uuid::new_v4(), "conversation_started", at, data)
    };
    let events: Vec<Event> = channels.iter().map(started).collect();
    world.import(&events).await;
    let found = groups(&world, "channel", "2025-03-01", "2025-03-31").await;
    let names: Vec<_> = found.iter().map(|row| row["group"].as_str()).collect();
    assert_eq!(names, [Some("web"), None, Some("=1+1"), Some("Web"), Some("apple"), Some("chat")]);
    let found = groups(&world, "language", "2025-03-01", "2025-03-31").await;
    assert_eq!(sizes(&found), [(None, 8, true)]);
}

#[tokio::test]
async fn hours_are_those_of_the_clock_on_the_wall() {
    let mut world = World::new(&[chrono_tz::America::New_York]).await;
    let starts = [
        // Sundays: half past one comes twice on the second of November 2025, half past two never on the ninth of March.
        "2025-11-02T05:30:00Z",
        "2025-11-02T06:30:00Z",
        "2025-11-02T07:30:00Z",
        "2025-03-09T06:59:59.999999Z",
        "2025-03-09T07:00:00Z",
        // The range: the first microsecond of the ninth of March is in, that of the third of November is not.
        "2025-03-09T05:00:00Z",
        "2025-03-09T04:59:59.999999Z",
        "2025-11-03T04:59:59.999999Z",
        "2025-11-03T05:00:00Z",
    ];
    let started = |at: &&str| event(&world, Uuid::new_v4(), "conversation_started", at.parse().unwrap(), json!({}));
    let events: Vec<Event> = starts.iter().map(started).collect();
    world.import(&events).await;
    let found = groups(&world, "hour_of_week", "2025-03-09", "2025-11-02").await;
    let names: Vec<String> = found.iter().map(|row| row["group"].as_str().unwrap().to_owned()).collect();
    let all: Vec<String> = (1..=7).flat_map(|day| (0..24).map(move |hour| format!("{day}-{hour:02}"))).collect();
    assert_eq!(names, all);
    let filled: Vec<_> = sizes(&found).into_iter().filter(|(_, size, _)| *size > 0).collect();
    let expected = [("7-00", 1), ("7-01", 3), ("7-02", 1), ("7-03", 1), ("7-23", 1)];
    assert_eq!(filled, expected.map(|(name, size)| (Some(name), size, true)));
    assert_eq!((&found[0]["resolution_rate"], &found[0]["csat_responses"]), (&Value::Null, &json!(0)));
}

#[tokio::test]
async fn every_group_is_what_the_oracle_says() {
    let mut world = World::new(&[chrono_tz::Asia::Kathmandu, chrono_tz::America::St_Johns]).await;
    let day = |month, day| NaiveDate::from_ymd_opt(2025, month, day).unwrap();
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 200,
        from: Utc.with_ymd_and_hms(2025, 2, 20, 0, 0, 0).unwrap(),
        to: Utc.with_ymd_and_hms(2025, 4, 10, 0, 0, 0).unwrap(),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 1000,
    };
    for batch in generate(3, &options) {
        world.import(&batch).await;
    }
    let rows = world.rows(None);
    let (start, end) = (day(3, 1), day(3, 31));
    for by in By::ALL {
        for shop in &world.shops {
            let wrong = world.answers(shop, &rows).breakdown(start, end, by).await;
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
        let found = groups(&world, by.as_str(), "2025-03-01", "2025-03-31").await;
        assert!(found.len() > 3 || matches!(by, By::Agent), "{}: {}", by.as_str(), found.len());
    }
}

#[tokio::test]
async fn csv_has_the_same_rows() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let at = Utc.with_ymd_and_hms(2025, 3, 5, 12, 0, 0).unwrap();
    let (web, unnamed) = (Uuid::new_v4(), Uuid::new_v4());
    let events = [
        event(&world, web, "message_received", at, json!({"channel": "web, \"new\""})),
        event(&world, web, "message_sent", at + Duration::milliseconds(1500), json!({})),
        event(&world, web, "message_sent", at + Duration::seconds(2), json!({"rating": 5})),
        event(&world, unnamed, "conversation_resolved", at, json!({})),
    ];
    world.import(&events).await;
    for by in ["channel", "hour_of_week"] {
        let path = format!("/api/v1/analytics/breakdown?by={by}&start_date=2025-03-05&end_date=2025-03-05");
        let columns = assert_same_rows(&world.app, &path, &world.shops[0].key).await.table.columns;
        assert_eq!((columns.len(), columns[0].as_str(), columns[29].as_str()), (30, "group", "too_few"));
    }
}
