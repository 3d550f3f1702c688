//! GET /conversations: every filter against the oracle's rows.

use chrono::{TimeZone, Utc};
use serde_json::{Value, json};

use crate::support::csv::assert_same_rows;
use crate::support::database::TestDatabase;
use crate::support::http::send;
use crate::support::oracle::{Conversation, Event, Outcome};
use crate::support::pages::follow;
use crate::support::streams::{self, Options};
use crate::support::world::World;

pub const FROM_TO: &str = "from=2026-01-01T00:00:00Z&to=2026-05-01T00:00:00Z";

/// Two shops with history.
pub async fn filled() -> World {
    let mut world = World::new(&[chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu]).await;
    let at = |month, day| Utc.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap();
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 150,
        from: at(1, 1),
        to: at(4, 20),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 400,
    };
    for batch in streams::generate(5, &options) {
        world.import(&batch).await;
    }
    world
}

/// A filter of the query string, and the rows that it lets through.
type Filter<'a> = (&'a str, Box<dyn Fn(&Conversation) -> bool + 'a>);

#[tokio::test]
async fn filters_pick_the_rows_of_the_oracle() {
    let world = filled().await;
    let shop = &world.shops[0];
    let rows: Vec<Conversation> = world.rows(None).into_iter().filter(|row| row.store_id == shop.store_id).collect();
    let customer = rows.iter().find_map(|row| row.customer_id.clone()).unwrap();
    let channel = rows.iter().find_map(|row| row.channel.clone()).unwrap();
    let hour = rows[0].started_at.with_timezone(&shop.tz).format("%u-%H").to_string();
    let by_customer = format!("customer_id={}", encoded(&customer));
    let by_channel = format!("channel={}", encoded(&channel));
    let by_hour = format!("hour_of_week={hour}");
    let filters: Vec<Filter<'_>> = vec![
        ("", Box::new(|_| true)),
        ("outcome=resolved", Box::new(|row| row.outcome == Outcome::Resolved)),
        ("outcome=open", Box::new(|row| row.outcome == Outcome::Open)),
        ("outcome=escalated&ai_resolved=false", Box::new(|row| row.outcome == Outcome::Escalated)),
        ("ai_resolved=true", Box::new(|row| row.ai_resolved)),
        ("ai_resolved=false", Box::new(|row| !row.ai_resolved)),
        ("reopened=true", Box::new(|row| row.reopened_at.is_some())),
        ("answered=true", Box::new(|row| row.first_response_us.is_some())),
        ("answered=false", Box::new(|row| row.first_response_us.is_none())),
        ("rated=true", Box::new(|row| row.rating.is_some())),
        ("satisfied=true", Box::new(|row| row.rating.is_some_and(|rating| rating >= 4))),
        ("satisfied=false", Box::new(|row| row.rating.is_some_and(|rating| rating < 4))),
        ("retrieved=true&clicked=true", Box::new(|row| row.knowledge_retrievals > 0 && row.citations_clicked > 0)),
        ("clicked=true", Box::new(|row| row.citations_clicked > 0)),
        ("customer_named=true", Box::new(|row| row.customer_id.is_some())),
        ("customer_named=false", Box::new(|row| row.customer_id.is_none())),
        ("channel=", Box::new(|row| row.channel.is_none())),
        ("language=", Box::new(|row| row.language.is_none())),
        ("min_messages=3", Box::new(|row| row.messages_sent + row.messages_received >= 3)),
        ("agent=none", Box::new(|row| row.messages_sent == 0)),
        (&by_customer, Box::new(|row| row.customer_id.as_ref() == Some(&customer))),
        (&by_channel, Box::new(|row| row.channel.as_ref() == Some(&channel))),
        (&by_hour, Box::new(|row| row.started_at.with_timezone(&shop.tz).format("%u-%H").to_string() == hour)),
    ];
    for (filter, holds) in filters {
        let path = format!("/api/v1/conversations?{FROM_TO}&limit=200&{filter}").trim_end_matches('&').to_owned();
        let mut got: Vec<(String, String)> = follow(&world.app, &shop.key, &path).await.iter().map(key).collect();
        let mut want: Vec<(String, String)> = rows
            .iter()
            .filter(|row| holds(row))
            .map(|row| (colloquy::http::reply::rfc3339(row.started_at), row.conversation_id.to_string()))
            .collect();
        got.sort();
        want.sort();
        assert_eq!(got, want, "{filter}");
    }
}

