//! The answers to requests that cannot be done, by samples of the problems themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};

use super::examples::{self, Components};
use super::headers::{header, with_request_id};
use super::schemas::{and_optional, array, both, choice, nullable, object, one_of, reference, text, with_format};
use crate::http::problem::Problem;

/// Schemas of what these answers have in common.
pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let fault = object([
        ("field", text("The parameter or field.", "start_date")),
        ("code", text("A stable code.", "missing_parameter")),
        ("detail", text("What is wrong, for people.", "is required.")),
    ]);
    let errors: RefOr<Schema> = array(reference("Fault")).into();
    vec![("Fault", fault.into()), ("Problem", and_optional(problem(), [("errors", errors)]).into())]
}

/// What every problem document has (RFC 9457).
fn problem() -> ObjectBuilder {
    let status = ObjectBuilder::new().schema_type(Type::Integer).examples([400]);
    object([
        ("type", with_format("uri-reference").examples(["/docs/errors.md#missing_parameter"]).into()),
        ("title", text("What kind of problem it is, for people.", "The query string is not valid")),
        ("status", status.into()),
        ("detail", text("What is wrong, for people.", "start_date: is required.")),
        ("code", text("A stable code; docs/errors.md says what to do.", "missing_parameter")),
        ("request_id", text("As in the header X-Request-Id.", examples::UUID)),
    ])
    .description(Some("A problem document (RFC 9457). With several faults, `errors` names all of them."))
}

/// The problem of a request of several parts of which none could be taken: it counts and names them too.
pub(super) fn with_outcome(outcome: ObjectBuilder) -> RefOr<Schema> {
    let mut whole = problem().build();
    let outcome = outcome.build();
    whole.properties.extend(outcome.properties);
    whole.required.extend(outcome.required);
    whole.into()
}

/// A part of such a request that has a fault.
pub(super) fn rejected(what: &str, field: &str, code: &str) -> ObjectBuilder {
    let index = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).examples([0]);
    object([
        ("index", index.description(Some(format!("Which {what} of the request it is, from 0."))).into()),
        ("code", text("A stable code; docs/errors.md lists all.", code)),
        ("field", nullable(with_format("").examples([field]))),
        ("detail", text("What is wrong, for people.", "This is a UUID of 36 characters.")),
    ])
}

/// A document that says more than a problem does, as the component of that name.
pub(super) type Own = (&'static str, &'static str);

/// The answers to these problems, by their status; codes in `own` have schemas of their own.
pub(super) fn responses(problems: &[Problem], own: &[Own], components: &Components) -> Vec<(String, Response)> {
    let mut by_status: BTreeMap<u16, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        by_status.entry(problem.row().0).or_default().push(problem);
    }
    let of_status =
        |(status, problems): (u16, Vec<&Problem>)| (status.to_string(), response(&problems, own, components));
    by_status.into_iter().map(of_status).collect()
}

fn response(problems: &[&Problem], own: &[Own], components: &Components) -> Response {
    let own_of = |problem: &Problem| own.iter().find(|(code, _)| *code == problem.row().1).map(|(_, schema)| *schema);
    let codes: BTreeSet<_> =
        problems.iter().filter(|problem| own_of(problem).is_none()).map(|problem| problem.row().1).collect();
    let with_code = ObjectBuilder::new().property("code", choice(codes.iter().copied()));
    let plain = both(reference("Problem"), with_code);
    let others = problems.iter().filter_map(|problem| own_of(problem)).map(reference);
    let mut schemas: Vec<_> = others.chain((!codes.is_empty()).then_some(plain)).collect();
    let schema = if schemas.len() == 1 { schemas.remove(0) } else { one_of(schemas) };

    let examples = problems.iter().map(|problem| {
        let document = document(problem, own_of(problem), components);
        (problem.row().1, ExampleBuilder::new().summary(problem.row().2).value(Some(document)).build())
    });
    let content = ContentBuilder::new().schema(Some(schema)).examples_from_iter(examples);
    let mut titles: Vec<_> = problems.iter().map(|problem| problem.row().2).collect();
    titles.dedup();
    let mut response = ResponseBuilder::new().description(titles.join("; ") + ".");
    for (name, value) in problems.iter().filter_map(|problem| problem.header()) {
        response = response.header(name.as_str(), header("", value.to_str().unwrap_or_default()));
    }
    with_request_id(response).content("application/problem+json", content.build()).build()
}

/// What the problem says, and what only its own schema knows.
fn document(problem: &Problem, own: Option<&str>, components: &Components) -> Value {
    let said: Value = serde_json::from_slice(&problem.document(examples::UUID)).unwrap_or_default();
    let Some(own) = own else { return said };
    let mut whole = examples::of_schema(&json!({ "$ref": own }), components);
    for name in ["type", "title", "status", "detail", "code", "request_id"] {
        whole[name] = said[name].clone();
    }
    whole
}
