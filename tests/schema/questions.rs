//! One question of each kind about fixed dates, whose answers an upgrade must not change.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use colloquy::http::App;
use serde_json::{Value, json};

use crate::support::http::send;

/// All answers of a key by their paths below `/api/v1`: JSON, or a text where it is CSV or NDJSON.
pub async fn ask_all(app: &App, key: &str, start: NaiveDate, end: NaiveDate) -> BTreeMap<String, Value> {
    let dates = format!("start_date={start}&end_date={end}");
    let mut answers = BTreeMap::new();
    for path in paths(&dates) {
        let answer = send(app, "GET", &format!("/api/v1/{path}"), key).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        let value = if answer.json.is_null() { json!(answer.text()) } else { answer.json };
        answers.insert(path, value);
    }
    answers
}

fn paths(dates: &str) -> Vec<String> {
    let mut paths = vec![
        format!("analytics/performance?{dates}"),
        format!("conversations?{dates}&limit=50"),
        "content-gaps?order=topic".into(),
        "store/roi-assumptions".into(),
    ];
    for compare in ["previous_period", "previous_year", "none"] {
        paths.push(format!("analytics/metrics?{dates}&compare={compare}"));
        paths.push(format!("analytics/quality?{dates}&compare={compare}"));
    }
    for granularity in ["day", "week", "month"] {
        paths.push(format!("analytics/conversations/trends?{dates}&granularity={granularity}"));
    }
    for by in ["channel", "language", "agent", "hour_of_week"] {
        paths.push(format!("analytics/breakdown?by={by}&{dates}"));
    }
    for dataset in ["daily_metrics", "conversations", "events"] {
        paths.push(format!("analytics/export?{dates}&dataset={dataset}&format=csv"));
    }
    paths
}

/// One sentence for each value of an older answer that a newer one lacks or has otherwise; fields may have been added.
pub fn lost(place: &str, old: &Value, new: &Value) -> Vec<String> {
    match (old, new) {
        (Value::Object(fields), Value::Object(_)) => {
            let kept = fields.iter().filter(|(name, _)| *name != "next_cursor");
            kept.flat_map(|(name, old)| lost(&format!("{place}.{name}"), old, &new[name])).collect()
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let pairs = old.iter().zip(new).enumerate();
            pairs.flat_map(|(nth, (old, new))| lost(&format!("{place}[{nth}]"), old, new)).collect()
        }
        _ if old == new => Vec::new(),
        _ => vec![format!("{place}: was {old}, is {new}")],
    }
}
