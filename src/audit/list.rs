//! GET /api/v1/admin-actions: what admins have done, page by page, newest first.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::database::{StatementParameters, admin_query};
use crate::http::auth::Admin;
use crate::http::cursor::{Cursor, page, with_next_cursor};
use crate::http::fields::{choice, instant, integer, uuid};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const LIST: &str = include_str!("../../sql/audit/list.sql");

/// Names of the parameter `action`: all that triggers and commands record.
pub const ACTIONS: [(&str, &str); 26] = [
    ("create_store", "create_store"),
    ("change_store", "change_store"),
    ("delete_store", "delete_store"),
    ("create_key", "create_key"),
    ("rotate_key", "rotate_key"),
    ("revoke_key", "revoke_key"),
    ("change_key", "change_key"),
    ("delete_key", "delete_key"),
    ("sign_in", "sign_in"),
    ("set_roi_assumptions", "set_roi_assumptions"),
    ("delete_roi_assumptions", "delete_roi_assumptions"),
    ("create_content_gap", "create_content_gap"),
    ("change_content_gap", "change_content_gap"),
    ("delete_content_gap", "delete_content_gap"),
    ("recalculate", "recalculate"),
    ("delete_recalculation", "delete_recalculation"),
    ("erase_customer", "erase_customer"),
    ("change_erasure", "change_erasure"),
    ("delete_erasure", "delete_erasure"),
    ("change_installation", "change_installation"),
    ("archive_events", "archive_events"),
    ("delete_archive", "delete_archive"),
    ("begin_repair", "begin_repair"),
    ("finish_repair", "finish_repair"),
    ("apply_roles", "apply_roles"),
    ("set_password", "set_password"),
];

#[derive(Serialize)]
struct Answer {
    admin_actions: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// What decides which rows a list has.
#[derive(Serialize)]
struct Query {
    store_id: Option<Uuid>,
    action: Option<&'static str>,
    key_id: Option<Uuid>,
    object_id: Option<Uuid>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

/// The last row of a page.
type Key = (DateTime<Utc>, i64);

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn list(
    app: App,
    _admin: Admin,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::read(&mut parameters);
    let text = query.as_ref().and_then(|query| serde_json::to_string(query).ok());
    // Admins see all stores, so the seal is about the query alone.
    let after: Option<Option<Key>> = Cursor::parameter(&mut parameters, Uuid::nil(), text.as_deref());
    let limit = parameters.or("limit", 50, integer(1..=200));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (query, text, after, limit, format) = parameters.finish(|| Some((query?, text?, after?, limit?, format?)))?;

    let (after_at, after_id) = after.unzip();
    let Query { store_id, action, key_id, object_id, from, to } = query;
    let parameters: StatementParameters<'_> =
        &[&store_id, &action, &key_id, &object_id, &from, &to, &after_at, &after_id, &(limit + 1)];
    let found = admin_query(&app.pool, LIST, parameters).await?;

    let (page, last) = page(&found.rows, limit);
    let next_cursor = last
        .map(|row| {
            let key: Key = (row.try_get("at")?, row.try_get("action_id")?);
            Ok::<_, Problem>(Cursor::of(Uuid::nil(), &text, &key))
        })
        .transpose()?;
    let response = if format == Format::Csv {
        reply::rows(format, found.columns(), page)?
    } else {
        let answer = Answer { admin_actions: reply::array(page)?, next_cursor: next_cursor.clone() };
        reply::json(StatusCode::OK, &answer)?
    };
    Ok(reply::complete_until(with_next_cursor(response, next_cursor), found.complete_until))
}

impl Query {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let store_id = parameters.optional("store_id", uuid);
        let action = parameters.optional("action", choice(&ACTIONS));
        let key_id = parameters.optional("key_id", uuid);
        let object_id = parameters.optional("object_id", uuid);
        let from = parameters.optional("from", instant);
        let to = parameters.optional("to", instant);
        Some(Self {
            store_id: store_id?,
            action: action?,
            key_id: key_id?,
            object_id: object_id?,
            from: from?,
            to: to?,
        })
    }
}
