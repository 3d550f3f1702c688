//! `explain=true` and `changes`: every link lists exactly the conversations counted, every change follows from the values.

use std::collections::{BTreeMap, HashSet};

use chrono::{Days, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value};

use crate::support::csv::assert_same_rows;
use crate::support::http::send;
use crate::support::oracle::event::decimal;
use crate::support::pages::follow;
use crate::support::streams::{self, Options};
use crate::support::world::World;

/// Two shops with events of the last 50 days.
async fn recent() -> World {
    let mut world = World::new(&[chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu]).await;
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 120,
        from: Utc::now() - Days::new(50),
        to: Utc::now(),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 400,
    };
    for batch in streams::generate(8, &options) {
        world.import(&batch).await;
    }
    world
}

fn questions() -> Vec<String> {
    let day = |ago| (Utc::now() - Days::new(ago)).date_naive();
    vec![
        format!("metrics?start_date={}&end_date={}&compare=previous_period", day(20), day(2)),
        format!("metrics?start_date={}&end_date={}&compare=none", day(40), day(1)),
        "dashboard?period=month".into(),
        "dashboard?period=quarter&compare=full".into(),
    ]
}

#[tokio::test]
async fn every_link_lists_the_conversations_counted() {
    let world = recent().await;
    let key = &world.shops[0].key;
    let mut lists: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for question in questions() {
        let answer = send(&world.app, "GET", &format!("/api/v1/analytics/{question}&explain=true"), key).await;
        assert_eq!(answer.status(), 200, "{question}: {}", answer.text());
        for part in ["metrics", "previous_period"] {
            let (values, explained) = (&answer.json[part], &answer.json["explain"][part]);
            assert_eq!(values.is_null(), explained.is_null(), "{question} {part}");
            let Some(values) = values.as_object() else { continue };
            assert_eq!(values.keys().collect::<Vec<_>>(), explained.as_object().unwrap().keys().collect::<Vec<_>>());
            for (name, value) in values {
                let place = format!("{question} {part}.{name}");
                let explained = &explained[name];
                for side in ["numerator", "denominator"] {
                    let Some(counted) = explained[side].as_object() else { continue };
                    let href = counted["href"].as_str().unwrap();
                    if !lists.contains_key(href) {
                        lists.insert(href.to_owned(), follow(&world.app, key, &format!("{href}&limit=200")).await);
                    }
                    let rows = &lists[href];
                    assert_eq!(counted["conversations"], rows.len(), "{place}: {href}");
                    assert_eq!(counted["value"], total(counted, name, side, rows), "{place}: {href}");
                }
                assert_value(&place, value, explained);
            }
        }
    }
    assert!(lists.values().filter(|rows| !rows.is_empty()).count() > 30, "the links must list something");
}

/// What the conversations of a list add up to.
fn total(counted: &Map<String, Value>, metric: &str, side: &str, rows: &[Value]) -> u64 {
    let sum = |name: &str| rows.iter().map(|row| row[name].as_u64().unwrap()).sum();
    let us = |ms: &Value| (decimal(ms.as_number().unwrap()) * Decimal::ONE_THOUSAND).to_u64().unwrap();
    let sum_us = |name: &str| rows.iter().map(|row| us(&row[name])).sum();
    match (counted["unit"].as_str().unwrap(), metric) {
        ("messages", _) => sum("messages_sent") + sum("messages_received"),
        ("events", metric) => sum(metric),
        ("customers", _) => {
            rows.iter().map(|row| row["customer_id"].as_str().unwrap()).collect::<HashSet<_>>().len() as u64
        }
        ("microseconds", "avg_first_response_time_ms") => sum_us("first_response_time_ms"),
        // Checked by the value that they make, whose oracle reads events.
        ("microseconds" | "responses", _) => counted["value"].as_u64().unwrap(),
        (unit, _) => {
            assert_eq!(unit, "conversations", "{metric} {side}");
            rows.len() as u64
        }
    }
}

/// The value is its numerator, or the numerator divided by the denominator.
fn assert_value(place: &str, value: &Value, explained: &Value) {
    let number = |side: &str| explained[side]["value"].as_f64();
    let per_ms = if explained["unit"] == "milliseconds" { 1000.0 } else { 1.0 };
    let expected = match (number("numerator"), number("denominator")) {
        (Some(count), None) => Some(count),
        (Some(_), Some(0.0)) => None,
        (Some(part), Some(whole)) => Some(part / per_ms / whole),
        (None, _) => return,
    };
    match (value.as_f64(), expected) {
        (Some(got), Some(want)) => assert!((got - want).abs() <= 1e-9 * want.abs(), "{place}: {got}, expected {want}"),
        (got, want) => assert_eq!(got, want, "{place}"),
    }
}

#[tokio::test]
async fn changes_stand_beside_every_metric() {
    let world = recent().await;
    for question in questions() {
        let answer = send(&world.app, "GET", &format!("/api/v1/analytics/{question}"), &world.shops[0].key).await;
        let (metrics, previous) = (&answer.json["metrics"], &answer.json["previous_period"]);
        assert_eq!(answer.json["changes"].is_null(), previous.is_null(), "{question}");
        let Some(changes) = answer.json["changes"].as_object() else { continue };
        assert_eq!(changes.keys().collect::<Vec<_>>(), metrics.as_object().unwrap().keys().collect::<Vec<_>>());
        for (name, change) in changes {
            let is_share = name.ends_with("_rate") || name == "csat";
            assert_eq!(change["kind"], if is_share { "points" } else { "relative" }, "{name}");
            let (now, before) = (metrics[name].as_f64(), previous[name].as_f64());
            let expected = match (now, before) {
                (Some(now), Some(before)) if is_share => Some(now - before),
                (Some(0.0), Some(0.0)) => Some(0.0),
                (Some(now), Some(before)) if before != 0.0 => Some((now - before) / before),
                _ => None,
            };
            let got = change["change"].as_f64();
            let is_close = got.zip(expected).is_none_or(|(got, want)| (got - want).abs() < 1e-12);
            assert!(
                is_close && got.is_some() == expected.is_some(),
                "{question} {name}: {got:?}, expected {expected:?}"
            );
            let sample = match name.as_str() {
                "csat" => "csat_responses",
                "avg_response_time_ms" | "responses" if name != "responses" => "responses",
                "avg_resolution_time_ms" => "resolved_conversations",
                "citation_click_rate" => "conversations_with_retrieval",
                name if name.contains("first_response") => "answered_conversations",
                _ => "total_conversations",
            };
            assert_eq!(change["sample"], metrics[sample], "{question} {name}");
            assert_eq!(change["previous_sample"], previous[sample], "{question} {name}");
        }
    }
}

#[tokio::test]
async fn csv_has_the_rows_of_json() {
    let world = recent().await;
    for question in questions() {
        assert_same_rows(&world.app, &format!("/api/v1/analytics/{question}"), &world.shops[0].key).await;
    }
}

#[tokio::test]
async fn csv_has_no_place_for_explanations() {
    let world = World::new(&[chrono_tz::UTC]).await;
    let path = "/api/v1/analytics/dashboard?explain=true&format=csv";
    let answer = send(&world.app, "GET", path, &world.shops[0].key).await;
    assert_eq!(answer.faults(), [("explain", "invalid_parameter")]);
    let path = "/api/v1/analytics/metrics?start_date=2026-01-01&end_date=2026-01-01&explain=1";
    assert_eq!(send(&world.app, "GET", path, &world.shops[0].key).await.faults(), [("explain", "invalid_parameter")]);
}
