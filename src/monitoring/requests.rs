//! How many requests there are, and how long they take, by route.

use std::sync::LazyLock;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use warp::http::{Method, StatusCode};

use crate::dashboard;
use crate::http::openapi;

/// Upper ends of the buckets, in seconds: from the fastest answers to the time limit of statements.
const BUCKETS: [f64; 12] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// What no route takes.
const UNMATCHED: &str = "unmatched";

/// Every label has few values: a route is a template, never a path.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: &'static str,
    status: &'static str,
}

/// Metrics of requests. Clones share them.
#[derive(Clone)]
pub struct Requests {
    duration: Family<Labels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

impl Default for Requests {
    fn default() -> Self {
        Self { duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)), in_flight: Gauge::default() }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_request_duration_seconds",
            "Time until the head of an answer, by method, route and class of status (closed: the client went before)",
            self.duration.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests that are being worked on, up to the head of their answer",
            self.in_flight.clone(),
        );
    }

    /// Begins to count a request, until the value is finished or dropped.
    pub fn begin(&self, method: &Method, path: &str) -> InFlight {
        self.in_flight.inc();
        let labels = Labels { method: method_of(method), route: route_of(path), status: "closed" };
        InFlight { requests: self.clone(), labels, at: Instant::now() }
    }
}

/// A request that is being worked on.
pub struct InFlight {
    requests: Requests,
    labels: Labels,
    /// When it came.
    pub at: Instant,
}

impl InFlight {
    /// Counts the request with the status of its answer.
    pub fn finish(mut self, status: StatusCode) {
        self.labels.status = class_of(status);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.requests.in_flight.dec();
        self.requests.duration.get_or_create(&self.labels).observe(self.at.elapsed().as_secs_f64());
    }
}

fn class_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

fn method_of(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| method.as_str() == *known).unwrap_or("other")
}

/// The template of a path, as `/openapi.json` or the dashboard names it; `unmatched` if there is none.
fn route_of(path: &str) -> &'static str {
    static ROUTES: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
        let mut paths = [openapi::paths().as_slice(), &dashboard::PATHS].concat();
        // Fixed parts before ids.
        paths.sort_unstable_by_key(|path| path.matches('{').count());
        paths.dedup();
        paths.into_iter().map(|path| (path, path.split('/').collect())).collect()
    });
    let parts: Vec<&str> = path.split('/').collect();
    let is_match = |template: &[&str]| {
        template.len() == parts.len()
            && template
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| wanted == part || (wanted.starts_with('{') && !part.is_empty()))
    };
    ROUTES.iter().find(|(_, template)| is_match(template)).map_or(UNMATCHED, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_template_of_its_route() {
        for (path, route) in [
            ("/api/v1/stores", "/api/v1/stores"),
            ("/api/v1/stores/7/keys/8", "/api/v1/stores/{store_id}/keys/{key_id}"),
            ("/api/v1/stores//keys", UNMATCHED),
            ("/api/v1/stores/7/no", UNMATCHED),
            ("/health/live", "/health/live"),
            ("/", "/"),
            ("/conversations/7", "/conversations/{conversation_id}"),
            ("/no", UNMATCHED),
            ("", UNMATCHED),
        ] {
            assert_eq!(route_of(path), route, "{path}");
        }
    }

    #[test]
    fn methods_and_statuses_are_few() {
        assert_eq!(method_of(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(method_of(&Method::PATCH), "PATCH");
        for (status, class) in [(101, "1xx"), (207, "2xx"), (304, "3xx"), (499, "4xx"), (503, "5xx"), (999, "5xx")] {
            assert_eq!(class_of(StatusCode::from_u16(status).unwrap()), class);
        }
    }
}
