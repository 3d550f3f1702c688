//! Values that could have been answered, by column; whole answers are put together from those of their parts.

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

pub(super) const UUID: &str = "0192d1c5-1111-7000-8000-000000000001";
pub(super) const STORE: &str = "0192d1c5-3333-7000-8000-000000000001";
pub(super) const DATE: &str = "2026-11-22";
pub(super) const INSTANT: &str = "2026-11-22T10:00:00.123Z";
pub(super) const CURSOR: &str = "1Z2pXjX0o8lAnwWyWyIyMDI2LTExLTIyVDEwOjAwOjAwWiJd";

/// Schemas by their names.
pub(super) type Components = Map<String, Value>;

/// An example of a column, by its name, else by its type.
pub(super) fn of_column(name: &str, kind: &str) -> Value {
    match name {
        "total_conversations" => json!(1531),
        "resolved_conversations" => json!(1186),
        "ai_resolved_conversations" => json!(1067),
        "unique_customers" => json!(1188),
        "ai_cost_per_conversation" => json!(0.05),
        "avg_conversation_time_minutes" => json!(8.0),
        "avg_human_agent_cost_per_hour" => json!(25.0),
        "currency" => json!("USD"),
        "timezone" => json!("America/New_York"),
        "locale" => json!("en-US"),
        "name" => json!("Harbor & Pine Outfitters"),
        "bucket" => json!("2026-11-22T00:00:00-05:00"),
        "customer_id" => json!("c-17"),
        "channel" | "group" => json!("web"),
        "language" => json!("en"),
        "outcome" | "expected" => json!("resolved"),
        "subject" => json!("Where is my parcel?"),
        "topic" | "topics" => json!("returns"),
        "example_questions" if kind == "bigint" => json!(2),
        "example_questions" | "question" => json!("How do I send something back?"),
        "scopes" => json!("read"),
        "event_type" => json!("message_sent"),
        "event_data" => json!({"agent": "ai", "response_time_ms": 840}),
        "rating" => json!(5),
        "metric" => json!("resolution_rate"),
        "label" => json!(DATE),
        "allowed_origins" => json!("https://shop.example"),
        "request_id" => json!("r-2026-11-22.17"),
        "level" => json!("conversations"),
        "kind" => json!("changed"),
        "column" => json!("outcome"),
        "found" => json!("open"),
        "code" => json!("unknown_event_type"),
        "field" => json!("event_type"),
        "detail" => json!("This is none of the event types."),
        "payload" => json!("{\"event_type\": \"message_sen\"}"),
        _ => of_kind(name, kind),
    }
}

fn of_kind(name: &str, kind: &str) -> Value {
    match kind {
        "uuid" => json!(UUID),
        "date" => json!(DATE),
        "timestamptz" => json!(INSTANT),
        "boolean" => json!(true),
        "bigint" | "integer" | "smallint" => json!(12),
        "float8" if name.ends_with("_ms") => json!(2710.0),
        "float8" | "numeric" => json!(0.75),
        _ => json!("…"),
    }
}

/// As `of_schema`.
pub(super) fn of_typed(schema: &RefOr<Schema>, components: &Components) -> Value {
    of_schema(&serde_json::to_value(schema).unwrap_or_default(), components)
}

/// An example of a schema, with references into these components.
pub(super) fn of_schema(schema: &Value, components: &Components) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return components.get(name).map_or(Value::Null, |schema| of_schema(schema, components));
    }
    let first = |list: &str| schema[list].get(0).cloned();
    let merged = |list: &str| {
        let parts = schema[list].as_array()?.iter().map(|part| of_schema(part, components));
        Some(parts.filter_map(|part| part.as_object().cloned()).flatten().collect::<Map<_, _>>().into())
    };
    let first_of = |list: &str| schema[list].get(0).map(|part| of_schema(part, components));
    let found = first("examples").or_else(|| first("enum")).or_else(|| merged("allOf"));
    let found = found.or_else(|| first_of("oneOf")).or_else(|| first_of("anyOf"));
    found.unwrap_or_else(|| match &schema["type"] {
        Value::String(kind) if kind == "array" => {
            let item = of_schema(&schema["items"], components);
            let size = schema["minItems"].as_u64().unwrap_or(1);
            (0..size).map(|_| item.clone()).collect()
        }
        _ => properties(schema, components),
    })
}

fn properties(schema: &Value, components: &Components) -> Value {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, schema)| (name.clone(), of_schema(schema, components))).collect::<Map<_, _>>().into()
}
