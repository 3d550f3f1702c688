//! /api/v1/store/roi-assumptions.

use colloquy::http::auth::Scope;
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send, send_json};

const ROI: &str = "/api/v1/store/roi-assumptions";

#[tokio::test]
async fn assumptions_of_the_same_date_are_replaced() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Manage]).await;
    for (date, cost) in [("2026-02-01", "30.00"), ("2026-01-01", "20.5"), ("2026-02-01", "31.10")] {
        let body = format!(
            "{{\"valid_from\": \"{date}\", \"avg_human_agent_cost_per_hour\": {cost}, \
              \"avg_conversation_time_minutes\": 8.0, \"ai_cost_per_conversation\": 0.05}}"
        );
        let post = request("POST", ROI, &key).header("content-type", "application/json").body(body);
        assert_eq!(answer(&app, post).await.status(), 201);
    }
    // As text: 31.10 must not become 31.1.
    let expected = "{\"roi_assumptions\":[{\"valid_from\":\"2026-01-01\",\"avg_human_agent_cost_per_hour\":20.5,\
        \"avg_conversation_time_minutes\":8.0,\"ai_cost_per_conversation\":0.05},{\"valid_from\":\"2026-02-01\",\
        \"avg_human_agent_cost_per_hour\":31.10,\"avg_conversation_time_minutes\":8.0,\
        \"ai_cost_per_conversation\":0.05}]}";
    assert_eq!(send(&app, "GET", ROI, &key).await.text(), expected);
}

#[tokio::test]
async fn bad_assumptions_are_refused() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Manage]).await;
    let body = json!({"valid_from": "2026-13-01", "avg_human_agent_cost_per_hour": -0.01,
        "avg_conversation_time_minutes": "8"});
    let expected = [
        ("valid_from", "invalid_field"),
        ("avg_human_agent_cost_per_hour", "invalid_field"),
        ("avg_conversation_time_minutes", "invalid_field"),
        ("ai_cost_per_conversation", "missing_field"),
    ];
    let refused = send_json(&app, "POST", ROI, &key, &body).await;
    assert_eq!((refused.status(), refused.faults()), (422, expected.to_vec()));
}
