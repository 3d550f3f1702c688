//! GET /metrics: all metrics, for Prometheus. No key: nothing in it is about one store.

use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use warp::http::header::{self, HeaderValue};
use warp::reply::Response;

use crate::http::App;
use crate::http::problem::Problem;

/// The handler.
///
/// # Errors
/// None that can be expected.
pub async fn metrics(app: App) -> Result<Response, Problem> {
    let text = app.monitor.text().await.map_err(|error| Problem::internal(&error))?;
    let mut response = Response::new(text.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    Ok(response)
}
