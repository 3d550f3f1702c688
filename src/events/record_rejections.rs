//! Keeps what ingest rejected, with its reasons, so that a producer can look it up (GET /ingest/rejections).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;
use tracing::Instrument;
use uuid::Uuid;

use super::ingest::Rejected;
use crate::database::{DatabaseError, Lease, error_chain};
use crate::http::App;
use crate::http::auth::Access;
use crate::http::problem::Problem;

const RECORD: &str = include_str!("../../sql/events/record_rejections.sql");
/// Most bytes of an event that are kept.
const MAX_PAYLOAD_BYTES: usize = 2048;
/// How much later the answer may be because of the log.
const PATIENCE: Duration = Duration::from_secs(1);

/// The columns of the statement, in its order.
#[derive(Default)]
struct Columns {
    store_ids: Vec<Option<Uuid>>,
    codes: Vec<&'static str>,
    fields: Vec<Option<String>>,
    details: Vec<Cow<'static, str>>,
    event_indexes: Vec<Option<i32>>,
    payloads: Vec<Option<String>>,
}

/// Keeps the rejected events of a request; `text_of` gives an event as it was sent. They belong to the store of the key,
/// those of an admin key to the store that they name.
pub(super) async fn record_events<'a>(
    app: &App,
    access: &Access,
    rejected: &[Rejected],
    text_of: impl Fn(usize) -> &'a [u8],
) {
    let mut columns = Columns::default();
    for Rejected { index, fault } in rejected {
        let sent = text_of(*index);
        columns.store_ids.push(match access {
            Access::Store { store_id, .. } => Some(*store_id),
            Access::Admin => named_store(sent),
        });
        columns.codes.push(fault.code);
        columns.fields.push(fault.field.as_deref().map(storable));
        columns.details.push(fault.detail.into());
        columns.event_indexes.push(i32::try_from(*index).ok());
        columns.payloads.push(Some(payload(sent)));
    }
    record(app, columns).await;
}

/// Keeps a request of which nothing was taken, if that is the fault of its body and its key has a store.
pub(super) async fn record_request(app: &App, access: &Access, problem: &Problem, body: Option<&[u8]>) {
    let Access::Store { store_id, .. } = access else { return };
    if !problem.is_of_body() {
        return;
    }
    let columns = Columns {
        store_ids: vec![Some(*store_id)],
        codes: vec![problem.code()],
        fields: vec![problem.faults().first().map(|fault| storable(&fault.field))],
        details: vec![problem.detail().into()],
        event_indexes: vec![None],
        payloads: vec![body.map(payload)],
    };
    record(app, columns).await;
}

/// A log that fails or is slow must not make a producer send its events again.
async fn record(app: &App, columns: Columns) {
    if columns.codes.is_empty() {
        return;
    }
    let app = app.clone();
    let recording = async move {
        match tokio::time::timeout(PATIENCE, insert(&app, &columns)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = error_chain(&error), "rejections were not recorded"),
            Err(_) => tracing::warn!("rejections were not recorded within a second"),
        }
    };
    // A task of its own, which goes on when the client has gone.
    let _ = tokio::spawn(recording.in_current_span()).await;
}

async fn insert(app: &App, columns: &Columns) -> Result<(), DatabaseError> {
    // Given up in the middle, the lease closes its connection: nobody else waits behind the statement.
    let lease = Lease::take(&app.pool).await?;
    let statement = lease.prepare_cached(RECORD).await;
    let result = match statement {
        Ok(statement) => {
            let Columns { store_ids, codes, fields, details, event_indexes, payloads } = columns;
            lease.query(&statement, &[store_ids, codes, fields, details, event_indexes, payloads]).await
        }
        Err(error) => Err(error),
    };
    lease.release();
    result?;
    Ok(())
}

/// The start of a text as `PostgreSQL` can store it: without U+0000, and in whole characters.
fn payload(sent: &[u8]) -> String {
    let start = &sent[..sent.len().min(MAX_PAYLOAD_BYTES + 4)];
    let mut text = storable(&String::from_utf8_lossy(start));
    text.truncate(text.floor_char_boundary(MAX_PAYLOAD_BYTES));
    text
}

fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn named_store(event: &[u8]) -> Option<Uuid> {
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(event).ok()?;
    serde_json::from_str(fields.get("store_id")?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_cut_between_characters() {
        for (character, kept) in [("x", 2048), ("ü", 1024), ("€", 682), ("😀", 512)] {
            for shift in 0..4 {
                let sent = format!("{}{}", "-".repeat(shift), character.repeat(3000));
                let payload = payload(sent.as_bytes());
                assert!(sent.starts_with(&payload), "{character} {shift}");
                assert!(payload.len() > MAX_PAYLOAD_BYTES - 4 && payload.len() <= MAX_PAYLOAD_BYTES);
                assert!(shift > 0 || payload.chars().count() == kept, "{character}");
            }
        }
        assert_eq!(payload("ü€😀".as_bytes()), "ü€😀");
        assert_eq!(payload(b""), "");
    }

    #[test]
    fn what_cannot_be_stored_is_replaced() {
        assert_eq!(payload(b"a\0b\xffc"), "a\u{fffd}b\u{fffd}c");
        let payload = payload(&[0; 5000]);
        assert_eq!(payload, "\u{fffd}".repeat(682));
    }
}
