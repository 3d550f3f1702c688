//! Gaps of topics whose days are settled: the oracle's numbers after each change, before and after the refresh that takes
//! it in.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{DETECT, Shops};
use crate::support::answers::GapQuestion;
use crate::support::oracle::Event;
use crate::support::oracle::gaps::{GapOptions, gaps};

const REFRESH: &str = "refresh_rollups()";

/// Noon of a day so many days ago.
fn noon(days: i64) -> DateTime<Utc> {
    (Utc::now() - Duration::days(days)).date_naive().and_hms_opt(12, 0, 0).unwrap().and_utc()
}

/// A retrieval without a question.
fn retrieval(shops: &Shops, conversation: u128, topic: &str, confidence: &Value, at: DateTime<Utc>) -> Event {
    let data = json!({"topic": topic, "confidence": confidence});
    shops.event(Uuid::from_u128(conversation), "knowledge_retrieved", at, data)
}

/// A conversation on each noon of 70 days with two retrievals, and one of a rare topic.
async fn shops() -> Shops {
    let mut shops = Shops::new().await;
    shops.world.client.batch_execute("update stores set timezone = 'UTC'").await.unwrap();
    shops.world.shops[0].tz = Tz::UTC;
    let mut events = Vec::new();
    for day in 1..=70 {
        let id = u128::try_from(day).unwrap();
        let unsure = json!(f64::from(i32::try_from(day % 4).unwrap()) / 10.0);
        events.push(retrieval(&shops, id, &format!("topic {}", day % 3), &unsure, noon(day)));
        let null = if day % 2 == 0 { Value::Null } else { json!(0.4) };
        events.push(retrieval(&shops, id, "every day", &null, noon(day) + Duration::minutes(1)));
        let outcome = ["conversation_resolved", "conversation_escalated", "conversation_abandoned"]
            [usize::try_from(day % 3).unwrap()];
        events.push(shops.event(Uuid::from_u128(id), outcome, noon(day) + Duration::minutes(3), json!({})));
    }
    events.push(retrieval(&shops, 40, "rare", &json!(0.3), noon(40) + Duration::minutes(2)));
    shops.world.import(&events).await;
    shops
}

/// Asserts that gaps are the oracle's.
async fn assert_right(shops: &Shops, resolutions: &[(String, DateTime<Utc>)], moment: &str) {
    shops.world.call(DETECT).await;
    let shop = &shops.world.shops[0];
    let rows = shops.world.rows(None);
    let options = GapOptions {
        store_id: shop.store_id,
        tz: shop.tz,
        confidence_threshold: Decimal::new(5, 1),
        assumptions: &shop.assumptions,
    };
    let expected = gaps(&rows, &shops.world.events, resolutions, &options);
    let question = GapQuestion { order: "topic", status: None, topic: None };
    let wrong = shops.world.answers(shop, &rows).content_gaps(question, &expected).await;
    assert!(wrong.is_empty(), "{moment}:\n  {}", wrong.join("\n  "));
    let differing = "select * from settled_day_differences(null, now() - interval '200 days', now())";
    let differing = shops.world.client.query(differing, &[]).await.unwrap();
    assert!(differing.is_empty(), "{moment}: {differing:?}");
}

async fn assert_right_after(shops: &mut Shops, change: &str, events: &[Event]) {
    shops.world.import(events).await;
    assert_right(shops, &[], change).await;
    shops.world.call(REFRESH).await;
    assert_right(shops, &[], &format!("{change}, refreshed")).await;
}

