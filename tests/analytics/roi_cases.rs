//! The low and the high case of GET /api/v1/analytics/roi, worked out by hand.

use chrono::{DateTime, Days, Duration, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::csv::assert_same_rows;
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::oracle::calendar::day_range;
use crate::support::oracle::local_time::local_date;
use crate::support::world::World;

pub(super) struct Shop {
    pub world: World,
}

impl Shop {
    pub async fn new(tz: Tz) -> Self {
        // The second one is somebody else's.
        Self { world: World::new(&[tz, tz]).await }
    }

    pub async fn track(&mut self, events: &[(Uuid, &str, &str, DateTime<Utc>)]) {
        self.track_in(0, events).await;
    }

    /// Stores events: conversation, customer (none if empty), type (`human_message` for one of a human), time.
    async fn track_in(&mut self, shop: usize, events: &[(Uuid, &str, &str, DateTime<Utc>)]) {
        let store_id = self.world.shops[shop].store_id;
        let events: Vec<Event> = events
            .iter()
            .map(|(conversation_id, customer, kind, at)| {
                let of_human = ("message_sent", json!({"agent": "human"}));
                let (event_type, data) = if *kind == "human_message" { of_human } else { (*kind, json!({})) };
                let customer_id = Some((*customer).to_owned()).filter(|customer| !customer.is_empty());
                Event { customer_id, ..Event::new(store_id, *conversation_id, event_type, *at, data) }
            })
            .collect();
        self.world.import(&events).await;
    }

    async fn roi(&self, query: &str) -> Value {
        let path = format!("/api/v1/analytics/roi?{query}");
        let answer = send(&self.world.app, "GET", &path, &self.world.shops[0].key).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.json
    }

    /// How many conversations count as saved by the stored formula, and in the low and the high case.
    pub async fn saved(&self, period_days: u16) -> [i64; 3] {
        let roi = self.roi(&format!("period_days={period_days}")).await;
        [&roi, &roi["low"], &roi["high"]].map(|row| row["ai_resolved_conversations"].as_i64().unwrap())
    }
}

/// Noon of a day in UTC.
pub(super) fn noon(days_ago: i64) -> DateTime<Utc> {
    (Utc::now() - Duration::days(days_ago)).duration_trunc(TimeDelta::days(1)).unwrap() + Duration::hours(12)
}

#[tokio::test]
async fn a_repeated_contact_counts_for_seven_days() {
    let week = Duration::days(7);
    let us = Duration::microseconds(1);
    for (after, low) in [(-us, 1), (Duration::zero(), 1), (us, 0), (week - us, 0), (week, 0), (week + us, 1)] {
        let mut shop = Shop::new(chrono_tz::UTC).await;
        let (first, second, t) = (Uuid::new_v4(), Uuid::new_v4(), noon(20));
        shop.track(&[
            (first, "c-1", "message_received", t - Duration::minutes(2)),
            (first, "", "message_sent", t - Duration::minutes(1)),
            (first, "", "conversation_resolved", t),
            (second, "c-1", "message_received", t + after),
        ])
        .await;
        assert_eq!(shop.saved(30).await, [1, low, 1], "{after}");
    }
}

#[tokio::test]
async fn only_the_same_customer_of_the_same_shop_comes_back() {
    let mut shop = Shop::new(chrono_tz::UTC).await;
    let t = noon(20);
    let [named, unnamed, other, nobody, silent] = [(); 5].map(|()| Uuid::new_v4());
    shop.track(&[
        (named, "c-1", "conversation_resolved", t),
        (unnamed, "", "conversation_resolved", t),
        (other, "c-2", "message_received", t + Duration::days(1)),
        (nobody, "", "message_received", t + Duration::days(1)),
        // A contact is a message, not the start of a conversation or what the shop sends.
        (silent, "c-1", "conversation_started", t + Duration::days(1)),
        (silent, "c-1", "message_sent", t + Duration::days(1)),
    ])
    .await;
    shop.track_in(1, &[(named, "c-1", "message_received", t + Duration::days(1))]).await;
    assert_eq!(shop.saved(30).await, [2, 2, 2]);
    let roi = shop.roi("").await;
    assert_eq!(roi["total_conversations"], 5);
    let savings = ["savings", "roi_percentage", "human_agent_cost", "ai_cost"].map(|name| roi["low"][name].to_string());
    // 2 × 8 ÷ 60 × 25 − 2 × 0.05 of 5 × 0.05.
    assert_eq!(savings, ["6.57", "2626.67", "16.67", "0.25"]);
}

#[tokio::test]
async fn the_next_row_of_an_id_is_a_contact_whoever_writes() {
    for (customer, next_customer) in [("", ""), ("c-1", ""), ("", "c-2"), ("c-1", "c-2")] {
        for (hours_after_outcome, low) in [(2, 0), (169, 1)] {
            let mut shop = Shop::new(chrono_tz::UTC).await;
            let (id, start) = (Uuid::new_v4(), noon(50));
            let resolved_at = start + Duration::hours(719);
            shop.track(&[
                (id, customer, "conversation_started", start),
                (id, customer, "conversation_resolved", resolved_at),
                (id, next_customer, "message_received", resolved_at + Duration::hours(hours_after_outcome)),
            ])
            .await;
            assert_eq!(shop.saved(60).await, [1, low, 1], "{customer:?} {next_customer:?} {hours_after_outcome}");
        }
    }
}

#[tokio::test]
async fn a_message_in_an_older_conversation_is_a_contact() {
    let mut shop = Shop::new(chrono_tz::UTC).await;
    let (short, long, t) = (Uuid::new_v4(), Uuid::new_v4(), noon(5));
    shop.track(&[
        // It began 719 hours before it is written in again, weeks before the range of the question.
        (long, "c-1", "conversation_started", t + Duration::hours(1) - Duration::hours(719)),
        (short, "c-1", "conversation_resolved", t),
        (long, "", "message_received", t + Duration::hours(1)),
    ])
    .await;
    assert_eq!(shop.saved(7).await, [1, 0, 1]);
}

#[tokio::test]
async fn escalated_ones_that_no_human_answered_are_saved_in_the_high_case() {
    let mut shop = Shop::new(chrono_tz::UTC).await;
    let t = noon(20);
    let [escalated, human, open] = [(); 3].map(|()| Uuid::new_v4());
    shop.track(&[
        (escalated, "c-1", "conversation_escalated", t),
        (escalated, "c-1", "conversation_resolved", t + Duration::hours(1)),
        (human, "c-2", "human_message", t),
        (human, "c-2", "conversation_resolved", t + Duration::hours(1)),
        (open, "c-3", "conversation_started", t),
    ])
    .await;
    assert_eq!(shop.saved(30).await, [0, 0, 1]);
    let high = shop.roi("").await["high"].clone();
    // 8 ÷ 60 × 25 − 0.05 of 3 × 0.05.
    assert_eq!(["savings", "roi_percentage"].map(|name| high[name].to_string()), ["3.28", "2188.89"]);
    assert_eq!(high["unsettled_conversations"], Value::Null);
}

#[tokio::test]
async fn what_is_younger_than_a_week_is_told() {
    let mut shop = Shop::new(chrono_tz::UTC).await;
    let now = Utc::now();
    for hours in [1, 167, 169] {
        let resolved_at = now - Duration::hours(hours);
        shop.track(&[(Uuid::new_v4(), "", "conversation_resolved", resolved_at)]).await;
    }
    let low = shop.roi("").await["low"].clone();
    assert_eq!((&low["ai_resolved_conversations"], &low["unsettled_conversations"]), (&json!(3), &json!(2)));
}

#[tokio::test]
async fn numbers_stay_when_raw_events_go() {
    let mut shop = Shop::new(chrono_tz::UTC).await;
    let t = noon(200);
    let [first, second, alone, escalated] = [(); 4].map(|()| Uuid::new_v4());
    shop.track(&[
        (first, "c-1", "conversation_resolved", t),
        (second, "c-1", "message_received", t + Duration::days(3)),
        (alone, "c-2", "conversation_resolved", t),
        (escalated, "c-3", "conversation_escalated", t),
        (escalated, "c-3", "conversation_resolved", t + Duration::hours(1)),
    ])
    .await;
    assert_eq!(shop.saved(300).await, [2, 1, 3]);
    shop.world.call("drop_raw_events()").await;
    let left = "select count(*) from conversation_events";
    assert_eq!(shop.world.client.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!(shop.saved(300).await, [2, 1, 3]);
}

#[tokio::test]
async fn each_local_day_counts_with_its_own_assumptions() {
    let tz = chrono_tz::America::New_York;
    let mut shop = Shop::new(tz).await;
    // The latest day whose clocks change.
    let today = local_date(Utc::now(), tz);
    let hours = |back| {
        let date = today - Days::new(back);
        let range = day_range(date, date, tz);
        (range.to - range.from).num_hours()
    };
    let back = (10..300).find(|back| hours(*back) != 24).unwrap();
    let date = today - Days::new(back);
    let day = day_range(date, date, tz);
    let [before, on_it, after] = [(); 3].map(|()| Uuid::new_v4());
    let quarter = Duration::minutes(15);
    shop.track(&[
        (before, "c-1", "conversation_resolved", day.from - quarter),
        (on_it, "c-2", "conversation_resolved", day.to - quarter),
        (after, "c-2", "message_received", day.to + quarter),
        (after, "c-2", "conversation_resolved", day.to + quarter * 2),
    ])
    .await;
    let assume = "insert into roi_assumptions values ($1, $2, 60, 10, 0.10), ($1, $2::date + 1, 30, 4, 0.20)";
    shop.world.client.execute(assume, &[&shop.world.shops[0].store_id, &date]).await.unwrap();

    let roi = shop.roi(&format!("period_days={}", back + 5)).await;
    let numbers = |row: &Value| ["ai_resolved_conversations", "savings", "roi_percentage"].map(|n| row[n].to_string());
    // Each saves 3.2833…, 9.90 and 1.80, and the AI costs 0.05, 0.10 and 0.20.
    assert_eq!(numbers(&roi), ["3", "14.98", "4280.95"]);
    assert_eq!(numbers(&roi["high"]), ["3", "14.98", "4280.95"]);
    // The customer of the second one came back in the third.
    assert_eq!(numbers(&roi["low"]), ["2", "5.08", "1452.38"]);
    for row in [&roi, &roi["low"], &roi["high"]] {
        let shown = ["avg_human_agent_cost_per_hour", "avg_conversation_time_minutes", "human_agent_cost", "ai_cost"];
        assert_eq!(shown.map(|name| row[name].to_string()), ["30", "4", "15.33", "0.35"]);
        assert_eq!(row["assumptions_changed"], true);
    }
    let range = &roi["range"];
    let from = day_range(today - Days::new(back + 4), today, tz).from;
    assert_eq!(range["from"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), from);
}

#[tokio::test]
async fn what_was_asked_is_echoed_and_csv_has_the_same_rows() {
    let mut shop = Shop::new(chrono_tz::Asia::Kolkata).await;
    shop.track(&[(Uuid::new_v4(), "", "conversation_resolved", noon(3))]).await;
    let set = "update stores set currency = 'INR'";
    shop.world.client.batch_execute(set).await.unwrap();
    let query = "period_days=9&avg_human_agent_cost_per_hour=19.90&ai_cost_per_conversation=.5";
    let path = format!("/api/v1/analytics/roi?{query}");
    let json = send(&shop.world.app, "GET", &path, &shop.world.shops[0].key).await;
    let inputs = "\"inputs\":{\"period_days\":9,\"avg_human_agent_cost_per_hour\":19.90,\
        \"avg_conversation_time_minutes\":null,\"ai_cost_per_conversation\":0.5}";
    assert!(json.text().contains(inputs), "{}", json.text());
    assert_eq!(json.json["currency"], "INR");
    let names: Vec<&String> = json.json.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 11 + 6, "{names:?}");

    let both = assert_same_rows(&shop.world.app, &path, &shop.world.shops[0].key).await;
    assert_eq!(both.table.parts(), ["roi", "low", "high", "daily"]);
    assert_eq!((both.table.records.len(), &*both.table.columns[1]), (3 + 9, "date"));
    for row in [&json.json, &json.json["low"], &json.json["high"]] {
        assert!(both.table.columns[2..].iter().all(|name| row.get(name).is_some()), "{row}");
    }
}
