//! docs/metrics.md defines every field that an analytics answer has, and each metric as the API explains it.

use std::collections::BTreeSet;
use std::path::Path;

use colloquy::analytics::definitions::METRICS;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The names of the columns in the header of a statement.
fn columns(sql: &str) -> Vec<String> {
    let header: Vec<&str> = sql.lines().map_while(|line| line.strip_prefix("-- ")).collect();
    let header = header.join(" ");
    let Some((_, returns)) = header.split_once("returns ") else { return Vec::new() };
    let list = returns.split(" reads ").next().unwrap();
    let mut depth = 0;
    let outside: String = list
        .chars()
        .filter(|character| {
            depth += i32::from(*character == '(') - i32::from(*character == ')');
            depth == 0 && *character != ')'
        })
        .collect();
    let list = outside.split(';').next().unwrap();
    list.split(',').filter_map(|column| column.split_whitespace().next()).map(str::to_owned).collect()
}

/// Columns that say which rows these are, rather than what is measured.
const LABELS: &[&str] =
    &["part", "bucket", "date", "label", "group", "event_id", "event_type", "timestamp", "event_data", "received_at"];

#[test]
fn every_field_of_an_answer_is_defined() {
    let page = read("docs/metrics.md");
    let named: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    let mut missing = BTreeSet::new();
    for statement in [
        "analytics/breakdown",
        "analytics/dashboard",
        "analytics/export_conversations",
        "analytics/export_daily_metrics",
        "analytics/export_events",
        "analytics/metrics",
        "analytics/performance",
        "analytics/quality",
        "analytics/roi",
        "analytics/roi_cases",
        "analytics/trends",
        "conversations/list",
        "conversations/score",
        "conversations/show",
        "conversations/timeline",
        "events/rejections",
        "events/status",
        "gaps/changes",
        "gaps/list",
        "gaps/show",
        "gaps/summary",
    ] {
        let columns = columns(&read(&format!("sql/{statement}.sql")));
        assert!(columns.len() > 3, "{statement}: {columns:?}");
        let unknown = columns.into_iter().filter(|name| !LABELS.contains(&&**name) && !named.contains(&**name));
        missing.extend(unknown.map(|name| format!("{statement}: {name}")));
    }
    assert_eq!(missing, BTreeSet::new(), "docs/metrics.md does not define them");
}

#[test]
fn the_page_says_what_the_api_explains() {
    let page = read("docs/metrics.md");
    for metric in METRICS {
        let start = format!("| `{}` |", metric.name);
        let row = page.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{start} is missing"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let relation = if metric.relation == "conversations" { "rows" } else { "rollup" };
        assert_eq!(cells[5], relation, "{}", metric.name);
        if metric.name != "total_conversations" {
            assert_eq!(cells[6], format!("`{}`", metric.sample), "{}", metric.name);
        }
        let unit = match metric.unit {
            "milliseconds" => "ms",
            "share, 0 to 1" => "0 to 1",
            "messages" if metric.denominator.is_some() => "messages",
            _ => "count",
        };
        assert_eq!(cells[2], unit, "{}", metric.name);
    }
}
