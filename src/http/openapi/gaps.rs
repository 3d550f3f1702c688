//! Documentation of `/api/v1/content-gaps`.

use serde_json::json;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType};
use utoipa::openapi::{RefOr, Type};

use super::answer::Answer;
use super::columns::Columns;
use super::conversations::cursor;
use super::headers::{complete_until, next_cursor};
use super::operation::{Operation, fault};
use super::parameters::{decimal, in_path, json_or_csv, one_of, optional, page, text_of};
use super::schemas::{and, array, count, nullable, object, reference};
use crate::gaps::STATUSES;
use crate::gaps::create::{MAX_QUESTION_CHARS, MAX_QUESTIONS};
use crate::gaps::list::Order;
use crate::gaps::summary::SUMMARY;
use crate::http::auth::Scope;
use crate::http::problem::Problem;

const LIST_SQL: &str = include_str!("../../../sql/gaps/list.sql");
const SHOW_SQL: &str = include_str!("../../../sql/gaps/show.sql");
const CHANGES_SQL: &str = include_str!("../../../sql/gaps/changes.sql");
const PATH: &str = "/api/v1/content-gaps";
const PATH_OF_ONE: &str = "/api/v1/content-gaps/{gap_id}";

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let page = object([("content_gaps", array(reference("ContentGap")).into()), ("next_cursor", cursor())]);
    let changes: RefOr<Schema> = array(reference("ContentGapChange")).into();
    vec![
        ("ContentGap", Columns::of(SHOW_SQL).row().into()),
        ("ContentGapPage", page.into()),
        ("ContentGapChange", Columns::of(CHANGES_SQL).row().into()),
        ("WholeContentGap", and(Columns::of(SHOW_SQL).row(), [("changes", changes)]).into()),
        ("ContentGapSummary", summary().into()),
        ("NewContentGap", new_gap().into()),
        ("ContentGapStatus", object([("status", one_of(&STATUSES).into())]).into()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    [list(), create(), show(), change()].map(|operation| operation.of_area("Content gaps")).into()
}

fn list() -> Operation {
    let topic = text_of(1, 255, "").examples(Vec::<String>::new());
    let answer = Answer::json("A page of them.", reference("ContentGapPage")).or_csv(&Columns::of(LIST_SQL));
    let [cursor, limit] = page();
    Operation::get(PATH, "listContentGaps", "Topics on which the knowledge of the store has no confident answer")
        .described("Each with its frequency, and what the conversations that people took over or customers left cost.")
        .of_tenant(Scope::Read)
        .parameters([
            optional("status", "Only gaps in this status.", one_of(&STATUSES)),
            optional("topic", "Part of the topic, in any case.", topic),
            optional("order", "Greatest first; topics ascending.", one_of(&Order::ALL).default(Some("cost".into()))),
            cursor,
            limit,
            json_or_csv(),
        ])
        .faults([fault(
            "cursor",
            "invalid_cursor",
            "must be the next_cursor of an answer to this store and the same query.",
        )])
        .answer(200, answer.header(complete_until()).header(next_cursor()))
}

fn show() -> Operation {
    let answer = Answer::json("The gap.", reference("WholeContentGap")).or_csv(&Columns::of(CHANGES_SQL));
    Operation::get(PATH_OF_ONE, "showContentGap", "One gap, and how its status changed")
        .described("CSV has the changes.")
        .of_tenant(Scope::Read)
        .parameters([gap_in_path(), json_or_csv()])
        .problems([Problem::UnknownContentGap])
        .answer(200, answer.header(complete_until()))
}

fn create() -> Operation {
    let example = json!({"topic": "gift cards", "example_questions": ["Can I return a gift card?"]});
    Operation::post(PATH, "createContentGap", "A gap that a person knows of")
        .of_tenant(Scope::Manage)
        .fields("NewContentGap", example)
        .problems([Problem::ContentGapExists])
        .answer(201, Answer::json("The gap.", reference("ContentGap")))
}

fn change() -> Operation {
    Operation::patch(PATH_OF_ONE, "changeContentGap", "Another status for a gap")
        .described("Recorded with the key that asked for it. The status that it has already changes nothing.")
        .of_tenant(Scope::Manage)
        .parameters([gap_in_path()])
        .fields("ContentGapStatus", json!({"status": "resolved"}))
        .problems([Problem::UnknownContentGap])
        .answer(200, Answer::json("The gap as it is now.", reference("ContentGap")))
}

fn gap_in_path() -> Parameter {
    in_path("gap_id", "The gap.")
}

/// What the dashboard shows.
fn summary() -> ObjectBuilder {
    let top = Columns::of(SUMMARY).without(&["part", "identified", "in_progress", "resolved"]).never_null(&[
        "gap_id",
        "topic",
        "status",
        "frequency",
    ]);
    let gaps = |status| count(status, 2);
    object([
        ("identified", gaps("Gaps that nobody works on yet.")),
        ("in_progress", gaps("Gaps that somebody works on.")),
        ("resolved", gaps("Gaps that are no more.")),
        ("top", array(top.row()).into()),
    ])
}

fn new_gap() -> ObjectBuilder {
    let threshold = decimal(1, 0.5).multiple_of(Some(0.01));
    let threshold =
        threshold.description(Some("Confidence under which the topic is a gap; that of the store if left out."));
    let questions = ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(text_of(1, MAX_QUESTION_CHARS, "Can I return a gift card?"))
        .max_items(Some(MAX_QUESTIONS));
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .property("topic", text_of(1, 255, "gift cards"))
        .required("topic")
        .property("example_questions", questions)
        .property("confidence_threshold", nullable(threshold))
}
