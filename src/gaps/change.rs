//! PATCH /api/v1/content-gaps/{id}: another status for a gap, recorded with the key that asked for it.

use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::{STATUSES, show};
use crate::database;
use crate::http::App;
use crate::http::auth::Tenant;
use crate::http::body::Fields;
use crate::http::fields::choice;
use crate::http::problem::Problem;

const CHANGE: &str = include_str!("../../sql/gaps/change.sql");

/// The handler; the status that the gap has already changes nothing.
///
/// # Errors
/// Faults of the body, `UnknownContentGap`, or a failing database.
pub async fn change(gap_id: Uuid, app: App, tenant: Tenant, mut body: Fields) -> Result<Response, Problem> {
    let status = body.required("status", |status: String| choice(&STATUSES)(&status));
    let status = body.finish(|| status)?;
    let parameters: database::StatementParameters<'_> = &[&tenant.store_id, &gap_id, &status, &tenant.key_id];
    database::change(app.author(tenant.key_id), CHANGE, parameters).await?;
    show::row(StatusCode::OK, &app, tenant, gap_id).await
}
