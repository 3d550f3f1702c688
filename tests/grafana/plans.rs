//! A panel about a week opens the chunks of that week.

use std::collections::HashSet;

use chrono::{Days, Utc};
use colloquy::demo::SHOPS;
use serde_json::Value;

use super::assembly::{items, layout};
use super::demo::{Demo, Question};

/// Asserts it for every panel of the dashboards about one store.
pub async fn check(demo: &Demo) {
    let chunks = "select chunk_name::text from timescaledb_information.chunks
                  where hypertable_schema = 'analytics' and hypertable_name = 'conversations'";
    let rows = demo.owner.query(chunks, &[]).await.unwrap();
    let chunks: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(chunks.len() >= 6, "{chunks:?}");
    let to = Utc::now() - Days::new(14);
    let question = Question::about(&SHOPS[0], to - Days::new(7), to);
    let mut reading = 0;
    for dashboard in ["one_store", "roi_and_quality"] {
        for item in items(&layout(dashboard)) {
            let file = item["sql"].as_str().unwrap();
            let sql = format!("explain (analyze, format json) {}", question.sql(file));
            let plan: Value = demo.reader.query_one(&sql, &[]).await.unwrap().get(0);
            let mut read = HashSet::new();
            visit(&plan, &mut read);
            let read: Vec<_> = read.intersection(&chunks).collect();
            reading += usize::from(!read.is_empty());
            // Seven days touch two chunks; growth and weeks look a week further.
            assert!(read.len() <= 3, "{file} reads {} of {} chunks", read.len(), chunks.len());
        }
    }
    assert!(reading > 20, "{reading} panels read conversations");
}

/// Collects the relations that a plan has read.
fn visit(node: &Value, read: &mut HashSet<String>) {
    if node["Actual Loops"].as_f64().is_some_and(|loops| loops > 0.0)
        && let Some(relation) = node["Relation Name"].as_str()
    {
        read.insert(relation.to_owned());
    }
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| visit(node, read)),
        Value::Object(fields) => fields.values().for_each(|node| visit(node, read)),
        _ => {}
    }
}
