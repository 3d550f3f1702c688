//! What is answered on connections beyond those that may be open.

use std::convert::Infallible;

use warp::Filter;
use warp::reply::Reply;

use super::method::get;
use super::problem::Problem;
use super::{App, frame, health};

/// Whether the server lives, which whoever watches it must learn also now, and else 503.
pub fn routes(app: App) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let live = warp::path!("health" / "live").and(get()).then(health::live).map(Reply::into_response);
    let busy = warp::any().map(|| Problem::TooManyConnections.into_response());
    frame::framed(app, live.or(busy).unify().boxed())
}
