//! Reconciliation: what does not follow from the raw events is found by its name, and put right.

mod answers;
mod clean;
mod planted;
mod unverifiable;

use chrono::{DateTime, Utc};
use colloquy::import::{Progress, Stop};
use colloquy::reconciliation::{Check, Mode, Report};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::support::world::World;

/// Compares all that a world has, of all its stores.
pub async fn compare(world: &World, mode: Mode) -> Report {
    let from = "2020-01-01T00:00:00Z".parse().unwrap();
    compare_range(world, mode, None, from, Utc::now() + chrono::Duration::days(40)).await
}

pub async fn compare_range(
    world: &World,
    mode: Mode,
    store_id: Option<Uuid>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Report {
    let client = world.database.client().await;
    let (progress, stop) = (Progress::silent(), Stop::never());
    let check = Check { client: &client, store_id, from, to, progress: &progress, stop: &stop };
    check.run(mode).await.unwrap().unwrap()
}

/// Differences as `level kind column: expected -> found`.
pub fn sentences(report: &Report) -> Vec<String> {
    let text = |row: &Row, column: &str| row.get::<_, Option<String>>(column).unwrap_or_else(|| "-".to_owned());
    let sentence = |row: &Row| {
        let [level, kind, column, expected, found] =
            ["level", "kind", "column", "expected", "found"].map(|column| text(row, column));
        format!("{level} {kind} {column}: {expected} -> {found}")
    };
    report.differences.iter().map(sentence).collect()
}

/// Asserts that nothing differs.
pub async fn assert_clean(world: &World, moment: &str) -> Report {
    let report = compare(world, Mode::Compare).await;
    let found = sentences(&report);
    assert!(found.is_empty(), "{moment}: {} differences\n  {}", found.len(), found.join("\n  "));
    assert_eq!(report.counts.differences, 0);
    report
}
