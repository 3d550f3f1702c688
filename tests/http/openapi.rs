//! GET /openapi.json: the document, compared with what the server takes and answers.

pub mod answers;
mod audit;
mod examples;
mod parameters;
mod problems;
pub mod requests;
mod routes;
mod same_rows;

use colloquy::http::openapi::openapi;
use serde_json::{Map, Value, json};

/// The document, and what is asked of it.
pub struct Document(Value);

/// A method of a path.
pub struct Operation<'a> {
    pub method: String,
    pub path: &'a str,
    pub json: &'a Value,
}

impl Document {
    pub fn new() -> Self {
        Self(serde_json::to_value(openapi()).unwrap())
    }

    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.0["paths"].as_object().unwrap();
        let mut operations = Vec::new();
        for (path, item) in paths {
            for (method, json) in item.as_object().unwrap() {
                operations.push(Operation { method: method.to_uppercase(), path, json });
            }
        }
        assert!(operations.len() >= 20, "{}", operations.len());
        operations
    }

    /// What is wrong with a value by a schema of the document.
    pub fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut whole = schema.clone();
        whole["components"] = self.0["components"].clone();
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
        let validator = options.build(&whole).unwrap_or_else(|error| panic!("{schema}: {error}"));
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    pub fn schemas(&self) -> &Map<String, Value> {
        self.0["components"]["schemas"].as_object().unwrap()
    }
}

impl Operation<'_> {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn is_get(&self) -> bool {
        self.method == "GET"
    }

    /// Whether the answer never ends.
    pub fn is_endless(&self) -> bool {
        !self.json["responses"]["200"]["content"]["text/event-stream"].is_null()
    }

    pub fn needs_key(&self) -> bool {
        !self.json["security"].is_null()
    }

    /// The scope of the keys that may do it.
    pub fn scope(&self) -> &str {
        self.json["security"][0]["key"][0].as_str().unwrap()
    }

    /// Parameters of the query string.
    pub fn parameters(&self) -> Vec<&Value> {
        let parameters = self.json["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        parameters.iter().filter(|parameter| parameter["in"] == "query").collect()
    }

    pub fn has_parameter(&self, name: &str) -> bool {
        self.parameters().iter().any(|parameter| parameter["name"] == name)
    }

    /// The path with these ids in it.
    pub fn path_with(&self, ids: &[(&str, &str)]) -> String {
        let path = ids.iter().fold(self.path.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        assert!(!path.contains('{'), "an id is missing: {path}");
        path
    }

    /// The schema of an answer.
    pub fn schema(&self, status: u16, media_type: &str) -> &Value {
        let schema = &self.json["responses"][status.to_string()]["content"][media_type]["schema"];
        assert!(!schema.is_null(), "{} has no documented answer {status} {media_type}", self.name());
        schema
    }
}

#[tokio::test]
async fn the_document_is_served_without_a_key() {
    let database = crate::support::database::TestDatabase::new().await;
    let answer = crate::support::http::send(&database.app(), "GET", "/openapi.json", "").await;
    assert_eq!((answer.status(), answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.json, Document::new().0);
    assert_eq!(answer.json["openapi"], json!("3.1.0"));
}
