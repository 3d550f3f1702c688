//! GET /ingest/rejections: what was rejected in the last 7 days, by code, and the last examples.

use serde::Serialize;
use serde_json::value::RawValue;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::fields::integer;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const REJECTIONS: &str = include_str!("../../sql/events/rejections.sql");
// The columns that say nothing in the rows of a part.
const NOT_OF_COUNTS: [&str; 5] = ["rejected_at", "field", "detail", "event_index", "payload"];
const NOT_OF_EXAMPLES: [&str; 3] = ["events", "first_at", "last_at"];

#[derive(Serialize)]
struct Answer {
    counts: Vec<Box<RawValue>>,
    examples: Vec<Box<RawValue>>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn rejections(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let code = parameters.optional("code", code);
    let limit = parameters.or("limit", 50, integer(1..=200));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (code, limit, format) = parameters.finish(|| Some((code?, limit?, format?)))?;

    let found = tenant_query(&app.pool, tenant.store_id, REJECTIONS, &[&tenant.store_id, &code, &limit]).await?;
    let response = match format {
        Format::Csv => reply::rows(format, found.columns(), &found.rows)?,
        Format::Json | Format::Ndjson => {
            let parts = reply::parts(&found.rows)?;
            let (counts, examples) =
                (parts.array("counts", &NOT_OF_COUNTS)?, parts.array("examples", &NOT_OF_EXAMPLES)?);
            let answer = Answer { counts, examples };
            reply::json(StatusCode::OK, &answer)?
        }
    };
    Ok(reply::complete_until(response, found.complete_until))
}

fn code(text: &str) -> Result<String, String> {
    let is_code = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_code { Ok(text.to_owned()) } else { Err("must be a code such as invalid_value.".into()) }
}
