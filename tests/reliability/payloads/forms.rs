//! What was kept, in the other forms in which it leaves: CSV that no spreadsheet runs, and exports that can be imported.

use serde_json::Value;
use uuid::Uuid;

use crate::commands::database::Database;
use crate::commands::files::{Folder, import, options};
use crate::http::openapi::requests::{Filled, query_text};
use crate::http::openapi::{Document, Operation};
use crate::support::csv::{assert_same_rows, is_formula};
use crate::support::http::send;

const EVENTS: &str = "select e::text from (
        select store_id, conversation_id, event_id, event_type, customer_id, event_data, created_at
        from conversation_events where store_id = $1 and event_data ->> 'reason' is distinct from 'timeout'
    ) e order by created_at, event_id, conversation_id";

/// Every CSV answer has the rows of the JSON answer and no cell that is run; the number of their cells.
pub async fn are_safe(filled: &Filled, document: &Document) -> usize {
    filled.world().call("detect_content_gaps()").await;
    let mut cells = 0;
    for operation in document.operations().iter().filter(|operation| has_csv(operation)) {
        for path in paths(filled, operation) {
            let both = assert_same_rows(filled.app(), &path, filled.admin()).await;
            for cell in both.table.records.iter().flatten() {
                cells += 1;
                let is_number = cell.parse::<f64>().is_ok();
                assert!(is_number || !is_formula(cell), "{path}: {cell:?} would be run");
            }
        }
    }
    come_back(filled).await;
    cells
}

fn has_csv(operation: &Operation<'_>) -> bool {
    operation.is_get() && !operation.json["responses"]["200"]["content"]["text/csv"].is_null()
}

/// The answer, once for each group and each dataset, which show different texts.
fn paths(filled: &Filled, operation: &Operation<'_>) -> Vec<String> {
    let path = filled.path(operation);
    let query = filled.query(operation);
    let choices = operation.parameters().into_iter().filter(|one| one["name"] == "by" || one["name"] == "dataset");
    let choices = choices.flat_map(|one| {
        let name = one["name"].as_str().unwrap();
        let values: Vec<_> = one["schema"]["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        values.into_iter().map(move |value| (name.to_owned(), value.to_owned()))
    });
    let mut paths: Vec<_> = choices
        .map(|choice| {
            let mut query = query.clone();
            query.extend([choice]);
            format!("{path}?{}", query_text(&query))
        })
        .collect();
    paths.push(format!("{path}?{}", query_text(&query)));
    paths.iter().map(|path| format!("{path}{}", longest(operation))).collect()
}

/// As many rows as a page may have.
fn longest(operation: &Operation<'_>) -> &'static str {
    if operation.has_parameter("limit") { "&limit=200" } else { "" }
}

/// The events of an export, imported into another database, are the same.
async fn come_back(filled: &Filled) {
    let today = chrono::Utc::now().date_naive();
    let (first, last) = (today - chrono::Days::new(50), today + chrono::Days::new(1));
    let path = format!(
        "/api/v1/analytics/export?start_date={first}&end_date={last}&dataset=events&format=ndjson&store_id={}",
        filled.store_id()
    );
    let export = send(filled.app(), "GET", &path, filled.admin()).await;
    assert_eq!(export.status(), 200, "{}", export.text());
    let (folder, copy) = (Folder::new(), Database::new().await);
    let file = folder.file("export.ndjson", export.response.body());
    let summary = import(&copy, &[file], &options()).await.unwrap();
    assert_eq!(summary.rejections.first, []);
    let store_id: Uuid = filled.store_id().parse().unwrap();
    let texts = async |client: &tokio_postgres::Client| -> Vec<String> {
        client.query(EVENTS, &[&store_id]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let (events, again) = (texts(&filled.world().client).await, texts(&copy.client).await);
    assert!(events.len() > 80 && events == again, "{} events became {}", events.len(), again.len());
}
