//! Documentation of recalculation and reconciliation.

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use super::analytics::start_after_end;
use super::answer::Answer;
use super::columns::Columns;
use super::conversations::range;
use super::examples;
use super::headers::{complete_until, header};
use super::operation::{Operation, fault};
use super::parameters::{in_path, json_or_csv, optional};
use super::schemas::{array, choice, count, instant, nullable, object, reference, uuid, with_format};
use crate::http::problem::Problem;
use crate::reconciliation::show::MAX_DAYS;

const RECALCULATION_SQL: &str = include_str!("../../../sql/recalculation/show.sql");
const DIFFERENCE_SQL: &str = crate::reconciliation::DIFFERENCE_SQL;
const LEVELS: &str = "What differs: `conversation_weeks` and `conversations` from raw events, `conversation_metrics_15m` from \
    conversations, `store_days` from the calendar, and the views of days, weeks and months from the rollup.";

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        ("Recalculation", Columns::of(RECALCULATION_SQL).row().into()),
        ("NewRecalculation", new_recalculation()),
        ("Difference", Columns::of(DIFFERENCE_SQL).row().into()),
        ("Reconciliation", reconciliation()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    [recalculate(), show(), reconcile()].map(|operation| operation.of_area("Administration")).into()
}

fn recalculate() -> Operation {
    let location = header("Where its progress can be asked for.", "/api/v1/analytics/recalculate/0192…");
    let example = json!({"from": "2026-10-01", "to": "2026-11-22T10:00:00Z", "store_id": examples::STORE});
    Operation::post("/api/v1/analytics/recalculate", "recalculate", "Conversations and rollups anew, from raw events")
        .described(
            "A server works on it in the background, slice by slice and beside ingest. What lies before the raw events \
             that are still there is not touched; `unavailable_before` says so.",
        )
        .of_admin()
        .fields("NewRecalculation", example)
        .problems([Problem::UnknownStore])
        .answer(202, Answer::json("It is taken note of.", reference("Recalculation")).header(("Location", location)))
}

fn show() -> Operation {
    Operation::get("/api/v1/analytics/recalculate/{recalculation_id}", "showRecalculation", "How far it has come")
        .of_admin()
        .parameters([in_path("recalculation_id", "The recalculation.")])
        .problems([Problem::UnknownRecalculation])
        .answer(200, Answer::json("The recalculation.", reference("Recalculation")))
}

fn reconcile() -> Operation {
    let description = format!(
        "Compares raw events, conversations, rollups and views, and names each difference (the first 1,000). Parts of the \
         range without raw events are `unverifiable`. At most {MAX_DAYS} days; `colloquy verify` has no limit, and repairs."
    );
    let too_long = format!("is more than {MAX_DAYS} days later; ask for less at once, or use `colloquy verify`.");
    let answer = Answer::json("What was found.", reference("Reconciliation"));
    Operation::get("/api/v1/analytics/reconciliation", "reconcile", "Whether everything follows from the raw events")
        .described(&description)
        .of_admin()
        .parameters(range())
        .parameters([optional("store_id", "Only this store; dates are its local days, else those of UTC.", uuid())])
        .parameters([json_or_csv()])
        .faults([
            fault("start_date", "missing_parameter", "is required."),
            start_after_end(),
            fault("end_date", "range_too_long", &too_long),
        ])
        .problems([Problem::UnknownStore])
        .answer(200, answer.or_csv(&Columns::of(DIFFERENCE_SQL)).header(complete_until()))
}

fn new_recalculation() -> RefOr<Schema> {
    let edge = |words: &str| with_format("").description(Some(words)).examples([examples::DATE]);
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .property("from", edge("First local day of the store (of UTC without one), or first instant in RFC 3339."))
        .required("from")
        .property("to", edge("Last local day, included, or first instant after the range."))
        .required("to")
        .property("store_id", nullable(with_format("uuid").description(Some("All stores if left out."))))
        .into()
}

fn reconciliation() -> RefOr<Schema> {
    let range = || object([("from", instant()), ("to", instant())]);
    let status = choice(["verified", "differs", "unverifiable"]);
    let part = range().property("status", status).required("status");
    let by_level = ObjectBuilder::new()
        .additional_properties(Some(count("Differences.", 0)))
        .description(Some(LEVELS))
        .examples([json!({"conversations": 1})]);
    let counts = object([
        ("conversations_compared", count("One with events on several days counts on each of them.", 1531)),
        ("differences", count("All of them, also those that are not listed.", 1)),
        ("by_level", by_level.into()),
    ]);
    let before =
        with_format("date-time").description(Some("Raw events before are gone; null if none of the range are."));
    object([
        ("store_id", nullable(with_format("uuid").examples([examples::STORE]))),
        ("range", range().into()),
        ("unavailable_before", nullable(before.examples([examples::INSTANT]))),
        ("ranges", array(part).into()),
        ("differences", array(reference("Difference")).into()),
        ("counts", counts.into()),
    ])
    .into()
}
