//! GET /api/v1/stores/{id}/keys: the keys of a store, without the keys themselves.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database;
use crate::http::auth::Admin;
use crate::http::problem::Problem;
use crate::http::{App, reply};

/// The keys of a store, or of all.
pub const SQL: &str = include_str!("../../sql/keys/list.sql");
const STORE: &str = include_str!("../../sql/stores/show.sql");

#[derive(Serialize)]
struct Answer {
    keys: Vec<Box<RawValue>>,
}

/// The handler.
///
/// # Errors
/// `UnknownStore`, or a failing database.
pub async fn of_store(store_id: Uuid, app: App, _admin: Admin) -> Result<Response, Problem> {
    let rows = database::query(&app.pool, SQL, &[&Some(store_id)]).await?;
    if rows.is_empty() && database::query(&app.pool, STORE, &[&store_id]).await?.is_empty() {
        return Err(Problem::UnknownStore);
    }
    reply::json(StatusCode::OK, &Answer { keys: reply::array(&rows)? })
}
