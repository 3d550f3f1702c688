//! The route table: operations of the API from the document, pages and forms from the paths of the dashboard. A new route is
//! part of it by itself.

use colloquy::dashboard;
use colloquy::http::App;
use serde_json::Value;

use crate::http::openapi::{Document, Operation};
use crate::support::http::{answer, request, send};
use crate::support::reliability::is_full;

/// A method of a path.
#[derive(Clone)]
pub struct Route {
    pub method: String,
    /// With `{name}` for each id.
    pub path: String,
    /// The scope that a key must have; none where no key is needed.
    pub scope: Option<String>,
    pub is_page: bool,
    /// Whether its answer never ends.
    pub is_endless: bool,
    pub query: Vec<Parameter>,
    /// Good bodies with their media types.
    pub bodies: Vec<(String, String)>,
    /// Names of fields of bodies that hold an id.
    pub body_ids: Vec<String>,
}

/// A parameter of the query string.
#[derive(Clone)]
pub struct Parameter {
    pub name: String,
    /// Whether any text may be given: one that could name something of another store.
    pub is_text: bool,
    pub is_required: bool,
    pub choices: Vec<String>,
}

impl Route {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn takes(&self, name: &str) -> bool {
        self.query.iter().any(|parameter| parameter.name == name)
    }

    /// Names of the ids in its path.
    pub fn path_ids(&self) -> Vec<String> {
        self.path.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned()).collect()
    }
}

/// Every route with every method. `cookie` is of a session, to ask pages for the parameters that they take.
pub async fn all(app: &App, cookie: &str) -> Vec<Route> {
    let document = Document::new();
    let mut routes: Vec<Route> = document.operations().iter().map(|operation| of_api(&document, operation)).collect();
    for path in dashboard::PATHS {
        let plain = path.replace("{version}", "x").replace("{name}", "x");
        let plain = ["{gap_id}", "{conversation_id}"].iter().fold(plain, |path, id| path.replace(id, NOBODY));
        let refused = send(app, "TRACE", &plain, "").await;
        let methods = refused.header("allow").split(", ").map(str::to_owned).collect::<Vec<_>>();
        assert!(refused.status() == 405 && !methods.is_empty(), "{path}: {}", refused.text());
        for method in methods.into_iter().filter(|method| method != "HEAD") {
            routes.push(of_page(app, &method, path, &plain, cookie).await);
        }
    }
    // Pages hand most of their parameters to the API, which documents them.
    let documented: Vec<Parameter> =
        routes.iter().filter(|route| !route.is_page).flat_map(|route| route.query.clone()).collect();
    for parameter in routes.iter_mut().filter(|route| route.is_page).flat_map(|page| &mut page.query) {
        if let Some(same) = documented.iter().find(|other| other.name == parameter.name) {
            parameter.is_text = same.is_text;
        }
    }
    // The store of an admin is named in the query of every page of a store, which the page itself does not read.
    for page in routes.iter_mut().filter(|route| route.is_page && !is_public(&route.path) && route.path != "/stores") {
        page.query.push(Parameter { name: "store_id".into(), is_text: true, is_required: false, choices: Vec::new() });
    }
    // HEAD is answered by what answers GET: of the quick form is only what counts rows in its headers.
    let has_head = |route: &&Route| {
        route.method == "GET" && !route.is_endless && (is_full() || route.path.ends_with("/analytics/export"))
    };
    let heads: Vec<_> = routes.iter().filter(has_head).cloned().collect();
    routes.extend(heads.into_iter().map(|route| Route { method: "HEAD".into(), ..route }));
    // What is read comes first: a store may well send events that hold texts and ids of another one, and sees them then.
    routes.sort_by_key(|route| !["GET", "HEAD"].contains(&route.method.as_str()));
    routes
}

/// An id that nothing has.
pub const NOBODY: &str = "0192d1c5-9999-7000-8000-000000000009";

