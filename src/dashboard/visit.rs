//! Who looks at which page of which store.

use form_urlencoded::Serializer;
use serde_json::Value;
use warp::http::HeaderMap;
use warp::reply::Response;

use super::api::{Answer, Api, Endpoint, Query};
use super::numbers::Numbers;
use super::page;
use super::shown::LocalTimes;
use crate::database;
use crate::http::App;
use crate::http::auth::{self, Access, Caller, Scope, Tenant};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;

const LOCAL_TIMES: &str = include_str!("../../sql/dashboard/local_times.sql");

/// A request for a page by somebody who is signed in.
pub struct Visit {
    pub app: App,
    pub tenant: Tenant,
    pub store: Answer,
    /// The query string, without `store_id`.
    pub query: Vec<(String, String)>,
    caller: Caller,
    tab: &'static str,
}

/// Why there is no visit: without a session to the page where to sign in, which leads back.
#[must_use]
pub fn turned_away(problem: Problem, path: &str, query: &str) -> Response {
    match problem {
        Problem::MissingKey | Problem::InvalidKey | Problem::ExpiredKey | Problem::RevokedKey => {
            let page = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
            let next = Serializer::new(String::new()).append_pair("next", &page).finish();
            page::see_other(&format!("/sign-in?{next}"))
        }
        problem => page::error_page(problem, true, "/"),
    }
}

impl Visit {
    /// None if an admin has not chosen a store.
    ///
    /// # Errors
    /// As `auth::visiting`.
    pub async fn begin(app: App, tab: &'static str, headers: &HeaderMap, query: &str) -> Result<Option<Self>, Problem> {
        let (caller, tenant) = auth::visiting(&app, headers, query).await?;
        let Some(tenant) = tenant else {
            return Ok(None);
        };
        let store = Api { app: &app, tenant, names_store: matches!(caller.access, Access::Admin) };
        let store = store.get(Endpoint::Store, &[]).await?;
        let given = form_urlencoded::parse(query.as_bytes()).into_owned();
        let query = given.filter(|(name, _)| name != "store_id").collect();
        Ok(Some(Self { app, tenant, store, query, caller, tab }))
    }

    /// The API for the store of the page.
    #[must_use]
    pub fn api(&self) -> Api<'_> {
        Api { app: &self.app, tenant: self.tenant, names_store: self.is_admin() }
    }

    /// Whether the key opens all stores.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        matches!(self.caller.access, Access::Admin)
    }

    /// Whether the key may change something.
    #[must_use]
    pub fn may_manage(&self) -> bool {
        self.caller.scopes.iter().any(|scope| matches!(scope, Scope::Manage | Scope::Admin))
    }

    /// A parameter of the page.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The parameters of the page that are for a request of the API, and not empty, as fields of forms often are.
    #[must_use]
    pub fn passed(&self, names: &[&'static str]) -> Vec<(&'static str, &str)> {
        names.iter().filter_map(|name| Some((*name, self.given(name).filter(|value| !value.is_empty())?))).collect()
    }

    /// Refuses parameters that the page does not take, as the API would.
    ///
    /// # Errors
    /// `Problem::Parameters`.
    pub fn only_takes(&self, names: &[&'static str]) -> Result<(), Problem> {
        let text = Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let mut parameters = Parameters::parse(&text);
        for name in names {
            parameters.optional(name, |value| Ok(value.to_owned()));
        }
        parameters.none()
    }

    /// A link to a page of the same store.
    #[must_use]
    pub fn link(&self, path: &str, query: Query<'_>) -> String {
        let store_id = self.is_admin().then(|| self.tenant.store_id.to_string());
        let named = store_id.as_deref().map(|id| ("store_id", id));
        let query = Serializer::new(String::new()).extend_pairs(query.iter().copied().chain(named)).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Whether a tab is the one of this page.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.tab == path
    }

    /// How numbers of the store are written.
    ///
    /// # Errors
    /// When there are no data for any locale.
    pub fn numbers(&self) -> Result<Numbers, Problem> {
        Numbers::of(self.store.text("locale"), self.store.text("currency")).ok_or(Problem::Internal)
    }

    /// The local time of all instants in answers, by the timezone data of the database, as all ranges are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn local_times(&self, answers: &[&Answer]) -> Result<LocalTimes, Problem> {
        let mut texts = Vec::new();
        for answer in answers {
            collect_instants(&answer.body, &mut texts);
        }
        texts.sort_unstable();
        texts.dedup();
        let instants: Vec<_> = texts.iter().filter_map(|text| crate::http::fields::instant(text).ok()).collect();
        let rows = database::query(&self.app.pool, LOCAL_TIMES, &[&instants, &self.tenant.timezone.name()]).await?;
        let local = rows.iter().map(|row| row.try_get("local_time")).collect::<Result<Vec<String>, _>>()?;
        Ok(LocalTimes(texts.into_iter().map(str::to_owned).zip(local).collect()))
    }
}

/// Texts that are instants as answers write them.
fn collect_instants<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if text.ends_with('Z') && crate::http::fields::instant(text).is_ok() => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| collect_instants(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| collect_instants(value, found)),
        _ => {}
    }
}
