//! GET /api/v1/analytics/performance: a line worked out by hand, its limits, and random days against the oracle.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::answers::Shop;
use crate::support::csv::assert_same_rows;
use crate::support::oracle::calendar::{Granularity, trend_buckets};
use crate::support::oracle::performance::TRENDS;
use crate::support::oracle::{Event, document_differences};
use crate::support::world::World;

async fn ask(world: &World, shop: &Shop, start: NaiveDate, end: NaiveDate) -> Value {
    let path = format!("/api/v1/analytics/performance?start_date={start}&end_date={end}");
    assert_same_rows(&world.app, &path, &shop.key).await.json.json
}

fn event(shop: &Shop, conversation_id: Uuid, at: DateTime<Utc>, event_type: &str, event_data: Value) -> Event {
    Event::new(shop.store_id, conversation_id, event_type, at, event_data)
}

/// Ten conversations at an instant, some resolved and the others escalated; the first ones have ratings.
fn ten(shop: &Shop, at: DateTime<Utc>, resolved: usize, ratings: &[i64]) -> Vec<Event> {
    let talk = |nth: usize| {
        let event_type = if nth < resolved { "conversation_resolved" } else { "conversation_escalated" };
        event(shop, Uuid::new_v4(), at, event_type, json!({"rating": ratings.get(nth)}))
    };
    (0..10).map(talk).collect()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_line_worked_out_by_hand() {
    let mut world = World::new(&[chrono_tz::America::New_York, chrono_tz::UTC]).await;
    let shop = world.shops[0].clone();
    // The last minute of each local day; clocks change on 8 March.
    let first = date("2026-03-01");
    let mut events = Vec::new();
    for (nth, resolved) in (0i64..).zip([2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 4]) {
        let hour = if nth < 7 { 5 } else { 4 };
        let midnight = (first + Duration::days(nth + 1)).and_hms_opt(hour, 0, 0).unwrap().and_utc();
        let ratings: &[i64] =
            [&[1, 2][..], &[5, 1], &[4, 5]].get(usize::try_from(nth).unwrap()).copied().unwrap_or(&[]);
        events.extend(ten(&shop, midnight - Duration::seconds(1), resolved, ratings));
    }
    world.import(&events).await;
    let answer = ask(&world, &shop, first, date("2026-03-14")).await;

    // Σ(x − 6.5)² = 227.5; Σ(x − 6.5)(y − 0.69 ÷ 1.4) = 7.55; Σ(y − 0.69 ÷ 1.4)² = 3.79 − 6.9² ÷ 14.
    let slope = 7.55 / 227.5;
    let intercept = 6.9 / 14.0 - 6.5 * slope;
    let expected = json!({
        "metric": "resolution_rate", "days_with_data": 14, "mean": 6.9 / 14.0, "slope_per_day": slope,
        "intercept": intercept, "r_squared": 7.55 * 7.55 / 227.5 / (3.79 - 6.9 * 6.9 / 14.0),
        // Of t = 4.6553 with 12 degrees of freedom.
        "p_value": 0.000_555_139_330_341_875,
        "direction": "improving",
        "deviating_date_1": "2026-03-14", "deviating_value_1": 0.4, "deviating_expected_1": intercept + 13.0 * slope,
        "deviating_date_2": "2026-03-13", "deviating_value_2": 0.8, "deviating_expected_2": intercept + 12.0 * slope,
    });
    let wrong = document_differences("", &expected, &answer[0]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let names: Vec<_> = answer.as_array().unwrap().iter().map(|row| row["metric"].as_str().unwrap()).collect();
    assert_eq!(names, TRENDS);
    // The others are escalated: the same line upside down, and less of it is better.
    assert_eq!(answer[1]["direction"], "improving");
    assert!((answer[1]["slope_per_day"].as_f64().unwrap() + slope).abs() < 1e-12);
    // Always nothing: a level line that nothing deviates from.
    let level = json!({
        "metric": "abandonment_rate", "days_with_data": 14, "mean": 0.0, "slope_per_day": 0.0, "intercept": 0.0,
        "r_squared": 1.0, "p_value": null, "direction": "flat",
        "deviating_date_1": null, "deviating_value_1": null, "deviating_expected_1": null,
        "deviating_date_2": null, "deviating_value_2": null, "deviating_expected_2": null,
    });
    assert_eq!(document_differences("", &level, &answer[2]), [""; 0]);
    let none = json!({
        "metric": "avg_first_response_time_ms", "days_with_data": 0, "mean": null, "slope_per_day": null,
        "intercept": null, "r_squared": null, "p_value": null, "direction": "too_few",
        "deviating_date_1": null, "deviating_value_1": null, "deviating_expected_1": null,
        "deviating_date_2": null, "deviating_value_2": null, "deviating_expected_2": null,
    });
    assert_eq!(document_differences("", &none, &answer[3]), [""; 0]);
    // 0, 0.5 and 1 on three days: a perfect line, of too few days.
    let perfect = &answer[4];
    assert_eq!((&perfect["slope_per_day"], &perfect["intercept"]), (&json!(0.5), &json!(0.0)));
    assert_eq!((&perfect["r_squared"], &perfect["p_value"]), (&json!(1.0), &json!(0.0)));
    assert_eq!((&perfect["direction"], &perfect["deviating_date_1"]), (&json!("too_few"), &Value::Null));

    // One day less is too few; the slope is there nevertheless.
    let shorter = ask(&world, &shop, first, date("2026-03-13")).await;
    assert_eq!((&shorter[0]["days_with_data"], &shorter[0]["direction"]), (&json!(13), &json!("too_few")));
    assert!(shorter[0]["slope_per_day"].is_number() && shorter[0]["p_value"].is_number());
    let two = ask(&world, &shop, first, date("2026-03-02")).await;
    assert_eq!((&two[0]["r_squared"], &two[0]["p_value"]), (&json!(1.0), &Value::Null));
    assert_eq!(two[0]["deviating_date_1"], Value::Null);
    let one = ask(&world, &shop, first, first).await;
    assert_eq!((&one[0]["mean"], &one[0]["slope_per_day"]), (&json!(0.2), &Value::Null));
    assert_eq!((&one[0]["intercept"], &one[0]["r_squared"]), (&Value::Null, &Value::Null));
    // Nothing of it shows in another store.
    let other = ask(&world, &world.shops[1], first, date("2026-03-14")).await;
    assert!(other.as_array().unwrap().iter().all(|row| row["days_with_data"] == 0));
}

#[tokio::test]
async fn the_same_value_every_day_is_flat() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let shop = world.shops[0].clone();
    let first = date("2026-05-01");
    let noon = |nth| (first + Duration::days(nth)).and_hms_opt(12, 0, 0).unwrap().and_utc();
    // 0.7 and 0.3 are no binary fractions, whose sums are not exact.
    let events: Vec<Event> = (0..29).flat_map(|nth| ten(&shop, noon(nth), 7, &[])).collect();
    world.import(&events).await;
    let answer = ask(&world, &shop, first, date("2026-05-29")).await;
    for row in &answer.as_array().unwrap()[..3] {
        let line = (&row["slope_per_day"], &row["p_value"], &row["direction"], &row["deviating_date_1"]);
        assert_eq!(line, (&json!(0.0), &Value::Null, &json!("flat"), &Value::Null), "{row}");
    }
}

/// Conversations on some days of a range, more and better ones as time goes on, or not.
fn random_days(rng: &mut StdRng, shop: &Shop, start: NaiveDate, end: NaiveDate) -> Vec<Event> {
    let drift = rng.random_range(-1.0..1.0);
    let days = trend_buckets(start, end, Granularity::Day, shop.tz);
    let mut events = Vec::new();
    for (nth, day) in days.iter().enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let share = (0.5 + drift * (nth as f64 / days.len() as f64 - 0.5)).clamp(0.05, 0.95);
        let count = if rng.random_bool(0.2) { 0 } else { rng.random_range(1..6) };
        for _ in 0..count {
            let id = Uuid::new_v4();
            let seconds = rng.random_range(0..(day.to - day.from).num_seconds());
            let at = day.from + Duration::seconds(seconds);
            events.push(event(shop, id, at, "message_received", json!({})));
            let response = Duration::milliseconds(rng.random_range(1..90_000));
            if rng.random_bool(0.8) {
                events.push(event(shop, id, at + response, "message_sent", json!({})));
            }
            let bad = if rng.random_bool(0.5) { "conversation_escalated" } else { "conversation_abandoned" };
            let outcome = if rng.random_bool(share) { "conversation_resolved" } else { bad };
            let rating = rng.random_bool(0.5).then(|| rng.random_range(1..=5));
            events.push(event(shop, id, at + Duration::minutes(5), outcome, json!({"rating": rating})));
        }
    }
    events
}

