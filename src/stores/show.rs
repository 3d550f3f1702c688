//! GET /api/v1/store and /api/v1/stores/{id}: one store.

use tokio_postgres::Row;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database::{self, tenant_query};
use crate::http::auth::{Admin, Tenant};
use crate::http::problem::Problem;
use crate::http::{App, reply};

const SQL: &str = include_str!("../../sql/stores/show.sql");
const OWN: &str = include_str!("../../sql/stores/show_own.sql");

/// The handler for the key's own store.
///
/// # Errors
/// A failing database.
pub async fn of_tenant(app: App, tenant: Tenant) -> Result<Response, Problem> {
    let found = tenant_query(&app.pool, tenant.store_id, OWN, &[&tenant.store_id]).await?;
    answer(&found.rows)
}

/// The handler for any store.
///
/// # Errors
/// `UnknownStore`, or a failing database.
pub async fn of_admin(store_id: Uuid, app: App, _admin: Admin) -> Result<Response, Problem> {
    answer(&database::query(&app.pool, SQL, &[&store_id]).await?)
}

fn answer(rows: &[Row]) -> Result<Response, Problem> {
    let row = rows.first().ok_or(Problem::UnknownStore)?;
    reply::json(StatusCode::OK, &reply::object(row)?)
}
