//! Documentation of `/api/v1/conversations`.

use utoipa::openapi::RefOr;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{ObjectBuilder, Schema};

use super::analytics::start_after_end;
use super::answer::Answer;
use super::columns::Columns;
use super::examples;
use super::headers::{complete_until, next_cursor};
use super::operation::{Operation, fault};
use super::parameters::{decimal, in_path, json_or_csv, one_of, optional, page, text_of, whole};
use super::schemas::{array, nullable, object, or_null, reference, uuid, with_format};
use crate::conversations::filters::{AGENTS, FLAGS, OUTCOMES};
use crate::http::auth::Scope;
use crate::http::problem::Problem;

const LIST_SQL: &str = include_str!("../../../sql/conversations/list.sql");
const SHOW_SQL: &str = include_str!("../../../sql/conversations/show.sql");
const SCORE_SQL: &str = include_str!("../../../sql/conversations/score.sql");
const TIMELINE_SQL: &str = include_str!("../../../sql/conversations/timeline.sql");

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let list = object([("conversations", array(reference("Conversation")).into()), ("next_cursor", cursor())]);
    let whole = object([
        ("conversation_id", uuid()),
        ("rows", array(reference("ConversationRow")).into()),
        ("score", or_null(reference("ConversationScore"))),
        ("timeline", array(reference("TimelineEvent")).into()),
    ]);
    vec![
        ("Conversation", Columns::of(LIST_SQL).row().into()),
        ("ConversationRow", Columns::of(SHOW_SQL).row().into()),
        ("ConversationScore", Columns::of(SCORE_SQL).row().into()),
        ("TimelineEvent", Columns::of(TIMELINE_SQL).row().into()),
        ("ConversationPage", list.into()),
        ("WholeConversation", whole.into()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    vec![list().of_area("Conversations"), show().of_area("Conversations")]
}

fn list() -> Operation {
    let page_of_rows = Answer::json("A page of them, newest first.", reference("ConversationPage"));
    Operation::get("/api/v1/conversations", "listConversations", "The rows behind a number, page by page")
        .described("The conversations that started in the range: `start_date` and `end_date`, or `from` and `to`. All filters must hold.")
        .of_tenant(Scope::Read)
        .parameters(range())
        .parameters(filters())
        .parameters(page())
        .parameters([json_or_csv()])
        .faults([
            fault("start_date", "missing_parameter", "is required."),
            start_after_end(),
            fault("cursor", "invalid_cursor", "must be the next_cursor of an answer to this store and the same query."),
        ])
        .answer(200, page_of_rows.or_csv(&Columns::of(LIST_SQL)).header(complete_until()).header(next_cursor()))
}

fn show() -> Operation {
    let answer = Answer::json("The conversation.", reference("WholeConversation"));
    Operation::get(
        "/api/v1/conversations/{conversation_id}",
        "showConversation",
        "All rows of one id, its score and its timeline",
    )
    .described("CSV has the timeline, as far as raw events are still there.")
    .of_tenant(Scope::Read)
    .parameters([in_path("conversation_id", "The conversation."), json_or_csv()])
    .problems([Problem::UnknownConversation])
    .answer(200, answer.or_csv(&Columns::of(TIMELINE_SQL)).header(complete_until()))
}

/// `next_cursor` of a list.
pub(super) fn cursor() -> RefOr<Schema> {
    nullable(
        with_format("")
            .description(Some("`cursor` of the next page; null on the last one."))
            .examples([examples::CURSOR]),
    )
}

/// A range by dates or by instants.
pub(super) fn range() -> [Parameter; 4] {
    let date = || with_format("date").examples([examples::DATE]);
    let instant = || with_format("date-time");
    [
        optional("start_date", "First local day; needed without `from` and `to`.", date()),
        optional("end_date", "Last local day, included; needed without `from` and `to`.", date()),
        optional("from", "First instant, instead of `start_date`.", instant()),
        optional("to", "First instant after the range, instead of `end_date`.", instant()),
    ]
}

fn filters() -> Vec<Parameter> {
    let flags = [
        ("ai_resolved", "Resolved, never escalated, and no message by a human agent."),
        ("reopened", "The customer wrote after an outcome."),
        ("answered", "A message of the customer was answered."),
        ("rated", "It has a rating."),
        ("satisfied", "It was rated 4 or 5; false: it was rated 1 to 3."),
        ("retrieved", "It has an event of type knowledge_retrieved."),
        ("clicked", "It has an event of type citation_clicked."),
        ("customer_named", "It names a customer."),
    ];
    let hour = with_format("").pattern(Some("^[1-7]-([01][0-9]|2[0-3])$"));
    let text = |name, description, from| optional(name, description, unspecified(text_of(from, 255, "")));
    let mut filters = vec![
        optional("outcome", "Its outcome now.", unspecified(one_of(&OUTCOMES))),
        text("channel", "Its channel; empty for conversations without one.", 0),
        text("language", "Its language; empty for conversations without one.", 0),
        optional("agent", "Who wrote to the customer.", unspecified(one_of(&AGENTS))),
        text("customer_id", "Its customer.", 1),
        text("topic", "A topic of one of its knowledge_retrieved events.", 1),
        text("subject", "Part of its subject, in any case.", 1),
        optional("min_messages", "Messages sent and received at least.", unspecified(whole(0, 1_000_000, 0))),
        optional("min_overall_score", "Least overall quality score.", unspecified(decimal(1, 0.5))),
        optional("max_overall_score", "Greatest overall quality score.", unspecified(decimal(1, 0.5))),
        optional("hour_of_week", "ISO weekday and local hour of its start, 1-00 to 7-23.", hour),
    ];
    filters.extend(flags.map(|(name, description)| optional(name, description, unspecified(one_of(&FLAGS)))));
    filters
}

/// Without an example: all examples at once would leave no row.
fn unspecified(schema: ObjectBuilder) -> ObjectBuilder {
    schema.examples(Vec::<String>::new())
}
