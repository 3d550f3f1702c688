//! GET /api/v1/ingest/status: numbers as counted from the rows, the silent, the late and the ones whose clocks are ahead.

use chrono::{DateTime, Duration, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;
use colloquy::http::auth::Scope;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use super::producer::Producer;
use crate::support::csv::assert_same_rows;
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::oracle::calendar::{Granularity, trend_buckets};
use crate::support::oracle::local_time::local_date;
use crate::support::world::World;

const STATUS: &str = "/api/v1/ingest/status";

async fn status(world: &World, shop: usize) -> Value {
    let answer = send(&world.app, "GET", STATUS, &world.shops[shop].key).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// The 25 hours up to an instant: their names, and their starts.
fn hours(now: DateTime<Utc>, tz: Tz) -> Vec<(String, DateTime<Utc>)> {
    let today = local_date(now, tz);
    let all = trend_buckets(today - chrono::Days::new(3), today, Granularity::Hour, tz);
    let begun: Vec<_> = all.iter().filter(|hour| hour.from <= now).collect();
    begun[begun.len() - 25..].iter().map(|hour| (hour.label_start.to_rfc3339(), hour.from)).collect()
}

/// A percentile between two neighbours, by their distance.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let lower = below as usize;
    let upper = (lower + 1).min(sorted.len() - 1);
    sorted[lower] + (sorted[upper] - sorted[lower]) * (place - below)
}

/// What a shop should be told at `now`, from the rows of its events (happened, stored) and rejections (time, number).
fn expected(
    now: DateTime<Utc>,
    tz: Tz,
    events: &[(DateTime<Utc>, DateTime<Utc>)],
    rejected: &[(DateTime<Utc>, i64)],
) -> Value {
    let hours = hours(now, tz);
    let within = |at: DateTime<Utc>, nth: usize| {
        at >= hours[nth].1 && hours.get(nth + 1).is_none_or(|(_, next_hour)| at < *next_hour)
    };
    let sum = |of: &dyn Fn(DateTime<Utc>) -> bool| -> i64 {
        rejected.iter().filter(|(at, _)| of(*at)).map(|(_, events)| events).sum()
    };
    let hourly: Vec<Value> = (0..hours.len())
        .map(|nth| {
            let count = events.iter().filter(|(at, _)| within(*at, nth)).count();
            json!({"bucket": hours[nth].0, "events": count, "rejected_events": sum(&|at| within(at, nth))})
        })
        .collect();
    let day = Duration::hours(24);
    let of_day: Vec<_> = events.iter().filter(|(at, _)| *at > now - day).collect();
    #[allow(clippy::cast_precision_loss)]
    let delay = |at: DateTime<Utc>, stored_at: DateTime<Utc>| {
        ((stored_at - at).num_microseconds().unwrap() as f64 / 1000.0).max(0.0)
    };
    let mut delays: Vec<f64> = of_day.iter().map(|(at, stored_at)| delay(*at, *stored_at)).collect();
    delays.sort_by(f64::total_cmp);
    json!({
        "events_last_hour": of_day.iter().filter(|(at, _)| *at > now - Duration::hours(1)).count(),
        "events_last_24_hours": of_day.len(),
        "rejected_last_24_hours": sum(&|at| at > now - day),
        "delay_p50_ms": percentile(&delays, 0.5),
        "delay_p95_ms": percentile(&delays, 0.95),
        "hourly": hourly,
    })
}

/// Events of the last 30 hours and some ahead of now, none of them near the ends of what is counted.
fn some_events(store_id: Uuid, now: DateTime<Utc>, rng: &mut StdRng) -> Vec<Event> {
    let mut events = Vec::new();
    while events.len() < 400 {
        let age = Duration::seconds(rng.random_range(-240..30 * 3600));
        let from_end = |hours: i64| (age - Duration::hours(hours)).num_seconds().abs();
        if from_end(1) < 60 || from_end(24) < 60 || from_end(25) < 60 {
            continue;
        }
        let kind = ["message_received", "message_sent", "conversation_abandoned"][rng.random_range(0..3)];
        let data = if kind == "conversation_abandoned" { json!({"reason": "closed"}) } else { json!({}) };
        let conversation_id = Uuid::from_u128(rng.random_range(1..60));
        events.push(Event::new(store_id, conversation_id, kind, now - age, data));
    }
    events
}

#[tokio::test]
async fn every_number_is_that_of_the_rows() {
    let zones = [
        Tz::UTC,
        Tz::Asia__Kolkata,
        Tz::Asia__Kathmandu,
        Tz::America__St_Johns,
        Tz::Pacific__Chatham,
        Tz::Australia__Lord_Howe,
        Tz::America__New_York,
    ];
    let mut world = World::new(&zones).await;
    let rng = &mut StdRng::seed_from_u64(20_261_125);
    let now = Utc::now();
    for nth in 0..zones.len() {
        let events = some_events(world.shops[nth].store_id, now, rng);
        world.import(&events).await;
        for _ in 0..60 {
            let at = now - Duration::minutes(rng.random_range(2..2000)) - Duration::seconds(30);
            let insert = "insert into ingest_rejections (store_id, rejected_at, code, detail, events)
                          values ($1, $2, 'invalid_value', '', $3)";
            let count: i32 = rng.random_range(1..9);
            world.client.execute(insert, &[&world.shops[nth].store_id, &at, &count]).await.unwrap();
        }
    }
    // Some came late, some are ahead.
    let delay = "update conversation_events set received_at = created_at + random() * random() * interval '90 seconds'
                 where created_at < now()";
    world.client.batch_execute(delay).await.unwrap();
    world.call("abandon_conversations()").await;
    let timeouts = "select count(*) from conversation_events
                    where event_data ->> 'reason' = 'timeout' and created_at > now() - interval '23 hours'";
    assert!(world.client.query_one(timeouts, &[]).await.unwrap().get::<_, i64>(0) > 0, "no timeout to leave out");

    for (nth, tz) in zones.into_iter().enumerate() {
        let store_id = world.shops[nth].store_id;
        let (asked_at, mut answer) = loop {
            let asked_at = Utc::now();
            let answer = status(&world, nth).await;
            // Between two hours nobody can say which of them it is.
            if hours(asked_at, tz) == hours(Utc::now(), tz) {
                break (asked_at, answer);
            }
        };
        let sent = "select created_at, received_at from conversation_events
                    where store_id = $1 and event_id = any ($2) order by created_at";
        let ids: Vec<_> = world.events.iter().map(|event| event.event_id).collect();
        let rows = world.client.query(sent, &[&store_id, &ids]).await.unwrap();
        let events: Vec<(DateTime<Utc>, DateTime<Utc>)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let rejected = "select rejected_at, events::bigint from ingest_rejections where store_id = $1";
        let rows = world.client.query(rejected, &[&store_id]).await.unwrap();
        let rejected: Vec<(DateTime<Utc>, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();

        let mut want = expected(asked_at, tz, &events, &rejected);
        assert!(want["rejected_last_24_hours"].as_i64() > Some(0) && want["events_last_hour"].as_i64() > Some(0));
        assert_eq!(instant(&answer["last_event_at"]), events.last().map(|(at, _)| *at), "{tz}");
        let first_hour = hours(asked_at, tz)[0].1;
        let last_stored = events.iter().filter(|(at, _)| *at >= first_hour).map(|(_, stored_at)| *stored_at).max();
        assert_eq!(instant(&answer["last_received_at"]), last_stored, "{tz}");
        for name in ["delay_p50_ms", "delay_p95_ms"] {
            let [wanted, found] = [&want[name], &answer[name]].map(|value| value.as_f64().unwrap());
            assert!((wanted - found).abs() < 1e-6 && found > 0.0, "{tz}: {name} is {found}, not {wanted}");
            want[name] = answer[name].clone();
        }
        assert_eq!((&answer["store_id"], &answer["timezone"]), (&json!(store_id), &json!(tz.name())));
        for name in ["store_id", "timezone", "last_event_at", "last_received_at"] {
            answer.as_object_mut().unwrap().remove(name);
        }
        assert_eq!(answer, want, "{tz}");

        let both = assert_same_rows(&world.app, STATUS, &world.shops[nth].key).await;
        assert_eq!((both.table.parts(), both.table.records.len()), (vec!["status", "hourly"], 26));
    }
}

#[tokio::test]
async fn a_silent_shop_is_told_when_its_last_event_was() {
    let mut world = World::new(&[Tz::UTC, Tz::UTC, Tz::UTC, Tz::Europe__Berlin]).await;
    let now = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap();
    let last = [Duration::hours(26), Duration::days(80), Duration::days(100)].map(|age| now - age);
    for (nth, at) in last.into_iter().enumerate() {
        let store_id = world.shops[nth].store_id;
        let conversation_id = Uuid::new_v4();
        for minutes in [20, 0] {
            let at = at - Duration::minutes(minutes);
            world.import(&[Event::new(store_id, conversation_id, "message_received", at, json!({}))]).await;
        }
    }
    let delay = "update conversation_events set received_at = created_at + interval '3 seconds'";
    world.client.batch_execute(delay).await.unwrap();
    // The timeouts come half an hour after each: they are no sign of life.
    world.call("abandon_conversations(config => '{\"hours\": 2000}')").await;
    let later = Duration::seconds(3);
    let expected = [Some(last[0]), Some(last[1]), None, None];
    for (nth, last) in expected.into_iter().enumerate() {
        let answer = status(&world, nth).await;
        let found = [instant(&answer["last_event_at"]), instant(&answer["last_received_at"])];
        assert_eq!(found, [last, last.map(|at| at + later)], "shop {nth}");
        let nothing = json!([0, 0, 0, null, null]);
        let names =
            ["events_last_hour", "events_last_24_hours", "rejected_last_24_hours", "delay_p50_ms", "delay_p95_ms"];
        assert_eq!(json!(names.map(|name| &answer[name])), nothing, "shop {nth}");
        let hourly = answer["hourly"].as_array().unwrap();
        assert_eq!(hourly.len(), 25);
        assert!(hourly.iter().all(|hour| hour["events"] == 0 && hour["rejected_events"] == 0), "{answer}");
    }
}

#[tokio::test]
async fn clocks_that_are_ahead_count_now_and_without_delay() {
    let producer = Producer::new().await;
    let at = |minutes: i64| format!("\"{}\"", (Utc::now() + Duration::minutes(minutes)).to_rfc3339());
    let ahead = producer.event(&[("timestamp", &at(4))]);
    let late = producer.event(&[("timestamp", &at(-10))]);
    let bad = producer.event(&[("event_type", "\"message_lost\"")]);
    let body = format!("[{ahead}, {late}, {bad}, {}]", producer.event(&[]));
    assert_eq!(producer.post(body).await.status(), 207);
    let found = producer.get(STATUS).await;
    assert!(found.header("x-data-complete-until").ends_with('Z'));
    let found = found.json;
    assert_eq!(found["events_last_hour"], 3);
    assert_eq!((&found["events_last_24_hours"], &found["rejected_last_24_hours"]), (&json!(3), &json!(1)));
    assert!(instant(&found["last_event_at"]) > Some(Utc::now() + Duration::minutes(3)), "{found}");
    assert!(instant(&found["last_received_at"]) <= Some(Utc::now()), "{found}");
    let [p50, p95] = ["delay_p50_ms", "delay_p95_ms"].map(|name| found[name].as_f64().unwrap());
    assert!((0.0..60_000.0).contains(&p50) && p95 > 500_000.0, "{found}");
    let of_hours = |name: &str| -> i64 {
        found["hourly"].as_array().unwrap().iter().map(|hour| hour[name].as_i64().unwrap()).sum()
    };
    assert_eq!((of_hours("events"), of_hours("rejected_events")), (3, 1));
}

#[tokio::test]
async fn the_status_is_that_of_the_key_or_of_the_store_an_admin_names() {
    let producer = Producer::new().await;
    producer.post(producer.event(&[])).await;
    let other = producer.database.create_store("UTC").await;
    let admin = producer.database.create_admin_key().await;
    let of_other = producer.database.create_key(other, &[Scope::Read]).await;
    let count = async |path: &str, key: &str| {
        let found = send(&producer.app, "GET", path, key).await.json;
        (found["store_id"].clone(), found["events_last_hour"].clone())
    };
    let own = (json!(producer.store_id), json!(1));
    assert_eq!(count(STATUS, &producer.key).await, own);
    assert_eq!(count(&format!("{STATUS}?store_id={}", producer.store_id), &admin).await, own);
    assert_eq!(count(STATUS, &of_other).await, (json!(other), json!(0)));
    let foreign = send(&producer.app, "GET", &format!("{STATUS}?store_id={}", producer.store_id), &of_other).await;
    assert_eq!(foreign.problem(), (403, "foreign_store"));
    let ingest_only = producer.database.create_key(other, &[Scope::Ingest]).await;
    assert_eq!(send(&producer.app, "GET", STATUS, &ingest_only).await.problem(), (403, "missing_scope"));
    let faults = producer.get(&format!("{STATUS}?format=xml&hours=3")).await;
    let names: Vec<_> = faults.faults().iter().map(|(field, _)| *field).collect();
    assert_eq!((faults.status(), names), (400, vec!["format", "hours"]));
}