/// Pages that need no session.
pub fn is_public(path: &str) -> bool {
    ["/sign-in", "/sign-out"].contains(&path) || path.starts_with("/assets/")
}

fn of_api(document: &Document, operation: &Operation<'_>) -> Route {
    let parameter = |json: &Value| {
        let schema = &json["schema"];
        let words = schema["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_bounded =
            schema["pattern"].is_string() || schema["format"].as_str().is_some_and(|format| format != "uuid");
        Parameter {
            name: json["name"].as_str().unwrap().to_owned(),
            is_text: schema["type"] == "string" && words.is_empty() && !is_bounded,
            is_required: json["required"] == true,
            choices: words.iter().map(|word| word.as_str().unwrap().to_owned()).collect(),
        }
    };
    let contents = operation.json["requestBody"]["content"].as_object().into_iter().flatten();
    let text =
        |content: &Value| content["example"].as_str().map_or_else(|| content["example"].to_string(), str::to_owned);
    let bodies: Vec<_> = contents.clone().map(|(media_type, content)| (media_type.clone(), text(content))).collect();
    let mut body_ids = Vec::new();
    contents.for_each(|(_, content)| collect_ids(document, &content["schema"], &mut body_ids));
    Route {
        method: operation.method.clone(),
        path: operation.path.to_owned(),
        scope: operation.needs_key().then(|| operation.scope().to_owned()),
        is_page: false,
        is_endless: operation.is_endless(),
        query: operation.parameters().into_iter().map(parameter).collect(),
        bodies,
        body_ids,
    }
}

/// Names of fields that hold an id, in a schema and in all that it refers to.
fn collect_ids(document: &Document, schema: &Value, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return collect_ids(document, &document.schemas()[name], found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if (name.ends_with("_id") || field["format"] == "uuid") && !found.contains(name) {
            found.push(name.clone());
        }
        collect_ids(document, field, found);
    }
    for part in ["oneOf", "anyOf", "allOf"] {
        schema[part].as_array().into_iter().flatten().for_each(|one| collect_ids(document, one, found));
    }
    if schema["items"].is_object() {
        collect_ids(document, &schema["items"], found);
    }
}

async fn of_page(app: &App, method: &str, path: &str, plain: &str, cookie: &str) -> Route {
    let form = match (method, path) {
        ("POST", "/roi/assumptions") => Some(
            "avg_human_agent_cost_per_hour=40&avg_conversation_time_minutes=6&ai_cost_per_conversation=0.1&valid_from=2026-11-01",
        ),
        ("POST", "/quality/gaps/{gap_id}") => Some("status=in_progress"),
        ("POST", "/sign-in") => Some("key=clq_r_wrong&next=%2F"),
        ("POST", "/sign-out") => Some(""),
        ("POST", _) => panic!("{path} is a form without a body here"),
        _ => None,
    };
    let names = if method == "GET" { names_of(app, plain, cookie).await } else { Vec::new() };
    let parameter = |name: String| Parameter { name, is_text: true, is_required: false, choices: Vec::new() };
    Route {
        method: method.to_owned(),
        path: path.to_owned(),
        scope: None,
        is_page: true,
        is_endless: false,
        query: names.into_iter().map(parameter).collect(),
        bodies: form
            .map(|form| ("application/x-www-form-urlencoded".to_owned(), form.to_owned()))
            .into_iter()
            .collect(),
        body_ids: Vec::new(),
    }
}

/// The parameters that a page takes, as it tells who gives another one.
async fn names_of(app: &App, path: &str, cookie: &str) -> Vec<String> {
    let asked = request("GET", &format!("{path}?no_such=1"), "").header("cookie", cookie);
    let told = answer(app, asked).await;
    let names = told.text().split_once("known are ").map(|(_, rest)| rest.split('.').next().unwrap());
    names.into_iter().flat_map(|names| names.split(", ")).map(str::to_owned).collect()
}
