//! POST /events with `dry_run=true`: the answer that a request would get, without the request being done.

use serde_json::{Value, json};
use uuid::Uuid;

use super::cases::{beyond_jsonb, cases, event};
use super::producer::{EVENTS, Producer};

const DRY_RUN: &str = "/api/v1/events?dry_run=true";

/// Without what tells a dry run, and the id of the request.
fn comparable(mut json: Value) -> Value {
    let fields = json.as_object_mut().unwrap();
    fields.remove("dry_run");
    fields.remove("request_id");
    json
}

#[tokio::test]
async fn it_answers_what_ingest_answers_and_does_nothing() {
    let producer = Producer::new().await;
    let (other, archived) = (producer.database.create_store("UTC").await, producer.database.create_store("UTC").await);
    let archive = "update stores set archived_at = now() where store_id = $1";
    producer.client.execute(archive, &[&archived]).await.unwrap();
    let time = format!("\"{}\"", chrono::Utc::now().to_rfc3339());
    let stored = producer.event(&[("timestamp", &time)]);
    assert_eq!(producer.post(stored.clone()).await.status(), 200);
    let twice = producer.event(&[("timestamp", &time)]);
    let mut events: Vec<_> = cases(producer.store_id).into_iter().chain(beyond_jsonb(producer.store_id)).collect();
    let mut events: Vec<_> = events.drain(..).map(|case| case.event).collect();
    events.extend([stored.clone(), twice.clone(), twice.clone(), stored.clone()]);
    events.extend([other, archived, Uuid::new_v4()].map(|store_id| event(store_id, &[("timestamp", &time)])));
    let all = format!("[{}]", events.join(","));
    let admin = producer.database.create_admin_key().await;

    // Real answers come last: they store what the dry runs only judge.
    let (stored_before, recorded_before) = (producer.stored().await, producer.recorded().await);
    for (key, body) in [(&producer.key, all.clone()), (&admin, all), (&producer.key, "7".into()), (&admin, twice)] {
        let dry = producer.post_as(key, DRY_RUN, &[], body.clone()).await;
        assert_eq!(dry.json["dry_run"], true, "{}", dry.text());
        let again = producer.post_as(key, DRY_RUN, &[], body.clone()).await;
        assert_eq!((dry.status(), comparable(dry.json.clone())), (again.status(), comparable(again.json)));
        assert_eq!((producer.stored().await, producer.recorded().await), (stored_before, recorded_before));

        let savepoint = producer.database.client().await;
        let real = producer.post_as(key, EVENTS, &[], body).await;
        assert!(real.json["dry_run"].is_null());
        assert_eq!((dry.status(), comparable(dry.json)), (real.status(), comparable(real.json)));
        let undo =
            "delete from conversation_events where received_at > (select min(received_at) from conversation_events);
                    delete from ingest_rejections";
        savepoint.batch_execute(undo).await.unwrap();
    }
}

#[tokio::test]
async fn faults_of_the_request_are_told_and_not_recorded() {
    let producer = Producer::new().await;
    let dry = async |body: String| producer.post_with(DRY_RUN, &[], body).await;
    assert_eq!(dry("{".into()).await.problem(), (422, "invalid_json"));
    assert_eq!(dry("[]".into()).await.problem(), (422, "no_events"));
    assert_eq!(dry(format!("[{}]", vec!["7"; 10_001].join(","))).await.problem(), (413, "too_many_events"));
    assert_eq!(producer.recorded().await, 0);

    let real = producer.post_with("/api/v1/events?dry_run=false", &[], producer.event(&[])).await;
    assert_eq!((real.status(), real.json["dry_run"].clone()), (200, json!(null)));
    assert_eq!(producer.stored().await, 1);
    for (query, field, code) in [
        ("dry_run=1", "dry_run", "invalid_parameter"),
        ("dry_run=", "dry_run", "invalid_parameter"),
        ("dry_run=true&dry_run=true", "dry_run", "repeated_parameter"),
        ("dryrun=true", "dryrun", "unknown_parameter"),
    ] {
        let refused = producer.post_with(&format!("{EVENTS}?{query}"), &[], producer.event(&[])).await;
        assert_eq!((refused.status(), refused.faults()), (400, vec![(field, code)]), "{query}");
    }
    assert_eq!(producer.stored().await, 1);
}
