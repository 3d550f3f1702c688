//! The documented parameters are those that the server reads, with the same words and bounds.

use std::collections::BTreeSet;

use super::{Document, Operation};
use crate::support::database::TestDatabase;
use crate::support::http::{Answer, send};

/// The detail of the fault of a parameter.
fn detail<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let faults = answer.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fault = faults.iter().find(|fault| fault["field"] == name);
    fault.and_then(|fault| fault["detail"].as_str()).unwrap_or_default()
}

#[tokio::test]
async fn the_documented_parameters_are_those_that_are_read() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await.to_string();
    let admin = database.create_admin_key().await;
    let ids = ["store_id", "key_id", "conversation_id", "gap_id", "customer_id", "recalculation_id"]
        .map(|name| (name, store_id.as_str()));
    let document = Document::new();
    let ask = async |operation: &Operation<'_>, query: String| {
        let store = if operation.has_parameter("store_id") { format!("&store_id={store_id}") } else { String::new() };
        send(&app, &operation.method, &format!("{}?{query}{store}", operation.path_with(&ids)), &admin).await
    };
    for operation in document.operations().iter().filter(|operation| operation.needs_key()) {
        let name = operation.name();
        let refused = ask(operation, "no_such=1".into()).await;
        let told = detail(&refused, "no_such");
        assert!(told.starts_with("is not known here"), "{name}: {}", refused.text());
        let told: BTreeSet<_> = match told.trim_end_matches('.').split_once("known are ") {
            Some((_, names)) => names.split(", ").collect(),
            None => BTreeSet::new(),
        };
        let documented: BTreeSet<_> =
            operation.parameters().iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(documented, told, "{name}");

        for parameter in operation.parameters() {
            let (field, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            if field == "store_id" {
                continue;
            }
            let refused = ask(operation, format!("{field}=~")).await;
            let told = detail(&refused, field);
            if let Some(words) = schema["enum"].as_array() {
                let words: Vec<_> = words.iter().map(|word| word.as_str().unwrap()).collect();
                assert_eq!(told, format!("must be one of {}.", words.join(", ")), "{name} {field}");
            }
            if let (Some(least), Some(most)) = (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
                let kind = if schema["type"] == "integer" { "whole" } else { "decimal" };
                assert_eq!(told, format!("must be a {kind} number from {least} to {most}."), "{name} {field}");
            }
            if parameter["required"] == true {
                assert_eq!(detail(&ask(operation, String::new()).await, field), "is required.", "{name} {field}");
            }
        }
    }
}
