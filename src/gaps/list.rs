//! GET /api/v1/content-gaps: the gaps of a store, page by page, by what they cost or by another order.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::STATUSES;
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::cursor::{Cursor, page, with_next_cursor};
use crate::http::fields::{choice, integer, text};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const LIST: &str = include_str!("../../sql/gaps/list.sql");

#[derive(Serialize)]
struct Answer {
    content_gaps: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// What decides which rows the list has and in which order.
#[derive(Serialize)]
struct Query {
    status: Option<&'static str>,
    topic: Option<String>,
    order: Order,
}

/// In which order gaps are listed.
#[derive(Clone, Copy, Serialize)]
pub enum Order {
    /// What their conversations cost, the most first.
    Cost,
    /// How often they were met, the most first.
    Frequency,
    /// When they were met last, the newest first.
    LastSeenAt,
    /// By name.
    Topic,
}

/// Where a row stands in its order: number, topic, id.
type Key = (Decimal, String, Uuid);

impl Order {
    /// All orders by name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("cost", Self::Cost),
        ("frequency", Self::Frequency),
        ("last_seen_at", Self::LastSeenAt),
        ("topic", Self::Topic),
    ];

    fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// As the statement sorts.
    fn key(self, row: &Row) -> Result<Key, tokio_postgres::Error> {
        let number = match self {
            Self::Cost => row.try_get("human_cost")?,
            Self::Frequency => row.try_get::<_, i64>("frequency")?.into(),
            Self::LastSeenAt => {
                let at: Option<DateTime<Utc>> = row.try_get("last_seen_at")?;
                at.map_or(-1, |at| at.timestamp_micros()).into()
            }
            Self::Topic => Decimal::ZERO,
        };
        let topic = if matches!(self, Self::Topic) { row.try_get("topic")? } else { String::new() };
        Ok((number, topic, row.try_get("gap_id")?))
    }
}

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
    let status = parameters.optional("status", choice(&STATUSES));
    let topic = parameters.optional("topic", text(1..=255));
    let order = parameters.or("order", Order::Cost, choice(&Order::ALL));
    let query = || Some(Query { status: status?, topic: topic.clone()?, order: order? });
    let sealed = query().and_then(|query| serde_json::to_string(&query).ok());
    let after: Option<Option<Key>> = Cursor::parameter(&mut parameters, tenant.store_id, sealed.as_deref());
    let limit = parameters.or("limit", 50, integer(1..=200));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (query, sealed, after, limit, format) =
        parameters.finish(|| Some((query()?, sealed?, after?, limit?, format?)))?;

    let (number, topic, gap_id) =
        after.map_or((None, None, None), |(number, topic, gap_id)| (Some(number), Some(topic), Some(gap_id)));
    let found = tenant_query(
        &app.reads,
        tenant.store_id,
        LIST,
        &[&tenant.store_id, &query.status, &query.topic, &query.order.name(), &number, &topic, &gap_id, &(limit + 1)],
    )
    .await?;

    let (page, last) = page(&found.rows, limit);
    let last = last.map(|row| query.order.key(row)).transpose()?;
    let next_cursor = last.map(|key| Cursor::of(tenant.store_id, &sealed, &key));
    let response = if format == Format::Csv {
        reply::rows(format, found.columns(), page)?
    } else {
        let answer = Answer { content_gaps: reply::array(page)?, next_cursor: next_cursor.clone() };
        reply::json(StatusCode::OK, &answer)?
    };
    Ok(reply::complete_until(with_next_cursor(response, next_cursor), found.complete_until))
}
