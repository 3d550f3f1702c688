//! Real answers of every documented GET are as documented, each of its parameters given once.

use serde_json::Value;

use super::requests::{Filled, Query, query_text};
use super::{Document, Operation};
use crate::analytics::live::{Shop, WITHIN};
use crate::support::http::{Answer, send};

/// Headers that some answers of a status have: the last page has no next one, only an unknown encoding is told others.
const NOT_ALWAYS: [&str; 2] = ["X-Next-Cursor", "Accept-Encoding"];

/// What is wrong with an answer by the document.
pub fn faults(document: &Document, operation: &Operation<'_>, answer: &Answer) -> Vec<String> {
    let status = answer.status();
    let documented = &operation.json["responses"][status.to_string()];
    if documented.is_null() {
        return vec![format!("{status} is not documented: {}", answer.text())];
    }
    let mut faults = Vec::new();
    for (name, _) in documented["headers"].as_object().into_iter().flatten() {
        if answer.header(name).is_empty() && !NOT_ALWAYS.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            faults.push(format!("there is no header {name}"));
        }
    }
    let media_type = answer.header("content-type").split(';').next().unwrap();
    if media_type.is_empty() && documented["content"].is_null() {
        return faults;
    }
    let content = &documented["content"][media_type];
    match media_type {
        "application/json" | "application/problem+json" => {
            faults.extend(document.faults(operation.schema(status, media_type), &answer.json));
        }
        "application/x-ndjson" => {
            let row = &operation.schema(status, "application/json")["items"];
            let rows = answer.text().lines().map(|line| serde_json::from_str(line).unwrap());
            faults.extend(rows.flat_map(|value: Value| document.faults(row, &value)));
        }
        "text/csv" => {
            let several = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            let documented: Vec<_> = content.get("example").into_iter().chain(several).filter_map(first_line).collect();
            let header = answer.text().lines().next().unwrap_or_default();
            if !documented.contains(&header) {
                faults.push(format!("CSV has {header}, documented is {documented:?}"));
            }
        }
        "text/plain" => {
            assert!(!answer.text().is_empty());
            faults.extend(document.faults(operation.schema(status, media_type), &answer.text().into()));
        }
        other => faults.push(format!("a body of type {other}")),
    }
    faults
}

fn first_line(example: &Value) -> Option<&str> {
    example.as_str()?.lines().next()
}

/// Values to try for a parameter, one at a time.
fn values(parameter: &Value) -> Vec<String> {
    let schema = &parameter["schema"];
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let choices = schema["enum"].as_array().or(schema["examples"].as_array());
    choices.map(|choices| choices.iter().map(plain).collect()).unwrap_or_default()
}

/// The plain query of an operation, and one for each value to try of each of its parameters.
pub fn queries(filled: &Filled, operation: &Operation<'_>) -> Vec<Query> {
    let base = filled.query(operation);
    let mut queries = vec![base.clone()];
    for parameter in operation.parameters() {
        let name = parameter["name"].as_str().unwrap();
        if name != "store_id" && !name.ends_with("_date") {
            queries.extend(values(parameter).into_iter().map(|value| with(&base, name, value)));
        }
    }
    queries
}

fn with(query: &Query, name: &str, value: String) -> Query {
    let mut query = query.clone();
    query.insert(name.to_owned(), value);
    query
}

#[tokio::test]
async fn real_answers_are_as_documented() {
    let filled = Filled::new().await;
    let document = Document::new();
    let mut found = Vec::new();
    for operation in document.operations().iter().filter(|operation| operation.is_get() && !operation.is_endless()) {
        let path = filled.path(operation);
        for (nth, query) in queries(&filled, operation).iter().enumerate() {
            let is_plain = nth == 0;
            let path = format!("{path}?{}", query_text(query));
            let answer = send(filled.app(), "GET", &path, filled.admin()).await;
            assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
            let faults = faults(&document, operation, &answer);
            found.extend(faults.iter().map(|fault| format!("{path}: {fault}")));
            assert!(!is_plain || !is_empty(&answer.json), "{path} shows no rows: {}", answer.text());
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether an answer has lists, but no row in any: nothing was proven by it.
fn is_empty(answer: &Value) -> bool {
    let lists: Vec<&Vec<Value>> = match answer {
        Value::Array(rows) => vec![rows],
        Value::Object(fields) => fields.values().filter_map(Value::as_array).collect(),
        _ => Vec::new(),
    };
    !lists.is_empty() && lists.iter().all(|rows| rows.is_empty())
}

#[tokio::test]
async fn live_metrics_are_as_documented() {
    let shop = Shop::new("America/New_York").await;
    shop.talk(&shop.server, 1).await;
    let metrics = shop.listen().await.event(WITHIN).await;
    let document = Document::new();
    assert_eq!(document.faults(&document.schemas()["LiveMetrics"], &metrics), Vec::<String>::new());
}
