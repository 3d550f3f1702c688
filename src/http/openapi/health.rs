//! Documentation of what needs no key: `/health`, `/metrics` and this document.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::answer::Answer;
use super::operation::Operation;
use super::schemas::{any, choice, object, reference};
use crate::http::problem::Problem;

const METRICS: &str = "# HELP colloquy_database_up 1 if the database answered with its figures within a second, else 0.\n\
    # TYPE colloquy_database_up gauge\ncolloquy_database_up 1\n";

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let status = |word| object([("status", choice([word]).into())]).into();
    vec![("Live", status("live")), ("Ready", status("ready"))]
}

pub(super) fn operations() -> Vec<Operation> {
    let live = Operation::get("/health/live", "live", "Whether the process runs")
        .answer(200, Answer::json("It runs.", reference("Live")));
    let ready = Operation::get("/health/ready", "ready", "Whether it can work")
        .problems([Problem::NotReady("The database does not answer.")])
        .answer(200, Answer::json("It can.", reference("Ready")));
    let document = Operation::get("/openapi.json", "openapi", "This document")
        .answer(200, Answer::empty("OpenAPI 3.1.").or("application/json", any(""), vec![("", "…".into())]));
    let metrics = Operation::get("/metrics", "prometheus", "All metrics, for Prometheus")
        .described(
            "In the text format 0.0.4. Nothing in it is about one store, so it needs no key; keep it off the public \
             internet all the same. `docs/monitoring.md` lists the metrics.",
        )
        .answer(200, Answer::empty("The metrics.").or("text/plain", any(""), vec![("", METRICS.into())]));
    [live, ready, document, metrics].map(|operation| operation.of_area("Health")).into()
}
