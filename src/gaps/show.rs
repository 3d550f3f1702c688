//! GET /api/v1/content-gaps/{id}: one gap, and how its status changed.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database::{StatementParameters, tenant_queries, tenant_query};
use crate::http::auth::Tenant;
use crate::http::problem::Problem;
use crate::http::{App, reply};

const SHOW: &str = include_str!("../../sql/gaps/show.sql");
const CHANGES: &str = include_str!("../../sql/gaps/changes.sql");

/// What the answer has beside the row.
#[derive(Serialize)]
struct History {
    changes: Vec<Box<RawValue>>,
}

/// The handler.
///
/// # Errors
/// `UnknownContentGap`, or a failing database.
pub async fn show(gap_id: Uuid, app: App, tenant: Tenant) -> Result<Response, Problem> {
    let ids: StatementParameters<'_> = &[&tenant.store_id, &gap_id];
    let found = tenant_queries(&app.pool, tenant.store_id, &[(SHOW, ids), (CHANGES, ids)]).await?;
    let [gaps, changes] = found.sets.as_slice() else { return Err(Problem::Internal) };
    let gap = gaps.rows.first().ok_or(Problem::UnknownContentGap)?;
    let answer = reply::object_with(gap, &[], &History { changes: reply::array(&changes.rows)? })?;
    Ok(reply::complete_until(reply::json(StatusCode::OK, &answer)?, found.complete_until))
}

/// The answer that is the row of a gap.
pub(super) async fn row(status: StatusCode, app: &App, tenant: Tenant, gap_id: Uuid) -> Result<Response, Problem> {
    let found = tenant_query(&app.pool, tenant.store_id, SHOW, &[&tenant.store_id, &gap_id]).await?;
    let gap = found.rows.first().ok_or(Problem::UnknownContentGap)?;
    reply::json(status, &reply::object(gap)?)
}
