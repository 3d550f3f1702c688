//! Conversations around changes of the clocks of many timezones, in each answer by local time compared with the oracle.

use chrono::{DateTime, Days, Duration, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::json;
use uuid::Uuid;

use crate::support::answers::Answers;
use crate::support::oracle::Event;
use crate::support::oracle::breakdown::By;
use crate::support::oracle::calendar::Granularity;
use crate::support::oracle::local_time::local_date;
use crate::support::reliability::{Figures, planned};
use crate::support::world::World;

/// An hour, half an hour, at midnight, a day that is skipped, a year without the usual one.
const ZONES: [Tz; 14] = [
    chrono_tz::America::New_York,
    chrono_tz::Europe::Berlin,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Asia::Beirut,
    chrono_tz::Africa::Cairo,
    chrono_tz::America::Santiago,
    chrono_tz::America::Havana,
    chrono_tz::America::Sao_Paulo,
    chrono_tz::Africa::Casablanca,
    chrono_tz::America::St_Johns,
    chrono_tz::Pacific::Apia,
    chrono_tz::Asia::Pyongyang,
    chrono_tz::Asia::Tehran,
    chrono_tz::America::Caracas,
];

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_right_where_clocks_change() {
    let zones = &ZONES[..planned(8, ZONES.len())];
    let mut world = World::new(zones).await;
    let mut changes = Vec::new();
    for (nth, zone) in zones.iter().enumerate() {
        let mut of_zone = changes_of(*zone);
        // The last one in each direction.
        of_zone.truncate(planned(2, 12));
        let store_id = world.shops[nth].store_id;
        for at in &of_zone {
            world.import(&events(store_id, *at)).await;
            let day = local_date(*at, *zone);
            world.add_days(day - Days::new(8), day + Days::new(8)).await;
        }
        changes.push(of_zone);
    }
    let rows = world.rows(None);
    let mut wrong = world.row_differences(&rows).await;
    let mut questions = 0;
    for (shop, changes) in world.shops.iter().zip(&changes) {
        let answers = world.answers(shop, &rows);
        for at in changes {
            let day = local_date(*at, shop.tz);
            wrong.extend(ask(&answers, day, &mut questions).await);
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    let count: usize = changes.iter().map(Vec::len).sum();
    Figures::of(15, "clock", "conversations around changes of the clocks")
        .count(count, count, "changes")
        .measured(format!(
            "{} timezones, {} conversations, {questions} answers equal to the oracle",
            zones.len(),
            rows.len()
        ))
        .record(&world.client)
        .await;
}

async fn ask(answers: &Answers<'_>, day: NaiveDate, questions: &mut usize) -> Vec<String> {
    let (before, after) = (day - Days::new(1), day + Days::new(1));
    let mut wrong = Vec::new();
    for (start, end) in [(before, before), (day, day), (after, after)] {
        wrong.extend(answers.metrics(start, end, "previous_period").await);
    }
    for granularity in [Granularity::Hour, Granularity::Day, Granularity::Week, Granularity::Month] {
        wrong.extend(answers.trends(before, after, granularity).await);
    }
    wrong.extend(answers.metrics(before, after, "previous_year").await);
    wrong.extend(answers.breakdown(before, after, By::HourOfWeek).await);
    wrong.extend(answers.export(before, after).await);
    *questions += 10;
    wrong
}

/// When the clocks of a timezone changed: the newest change in each direction first, then the others, back to 2005.
fn changes_of(zone: Tz) -> Vec<DateTime<Utc>> {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    let newest = Utc::now() - Duration::days(40);
    let mut found: Vec<(DateTime<Utc>, bool)> = Vec::new();
    for days in 0..(newest.date_naive() - NaiveDate::from_ymd_opt(2005, 1, 1).unwrap()).num_days() {
        let (mut from, mut to) = (newest - Duration::days(days + 1), newest - Duration::days(days));
        if offset(from) == offset(to) {
            continue;
        }
        let (before, after) = (offset(from), offset(to));
        while to - from > Duration::microseconds(1) {
            let middle = from + (to - from) / 2;
            if offset(middle) == before { from = middle } else { to = middle }
        }
        found.push((DateTime::from_timestamp_micros(to.timestamp_micros()).unwrap(), after > before));
    }
    assert!(!found.is_empty(), "the clocks of {zone} never changed");
    let first_of = |forward| found.iter().position(|(_, is_forward)| *is_forward == forward);
    let mut order: Vec<usize> = [first_of(true), first_of(false)].into_iter().flatten().collect();
    order.extend((0..found.len()).filter(|index| !order.contains(index)).collect::<Vec<_>>());
    order.into_iter().map(|index| found[index].0).collect()
}

/// Conversations that begin just before, at and after a change, and answers on its other side.
fn events(store_id: Uuid, at: DateTime<Utc>) -> Vec<Event> {
    let (hour, minute, instant) = (Duration::hours(1), Duration::minutes(1), Duration::microseconds(1));
    let starts = [
        at - hour * 25,
        at - hour * 24,
        at - hour * 3,
        at - hour,
        at - minute * 30,
        at - minute,
        at - instant,
        at,
        at + instant,
        at + minute * 29,
        at + minute * 30,
        at + hour - instant,
        at + hour,
        at + hour * 2,
        at + hour * 23,
        at + hour * 24,
    ];
    let mut events = Vec::new();
    for (nth, start) in starts.into_iter().enumerate() {
        let id = Uuid::new_v4();
        let mut event =
            |kind: &str, after: Duration, data| events.push(Event::new(store_id, id, kind, start + after, data));
        event(
            "message_received",
            Duration::zero(),
            json!({"channel": "chat", "customer_id": format!("c-{}", nth % 5)}),
        );
        event("message_sent", minute * 50, json!({}));
        event("conversation_resolved", minute * 90, json!({"rating": 1 + nth % 5}));
    }
    events
}