#[tokio::test]
async fn random_days_equal_the_oracles() {
    let ranges: [(Tz, &str, &str); 6] = [
        (chrono_tz::America::New_York, "2026-02-20", "2026-03-25"),
        (chrono_tz::Australia::Lord_Howe, "2026-03-20", "2026-05-20"),
        (chrono_tz::America::Sao_Paulo, "2018-10-20", "2018-11-20"),
        (chrono_tz::America::St_Johns, "2010-10-25", "2010-11-20"),
        // 30 December 2011 did not happen in Samoa.
        (chrono_tz::Pacific::Apia, "2011-12-30", "2012-03-30"),
        (chrono_tz::Pacific::Apia, "2011-12-15", "2012-01-03"),
    ];
    let mut world = World::new(&ranges.map(|(tz, _, _)| tz)).await;
    let mut rng = StdRng::seed_from_u64(7);
    let shops = world.shops.clone();
    for (shop, (_, start, end)) in shops.iter().zip(ranges) {
        let events = random_days(&mut rng, shop, date(start), date(end));
        world.import(&events).await;
    }
    let rows = world.rows(None);
    let mut directions = Vec::new();
    for (shop, (_, start, end)) in shops.iter().zip(ranges) {
        for (start, end) in [(date(start), date(end)), (date(start) - Duration::days(9), date(end) - Duration::days(9))]
        {
            let wrong = world.answers(shop, &rows).performance(start, end).await;
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            let trends = ask(&world, shop, start, end).await;
            directions.extend(trends.as_array().unwrap().iter().map(|trend| trend["direction"].clone()));
        }
    }
    for direction in ["improving", "worsening", "flat"] {
        assert!(directions.iter().any(|found| found == direction), "none is {direction}");
    }
}
