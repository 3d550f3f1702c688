//! The answers that a page shows: those of the API's own handlers, asked in this process.

use form_urlencoded::Serializer;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use serde_json::Value;
use uuid::Uuid;
use warp::http::HeaderMap;
use warp::reply::Response;

use crate::http::App;
use crate::http::auth::Tenant;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::{analytics, conversations, events, gaps, stores};

/// What can be asked.
#[derive(Clone, Copy, Debug)]
pub enum Endpoint {
    Breakdown,
    Conversation(Uuid),
    Conversations,
    Dashboard,
    Gaps,
    IngestStatus,
    Metrics,
    Quality,
    Rejections,
    Roi,
    Store,
    Trends,
}

/// Parameters of a request, in their order.
pub type Query<'a> = &'a [(&'a str, &'a str)];

/// Asks for one store.
pub struct Api<'a> {
    pub app: &'a App,
    pub tenant: Tenant,
    /// Whether requests must name the store, because the key is one of an admin.
    pub names_store: bool,
}

/// An answer, and the request that has it.
pub struct Answer {
    /// Path and query string.
    pub call: String,
    pub body: Value,
}

impl Endpoint {
    fn path(self) -> String {
        let path = match self {
            Self::Breakdown => "analytics/breakdown",
            Self::Conversation(id) => return format!("/api/v1/conversations/{id}"),
            Self::Conversations => "conversations",
            Self::Dashboard => "analytics/dashboard",
            Self::Gaps => "content-gaps",
            Self::IngestStatus => "ingest/status",
            Self::Metrics => "analytics/metrics",
            Self::Quality => "analytics/quality",
            Self::Rejections => "ingest/rejections",
            Self::Roi => "analytics/roi",
            Self::Store => "store",
            Self::Trends => "analytics/conversations/trends",
        };
        format!("/api/v1/{path}")
    }
}

impl Api<'_> {
    /// The answer to a GET.
    ///
    /// # Errors
    /// What the request would be answered with.
    pub async fn get(&self, endpoint: Endpoint, query: Query<'_>) -> Result<Answer, Problem> {
        let text = Serializer::new(String::new()).extend_pairs(query).finish();
        let response = self.ask(endpoint, Parameters::parse(&text)).await?;
        let body = response.into_body().collect().await.map_err(|error| Problem::internal(&error))?;
        let body = serde_json::from_slice(&body.to_bytes()).map_err(|error| Problem::internal(&error))?;
        Ok(Answer { call: self.call(endpoint, query), body })
    }

    /// Path and query string of a GET, as a browser would send it.
    #[must_use]
    pub fn call(&self, endpoint: Endpoint, query: Query<'_>) -> String {
        let store_id = self.names_store.then(|| self.tenant.store_id.to_string());
        let named = store_id.as_deref().map(|id| ("store_id", id));
        let query = Serializer::new(String::new()).extend_pairs(query.iter().copied().chain(named)).finish();
        let path = endpoint.path();
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// Boxed, because the futures of all handlers in one another would not fit on a stack.
    fn ask(&self, endpoint: Endpoint, parameters: Parameters) -> BoxFuture<'static, Result<Response, Problem>> {
        let (app, tenant, headers) = (self.app.clone(), self.tenant, HeaderMap::new());
        match endpoint {
            Endpoint::Breakdown => analytics::breakdown::breakdown(app, tenant, parameters, headers).boxed(),
            Endpoint::Conversation(id) => conversations::show::show(id, app, tenant, parameters, headers).boxed(),
            Endpoint::Conversations => conversations::list::list(app, tenant, parameters, headers).boxed(),
            Endpoint::Dashboard => analytics::dashboard::dashboard(app, tenant, parameters, headers).boxed(),
            Endpoint::Gaps => gaps::list::list(app, tenant, parameters, headers).boxed(),
            Endpoint::IngestStatus => events::status::status(app, tenant, parameters, headers).boxed(),
            Endpoint::Metrics => analytics::metrics::metrics(app, tenant, parameters, headers).boxed(),
            Endpoint::Quality => analytics::quality::quality(app, tenant, parameters, headers).boxed(),
            Endpoint::Rejections => events::rejections::rejections(app, tenant, parameters, headers).boxed(),
            Endpoint::Roi => analytics::roi::roi(app, tenant, parameters, headers).boxed(),
            Endpoint::Store => stores::show::of_tenant(app, tenant).boxed(),
            Endpoint::Trends => analytics::trends::trends(app, tenant, parameters, headers).boxed(),
        }
    }
}

impl Answer {
    /// A field by its path, such as `metrics.resolution_rate` or `daily.3.label`; null if it is not there.
    #[must_use]
    pub fn at(&self, path: &str) -> &Value {
        let steps = path.split('.').filter(|step| !step.is_empty());
        steps.fold(&self.body, |value, step| match step.parse::<usize>() {
            Ok(position) => &value[position],
            Err(_) => &value[step],
        })
    }

    /// The rows of an array; none if it is not there.
    #[must_use]
    pub fn rows(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map_or(&[], Vec::as_slice)
    }

    /// A text; empty if it is not there.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_default()
    }

    /// A number; none if it is not there.
    #[must_use]
    pub fn number(&self, path: &str) -> Option<f64> {
        self.at(path).as_f64()
    }
}
