//! Real answers to bad requests are as documented.

use colloquy::http::auth::Scope;
use warp::test::RequestBuilder;

use super::answers::faults;
use super::requests::Filled;
use super::{Document, Operation};
use crate::support::http::{answer, request};

/// Bad requests, each with the status it must have.
pub fn bad_requests(operation: &Operation<'_>, filled: &Filled, weak: &str) -> Vec<(u16, RequestBuilder)> {
    let (method, path) = (operation.method.as_str(), filled.url(operation));
    let nowhere = ["store_id", "key_id", "conversation_id", "gap_id", "customer_id", "recalculation_id"]
        .map(|name| (name, "nowhere"));
    let mut bad = vec![
        (401, request(method, &path, "")),
        (401, request(method, &path, "clq_r_nonsense")),
        (403, request(method, operation.path_with(&nowhere.map(|(name, _)| (name, UNKNOWN))).as_str(), weak)),
        (400, request(method, &format!("{path}&no_such=1"), filled.admin())),
    ];
    if operation.path.contains('{') {
        // Any text can be a customer, so there is none of that name only in a store.
        let store = if operation.path.contains("{customer_id}") { filled.store_id() } else { "" };
        let query = if store.is_empty() { String::new() } else { format!("?store_id={store}") };
        bad.push((404, request(method, &format!("{}{query}", operation.path_with(&nowhere)), filled.admin())));
    }
    if operation.has_parameter("store_id") && !operation.json["responses"]["404"].is_null() {
        let unknown = path.replace(filled.store_id(), UNKNOWN);
        bad.push((404, request(method, &unknown, filled.admin())));
    }
    if !operation.json["requestBody"].is_null() {
        let with = |media_type: &str, body: &str| {
            request(method, &path, filled.admin()).header("content-type", media_type).body(body)
        };
        bad.push((415, with("image/png", "{}")));
        bad.push((422, with("application/json", "{")));
        bad.push((422, with("application/json", "{\"no_such\": 1}")));
        bad.push((422, with("application/json", "[]")));
        bad.push((413, with("application/json", &" ".repeat(17 * 1024 * 1024))));
    }
    bad
}

const UNKNOWN: &str = "0192d1c5-9999-7000-8000-000000000009";

#[tokio::test]
async fn real_problems_are_as_documented() {
    let filled = Filled::new().await;
    let document = Document::new();
    let mut found = Vec::new();
    for operation in document.operations().iter().filter(|operation| operation.needs_key()) {
        let scope = if operation.scope() == "ingest" { Scope::Read } else { Scope::Ingest };
        let weak = filled.key(scope).await;
        for (nth, (status, request)) in bad_requests(operation, &filled, &weak).into_iter().enumerate() {
            let answer = answer(filled.app(), request).await;
            let name = format!("{} {nth}", operation.name());
            if answer.status() != status {
                found.push(format!("{name}: {} instead of {status}: {}", answer.status(), answer.text()));
            }
            found.extend(faults(&document, operation, &answer).iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
