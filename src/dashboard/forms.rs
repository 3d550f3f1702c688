//! POST of the dashboard's forms: what is changed goes through the handlers of the API, as if a program had asked.

use std::collections::BTreeMap;

use bytes::Bytes;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::HeaderMap;
use warp::reply::Response;

use super::page;
use super::visit::{self, Visit};
use crate::http::App;
use crate::http::auth::Scope;
use crate::http::body::Fields;
use crate::http::problem::Problem;
use crate::stores::roi_assumptions::{self, AI_COST, COST_PER_HOUR, MINUTES};

/// The fields of a form.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Takes `application/x-www-form-urlencoded` apart; anything has some fields.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The handler of POST `/quality/gaps/{gap_id}`: the status that a button names.
pub async fn change_gap(gap_id: Uuid, app: App, headers: HeaderMap, query: String, body: Bytes) -> Response {
    let visit = match managing(app, "/quality", &headers, &query).await {
        Ok(visit) => visit,
        Err(response) => return *response,
    };
    let form = Form::parse(&body);
    let fields = json!({ "status": form.get("status") }).to_string();
    let changed = async {
        let fields = Fields::parse(fields.as_bytes())?;
        crate::gaps::change::change(gap_id, visit.app.clone(), visit.tenant, fields).await
    };
    done(&visit, changed.await, "/quality", &format!("#gap-{gap_id}"))
}

/// The handler of POST `/roi/assumptions`: what conversations cost from today on.
pub async fn set_roi_assumptions(app: App, headers: HeaderMap, query: String, body: Bytes) -> Response {
    let visit = match managing(app, "/roi", &headers, &query).await {
        Ok(visit) => visit,
        Err(response) => return *response,
    };
    let form = Form::parse(&body);
    let numbers = [COST_PER_HOUR, MINUTES, AI_COST];
    let changed = async {
        let mut fields = BTreeMap::from([("valid_from", raw(&form.get("valid_from"))?)]);
        for (name, _) in numbers {
            if let Some(text) = form.get(name) {
                fields.insert(name, number(text)?);
            }
        }
        let fields = serde_json::to_vec(&fields).map_err(|error| Problem::internal(&error))?;
        let fields = Fields::parse(&fields)?;
        roi_assumptions::set(visit.app.clone(), visit.tenant, fields).await
    };
    done(&visit, changed.await, "/roi", "")
}

/// A number as the API wants it, with every digit; what is none stays a text, which the API refuses by its name.
fn number(text: &str) -> Result<Box<RawValue>, Problem> {
    match text.trim().parse::<Decimal>() {
        Ok(number) => RawValue::from_string(number.to_string()).map_err(|error| Problem::internal(&error)),
        Err(_) => raw(&text),
    }
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, Problem> {
    serde_json::value::to_raw_value(value).map_err(|error| Problem::internal(&error))
}

/// Somebody who may change something, by a form of this server.
async fn managing(app: App, tab: &'static str, headers: &HeaderMap, query: &str) -> Result<Visit, Box<Response>> {
    let refused = |problem| Box::new(page::error_page(problem, true, tab));
    if !page::is_same_site(headers) {
        return Err(refused(Problem::CrossSite));
    }
    match Visit::begin(app, tab, headers, query).await {
        Ok(Some(visit)) if visit.may_manage() => Ok(visit),
        Ok(Some(_)) => Err(refused(Problem::MissingScope(Scope::Manage))),
        Ok(None) => Err(Box::new(page::see_other("/stores"))),
        Err(problem) => Err(Box::new(visit::turned_away(problem, tab, ""))),
    }
}

/// Back to the page, which shows what has changed.
fn done(visit: &Visit, changed: Result<Response, Problem>, path: &str, anchor: &str) -> Response {
    let query: Vec<_> = visit.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let back = visit.link(path, &query);
    match changed {
        Ok(_) => page::see_other(&format!("{back}{anchor}")),
        Err(problem) => page::error_page(problem, true, &back),
    }
}
