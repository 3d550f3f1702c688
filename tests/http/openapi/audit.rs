//! Every documented operation that an admin or manage key may do and that changes something leaves a row in
//! `admin_actions` after success, with the id of its request, and none after failure.

use std::net::Ipv4Addr;

use tokio_postgres::Client;
use uuid::Uuid;
use warp::test::RequestBuilder;

use super::problems::bad_requests;
use super::requests::Filled;
use super::{Document, Operation};
use crate::support::http::{Answer, answer};
use colloquy::http::auth::Scope;
use colloquy::http::context;

async fn count(client: &Client) -> i64 {
    client.query_one("select count(*) from admin_actions", &[]).await.unwrap().get(0)
}

/// Sends it as one that came by a connection, so that it has an id.
async fn sent(filled: &Filled, request: RequestBuilder) -> Answer {
    context::handle(Ipv4Addr::LOCALHOST.into(), answer(filled.app(), request)).await
}

/// What is wrong with the rows that a request of the admin has left.
async fn wrong_rows(client: &Client, before: i64, request_id: &str) -> Option<String> {
    let sql =
        "select action, actor, key_id, coalesce(request_id, '') from admin_actions order by action_id desc limit $1";
    let rows = client.query(sql, &[&(count(client).await - before)]).await.unwrap();
    let admin: Uuid = client.query_one("select key_id from api_keys where store_id is null", &[]).await.unwrap().get(0);
    let told: Vec<(String, String, Option<Uuid>, String)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    let is_of_request = |row: &(String, String, Option<Uuid>, String)| {
        row.1 == "api" && row.2 == Some(admin) && row.3 == request_id && !request_id.is_empty()
    };
    let is_good = !told.is_empty() && told.iter().all(is_of_request);
    (!is_good).then(|| format!("the rows of {request_id} are {told:?}"))
}

async fn check(filled: &Filled, client: &Client, operation: &Operation<'_>) -> Vec<String> {
    // So that the examples, some of which are the same, do change something.
    client.batch_execute("update stores set name = gen_random_uuid()::text").await.unwrap();
    let mut wrong = Vec::new();
    let before = count(client).await;
    let weak = filled.key(Scope::Ingest).await;
    let made = count(client).await;
    assert_eq!(made, before + 1, "the weak key is made");
    for (status, request) in bad_requests(operation, filled, &weak).into_iter().filter(|(status, _)| *status != 413) {
        let answered = sent(filled, request).await;
        if count(client).await != made {
            wrong.push(format!("{status} ({}) left a row", answered.code()));
        }
    }
    let made = count(client).await;
    let done = sent(filled, filled.example(operation)).await;
    if done.status() >= 300 {
        wrong.push(format!("the example is answered {}: {}", done.status(), done.text()));
    }
    wrong.extend(wrong_rows(client, made, done.header("x-request-id")).await);
    let made = count(client).await;
    let again = sent(filled, filled.example(operation)).await;
    if again.status() >= 400 && count(client).await != made {
        wrong.push(format!("{} left a row", again.code()));
    }
    wrong
}

#[tokio::test]
async fn every_change_by_an_admin_leaves_a_row_and_every_failure_none() {
    let filled = Filled::new().await;
    let client = filled.client();
    let by_job = "select count(*) from admin_actions where action = 'create_content_gap'";
    assert_eq!(client.query_one(by_job, &[]).await.unwrap().get::<_, i64>(0), 0, "a job is no admin");
    let document = Document::new();
    let mut wrong = Vec::new();
    let mut checked = Vec::new();
    for operation in document.operations().iter().filter(|operation| !operation.is_get() && operation.needs_key()) {
        if ["manage", "admin"].contains(&operation.scope()) {
            let found = check(&filled, client, operation).await;
            wrong.extend(found.iter().map(|fault| format!("{}: {fault}", operation.name())));
            checked.push(operation.name());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked.len() >= 11, "{checked:?}");
}
