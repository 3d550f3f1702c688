//! GET /api/v1/analytics/recalculate/{id}: how far a recalculation has come.

use deadpool_postgres::Pool;
use tokio_postgres::Row;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database::{self, DatabaseError};
use crate::http::auth::Admin;
use crate::http::problem::Problem;
use crate::http::{App, reply};

/// A recalculation by its id.
pub const SQL: &str = include_str!("../../sql/recalculation/show.sql");

/// The handler.
///
/// # Errors
/// `UnknownRecalculation`, or a failing database.
pub async fn show(id: Uuid, app: App, _admin: Admin) -> Result<Response, Problem> {
    let row = find(&app.pool, id).await?.ok_or(Problem::UnknownRecalculation)?;
    reply::json(StatusCode::OK, &reply::object(&row)?)
}

/// A recalculation as answers show it.
pub(super) async fn find(pool: &Pool, id: Uuid) -> Result<Option<Row>, DatabaseError> {
    Ok(database::query(pool, SQL, &[&id]).await?.pop())
}
