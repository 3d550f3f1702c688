//! GET /api/v1/content-gaps/{id}: one gap, and how its status changed.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::database::{StatementParameters, tenant_queries, tenant_query};
use crate::http::auth::Tenant;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const SHOW: &str = include_str!("../../sql/gaps/show.sql");
const CHANGES: &str = include_str!("../../sql/gaps/changes.sql");

/// What the answer has beside the row.
#[derive(Serialize)]
struct History {
    changes: Vec<Box<RawValue>>,
}

/// The handler. CSV has the changes.
///
/// # Errors
/// `UnknownContentGap`, faults of the parameters, or a failing database.
pub async fn show(
    gap_id: Uuid,
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::json_or_csv(&mut parameters, &headers);
    let format = parameters.finish(|| format)?;
    let ids: StatementParameters<'_> = &[&tenant.store_id, &gap_id];
    let found = tenant_queries(&app.pool, tenant.store_id, &[(SHOW, ids), (CHANGES, ids)]).await?;
    let [gaps, changes] = found.sets.as_slice() else { return Err(Problem::Internal) };
    let gap = gaps.rows.first().ok_or(Problem::UnknownContentGap)?;
    let response = if format == Format::Csv {
        reply::rows(format, changes.columns(), &changes.rows)?
    } else {
        let history = History { changes: reply::array(&changes.rows)? };
        reply::json(StatusCode::OK, &reply::object_with(gap, &[], &history)?)?
    };
    Ok(reply::complete_until(response, found.complete_until))
}

/// The answer that is the row of a gap.
pub(super) async fn row(status: StatusCode, app: &App, tenant: Tenant, gap_id: Uuid) -> Result<Response, Problem> {
    let found = tenant_query(&app.pool, tenant.store_id, SHOW, &[&tenant.store_id, &gap_id]).await?;
    let gap = found.rows.first().ok_or(Problem::UnknownContentGap)?;
    reply::json(status, &reply::object(gap)?)
}
