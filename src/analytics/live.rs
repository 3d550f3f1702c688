//! GET /analytics/live: the metrics of today as server-sent events, whenever they change.

mod hub;
mod signals;
mod topic;

use std::convert::Infallible;
use std::time::Duration;

use futures_util::stream;
use warp::http::header::HeaderValue;
use warp::reply::{Reply, Response};
use warp::sse;

use crate::http::auth::Tenant;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::{App, reply};

pub use hub::{Listener, Live, MAX_LISTENERS};

const HEARTBEAT: Duration = Duration::from_secs(15);

/// The handler.
///
/// Each event has the commit time up to which it is complete as its id.
///
/// # Errors
/// Faults of the parameters, or `TooManyListeners`.
pub async fn live(app: App, tenant: Tenant, parameters: Parameters) -> Result<Response, Problem> {
    parameters.none()?;
    let listener = app.live.listen(tenant.store_id, tenant.timezone)?;
    let events = stream::unfold(listener, |mut listener| async move {
        let update = listener.next().await?;
        let id = reply::rfc3339(update.complete_until);
        let event = sse::Event::default().event("metrics").id(id).data(update.data.as_str());
        Some((Ok::<_, Infallible>(event), listener))
    });
    let heartbeat = sse::keep_alive().interval(HEARTBEAT);
    let mut response = sse::reply(heartbeat.stream(events)).into_response();
    // nginx would collect events before it sends them.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}
