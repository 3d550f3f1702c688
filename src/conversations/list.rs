//! GET /conversations: the rows behind a number, page by page, newest first.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::filters::Filters;
use crate::analytics::ranges::{Asked, TimeRange};
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::cursor::{Cursor, page, with_next_cursor};
use crate::http::fields::integer;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const LIST: &str = include_str!("../../sql/conversations/list.sql");

#[derive(Serialize)]
struct Answer {
    conversations: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// What decides which rows a list has.
#[derive(Serialize)]
struct Query<'a> {
    range: Asked,
    filters: &'a Filters,
}

/// The last row of a page.
type Key = (DateTime<Utc>, Uuid);

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn list(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let range = Asked::read(&mut parameters);
    let filters = Filters::read(&mut parameters);
    let query = range.zip(filters.as_ref()).map(|(range, filters)| Query { range, filters });
    let query = query.and_then(|query| serde_json::to_string(&query).ok());
    let after: Option<Option<Key>> = Cursor::parameter(&mut parameters, tenant.store_id, query.as_deref());
    let limit = parameters.or("limit", 50, integer(1..=200));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (range, filters, query, after, limit, format) =
        parameters.finish(|| Some((range?, filters?, query?, after?, limit?, format?)))?;

    let TimeRange { from, to } = range.resolve(&app, tenant.timezone).await?;
    let (after_at, after_id) = after.unzip();
    let f = &filters;
    let found = tenant_query(
        &app.reads,
        tenant.store_id,
        LIST,
        &[
            &tenant.store_id,
            &from,
            &to,
            // A conversation lasts 720 hours at most; a constant, so that the planner sees which chunks are needed.
            &(to + TimeDelta::hours(720)),
            &f.outcome,
            &f.channel,
            &f.language,
            &f.agent,
            &f.customer_id,
            &f.topic,
            &f.subject,
            &f.min_messages,
            &f.ai_resolved,
            &f.reopened,
            &f.answered,
            &f.rated,
            &f.satisfied,
            &f.retrieved,
            &f.clicked,
            &f.customer_named,
            &f.hour_of_week,
            &tenant.timezone.name(),
            &after_at,
            &after_id,
            &(limit + 1),
            &f.min_overall_score,
            &f.max_overall_score,
        ],
    )
    .await?;

    let (page, last) = page(&found.rows, limit);
    let next_cursor = last
        .map(|row| {
            let key: Key = (row.try_get("started_at")?, row.try_get("conversation_id")?);
            Ok::<_, Problem>(Cursor::of(tenant.store_id, &query, &key))
        })
        .transpose()?;
    let response = if format == Format::Csv {
        reply::rows(format, found.columns(), page)?
    } else {
        let answer = Answer { conversations: reply::array(page)?, next_cursor: next_cursor.clone() };
        reply::json(StatusCode::OK, &answer)?
    };
    Ok(reply::complete_until(with_next_cursor(response, next_cursor), found.complete_until))
}
