//! GET /conversations/{id}: all rows of one id, its score, and its timeline as far as raw events are still there.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::database::{tenant_queries, tenant_query};
use crate::http::auth::Tenant;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const WEEKS: &str = include_str!("../../sql/conversations/weeks.sql");
const SHOW: &str = include_str!("../../sql/conversations/show.sql");
const TIMELINE: &str = include_str!("../../sql/conversations/timeline.sql");
const SCORE: &str = include_str!("../../sql/conversations/score.sql");

#[derive(Serialize)]
struct Answer {
    conversation_id: Uuid,
    rows: Vec<Box<RawValue>>,
    score: Option<Box<RawValue>>,
    timeline: Vec<Box<RawValue>>,
}

/// The handler. CSV has the timeline.
///
/// # Errors
/// `UnknownConversation`, faults of the parameters, or a failing database.
pub async fn show(
    conversation_id: Uuid,
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::json_or_csv(&mut parameters, &headers);
    let format = parameters.finish(|| format)?;

    // Its weeks first: look-ups by conversation open no chunk outside of them.
    let store_id = tenant.store_id;
    let weeks = tenant_query(&app.reads, store_id, WEEKS, &[&store_id, &conversation_id]).await?;
    let weeks = weeks.rows.first().ok_or(Problem::UnknownConversation)?;
    let (from, to): (DateTime<Utc>, DateTime<Utc>) = (weeks.try_get("from_at")?, weeks.try_get("to_at")?);
    let found = tenant_queries(
        &app.reads,
        store_id,
        &[
            (SHOW, &[&store_id, &conversation_id, &from, &to]),
            (SCORE, &[&store_id, &conversation_id]),
            (TIMELINE, &[&store_id, &conversation_id, &from, &to]),
        ],
    )
    .await?;
    let [rows, score, timeline] = found.sets.as_slice() else {
        return Err(Problem::Internal);
    };
    if rows.rows.is_empty() {
        return Err(Problem::UnknownConversation);
    }
    let response = if format == Format::Csv {
        reply::rows(format, timeline.columns(), &timeline.rows)?
    } else {
        let answer = Answer {
            conversation_id,
            rows: reply::array(&rows.rows)?,
            score: score.rows.first().map(reply::object).transpose()?,
            timeline: reply::array(&timeline.rows)?,
        };
        reply::json(StatusCode::OK, &answer)?
    };
    Ok(reply::complete_until(response, found.complete_until))
}
