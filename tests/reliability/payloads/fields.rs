//! Every text field of the API, by `/openapi.json`.

use colloquy::events::validate::TEXT_KEYS;
use serde_json::Value;

use crate::http::openapi::{Document, Operation};

/// Headers that the server reads, or that proxies and browsers add.
pub const HEADERS: [&str; 15] = [
    "accept",
    "accept-encoding",
    "authorization",
    "content-encoding",
    "content-type",
    "cookie",
    "forwarded",
    "host",
    "origin",
    "referer",
    "sec-fetch-site",
    "user-agent",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

/// Where a text is put.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A string in the body: within what part of it, and where in there.
    Body {
        within: String,
        pointer: String,
    },
    /// The name of a key in an object that may have any.
    BodyKey {
        pointer: String,
    },
    /// A parameter of the query string, or the name of one.
    Query(String),
    QueryName,
    /// A part of the path.
    Path(String),
    Header(&'static str),
}

/// The text fields of an operation.
pub fn fields(document: &Document, operation: &Operation<'_>) -> Vec<Place> {
    let mut fields = vec![Place::QueryName];
    for parameter in operation.json["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap().to_owned();
        match parameter["in"].as_str().unwrap() {
            "path" => fields.push(Place::Path(name)),
            // Numbers too: who reads them reads a text.
            "query" => fields.push(Place::Query(name)),
            other => panic!("{}: nothing sends a parameter in {other}", operation.name()),
        }
    }
    fields.extend(HEADERS.map(Place::Header));
    let body = &operation.json["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        let before = fields.len();
        Walk { document, fields: &mut fields }.schema(body, "", "");
        assert!(fields.len() > before, "{}: a body without a text", operation.name());
    }
    fields
}

struct Walk<'a> {
    document: &'a Document,
    fields: &'a mut Vec<Place>,
}

impl Walk<'_> {
    /// What a reference leads to is a part of the body by itself; pointers begin anew there.
    fn schema(&mut self, schema: &Value, within: &str, pointer: &str) {
        if let Some(name) = schema["$ref"].as_str() {
            let named = &self.document.schemas()[name.rsplit('/').next().unwrap()];
            return self.schema(named, &format!("{within}{pointer}"), "");
        }
        for one in ["oneOf", "anyOf", "allOf"].iter().filter_map(|kind| schema[kind].as_array()).flatten() {
            self.schema(one, within, pointer);
        }
        if is_of_type(schema, "string") {
            self.fields.push(Place::Body { within: within.into(), pointer: pointer.into() });
        }
        if is_of_type(schema, "array") {
            self.schema(&schema["items"], within, &format!("{pointer}/0"));
        }
        match schema["properties"].as_object() {
            Some(properties) => {
                for (name, property) in properties {
                    self.schema(property, within, &format!("{pointer}/{name}"));
                }
            }
            None if is_of_type(schema, "object") => self.any_object(within, pointer),
            None => {}
        }
    }

    /// An object with any keys: those that mean something, one that means nothing, and any name.
    fn any_object(&mut self, within: &str, pointer: &str) {
        assert_eq!(pointer, "/event_data", "another object with any keys");
        let known = TEXT_KEYS.iter().copied().chain(["customer_id", "agent", "note", "list/0", "object/key"]);
        for key in known {
            self.fields.push(Place::Body { within: within.into(), pointer: format!("{pointer}/{key}") });
        }
        if within.is_empty() {
            self.fields.push(Place::BodyKey { pointer: pointer.into() });
        }
    }
}

fn is_of_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::Array(types) => types.iter().any(|one| one == name),
        one => one == name,
    }
}

#[test]
fn the_fields_of_events_are_among_them() {
    let document = Document::new();
    let operations = document.operations();
    let ingest = operations.iter().find(|operation| operation.name() == "POST /api/v1/events").unwrap();
    let fields = fields(&document, ingest);
    for (within, pointer) in [("", "/customer_id"), ("/events/0", "/event_data/subject"), ("/0", "/timestamp")] {
        let place = Place::Body { within: within.into(), pointer: pointer.into() };
        assert!(fields.contains(&place), "{place:?} is not among {fields:?}");
    }
}
