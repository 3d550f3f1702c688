//! Every operation, each of its text fields, and the payloads: what is taken comes back as it was sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::fields::{Place, fields};
use super::list::{Payload, payloads};
use super::request::request;
use super::{forms, pages};
use crate::http::openapi::requests::Filled;
use crate::http::openapi::{Document, Operation};
use crate::support::http::{Answer, answer, send};
use crate::support::reliability::{Figures, planned};

/// What was sent, and what became of it.
#[derive(Default)]
struct Tally {
    places: usize,
    planned: usize,
    /// Statuses with their counts.
    statuses: BTreeMap<u16, usize>,
    /// Payloads that cannot stand where they should, such as half of a character in a URL.
    impossible: usize,
    /// Texts that were taken and read back, by the places of their payloads.
    kept: BTreeSet<String>,
    conversations: Vec<(Uuid, String)>,
    wrong: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_in_any_text_field_is_kept_as_text_or_refused_by_a_code() {
    let filled = Filled::new().await;
    let (document, payloads) = (Document::new(), payloads());
    let mut operations = document.operations();
    // Whoever erases customers comes before they are sent.
    operations.sort_by_key(|operation| operation.method != "DELETE");
    let mut tally = Tally::default();
    for operation in &operations {
        for place in fields(&document, operation) {
            tally.places += 1;
            for payload in chosen(&place, tally.places, &payloads) {
                tally.planned += 1;
                one(&filled, operation, &place, payload, &mut tally).await;
            }
        }
    }
    tally.wrong.truncate(40);
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert!(tally.kept.len() > payloads.len() / 3, "only {} payloads were kept", tally.kept.len());
    let csv_cells = forms::are_safe(&filled, &document).await;
    let pages = pages::show_texts(&filled, &tally.conversations).await;
    let sent: usize = tally.statuses.values().sum();
    Figures::of(14, "payloads", "payloads in every text field of the API")
        .count(tally.planned - tally.impossible, sent, "requests")
        .measured(format!("{} places, {} payloads, {} kept", tally.places, payloads.len(), tally.kept.len()))
        .measured(format!("{csv_cells} CSV cells, {pages} pages"))
        .measured(format!("statuses {:?}", tally.statuses))
        .record(&filled.world().client)
        .await;
}

/// In the quick form, a few payloads for each place, others for each.
fn chosen<'a>(place: &Place, nth: usize, payloads: &'a [Payload]) -> impl Iterator<Item = &'a Payload> {
    let step = match place {
        Place::Body { pointer, .. } if pointer.starts_with("/event_data") => planned(23, 1),
        Place::Body { .. } | Place::BodyKey { .. } | Place::Path(_) => planned(61, 1),
        Place::Query(_) | Place::QueryName => planned(151, 2),
        Place::Header(_) => planned(701, 11),
    };
    payloads
        .iter()
        .enumerate()
        .filter(move |(index, _)| (index + nth * 7).is_multiple_of(step))
        .map(|(_, payload)| payload)
}

async fn one(filled: &Filled, operation: &Operation<'_>, place: &Place, payload: &Payload, tally: &mut Tally) {
    // With another header live metrics are sent, without end.
    let is_endless = operation.is_endless() && matches!(place, Place::Header(_));
    let Some(request) = request(filled, operation, place, payload).filter(|_| !is_endless) else {
        tally.impossible += 1;
        return;
    };
    let answer = answer(filled.app(), request.builder).await;
    *tally.statuses.entry(answer.status()).or_default() += 1;
    let said = |wrong: &str| format!("{} {place:?} {}: {wrong}", operation.name(), payload.place);
    if let Some(wrong) = refusal(&answer) {
        tally.wrong.push(said(&wrong));
    }
    if *place == Place::Header("x-request-id") && !answer.header("x-request-id").bytes().all(is_of_id) {
        tally.wrong.push(said("the id of the request has other characters than ids have"));
    }
    if answer.status() < 300 && matches!(place, Place::Body { .. } | Place::BodyKey { .. }) {
        match read_back(filled, place, &answer, request.conversation_id).await {
            Some(text) if Some(&*text) == payload.text() => {
                tally.kept.insert(payload.place.clone());
                if operation.path.ends_with("/events") {
                    tally.conversations.push((request.conversation_id, text));
                }
            }
            other => tally.wrong.push(said(&format!("it was taken and came back as {other:?}"))),
        }
    }
}

/// What is wrong with the answer, be the request good or bad.
fn refusal(answer: &Answer) -> Option<String> {
    const CODES: &str = include_str!("../../../docs/errors.md");
    match answer.status() {
        500.. => Some(format!("{} {}", answer.status(), answer.text())),
        400.. => {
            let is_known = CODES.contains(&format!("`{}`", answer.code()));
            let is_problem = answer.header("content-type") == "application/problem+json";
            (!is_known || !is_problem).then(|| format!("{} without a known code: {}", answer.status(), answer.text()))
        }
        _ => None,
    }
}

fn is_of_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

/// The text as the API tells it after it was taken: in the answer itself, or, of an event, in its conversation.
async fn read_back(filled: &Filled, place: &Place, answer: &Answer, conversation_id: Uuid) -> Option<String> {
    if answer.json["accepted"].is_null() {
        let Place::Body { pointer, .. } = place else { return None };
        return Some(answer.json.pointer(pointer)?.as_str()?.to_owned());
    }
    let path = format!("/api/v1/conversations/{conversation_id}?store_id={}", filled.store_id());
    let shown = send(filled.app(), "GET", &path, filled.admin()).await;
    let event = &shown.json["timeline"][0];
    match place {
        Place::Body { pointer, .. } if pointer == "/customer_id" => text_of(&shown.json["rows"][0]["customer_id"]),
        Place::Body { pointer, .. } => text_of(event.pointer(pointer)?),
        Place::BodyKey { pointer } => {
            let keys = event.pointer(pointer)?.as_object()?;
            keys.keys().next().filter(|_| keys.len() == 1).cloned()
        }
        _ => None,
    }
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
