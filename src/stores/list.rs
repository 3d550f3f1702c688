//! GET /api/v1/stores: all stores, page by page, in the order of their creation.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database;
use crate::http::auth::Admin;
use crate::http::cursor::page;
use crate::http::fields::{integer, uuid};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::{App, reply};

/// One page of stores.
pub const SQL: &str = include_str!("../../sql/stores/list.sql");

#[derive(Serialize)]
struct Page {
    stores: Vec<Box<RawValue>>,
    next_cursor: Option<Uuid>,
}

/// The handler. `cursor` is the `next_cursor` of the page before.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn list(app: App, _admin: Admin, mut parameters: Parameters) -> Result<Response, Problem> {
    let cursor = parameters.optional("cursor", uuid);
    let limit = parameters.or("limit", 50, integer(1..=200));
    let (cursor, limit) = parameters.finish(|| Some((cursor?, limit?)))?;
    let found = database::query(&app.pool, SQL, &[&cursor, &(limit + 1)]).await?;
    let (page, last) = page(&found, limit);
    let next_cursor = last.map(|row| row.try_get("store_id")).transpose()?;
    reply::json(StatusCode::OK, &Page { stores: reply::array(page)?, next_cursor })
}
