//! A database of the previous release is migrated: nothing is lost, no number changes, and it goes on counting.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio_postgres::Client;

/// Tables whose rows an upgrade keeps.
pub const COUNTED: [&str; 14] = [
    "stores",
    "roi_assumptions",
    "api_keys",
    "installation",
    "conversation_events",
    "conversation_weeks",
    "conversations",
    "conversation_quality_scores",
    "content_gaps",
    "content_gap_changes",
    "rollup_pending",
    "store_days",
    "ingest_rejections",
    "conversation_metrics_15m",
];

/// Roles belong to the server and are in no dump.
pub const READER: &str = "do $$ begin create role colloquy_fixture_reader;
    exception when duplicate_object or unique_violation then null; end $$;";

/// The folder with one folder for each release.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/releases")
}

/// How many rows some relations have.
pub async fn count_all(client: &Client, names: &[&str]) -> Value {
    let mut counts = json!({});
    for name in names {
        let count: i64 = client.query_one(&format!("select count(*) from {name}"), &[]).await.unwrap().get(0);
        counts[name] = json!(count);
    }
    counts
}
