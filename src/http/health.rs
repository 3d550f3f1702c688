//! Whether the process runs, and whether it can do its work.

use std::time::Duration;

use serde_json::json;
use warp::http::StatusCode;
use warp::reply::Response;

use super::problem::Problem;
use super::{App, reply};
use crate::database::{DatabaseError, Lease, error_chain};
use crate::schema;

/// Leaves some of the second that clients are promised.
const ANSWER_WITHIN: Duration = Duration::from_millis(800);

/// Then its connection is closed.
const GIVE_UP_AFTER: Duration = Duration::from_secs(10);

/// GET /health/live
///
/// # Errors
/// None that can be expected.
pub async fn live() -> Result<Response, Problem> {
    reply::json(StatusCode::OK, &json!({"status": "live"}))
}

/// GET /health/ready
///
/// # Errors
/// `Problem::NotReady` when the database does not answer within a second or is not migrated.
pub async fn ready(app: App) -> Result<Response, Problem> {
    // Goes on beside the answer, so that a connection that is slow to be made is there for the next one who asks.
    let asking = tokio::spawn(async move { tokio::time::timeout(GIVE_UP_AFTER, is_migrated(&app)).await });
    let answer = tokio::time::timeout(ANSWER_WITHIN, asking).await;
    match answer.map(|asked| asked.ok().and_then(Result::ok).unwrap_or(Err(DatabaseError::NoAnswer))) {
        Ok(Ok(true)) => reply::json(StatusCode::OK, &json!({"status": "ready"})),
        Ok(Ok(false)) => Err(Problem::NotReady("The database is not migrated.")),
        Ok(Err(error)) => {
            tracing::warn!(error = error_chain(&error), "not ready");
            Err(Problem::NotReady("The database does not answer."))
        }
        Err(_) => Err(Problem::NotReady("The database does not answer within a second.")),
    }
}

async fn is_migrated(app: &App) -> Result<bool, DatabaseError> {
    // Given up in the middle, the lease closes its connection: nobody else waits behind the statement.
    let lease = Lease::take(&app.monitoring).await?;
    let is_migrated = schema::is_migrated(&lease).await;
    lease.release();
    Ok(is_migrated?)
}
