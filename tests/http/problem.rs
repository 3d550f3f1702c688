//! Problems: their form, 404, 405, and the id of a request.

use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send};

#[tokio::test]
async fn a_problem_is_a_problem_document() {
    let app = TestDatabase::new().await;
    let app = app.app();
    let problem = send(&app, "GET", "/api/v1/nothing", "").await;
    assert_eq!(problem.problem(), (404, "not_found"));
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json["status"], 404);
    assert_eq!(problem.json["type"], "/docs/errors.md#not_found");
    assert_eq!(problem.json["request_id"], problem.header("x-request-id"));
    assert!(problem.json["title"].is_string() && problem.json["detail"].is_string());
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let database = TestDatabase::new().await;
    let problem = send(&database.app(), "DELETE", "/api/v1/store", "").await;
    assert_eq!(problem.problem(), (405, "method_not_allowed"));
    assert_eq!(problem.header("allow"), "GET, HEAD, PATCH");
    let problem = send(&database.app(), "POST", "/health/live", "").await;
    assert_eq!(problem.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn a_good_request_id_is_kept_and_a_bad_one_replaced() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let id_for = async |id: &str| {
        answer(&app, request("GET", "/health/live", "").header("x-request-id", id))
            .await
            .header("x-request-id")
            .to_owned()
    };
    assert_eq!(id_for("a.B_c-9").await, "a.B_c-9");
    let longest = "x".repeat(64);
    assert_eq!(id_for(&longest).await, longest);
    for bad in ["", "a b", "ä", &"x".repeat(65)] {
        let made = id_for(bad).await;
        assert!(uuid::Uuid::parse_str(&made).is_ok_and(|id| id.get_version_num() == 7), "{bad}: {made}");
    }
}

#[tokio::test]
async fn health_tells_whether_the_database_is_there_and_migrated() {
    let database = TestDatabase::new().await;
    let app = database.app();
    assert_eq!(send(&app, "GET", "/health/ready", "").await.status(), 200);

    let mut held = Vec::new();
    let pool = database.server_pool();
    while let Ok(Ok(client)) = tokio::time::timeout(std::time::Duration::from_secs(1), pool.get()).await {
        held.push(client);
    }
    let before = std::time::Instant::now();
    assert_eq!(send(&app, "GET", "/health/ready", "").await.problem(), (503, "not_ready"));
    assert!(before.elapsed().as_millis() < 1500, "{:?}", before.elapsed());
    assert_eq!(send(&app, "GET", "/health/live", "").await.status(), 200);
    drop(held);

    database.client().await.batch_execute("delete from applied_sql where path like 'functions/%'").await.unwrap();
    assert_eq!(send(&app, "GET", "/health/ready", "").await.problem(), (503, "not_ready"));
}
