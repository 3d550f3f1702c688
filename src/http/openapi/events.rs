//! Documentation of `/api/v1/events`.

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema};

use super::examples;
use super::operation::{Answer, Operation};
use super::parameters::text_of;
use super::problems::{rejected, with_outcome};
use super::schemas::{array, choice, count, nullable, object, one_of, reference, with_format};
use crate::events::EventType;
use crate::events::ingest::{MAX_EVENTS, Outcome};
use crate::events::validate::MAX_CUSTOMER_CHARACTERS;
use crate::http::auth::Scope;
use crate::http::problem::Problem;

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let events = || ArrayBuilder::new().items(reference("Event")).min_items(Some(1)).max_items(Some(MAX_EVENTS));
    let bodies = vec![reference("Event"), object([("events", events().into())]).into(), events().into()];
    vec![
        ("Event", event()),
        ("Events", one_of(bodies)),
        ("RejectedEvent", rejected("event", "conversation_id", "invalid_uuid").into()),
        ("IngestOutcome", outcome().into()),
        ("RefusedEvents", with_outcome(outcome())),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let ndjson = format!("{}\n", example());
    let stored = |description| Answer::json(description, reference("IngestOutcome"));
    let ingest = Operation::post("/api/v1/events", "ingestEvents", "Stores what happened in conversations")
        .described(
            "The answer comes after the commit. With an `event_id` an event can be sent again: it never counts twice.",
        )
        .of_tenant(Scope::Ingest)
        .body("application/json", reference("Events"), example())
        .body("application/x-ndjson", with_format("").into(), ndjson.into())
        .body_problems()
        .problems([
            Problem::TooManyEvents { count: MAX_EVENTS + 1 },
            Problem::body("events", "no_events", "is empty."),
            Problem::body("events", "unknown_field", "must be the only field of the body."),
            Problem::NoValidEvent(Outcome::default()),
            Problem::QueueFull,
        ])
        .own("no_valid_event", "RefusedEvents")
        .answer(200, stored("Everything is stored, or was before."))
        .answer(207, stored("Some events were rejected, the others are stored."));
    vec![ingest.of_area("Ingest")]
}

fn example() -> Value {
    json!({
        "event_id": "0192d1c5-2222-7000-8000-000000000001",
        "conversation_id": examples::UUID,
        "store_id": "0192d1c5-3333-7000-8000-000000000001",
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
    object([
        ("accepted", count("Events that are stored now.", 1)),
        ("duplicates", count("Events that were stored before.", 0)),
        ("rejected", count("Events with a fault.", 0)),
        ("errors", array(reference("RejectedEvent")).into()),
    ])
}
