//! One method of one path: what it takes, and everything that it answers.

use serde_json::Value;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{RefOr, Required};

use super::answer::{Answer, Body};
use super::examples::Components;
use super::parameters::store_id;
use super::problems::{Own, responses};
use crate::http::auth::Scope;
use crate::http::problem::{Fault, Problem};

/// The names of the security schemes.
pub(super) const KEY: &str = "key";
pub(super) const SESSION: &str = "session";

/// A documented operation.
pub(super) struct Operation {
    method: HttpMethod,
    pub(super) path: &'static str,
    id: &'static str,
    summary: &'static str,
    description: String,
    area: &'static str,
    scope: Option<Scope>,
    parameters: Vec<Parameter>,
    bodies: Vec<Body>,
    answers: Vec<(u16, Answer)>,
    problems: Vec<Problem>,
    own: Vec<Own>,
}

impl Operation {
    pub(super) fn new(method: HttpMethod, path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            description: String::new(),
            area: "",
            scope: None,
            parameters: Vec::new(),
            bodies: Vec::new(),
            answers: Vec::new(),
            problems: Vec::new(),
            own: Vec::new(),
        }
    }

    pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Get, path, id, summary)
    }

    pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Post, path, id, summary)
    }

    pub(super) fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Patch, path, id, summary)
    }

    pub(super) fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Delete, path, id, summary)
    }

    pub(super) fn options(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Options, path, id, summary)
    }

    pub(super) fn described(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    pub(super) fn of_area(mut self, area: &'static str) -> Self {
        self.area = area;
        self
    }

    /// For keys with a scope, about whatever store the body names.
    pub(super) fn of_caller(self, scope: Scope) -> Self {
        self.keyed(scope).parameters([store_id()]).problems([Problem::ForeignStore])
    }

    /// For keys with a scope, about the store of the key or the one that an admin names.
    pub(super) fn of_tenant(self, scope: Scope) -> Self {
        let faults = [fault("store_id", "missing_parameter", "is required with an admin key.")];
        self.of_caller(scope).faults(faults).problems([Problem::UnknownStore])
    }

    /// For any key with a scope.
    pub(super) fn keyed(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        let unknown = fault("end", "unknown_parameter", "is not known here; known are start_date, end_date.");
        self.faults([unknown]).problems([
            Problem::MissingKey,
            Problem::InvalidKey,
            Problem::ExpiredKey,
            Problem::RevokedKey,
            Problem::MissingScope(scope),
            Problem::TooManyRequests { retry_after_seconds: 1 },
            Problem::Internal,
            Problem::DatabaseUnavailable,
            Problem::QueryTimeout,
        ])
    }

    /// For admin keys, about a store named in the path.
    pub(super) fn of_admin(self) -> Self {
        self.keyed(Scope::Admin)
    }

    /// The parameters, and what can be wrong with any of them.
    pub(super) fn parameters(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// A body of one JSON object.
    pub(super) fn fields(self, schema: &str, example: Value) -> Self {
        let fault = |code, detail| Problem::body("name", code, detail);
        self.body("application/json", super::schemas::reference(schema), example).body_problems().problems([
            fault("missing_field", "is required."),
            fault("invalid_field", "must be a text of 1 to 200 characters."),
            fault("unknown_field", "is not known here."),
        ])
    }

    /// A body of some media type.
    pub(super) fn body(mut self, media_type: &'static str, schema: RefOr<Schema>, example: Value) -> Self {
        self.bodies.push(Body { media_type, schema, examples: vec![("", example)] });
        self
    }

    /// What can be wrong with any body.
    pub(super) fn body_problems(self) -> Self {
        self.problems([
            Problem::BodyTooLarge { limit_bytes: 16 * 1024 * 1024 },
            Problem::UnsupportedMediaType { expected: "application/json" },
            Problem::InvalidJson("Expected a JSON object: expected value at line 1 column 1.".into()),
            Problem::IncompleteBody,
            Problem::BodyTooSlow,
            Problem::ServerBusy,
            Problem::UnsupportedContentEncoding,
            Problem::InvalidGzip("unexpected end of file".into()),
        ])
    }

    pub(super) fn answer(mut self, status: u16, answer: Answer) -> Self {
        self.answers.push((status, answer));
        self
    }

    /// Faults of the query string that only this path has.
    pub(super) fn faults(self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.problems(faults.into_iter().map(|fault| Problem::Parameters(vec![fault])))
    }

    /// Problems that only this path has.
    pub(super) fn problems(mut self, problems: impl IntoIterator<Item = Problem>) -> Self {
        self.problems.extend(problems);
        self
    }

    /// The schema of a problem that says more than others.
    pub(super) fn own(mut self, code: &'static str, schema: &'static str) -> Self {
        self.own.push((code, schema));
        self
    }

    pub(super) fn item(mut self, components: &Components) -> PathItem {
        self.add_common_problems();
        let mut operation =
            OperationBuilder::new().tag(self.area).operation_id(Some(self.id)).summary(Some(self.summary));
        operation = operation.description(Some(self.description).filter(|text| !text.is_empty()));
        if let Some(scope) = self.scope {
            operation = operation.security(SecurityRequirement::new(KEY, [scope.name()]));
            if scope == Scope::Read && matches!(self.method, HttpMethod::Get) {
                operation = operation.security(SecurityRequirement::new(SESSION, [scope.name()]));
            }
        }
        for parameter in self.parameters {
            operation = operation.parameter(parameter);
        }
        if !self.bodies.is_empty() {
            let mut request = RequestBodyBuilder::new().required(Some(Required::True));
            for body in &self.bodies {
                request = request.content(body.media_type, body.build(components));
            }
            operation = operation.request_body(Some(request.build()));
        }
        for (status, answer) in self.answers {
            operation = operation.response(status.to_string(), answer.build(components));
        }
        for (status, response) in responses(&self.problems, &self.own, components) {
            operation = operation.response(status, response);
        }
        PathItem::new(self.method, operation)
    }

    /// What follows from the parameters: each can be repeated or wrong, ids in a path need not be any.
    fn add_common_problems(&mut self) {
        use utoipa::openapi::path::ParameterIn;
        let mut add = |problem| self.problems.push(problem);
        let of_query = || self.parameters.iter().filter(|parameter| parameter.parameter_in == ParameterIn::Query);
        if let Some(first) = of_query().next() {
            let of = |code, detail: &str| Problem::Parameters(vec![named(&first.name, code, detail)]);
            add(of("repeated_parameter", "is given more than once."));
            add(of("invalid_parameter", "is not what it must be."));
        }
        if let Some(first) = of_query().find(|parameter| parameter.required == Required::True) {
            add(Problem::Parameters(vec![named(&first.name, "missing_parameter", "is required.")]));
        }
        // Answered also on connections beyond those that may be open.
        if self.path != "/health/live" {
            add(Problem::TooManyConnections);
        }
        if self.parameters.iter().any(|parameter| parameter.parameter_in == ParameterIn::Path) {
            add(Problem::NotFound);
        }
    }
}

/// A fault of the query string.
pub(super) fn fault(field: &'static str, code: &'static str, detail: &str) -> Fault {
    Fault { field: field.into(), code, detail: detail.into() }
}

fn named(field: &str, code: &'static str, detail: &str) -> Fault {
    Fault { field: field.to_owned().into(), code, detail: detail.into() }
}