fn key(row: &Value) -> (String, String) {
    (row["started_at"].as_str().unwrap().into(), row["conversation_id"].as_str().unwrap().into())
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn subjects_agents_and_topics_are_found() {
    let mut world = World::new(&[chrono_tz::Europe::Berlin]).await;
    let shop = world.shops[0].clone();
    let at = Utc.with_ymd_and_hms(2026, 3, 29, 0, 30, 0).unwrap();
    let chats = [
        ("message_sent", json!({"subject": "Wo ist mein 100%_Paket?", "agent": "human"})),
        ("message_sent", json!({"subject": "refund", "channel": "web"})),
        ("knowledge_retrieved", json!({"topic": "Returns", "confidence": 0.2, "question": "How?"})),
        ("message_received", json!({"subject": "x", "language": "de"})),
    ];
    let mut events = Vec::new();
    for (nth, (event_type, data)) in chats.into_iter().enumerate() {
        events.push(Event {
            store_id: shop.store_id,
            conversation_id: uuid::Uuid::from_u128(nth as u128 + 1),
            event_id: uuid::Uuid::from_u128(nth as u128 + 1),
            event_type: event_type.into(),
            customer_id: None,
            timestamp: at,
            event_data: data,
        });
    }
    let later = Event {
        event_id: uuid::Uuid::from_u128(99),
        timestamp: at + chrono::Duration::hours(720),
        event_data: json!({"subject": "Something new", "agent": "ai"}),
        ..events[0].clone()
    };
    events.push(later);
    world.import(&events).await;
    for (filter, expected) in [
        ("subject=100%25_paket", vec![1]),
        ("subject=REFUND", vec![2]),
        ("subject=e", vec![2, 1, 1]),
        ("subject=%25", vec![1]),
        ("agent=human", vec![1]),
        ("agent=ai", vec![1, 2]),
        ("agent=both", vec![]),
        ("agent=none", vec![3, 4]),
        ("topic=Returns", vec![3]),
        ("topic=returns", vec![]),
        ("channel=web", vec![2]),
        ("language=de", vec![4]),
        ("hour_of_week=7-01", vec![1, 2, 3, 4]),
    ] {
        let rows = follow(&world.app, &shop.key, &format!("/api/v1/conversations?{FROM_TO}&{filter}")).await;
        let mut ids: Vec<u128> = rows
            .iter()
            .map(|row| row["conversation_id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().as_u128())
            .collect();
        let mut expected: Vec<u128> = expected;
        ids.sort_unstable();
        expected.sort_unstable();
        assert_eq!(ids, expected, "{filter}");
    }
    let rows = follow(&world.app, &shop.key, &format!("/api/v1/conversations?{FROM_TO}&agent=human")).await;
    assert_eq!(rows[0]["subject"], "Wo ist mein 100%_Paket?");
    assert_eq!(rows[0]["human_messages_sent"], 1);
}

#[tokio::test]
async fn scores_pick_the_rows_that_they_belong_to() {
    let world = filled().await;
    let shop = &world.shops[0];
    let rows: Vec<Conversation> = world.rows(None).into_iter().filter(|row| row.store_id == shop.store_id).collect();
    // An id with two rows, of which the first was scored, and two others.
    let second = rows.windows(2).position(|pair| pair[0].conversation_id == pair[1].conversation_id).unwrap();
    let is_only = |row: &&Conversation| rows.iter().filter(|r| r.conversation_id == row.conversation_id).count() == 1;
    let others = rows.iter().filter(is_only).take(2);
    let scored: Vec<&Conversation> = [&rows[second]].into_iter().chain(others).collect();
    let insert = "insert into conversation_quality_scores (conversation_id, store_id, overall_score, scored_at)
        values ($1, $2, $3::float8::numeric, $4)";
    for (row, score) in scored.iter().zip([0.3, 0.39, 0.4]) {
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&row.conversation_id, &row.store_id, &score, &row.started_at];
        world.client.execute(insert, &parameters).await.unwrap();
    }
    for (filter, picked) in [
        ("min_overall_score=0.30&max_overall_score=0.39", &scored[..2]),
        ("min_overall_score=0.4", &scored[2..]),
        ("max_overall_score=1", &scored[..]),
        ("min_overall_score=0.41", &scored[..0]),
    ] {
        let path = format!("/api/v1/conversations?{FROM_TO}&limit=200&{filter}");
        let mut got: Vec<_> = follow(&world.app, &shop.key, &path).await.iter().map(key).collect();
        let start = |row: &&Conversation| colloquy::http::reply::rfc3339(row.started_at);
        let mut want: Vec<_> = picked.iter().map(|row| (start(row), row.conversation_id.to_string())).collect();
        got.sort();
        want.sort();
        assert_eq!(got, want, "{filter}");
    }
}

#[tokio::test]
async fn csv_has_the_rows_of_json() {
    let world = filled().await;
    let shop = &world.shops[0];
    let path = format!("/api/v1/conversations?{FROM_TO}&limit=100");
    assert_same_rows(&world.app, &path, &shop.key).await;
}

#[tokio::test]
async fn all_faults_are_named_at_once() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[colloquy::http::auth::Scope::Read]).await;
    let app = database.app();
    for (path, expected) in [
        ("", vec![("start_date", "missing_parameter"), ("end_date", "missing_parameter")]),
        ("?from=2026-01-01T00:00:00Z", vec![("to", "missing_parameter")]),
        ("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", vec![("from", "start_after_end")]),
        (
            "?start_date=2026-02-01&end_date=2026-01-01&outcome=lost&agent=robot&min_messages=-1&limit=201&rated=yes&hour_of_week=8-24&min_overall_score=0.855&max_overall_score=NaN&format=xml&colour=red",
            vec![
                ("start_date", "start_after_end"),
                ("outcome", "invalid_parameter"),
                ("agent", "invalid_parameter"),
                ("min_messages", "invalid_parameter"),
                ("rated", "invalid_parameter"),
                ("hour_of_week", "invalid_parameter"),
                ("min_overall_score", "invalid_parameter"),
                ("max_overall_score", "invalid_parameter"),
                ("limit", "invalid_parameter"),
                ("format", "invalid_parameter"),
                ("colour", "unknown_parameter"),
            ],
        ),
        ("?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&limit=0", vec![("limit", "invalid_parameter")]),
    ] {
        let answer = send(&app, "GET", &format!("/api/v1/conversations{path}"), &key).await;
        assert_eq!(answer.status(), 400, "{path}");
        assert_eq!(answer.faults(), expected, "{path}");
    }
}
