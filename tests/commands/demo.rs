//! `colloquy demo`: the same shops every time, with a rhythm that can be seen.

use std::time::{Duration as StdDuration, Instant};

use chrono::{DateTime, Datelike, TimeZone, Timelike, Utc};
use colloquy::{
    demo::{self, SHOPS},
    events::{Event, EventType},
    import::{Progress, Stop},
};

use super::{
    database::Database,
    rows::{assert_same, conversations},
};
use crate::support::oracle;

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

fn text(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| format!("{event:?}")).collect()
}

#[test]
fn a_seed_and_a_day_always_make_the_same_events() {
    let events = demo::events(1, noon());
    assert_eq!(text(&events), text(&demo::events(1, noon())));
    assert_ne!(text(&events), text(&demo::events(2, noon())));
    // Later that day nothing else has happened before.
    let later = demo::events(1, noon() + chrono::Duration::hours(3));
    let before: Vec<Event> = later.into_iter().filter(|event| event.created_at < noon()).collect();
    assert_eq!(text(&events), text(&before));
}

#[test]
fn shops_have_a_rhythm_and_grow() {
    let events = demo::events(demo::DEFAULT_SEED, noon());
    let mut all = 0;
    for shop in SHOPS.iter() {
        let starts: Vec<_> = events
            .iter()
            .filter(|event| event.store_id == shop.store_id())
            .filter(|event| event.event_type == EventType::ConversationStarted)
            .map(|event| event.created_at.with_timezone(&shop.timezone))
            .collect();
        all += starts.len();
        let at = |hours: [u32; 3]| starts.iter().filter(|start| hours.contains(&start.hour())).count();
        assert!(at([17, 18, 19]).max(at([9, 10, 11])) > 8 * at([2, 3, 4]), "{}: no night", shop.name);
        let first = starts.iter().min().unwrap().date_naive();
        let within = |from: u64, to: u64| {
            let [from, to] = [from, to].map(|days| first + chrono::Days::new(days));
            starts.iter().filter(|start| (from..to).contains(&start.date_naive())).count()
        };
        assert!(within(98, 119) * 10 > within(0, 21) * 13, "{}: no growth", shop.name);
    }
    assert!((19_000..21_000).contains(&all), "{all} conversations");

    let bicycles = SHOPS.iter().find(|shop| shop.timezone == chrono_tz::Europe::Berlin).unwrap();
    let on = |day: chrono::Weekday| {
        events
            .iter()
            .filter(|event| event.store_id == bicycles.store_id() && event.event_type == EventType::ConversationStarted)
            .filter(|event| event.created_at.with_timezone(&bicycles.timezone).weekday() == day)
            .count()
    };
    assert!(on(chrono::Weekday::Mon) > 3 * on(chrono::Weekday::Sun), "no week");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_loads_in_under_a_minute_and_a_second_time_changes_nothing() {
    let database = Database::new().await;
    let began = Instant::now();
    let first = load(&database, demo::DEFAULT_SEED).await;
    let took = began.elapsed();
    assert!(first.is_new && first.is_ours);
    assert!(took < StdDuration::from_mins(1), "the demo took {took:?}");
    let events: Vec<oracle::Event> = demo::events(demo::DEFAULT_SEED, first.until).iter().map(as_sent).collect();
    assert_eq!(first.summary.accepted, events.len() as u64);
    assert_same(&database.client, &events, "after the demo").await;
    assert_eq!(database.count("select count(*) from roi_assumptions").await, 3);

    yesterday(&database).await;
    let before = conversations(&database.client).await;
    assert!(!load(&database, demo::DEFAULT_SEED).await.is_new);
    let other = load(&database, 1).await;
    assert!(!other.is_new && !other.is_ours, "another seed has to leave what is there");
    assert_eq!(conversations(&database.client).await, before);
}

/// The line that `make demo` prints for psql finds the yesterday of each shop.
async fn yesterday(database: &Database) {
    let script = include_str!("../../scripts/demo");
    let (_, line) = script.split_once("$psql_command -c \"").unwrap();
    let line = line.split_once('"').unwrap().0;
    for shop in SHOPS.iter() {
        let sql = line.replace("$store", &shop.store_id().to_string());
        let rows = database.client.query(&sql, &[]).await.unwrap();
        assert_eq!(rows.len(), 1, "{sql}");
        let expected = Utc::now().with_timezone(&shop.timezone).date_naive() - chrono::Days::new(1);
        assert_eq!((rows[0].get("name"), rows[0].get::<_, chrono::NaiveDate>("date")), (shop.name, expected));
        let direct = "select count(*) from conversations
                      where store_id = $1 and (started_at at time zone $2)::date = $3";
        let zone = shop.timezone.name();
        let count: i64 = database.client.query_one(direct, &[&shop.store_id(), &zone, &expected]).await.unwrap().get(0);
        assert!(count > 0, "{}", shop.name);
        assert_eq!(rows[0].get::<_, i64>("total_conversations"), count, "{}", shop.name);
    }
}

async fn load(database: &Database, seed: u64) -> demo::Loaded {
    demo::load(database.connect().await, seed, &Progress::silent(), &Stop::never()).await.unwrap()
}

fn as_sent(event: &Event) -> oracle::Event {
    oracle::Event {
        store_id: event.store_id,
        conversation_id: event.conversation_id,
        event_id: event.event_id,
        event_type: event.event_type.name().to_owned(),
        customer_id: event.customer_id.clone(),
        timestamp: event.created_at,
        event_data: serde_json::from_str(event.event_data.get()).unwrap(),
    }
}
