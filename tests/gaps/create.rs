//! POST /api/v1/content-gaps.

use colloquy::http::auth::Scope;
use serde_json::json;

use super::{GAPS, Shops};
use crate::support::http::send_json;

#[tokio::test]
async fn a_topic_is_a_gap_once_in_a_store() {
    let shops = Shops::new().await;
    let body = json!({"topic": "Größen", "example_questions": ["Fällt das klein aus?"], "confidence_threshold": 0.75});
    let made = shops.post(&body).await;
    assert_eq!(made.status(), 201, "{}", made.text());
    assert_eq!((&made.json["topic"], &made.json["status"]), (&json!("Größen"), &json!("identified")));
    assert_eq!(made.json["example_questions"], json!(["Fällt das klein aus?"]));
    assert!(made.text().contains("\"confidence_threshold\":0.75") && made.text().contains("\"human_cost\":0.00"));
    assert_eq!(shops.gap("Größen").await, made.json);
    let mut shown = shops.shown(&made.json).await;
    assert_eq!(shown.as_object_mut().unwrap().remove("changes"), Some(json!([])));
    assert_eq!(shown, made.json);

    assert_eq!(shops.post(&json!({"topic": "Größen"})).await.problem(), (409, "content_gap_exists"));
    let [store_id, other_id] = [0, 1].map(|nth| shops.world.shops[nth].store_id);
    let other = shops.world.database.create_key(other_id, &[Scope::Manage]).await;
    assert_eq!(send_json(&shops.world.app, "POST", GAPS, &other, &body).await.status(), 201);
    let admin = shops.world.database.create_admin_key().await;
    let by_admin = format!("{GAPS}?store_id={store_id}");
    let made = send_json(&shops.world.app, "POST", &by_admin, &admin, &json!({"topic": "returns"})).await;
    assert_eq!(made.status(), 201, "{}", made.text());
    assert_eq!(shops.topics("?order=topic").await, ["Größen", "returns"]);
}

#[tokio::test]
async fn all_faults_of_a_body_are_named_at_once() {
    let shops = Shops::new().await;
    let body =
        json!({"topic": "", "example_questions": ["a", ""], "confidence_threshold": 0.855, "status": "resolved"});
    let expected = [
        ("topic", "invalid_field"),
        ("example_questions", "invalid_field"),
        ("confidence_threshold", "invalid_field"),
        ("status", "unknown_field"),
    ];
    let refused = shops.post(&body).await;
    assert_eq!((refused.status(), refused.faults()), (422, expected.to_vec()));
    assert_eq!(shops.post(&json!({})).await.faults(), [("topic", "missing_field")]);
    for bad in [
        json!({"topic": "x".repeat(256)}),
        json!({"topic": "a\u{0}b"}),
        json!({"topic": 7}),
        json!({"topic": "t", "example_questions": ["1", "2", "3", "4", "5", "6"]}),
        json!({"topic": "t", "example_questions": ["x".repeat(1001)]}),
        json!({"topic": "t", "example_questions": ["a\u{0}b"]}),
        json!({"topic": "t", "example_questions": "a"}),
        json!({"topic": "t", "confidence_threshold": 1.01}),
        json!({"topic": "t", "confidence_threshold": -0.01}),
        json!({"topic": "t", "confidence_threshold": "0.5"}),
    ] {
        assert_eq!(shops.post(&bad).await.problem(), (422, "invalid_field"), "{bad}");
    }
    for good in [
        json!({"topic": "x".repeat(255), "example_questions": []}),
        json!({"topic": "t", "example_questions": vec!["ü".repeat(1000); 5], "confidence_threshold": 1}),
        json!({"topic": "u", "example_questions": null, "confidence_threshold": 0.00}),
    ] {
        assert_eq!(shops.post(&good).await.status(), 201, "{good}");
    }
    let read = &shops.world.shops[0].key;
    let refused = send_json(&shops.world.app, "POST", GAPS, read, &json!({"topic": "v"})).await;
    assert_eq!(refused.problem(), (403, "missing_scope"));
}
