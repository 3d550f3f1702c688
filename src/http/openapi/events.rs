//! Documentation of `/api/v1/events` and `/api/v1/ingest`.

use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};

use super::answer::Answer;
use super::columns::Columns;
use super::examples;
use super::headers::{complete_until, header};
use super::operation::Operation;
use super::parameters::{json_or_csv, optional, text_of, whole};
use super::problems::{rejected, with_outcome};
use super::schemas::{and, and_optional, array, choice, count, nullable, object, one_of, reference, with_format};
use crate::events::EventType;
use crate::events::ingest::{MAX_EVENTS, Outcome};
use crate::events::validate::MAX_CUSTOMER_CHARACTERS;
use crate::http::auth::Scope;
use crate::http::problem::Problem;

const REJECTIONS_SQL: &str = include_str!("../../../sql/events/rejections.sql");
const STATUS_SQL: &str = include_str!("../../../sql/events/status.sql");
const IN_COUNTS: [&str; 4] = ["code", "events", "first_at", "last_at"];
const IN_EXAMPLES: [&str; 6] = ["rejected_at", "code", "field", "detail", "event_index", "payload"];
const IN_HOURS: [&str; 3] = ["bucket", "events", "rejected_events"];
// Null in the rows of the hours only.
const ALWAYS_IN_STATUS: [&str; 5] =
    ["store_id", "timezone", "events_last_hour", "events_last_24_hours", "rejected_last_24_hours"];

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let events = || ArrayBuilder::new().items(reference("Event")).min_items(Some(1)).max_items(Some(MAX_EVENTS));
    let bodies = vec![reference("Event"), object([("events", events().into())]).into(), events().into()];
    vec![
        ("Event", event()),
        ("Events", one_of(bodies)),
        ("RejectedEvent", rejected("event", "conversation_id", "invalid_uuid").into()),
        ("IngestOutcome", outcome().into()),
        ("RefusedEvents", with_outcome(outcome())),
        ("RejectionCount", Columns::of(REJECTIONS_SQL).only(&IN_COUNTS).never_null(&IN_COUNTS).row().into()),
        ("Rejection", Columns::of(REJECTIONS_SQL).only(&IN_EXAMPLES).row().into()),
        ("Rejections", rejections().into()),
        ("IngestHour", Columns::of(STATUS_SQL).only(&IN_HOURS).never_null(&IN_HOURS).row().into()),
        ("IngestStatus", status().into()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    [ingest(), preflight(), rejections_operation(), status_operation()]
        .map(|operation| operation.of_area("Ingest"))
        .into()
}

fn ingest() -> Operation {
    let ndjson = format!("{}\n", example());
    let stored = |description| Answer::json(description, reference("IngestOutcome"));
    let dry_run = choice(["false", "true"]).default(Some("false".into()));
    Operation::post("/api/v1/events", "ingestEvents", "Stores what happened in conversations")
        .described(
            "The answer comes after the commit. With an `event_id` an event can be sent again: it never counts twice. \
             The body may be packed, with `Content-Encoding: gzip`.",
        )
        .of_caller(Scope::Ingest)
        .parameters([optional("dry_run", "Says what would become of the events, and stores nothing.", dry_run)])
        .body("application/json", reference("Events"), example())
        .body("application/x-ndjson", with_format("").into(), ndjson.into())
        .body_problems()
        .problems([
            Problem::TooManyEvents { count: MAX_EVENTS + 1 },
            Problem::body("events", "no_events", "is empty."),
            Problem::body("events", "unknown_field", "must be the only field of the body."),
            Problem::body("events", "invalid_field", "must be an array of events."),
            Problem::NoValidEvent(Outcome::default()),
            Problem::QueueFull,
        ])
        .own("no_valid_event", "RefusedEvents")
        .answer(200, stored("Everything is stored, or was before."))
        .answer(207, stored("Some events were rejected, the others are stored."))
}

fn preflight() -> Operation {
    let answer = Answer::empty("Pages of this origin may send events.")
        .header(("Access-Control-Allow-Origin", header("The origin.", "https://shop.example")))
        .header(("Access-Control-Allow-Methods", header("", "POST")))
        .header(("Access-Control-Allow-Headers", header("", "authorization, content-type, content-encoding")))
        .header(("Access-Control-Max-Age", header("Seconds for which the answer holds.", "600")));
    Operation::options("/api/v1/events", "mayPageSendEvents", "What browsers ask before a page sends events")
        .described("A store lists the origins of its pages in `allowed_origins`.")
        .problems([Problem::OriginNotAllowed, Problem::Internal, Problem::DatabaseUnavailable, Problem::QueryTimeout])
        .answer(204, answer)
}

fn rejections_operation() -> Operation {
    let code = with_format("").pattern(Some("^[a-z_]{1,64}$"));
    let limit = whole(1, 200, 50).default(Some(50.into()));
    let answer = Answer::json("What was rejected.", reference("Rejections")).or_csv(&Columns::of(REJECTIONS_SQL));
    Operation::get("/api/v1/ingest/rejections", "listRejections", "What was rejected in the last 7 days, and why")
        .of_tenant(Scope::Read)
        .parameters([
            optional("code", "Only events with this fault.", code),
            optional("limit", "Examples at most.", limit),
            json_or_csv(),
        ])
        .answer(200, answer.header(complete_until()))
}

fn rejections() -> ObjectBuilder {
    object([("counts", array(reference("RejectionCount")).into()), ("examples", array(reference("Rejection")).into())])
}

fn status_operation() -> Operation {
    let answer = Answer::json("How events come in.", reference("IngestStatus")).or_csv(&Columns::of(STATUS_SQL));
    Operation::get("/api/v1/ingest/status", "ingestStatus", "How fresh the events are, and how fast they come in")
        .described(
            "The last 25 hours of local time by the time at which events happened; timeouts are none. CSV has the rows \
             of `status` and `hourly`.",
        )
        .of_tenant(Scope::Read)
        .parameters([json_or_csv()])
        .answer(200, answer.header(complete_until()))
}

fn status() -> ObjectBuilder {
    let status = Columns::of(STATUS_SQL).without(&["part"]).without(&IN_HOURS).never_null(&ALWAYS_IN_STATUS);
    and(status.row(), [("hourly", array(reference("IngestHour")).into())])
}

fn example() -> Value {
    json!({
        "event_id": "0192d1c5-2222-7000-8000-000000000001",
        "conversation_id": examples::UUID,
        "store_id": examples::STORE,
        "event_type": "message_received",
        "customer_id": "c-17",
        "event_data": {"subject": "Where is my parcel?"},
    })
}

/// What the fields are that Colloquy looks at; `docs/events.md` has the keys of `event_data`.
fn event() -> RefOr<Schema> {
    let id = |description| with_format("uuid").description(Some(description)).examples([examples::UUID]);
    let timestamp = "When it happened, with an offset; now, if left out. At most 5 minutes ahead and 55 days ago.";
    let types = choice(EventType::ALL.iter().map(|kind| kind.name())).examples(["message_received"]);
    let data = ObjectBuilder::new().description(Some("What else there is to say, at most 32 KiB."));
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .property("event_id", nullable(id("With it, sending again is safe.")))
        .property("conversation_id", id("The chat."))
        .property("store_id", id("The shop: that of the key, or any with an admin key."))
        .property("event_type", types)
        .property("customer_id", nullable(text_of(1, MAX_CUSTOMER_CHARACTERS, "c-17")))
        .property("timestamp", nullable(with_format("date-time").description(Some(timestamp))))
        .property("event_data", nullable(data))
        .required("conversation_id")
        .required("store_id")
        .required("event_type")
        .into()
}

fn outcome() -> ObjectBuilder {
    let dry_run = ObjectBuilder::new().schema_type(Type::Boolean).description(Some("Nothing was stored: only asked."));
    let outcome = object([
        ("accepted", count("Events that are stored now.", 1)),
        ("duplicates", count("Events that were stored before.", 0)),
        ("rejected", count("Events with a fault.", 0)),
        ("errors", array(reference("RejectedEvent")).into()),
    ]);
    and_optional(outcome, [("dry_run", dry_run.examples([true]).into())])
}
