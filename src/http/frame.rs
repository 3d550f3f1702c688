//! What surrounds every request: its id, its span, its line in the log, and the body of a problem.

use std::borrow::Cow;
use std::convert::Infallible;

use percent_encoding::{CONTROLS, utf8_percent_encode};
use tracing::field::{Empty, display};
use tracing::{Span, info, info_span};
use uuid::Uuid;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use warp::http::{HeaderMap, HeaderName, Method};
use warp::path::FullPath;
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use super::problem::{self, Problem};
use super::reply_with_id::BodyWithId;
use super::{App, context};
use crate::keys::ApiKey;
use crate::monitoring::requests::InFlight;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the frame around all routes.
pub(super) fn framed<F>(
    app: App,
    routes: F,
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static
where
    F: Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync + 'static,
{
    let answered = routes.recover(|rejection: Rejection| async move {
        Ok::<_, Infallible>(problem::of_rejection(&rejection).into_response())
    });
    warp::header::headers_cloned()
        .and(warp::method())
        .and(warp::path::full())
        .map(move |headers: HeaderMap, method: Method, path: FullPath| {
            let in_flight = app.monitor.requests.begin(&method, path.as_str());
            Started::new(&headers, in_flight, path.as_str().starts_with("/api/"))
        })
        .and(answered)
        .map(|started: Started, reply| started.finish(Reply::into_response(reply)))
        .with(warp::trace(|request| {
            info_span!("request", method = %request.method(), path = %logged(request.path()), request_id = Empty, key_id = Empty)
        }))
}

/// Puts the key's id into the span of the request, so that every log line carries it.
pub(super) fn record_key(key_id: Uuid) {
    Span::current().record("key_id", display(key_id));
}

struct Started {
    in_flight: InFlight,
    request_id: String,
    is_api: bool,
}

impl Started {
    fn new(headers: &HeaderMap, in_flight: InFlight, is_api: bool) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_request_id(id));
        let request_id = given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
        Span::current().record("request_id", &request_id);
        context::set_request_id(&request_id);
        Self { in_flight, request_id, is_api }
    }

    fn finish(self, mut response: Response) -> Response {
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            *response.body_mut() = problem.document(&self.request_id).into();
            let json = HeaderValue::from_static("application/problem+json");
            response.headers_mut().insert(CONTENT_TYPE, json);
        }
        if let Some(body) = response.extensions_mut().remove::<BodyWithId>() {
            *response.body_mut() = body.0(&self.request_id).into();
        }
        if self.is_api {
            // All stores ask at the same addresses, by key or by cookie: no cache may answer for the server.
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
            response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        }
        if let Some(remaining) = context::remaining() {
            remaining.add_to(response.headers_mut());
        }
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let duration_ms = u64::try_from(self.in_flight.at.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(status = response.status().as_u16(), duration_ms, "answered");
        self.in_flight.finish(response.status());
        response
    }
}

/// The path as logs have it: without what a terminal obeys, without the id of a customer, which no log keeps, and without a
/// key that somebody has put there by mistake.
fn logged(path: &str) -> Cow<'_, str> {
    const HIDDEN: [(&str, &str); 2] = [("customers/", "{customer_id}"), (ApiKey::START, "{key}")];
    let found = HIDDEN.iter().filter_map(|(before, instead)| {
        let at = path.as_bytes().windows(before.len()).position(|part| part.eq_ignore_ascii_case(before.as_bytes()))?;
        Some((at + before.len(), instead))
    });
    match found.min() {
        // Found by ASCII letters, so it ends between two characters.
        Some((end, instead)) => Cow::Owned(format!("{}{instead}", plain(&path[..end]))),
        None => plain(path),
    }
}

/// Browsers encode all but ASCII; what comes raw may hold control characters of 8 bits, or turn the line around.
fn plain(path: &str) -> Cow<'_, str> {
    utf8_percent_encode(path, CONTROLS).into()
}

/// What may stand in a log line as the id of a request: 1 to 64 of `A-Z a-z 0-9 . _ -`, and no key.
fn is_request_id(id: &str) -> bool {
    !id.contains(ApiKey::START)
        && (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::logged;

    #[test]
    fn a_key_in_a_path_is_not_logged() {
        for path in ["/api/v1/stores/clq_r_secret/keys", "/api/v1/stores/Clq_x", "/CLQ_a/customers/anna"] {
            let logged = logged(path);
            assert!(logged.ends_with("{key}") && !logged.contains("secret") && !logged.contains("anna"), "{logged}");
        }
        assert_eq!(logged("/customers/clq_r_secret"), "/customers/{customer_id}");
        assert!(!super::is_request_id("clq_r_secret") && super::is_request_id("a-request.1_b"));
    }

    #[test]
    fn what_follows_customers_is_not_logged() {
        assert_eq!(logged("/api/v1/stores/7"), "/api/v1/stores/7");
        for path in ["/api/v1/customers/anna", "/api/v1/customers/anna/x", "/api/v1/customers/%C3%BC%2Fanna"] {
            assert_eq!(logged(path), "/api/v1/customers/{customer_id}");
        }
        assert_eq!(logged("/ü/Customers//anna"), "/%C3%BC/Customers/{customer_id}");
        assert_eq!(logged("/a\u{9b}31m\u{202e}\u{7f}"), "/a%C2%9B31m%E2%80%AE%7F");
    }
}
