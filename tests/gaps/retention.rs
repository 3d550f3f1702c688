//! Gaps stay as they are when the raw events behind them go.

use chrono::{Duration, Utc};
use serde_json::json;

use super::{DETECT, Shops, ago};

#[tokio::test]
async fn raw_events_go_and_gaps_stay() {
    let mut shops = Shops::new().await;
    let mut events = Vec::new();
    for nth in 0..130 {
        let topic = ["leasing", "repair", "shipping"][usize::try_from(nth % 3).unwrap()];
        let confidence = if nth == 50 { 0.9 } else { 0.3 };
        // Few questions, so that later ones would be welcome, and some retrievals without any.
        let question = if nth % 5 == 0 { String::new() } else { format!("{topic} {}?", nth / 60) };
        events.extend(shops.conversation(ago(24 * (150 - nth)), &[(topic, json!(confidence), &question)]));
    }
    // More conversations than are asked for questions, the young ones with a question of their own.
    for nth in 0..150 {
        let question = if nth < 120 { "old?" } else { "young?" };
        let start = if nth < 120 { ago(24 * 120 - nth) } else { ago(150 - nth) };
        events.extend(shops.conversation(start, &[("crowded", json!(0.1), question)]));
    }
    shops.world.import(&events).await;
    shops.world.call(DETECT).await;
    let gap = shops.gap("leasing").await;
    assert_eq!(shops.patch(&gap, &json!({"status": "in_progress"})).await.status(), 200);
    let (tables, answer) = (shops.tables().await, shops.gaps("").await);
    assert_eq!(answer.len(), 3);
    assert!(
        answer.iter().all(|gap| (1..5).contains(&gap["example_questions"].as_array().unwrap().len())),
        "{answer:?}"
    );

    shops.world.call("drop_raw_events()").await;
    let count = "select count(*) filter (where created_at < $1), count(*) from conversation_events";
    let left = shops.world.client.query_one(count, &[&(Utc::now() - Duration::days(100))]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
    assert!((1..200).contains(&left.get::<_, i64>(1)), "{left:?}");
    assert_eq!((shops.tables().await, shops.gaps("").await), (tables.clone(), answer.clone()));
    for _ in 0..2 {
        shops.world.call(DETECT).await;
        assert_eq!((shops.tables().await, shops.gaps("").await), (tables.clone(), answer.clone()));
    }
}
