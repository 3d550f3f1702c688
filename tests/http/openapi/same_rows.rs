//! Every documented GET that offers CSV has the same rows in JSON and in CSV, each of its parameters given once.

use super::Document;
use super::answers::queries;
use super::requests::{Filled, Query, query_text};
use crate::support::csv::both;

/// Whether an answer in either format can be asked for: it is not named, and nothing that only JSON has is asked for.
fn leaves_the_format_open(query: &Query) -> bool {
    !query.contains_key("format") && query.get("explain").is_none_or(|explain| explain == "false")
}

#[tokio::test]
async fn csv_has_the_rows_of_json() {
    let filled = Filled::new().await;
    let document = Document::new();
    let operations = document.operations();
    let has_csv = |answer: &serde_json::Value| !answer["content"]["text/csv"].is_null();
    let with_csv =
        operations.iter().filter(|operation| operation.is_get() && has_csv(&operation.json["responses"]["200"]));
    let mut found = Vec::new();
    let mut count = 0;
    for operation in with_csv {
        count += 1;
        let path = filled.path(operation);
        let queries = queries(&filled, operation);
        for (nth, query) in queries.iter().enumerate().filter(|(_, query)| leaves_the_format_open(query)) {
            let path = format!("{path}?{}", query_text(query));
            let both = both(filled.app(), &path, filled.admin()).await;
            found.extend(both.differences.iter().map(|sentence| format!("{path}: {sentence}")));
            assert!(nth > 0 || !both.table.records.is_empty(), "{path} shows no rows");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(count >= 10, "only {count} answers are documented with CSV");
}
