//! Documentation of `/api/v1/analytics/export`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::analytics::start_after_end;
use super::answer::Answer;
use super::columns::Columns;
use super::headers::{complete_until, disposition, row_count};
use super::operation::Operation;
use super::parameters::{dates, one_of, optional};
use super::schemas::{any_of, array, reference, with_format};
use crate::analytics::export::Dataset;
use crate::http::auth::Scope;
use crate::http::problem::Problem;
use crate::http::reply::Format;

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        ("DailyMetrics", columns(Dataset::DailyMetrics).row().into()),
        ("ExportedConversation", columns(Dataset::Conversations).row().into()),
        ("ExportedEvent", columns(Dataset::Events).row().into()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let rows = any_of(["DailyMetrics", "ExportedConversation", "ExportedEvent"].map(reference));
    let of_all = Dataset::ALL.map(|(name, dataset)| (name, columns(dataset)));
    let csv: Vec<_> = of_all.iter().map(|(name, columns)| (*name, columns)).collect();
    let answer = Answer::json("The rows, streamed.", array(rows)).or_csv_of(&csv).or(
        "application/x-ndjson",
        with_format(""),
        vec![("", "{…}\n{…}\n".into())],
    );
    let dataset = one_of(&Dataset::ALL).default(Some("daily_metrics".into()));
    let export = Operation::get("/api/v1/analytics/export", "export", "Rows to take away, streamed")
        .described(
            "Days without conversations are left out. Events are in the format of ingest. Packed with \
             `Accept-Encoding: gzip`.",
        )
        .of_tenant(Scope::Read)
        .parameters(dates())
        .parameters([
            optional("format", "Without it, what the header `Accept` prefers, or CSV.", one_of(&Format::ALL)),
            optional("dataset", "Which rows.", dataset),
        ])
        .faults([start_after_end()])
        .problems([Problem::TooManyExports])
        .answer(200, answer.header(complete_until()).header(row_count()).header(disposition()));
    vec![export.of_area("Analytics")]
}

fn columns(dataset: Dataset) -> Columns {
    Columns::of(dataset.rows())
}
