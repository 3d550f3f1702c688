//! Documentation of what needs no key: `/health` and this document.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::answer::Answer;
use super::operation::Operation;
use super::schemas::{any, choice, object, reference};
use crate::http::problem::Problem;

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
    [live, ready, document].map(|operation| operation.of_area("Health")).into()
}
