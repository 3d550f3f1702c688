//! A hundred years, and all years there are, on every path that has a range, in every form it can be asked for.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::http::send;
use crate::support::reliability::{Figures, planned, seconds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_range_is_answered_or_refused_at_once() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let admin = database.create_admin_key().await;
    let store_id = database.create_store("Europe/Berlin").await;
    let document = send(&app, "GET", "/openapi.json", "").await.json;
    let mut asked = 0;
    let mut slowest = (Duration::ZERO, String::new());
    for query in queries(&document) {
        for (start, end) in [("1970-01-01", "2069-12-31"), ("1970-01-01", "9999-12-31")] {
            let path = query.replace("START", start).replace("END", end).replace("STORE", &store_id.to_string());
            let asked_at = Instant::now();
            let answer = send(&app, "GET", &path, &admin).await;
            slowest = slowest.max((asked_at.elapsed(), path.clone()));
            asked += 1;
            let known = ["too_many_buckets", "range_too_long"];
            assert!(
                answer.status() == 200 || answer.status() == 400 && known.contains(&answer.code()),
                "{path}: {}",
                answer.text()
            );
            let is_hourly = path.contains("granularity=hour");
            assert!(!is_hourly || answer.code() == "too_many_buckets", "{path}: {}", answer.status());
        }
    }
    println!("slowest of {asked}: {slowest:?}");
    assert!(asked > 40, "{asked} only");
    assert!(slowest.0 < planned(Duration::from_secs(20), Duration::from_secs(5)), "{slowest:?}");
    Figures::of(12, "slow_clients", "ranges of 100 and of 8,030 years")
        .count(asked, asked, "questions to every path with a range")
        .measured(format!("each answered within {}", seconds(slowest.0)))
        .record(&database.client().await)
        .await;
}

/// The queries of all paths with dates: once as short as can be, and once more for each value of each choice.
fn queries(document: &Value) -> Vec<String> {
    let mut queries = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let has = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
        if !has("start_date") || path.contains('{') {
            continue;
        }
        let store = if has("store_id") { "&store_id=STORE" } else { "" };
        let dates = format!("{path}?start_date=START&end_date=END{store}");
        let required = required(&parameters);
        queries.push(format!("{dates}{required}"));
        if has("from") {
            queries.push(format!("{path}?from=STARTT00:00:00Z&to=ENDT00:00:00Z{store}{required}"));
        }
        for parameter in &parameters {
            let name = parameter["name"].as_str().unwrap();
            for value in parameter["schema"]["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let others = if required.contains(&format!("&{name}=")) { "" } else { &required };
                queries.push(format!("{dates}{others}&{name}={value}"));
            }
        }
    }
    queries
}

/// The first value of each choice that must be made.
fn required(parameters: &[Value]) -> String {
    let choices = parameters.iter().filter(|parameter| parameter["required"] == true);
    choices
        .filter_map(|choice| Some(format!("&{}={}", choice["name"].as_str()?, choice["schema"]["enum"][0].as_str()?)))
        .collect()
}
