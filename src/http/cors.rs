//! Requests from web pages of other origins (CORS): a store lists those whose pages may send its events.

use sha2::{Digest, Sha256};
use warp::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
};
use warp::http::{HeaderMap, HeaderName};
use warp::reply::Response;

use super::auth::bearer;
use super::problem::Problem;
use super::{App, reply};
use crate::database::{self, StatementParameters, error_chain};

const IS_ORIGIN_ALLOWED: &str = include_str!("../../sql/stores/is_origin_allowed.sql");
const IS_ORIGIN_OF_KEY: &str = include_str!("../../sql/stores/is_origin_of_key.sql");

const MAY_SEND: [(HeaderName, HeaderValue); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST")),
    (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type, content-encoding")),
    (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
];

/// The handler of OPTIONS: what a browser asks before it sends events. It has no key yet, so an origin of any store will
/// do.
///
/// # Errors
/// `OriginNotAllowed`, or a failing database.
pub async fn preflight(app: App, headers: HeaderMap) -> Result<Response, Problem> {
    let origin = headers.get(ORIGIN).ok_or(Problem::OriginNotAllowed)?;
    let text = origin.to_str().map_err(|_| Problem::OriginNotAllowed)?;
    if !is_allowed(&app, IS_ORIGIN_ALLOWED, &[&text]).await? {
        return Err(Problem::OriginNotAllowed);
    }
    let mut response = reply::no_content();
    response.headers_mut().extend(MAY_SEND);
    Ok(with_origin(response, origin.clone()))
}

/// Lets the page that sent a request read its answer, good or bad, if the store of its key lists the origin of the page.
pub async fn readable(app: App, headers: HeaderMap, mut response: Response) -> Response {
    let Some(origin) = headers.get(ORIGIN) else {
        return response;
    };
    let (Ok(text), Ok(key)) = (origin.to_str(), bearer(&headers)) else {
        return response;
    };
    let hash: [u8; 32] = Sha256::digest(key.as_str()).into();
    match is_allowed(&app, IS_ORIGIN_OF_KEY, &[&hash.as_slice(), &text]).await {
        Ok(true) => {
            let exposed = HeaderValue::from_static("x-request-id, retry-after, ratelimit, ratelimit-policy");
            response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
            with_origin(response, origin.clone())
        }
        Ok(false) => response,
        Err(error) => {
            tracing::warn!(error = error_chain(&error), "the origins of a key cannot be read");
            response
        }
    }
}

async fn is_allowed(
    app: &App,
    sql: &'static str,
    parameters: StatementParameters<'_>,
) -> Result<bool, database::DatabaseError> {
    let rows = database::query(&app.pool, sql, parameters).await?;
    Ok(rows.first().map(|row| row.try_get("is_allowed")).transpose()?.unwrap_or(false))
}

fn with_origin(mut response: Response, origin: HeaderValue) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response.headers_mut().insert(VARY, HeaderValue::from_static("Origin"));
    response
}
