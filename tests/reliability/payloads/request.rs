//! A good request with a payload in one of its places.

use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::Place;
use super::list::Payload;
use crate::http::openapi::Operation;
use crate::http::openapi::requests::{Filled, query_text};

/// Stands in a body where the payload comes, which need not be a text that a value can hold.
const HERE: &str = "the payload stands here";

/// A request, and the conversation that its events are of.
pub struct Request {
    pub builder: warp::test::RequestBuilder,
    pub conversation_id: Uuid,
}

/// None where the payload cannot stand: half a character in a URL, the end of a line in a header.
pub fn request(filled: &Filled, operation: &Operation<'_>, place: &Place, payload: &Payload) -> Option<Request> {
    let conversation_id = Uuid::new_v4();
    let url = url(filled, operation, place, payload)?;
    let key = if *place == Place::Header("authorization") { "" } else { filled.admin() };
    let mut builder = crate::support::http::request(&operation.method, &url, key);
    if let Some(example) = example(operation) {
        let body = body(filled, &example, place, payload, conversation_id);
        builder = builder.header("content-type", "application/json").body(body);
    }
    if let Place::Header(name) = place {
        let value = warp::http::HeaderValue::from_bytes(payload.bytes.as_ref()?).ok()?;
        builder = builder.header(*name, value);
    }
    Some(Request { builder, conversation_id })
}

fn url(filled: &Filled, operation: &Operation<'_>, place: &Place, payload: &Payload) -> Option<String> {
    let mut path = filled.path(operation);
    let mut query = query_text(&filled.query(operation));
    match place {
        Place::Path(name) => {
            let encoded = payload.percent_encoded()?;
            let ids = filled.ids().map(|(id, value)| (id, if id == name { &*encoded } else { value }));
            path = operation.path_with(&ids);
        }
        Place::Query(name) => {
            let mut others = filled.query(operation);
            others.remove(name);
            query = format!("{}&{name}={}", query_text(&others), payload.percent_encoded()?);
        }
        Place::QueryName => query = format!("{query}&{}=1", payload.percent_encoded()?),
        _ => {}
    }
    // More than a server would take of a URL.
    let url = format!("{path}?{query}");
    (url.len() < 60_000).then_some(url)
}

fn example(operation: &Operation<'_>) -> Option<Value> {
    let example = &operation.json["requestBody"]["content"]["application/json"]["example"];
    example.is_object().then(|| example.clone())
}

fn body(filled: &Filled, example: &Value, place: &Place, payload: &Payload, conversation_id: Uuid) -> Vec<u8> {
    let mut part: Value = serde_json::from_str(&filled.body(example)).unwrap();
    if part.get("event_type").is_some() {
        part["conversation_id"] = json!(conversation_id);
        part["event_id"] = json!(Uuid::new_v4());
        part["event_type"] = json!(type_with(place));
    }
    let whole = match place {
        Place::Body { within, pointer } => {
            set(&mut part, pointer, json!(HERE));
            let keys = within.rsplit('/').filter(|key| !key.is_empty());
            keys.fold(part, |inner, key| if key == "0" { json!([inner]) } else { json!({ key: inner }) })
        }
        Place::BodyKey { pointer } => {
            set(&mut part, pointer, json!({ HERE: true }));
            part
        }
        _ => part,
    };
    replaced(&whole.to_string(), &payload.json)
}

/// Topics and questions count on events of one type only.
fn type_with(place: &Place) -> &'static str {
    match place {
        Place::Body { pointer, .. } if pointer.ends_with("/topic") || pointer.ends_with("/question") => {
            "knowledge_retrieved"
        }
        _ => "message_received",
    }
}

/// Puts a value where a pointer leads, with all that must be there for it.
fn set(whole: &mut Value, pointer: &str, value: Value) {
    let mut place = whole;
    for key in pointer.split('/').skip(1) {
        place = if key == "0" {
            *place = json!([null]);
            &mut place[0]
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            &mut place[key]
        };
    }
    *place = value;
}

fn replaced(text: &str, payload: &[u8]) -> Vec<u8> {
    match text.split_once(HERE) {
        Some((before, after)) => [before.as_bytes(), payload, after.as_bytes()].concat(),
        None => text.as_bytes().to_vec(),
    }
}