async fn number(shops: &Shops, sql: &str) -> i64 {
    shops.world.client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn every_change_counts_at_once() {
    let mut shops = shops().await;
    assert_right_after(&mut shops, "at first", &[]).await;
    assert!(number(&shops, "select count(*) from settled_topics").await > 60, "hardly anything is settled");

    let one = [retrieval(&shops, 1_000, "topic 0", &json!(0.45), noon(20))];
    assert_right_after(&mut shops, "a better answer on an old day", &one).await;
    let one = [retrieval(&shops, 1_001, "new", &json!(0.1), noon(21))];
    assert_right_after(&mut shops, "another topic", &one).await;
    let one = [retrieval(&shops, 1_002, "every day", &json!(0.1), noon(80))];
    assert_right_after(&mut shops, "before all others", &one).await;
    let one = [retrieval(&shops, 30, "topic 1", &json!(0.2), noon(31))];
    assert_right_after(&mut shops, "an earlier start, on another day", &one).await;
    let one = [retrieval(&shops, 50, "topic 2", &json!(0.2), noon(22))];
    assert_right_after(&mut shops, "a conversation that lasts 28 days", &one).await;
    let one = [retrieval(&shops, 1_003, "rare", &json!(0.49), Utc::now() - Duration::hours(1))];
    assert_right_after(&mut shops, "an hour ago", &one).await;

    shops.world.client.batch_execute("update stores set timezone = 'Asia/Kathmandu'").await.unwrap();
    shops.world.shops[0].tz = Tz::Asia__Kathmandu;
    assert_right_after(&mut shops, "other days", &[]).await;

    // Settled days are what is read where nothing has changed.
    let add = "update settled_topics
               set topics = topics || array[row('invented', 1000, 0.1, from_at, from_at, 7, 0, 0)::topic_totals]
               where from_at < now() - interval '30 days' and to_at > now() - interval '30 days'";
    assert_eq!(shops.world.client.execute(add, &[]).await.unwrap(), 1);
    shops.world.call(DETECT).await;
    let gap = shops.gap("invented").await;
    assert_eq!((&gap["frequency"], &gap["conversations"]), (&json!(1000), &json!(7)));
}

#[tokio::test]
async fn what_was_asked_after_a_gap_was_resolved_is_found_in_its_day() {
    let mut shops = shops().await;
    let retrieved = |shops: &Shops, id, confidence: f64, at| [retrieval(shops, id, "leasing", &json!(confidence), at)];
    let hour = Duration::hours(1);
    let at = noon(10) + hour;
    let first = retrieved(&shops, 1_000, 0.1, noon(10));
    assert_right_after(&mut shops, "at first", &first).await;
    for (change, events, expected) in [
        ("it goes on", retrieved(&shops, 1_000, 0.1, at + hour), "resolved"),
        ("a good answer before", retrieved(&shops, 1_001, 0.9, at - hour / 2), "resolved"),
        ("another one is unsure", retrieved(&shops, 1_002, 0.2, at + hour), "identified"),
        ("a good answer on another day", retrieved(&shops, 1_003, 0.8, noon(8)), "resolved"),
    ] {
        let gap = shops.gap("leasing").await;
        if gap["status"] == "identified" {
            assert_eq!(shops.patch(&gap, &json!({"status": "resolved"})).await.status(), 200);
        }
        let set = "update content_gaps set resolved_at = $1 where topic = 'leasing'";
        shops.world.client.execute(set, &[&at]).await.unwrap();
        shops.world.import(&events).await;
        for moment in ["", ", refreshed"] {
            shops.world.call(DETECT).await;
            assert_eq!(shops.gap("leasing").await["status"], expected, "{change}{moment}");
            shops.world.call(REFRESH).await;
        }
    }
}

#[tokio::test]
async fn examples_are_sought_again_when_there_may_be_more() {
    let mut shops = shops().await;
    let ask = |shops: &Shops, id, question: &str, at| {
        let data = json!({"topic": "leasing", "confidence": 0.1, "question": question});
        [shops.event(Uuid::from_u128(id), "knowledge_retrieved", at, data)]
    };
    let mut expected = Vec::new();
    for (nth, at) in [(1, noon(20)), (2, noon(10)), (3, noon(30)), (4, Utc::now()), (5, noon(20))] {
        let question = format!("{nth}?");
        let events = ask(&shops, 1_000 + nth, &question, at);
        expected.push(question);
        shops.world.import(&events).await;
        for _ in 0..2 {
            shops.world.call(DETECT).await;
            assert_eq!(shops.gap("leasing").await["example_questions"], json!(expected));
            shops.world.call(REFRESH).await;
        }
    }
    let fifth = ask(&shops, 1_006, "6?", noon(40));
    shops.world.import(&fifth).await;
    shops.world.call(DETECT).await;
    assert_eq!(shops.gap("leasing").await["example_questions"], json!(expected), "five are enough");
}
