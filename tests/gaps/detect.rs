//! `detect_content_gaps`: which topics become gaps, with which numbers, and when a resolved one is back.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{DETECT, Shops, ago};
use crate::support::http::send_json;
use crate::support::world::call;

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_topic_whose_best_confidence_stays_low_becomes_a_gap() {
    let mut shops = Shops::new().await;
    let q = |text: &'static str| text;
    let first = shops.conversation(
        ago(30),
        &[
            ("leasing", json!(0.2), q("b?")),
            ("leasing", json!(0.49), q("a?")),
            ("leasing", json!(0.1), q("b?")),
            ("shipping", json!(0.1), q("where?")),
            ("at the edge", json!(0.5), q("edge?")),
            ("unknown", Value::Null, q("what?")),
        ],
    );
    let second = shops.conversation(
        ago(20),
        &[
            ("leasing", Value::Null, q("c?")),
            ("leasing", json!(0.0), ""),
            ("leasing", json!(0.3), q("d?")),
            ("leasing", json!(0.3), q("e?")),
            ("leasing", json!(0.3), q("f?")),
            ("shipping", json!(0.9), q("when?")),
        ],
    );
    // The later conversation comes first, and a copy of an event counts once.
    shops.world.import(&second).await;
    shops.world.import(&first).await;
    let mut copy = second[0].clone();
    copy.timestamp += chrono::Duration::minutes(1);
    shops.world.import(&[copy]).await;
    assert_eq!(shops.topics("").await, Vec::<String>::new());
    shops.world.call(DETECT).await;

    let gaps = shops.gaps("").await;
    let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
    let number = |name: &str| gap[name].as_f64().unwrap();
    assert_eq!((gap["topic"].as_str(), gap["status"].as_str()), (Some("leasing"), Some("identified")));
    assert_eq!((number("frequency"), number("best_confidence"), number("confidence_threshold")), (8.0, 0.49, 0.5));
    assert_eq!(gap["example_questions"], json!(["b?", "a?", "c?", "d?", "e?"]));
    assert_eq!(instant(&gap["first_seen_at"]), first[0].timestamp);
    assert_eq!(instant(&gap["last_seen_at"]), second[4].timestamp);
    assert_eq!((number("conversations"), number("reopened_count")), (2.0, 0.0));
    assert_eq!((&gap["resolved_at"], &shops.shown(gap).await["changes"]), (&Value::Null, &json!([])));

    let before = shops.tables().await;
    shops.world.call(DETECT).await;
    assert_eq!(shops.tables().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_at_the_same_time_double_nothing() {
    let mut shops = Shops::new().await;
    let events: Vec<_> = (0..40)
        .flat_map(|nth| {
            let topic = format!("topic {}", nth % 10);
            shops.conversation(ago(48 - nth), &[(&topic, json!(0.1), &format!("question {nth}?"))])
        })
        .collect();
    shops.world.import(&events).await;
    let database = &shops.world.database;
    let runs = (0..6).map(|_| async {
        let client = database.client().await;
        for _ in 0..3 {
            call(&client, DETECT).await;
        }
    });
    futures_util::future::join_all(runs).await;
    let gaps = shops.gaps("").await;
    assert_eq!(gaps.len(), 10);
    for gap in &gaps {
        assert_eq!((&gap["frequency"], gap["example_questions"].as_array().unwrap().len()), (&json!(4), 4), "{gap}");
    }

    // Back, and moved once however many see it.
    for gap in &gaps {
        assert_eq!(shops.patch(gap, &json!({"status": "resolved"})).await.status(), 200);
    }
    let again: Vec<_> = gaps
        .iter()
        .flat_map(|gap| shops.conversation(Utc::now(), &[(gap["topic"].as_str().unwrap(), json!(0.1), "still?")]))
        .collect();
    shops.world.import(&again).await;
    let database = &shops.world.database;
    futures_util::future::join_all((0..6).map(|_| async { call(&database.client().await, DETECT).await })).await;
    for gap in shops.gaps("").await {
        assert_eq!((&gap["status"], &gap["reopened_count"]), (&json!("identified"), &json!(1)), "{gap}");
        assert_eq!(shops.shown(&gap).await["changes"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_resolved_gap_is_back_when_later_conversations_find_no_answer() {
    let mut shops = Shops::new().await;
    let events = [
        shops.conversation(ago(30), &[("leasing", json!(0.2), "a?"), ("repair", json!(0.2), "r?")]),
        shops.conversation(ago(29), &[("open", json!(0.2), "o?")]),
    ];
    shops.world.import(&events.concat()).await;
    shops.world.call(DETECT).await;
    for topic in ["leasing", "repair"] {
        let gap = shops.gap(topic).await;
        assert_eq!(shops.patch(&gap, &json!({"status": "resolved"})).await.status(), 200);
    }
    let before = shops.tables().await;
    shops.world.call(DETECT).await;
    assert_eq!(shops.tables().await, before, "nothing has happened since");

    // History that comes in late, and a conversation that had begun to ask before, say nothing about the answer of now.
    let mut late = shops.conversation(ago(2), &[("leasing", json!(0.1), "late?")]);
    late[0].conversation_id = events[0][0].conversation_id;
    let mut still = shops.conversation(Utc::now(), &[("leasing", json!(0.1), "still?")]);
    still[0].conversation_id = events[0][0].conversation_id;
    // An answer at last, beside a bad one.
    let better = shops.conversation(Utc::now(), &[("repair", json!(0.8), "r2?")]);
    let bad = shops.conversation(Utc::now(), &[("repair", json!(0.1), "r3?")]);
    shops.world.import(&[late, still, better, bad].concat()).await;
    shops.world.call(DETECT).await;
    for (topic, frequency) in [("leasing", 3), ("repair", 3)] {
        let gap = shops.gap(topic).await;
        assert_eq!((&gap["status"], &gap["frequency"]), (&json!("resolved"), &json!(frequency)), "{gap}");
    }
    assert_eq!(shops.gap("repair").await["best_confidence"], json!(0.8));

    let back = shops.conversation(Utc::now(), &[("leasing", json!(0.49), "again?")]);
    shops.world.import(&back).await;
    shops.world.call(DETECT).await;
    let gap = shops.gap("leasing").await;
    assert_eq!((&gap["status"], &gap["reopened_count"]), (&json!("identified"), &json!(1)));
    assert_eq!(gap["resolved_at"], Value::Null);
    let shown = shops.shown(&gap).await;
    let changes: Vec<_> = shown["changes"].as_array().unwrap().iter().collect();
    let moves: Vec<_> = changes.iter().map(|change| (&change["from_status"], &change["to_status"])).collect();
    assert_eq!(moves, [(&json!("identified"), &json!("resolved")), (&json!("resolved"), &json!("identified"))]);
    assert!(changes[0]["changed_by"].is_string() && changes[1]["changed_by"].is_null(), "{changes:?}");
    assert_eq!(shown["updated_at"], changes[1]["changed_at"]);

    let before = shops.tables().await;
    shops.world.call(DETECT).await;
    assert_eq!(shops.tables().await, before, "reopened once");
}

#[tokio::test]
async fn another_threshold_of_the_store_counts_from_the_next_run_on() {
    let mut shops = Shops::new().await;
    let events = shops.conversation(
        ago(30),
        &[
            ("low", json!(0.2), "l?"),
            ("middle", json!(0.6), "m?"),
            ("high", json!(0.9), "h?"),
            ("own", json!(0.3), "o?"),
        ],
    );
    shops.world.import(&events).await;
    let own = json!({"topic": "own", "confidence_threshold": 0.35});
    assert_eq!(shops.post(&own).await.status(), 201);
    shops.world.call(DETECT).await;
    assert_eq!(shops.topics("?order=topic").await, ["low", "own"]);

    let set = |threshold: f64| json!({"gap_confidence_threshold": threshold});
    let change = send_json(&shops.world.app, "PATCH", "/api/v1/store", &shops.key, &set(0.8)).await;
    assert_eq!(change.status(), 200);
    let threshold = async |topic: &str| shops.gap(topic).await["confidence_threshold"].clone();
    assert_eq!(threshold("low").await, json!(0.5));
    shops.world.call(DETECT).await;
    assert_eq!(shops.topics("?order=topic").await, ["low", "middle", "own"]);
    assert_eq!(
        (threshold("low").await, threshold("middle").await, threshold("own").await),
        (json!(0.8), json!(0.8), json!(0.35))
    );

    // A gap that would be none today stays until somebody resolves it.
    send_json(&shops.world.app, "PATCH", "/api/v1/store", &shops.key, &set(0.1)).await;
    shops.world.call(DETECT).await;
    assert_eq!(shops.topics("?order=topic").await, ["low", "middle", "own"]);
    let before = shops.tables().await;
    shops.world.call(DETECT).await;
    assert_eq!(shops.tables().await, before);
}

#[tokio::test]
async fn a_gap_that_was_made_before_it_is_found_keeps_its_id_and_questions() {
    let mut shops = Shops::new().await;
    let body = json!({"topic": "leasing", "example_questions": ["Do you\nlease?", "b?"]});
    let made = shops.post(&body).await;
    assert_eq!((made.status(), &made.json["frequency"]), (201, &json!(0)), "{}", made.text());
    let events = shops.conversation(ago(3), &[("leasing", json!(0.2), "b?"), ("leasing", json!(0.2), "a?")]);
    shops.world.import(&events).await;
    shops.world.call(DETECT).await;
    let gap = shops.gap("leasing").await;
    assert_eq!((&gap["gap_id"], &gap["frequency"]), (&made.json["gap_id"], &json!(2)));
    assert_eq!(gap["example_questions"], json!(["Do you\nlease?", "b?", "a?"]));

    // Made after its conversations, it knows them at once.
    let known = shops.conversation(ago(2), &[("delivery", json!(0.9), "where?")]);
    shops.world.import(&known).await;
    let made = shops.post(&json!({"topic": "delivery"})).await.json;
    assert_eq!(
        (&made["frequency"], &made["conversations"], &made["best_confidence"]),
        (&json!(1), &json!(1), &json!(0.9))
    );
    shops.world.call(DETECT).await;
    assert_eq!(shops.gap("delivery").await["example_questions"], json!([]), "that question had an answer");
}
