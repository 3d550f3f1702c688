//! GET /api/v1/store and /api/v1/stores/{id}: one store.

use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database;
use crate::http::auth::{Admin, Tenant};
use crate::http::problem::Problem;
use crate::http::{App, reply};

const SQL: &str = include_str!("../../sql/stores/show.sql");

/// The handler for the key's own store.
///
/// # Errors
/// A failing database.
pub async fn of_tenant(app: App, tenant: Tenant) -> Result<Response, Problem> {
    show(&app, tenant.store_id).await
}

/// The handler for any store.
///
/// # Errors
/// `UnknownStore`, or a failing database.
pub async fn of_admin(store_id: Uuid, app: App, _admin: Admin) -> Result<Response, Problem> {
    show(&app, store_id).await
}

async fn show(app: &App, store_id: Uuid) -> Result<Response, Problem> {
    let rows = database::query(&app.pool, SQL, &[&store_id]).await?;
    let row = rows.first().ok_or(Problem::UnknownStore)?;
    reply::json(StatusCode::OK, &reply::object(row)?)
}
