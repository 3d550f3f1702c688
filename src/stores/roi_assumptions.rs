//! GET and POST /api/v1/store/roi-assumptions: what a conversation costs, from which local date on.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database::{self, tenant_query};
use crate::http::auth::Tenant;
use crate::http::body::Fields;
use crate::http::fields::{date, decimal};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::{App, reply};

const LIST: &str = include_str!("../../sql/stores/roi_assumptions.sql");
const SET: &str = include_str!("../../sql/stores/set_roi_assumptions.sql");

/// The fields, which are query parameters of GET /api/v1/analytics/roi too, each with its greatest value.
pub const COST_PER_HOUR: (&str, i64) = ("avg_human_agent_cost_per_hour", 1_000_000);
/// Minutes a human agent spends on a conversation.
pub const MINUTES: (&str, i64) = ("avg_conversation_time_minutes", 100_000);
/// Cost of the AI for a conversation.
pub const AI_COST: (&str, i64) = ("ai_cost_per_conversation", 1_000_000);

#[derive(Serialize)]
struct Answer {
    roi_assumptions: Vec<Box<RawValue>>,
}

struct Assumptions {
    valid_from: NaiveDate,
    numbers: [Decimal; 3],
}

/// The handler of GET: all stored assumptions, oldest first.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn list(app: App, tenant: Tenant, parameters: Parameters) -> Result<Response, Problem> {
    parameters.none()?;
    let found = tenant_query(&app.pool, tenant.store_id, LIST, &[&tenant.store_id]).await?;
    reply::json(StatusCode::OK, &Answer { roi_assumptions: reply::array(&found.rows)? })
}

/// The handler of POST: assumptions from a date on; those of the same date are replaced.
///
/// # Errors
/// Faults of the body, or a failing database.
pub async fn set(app: App, tenant: Tenant, mut body: Fields) -> Result<Response, Problem> {
    let given = read(&mut body);
    let given = body.finish(|| given)?;
    let [cost_per_hour, minutes, ai_cost] = given.numbers;
    let parameters: database::StatementParameters<'_> =
        &[&tenant.store_id, &given.valid_from, &cost_per_hour, &minutes, &ai_cost];
    let rows = database::change(app.author(tenant.key_id), SET, parameters).await?;
    let row = rows.first().map(reply::object).transpose()?;
    reply::json(StatusCode::CREATED, &row)
}

fn read(body: &mut Fields) -> Option<Assumptions> {
    let valid_from = body.required("valid_from", |text: String| date(&text));
    let mut number =
        |(name, limit): (&'static str, i64)| body.required_number(name, decimal(Decimal::ZERO..=Decimal::from(limit)));
    let numbers = [number(COST_PER_HOUR), number(MINUTES), number(AI_COST)];
    let [cost_per_hour, minutes, ai_cost] = numbers;
    Some(Assumptions { valid_from: valid_from?, numbers: [cost_per_hour?, minutes?, ai_cost?] })
}
