//! Parameters of paths and of query strings, each with an example.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Required, Type};

use super::examples;
use super::schemas::{choice, uuid, with_format};
use crate::analytics::ranges::Comparison;

/// A parameter of the query string that may be left out.
pub(super) fn optional(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    parameter(name, ParameterIn::Query, Required::False, description, schema.into())
}

/// A parameter of the query string that must be there.
pub(super) fn required(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    parameter(name, ParameterIn::Query, Required::True, description, schema.into())
}

/// The id in a path.
pub(super) fn in_path(name: &str, description: &str) -> Parameter {
    parameter(name, ParameterIn::Path, Required::True, description, uuid())
}

/// A text in a path that is no id of ours.
pub(super) fn text_in_path(name: &str, description: &str, from: usize, to: usize, example: &str) -> Parameter {
    parameter(name, ParameterIn::Path, Required::True, description, text_of(from, to, example).into())
}

fn parameter(
    name: &str,
    place: ParameterIn,
    is_required: Required,
    description: &str,
    schema: RefOr<Schema>,
) -> Parameter {
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(is_required);
    parameter.description(Some(description)).schema(Some(schema)).build()
}

/// One of some words, the first of which is the example.
pub(super) fn one_of<T>(choices: &[(&'static str, T)]) -> ObjectBuilder {
    choice(choices.iter().map(|(name, _)| *name)).examples(choices.first().map(|(name, _)| *name))
}

/// A whole number of a range.
pub(super) fn whole(from: i64, to: i64, example: i64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(from)).maximum(Some(to)).examples([example])
}

/// A decimal number from 0 on.
pub(super) fn decimal(to: i64, example: f64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(Some(to)).examples([example])
}

/// A text of some length.
pub(super) fn text_of(from: usize, to: usize, example: &str) -> ObjectBuilder {
    with_format("").min_length(Some(from)).max_length(Some(to)).examples([example])
}

/// `start_date` and `end_date`, as `Dates::read` takes them.
pub(super) fn dates() -> [Parameter; 2] {
    let date = || with_format("date").examples([examples::DATE]);
    [required("start_date", "First local day.", date()), required("end_date", "Last local day, included.", date())]
}

/// `format`, where rows can be had as JSON or CSV.
pub(super) fn json_or_csv() -> Parameter {
    let description = "JSON or CSV; without it, what the header `Accept` prefers, or JSON.";
    optional("format", description, choice(["json", "csv"]))
}

/// `cursor` and `limit` of a list.
pub(super) fn page() -> [Parameter; 2] {
    [
        optional("cursor", "`next_cursor` of the page before, with otherwise the same parameters.", with_format("")),
        optional("limit", "Rows of a page at most.", whole(1, 200, 50).default(Some(50.into()))),
    ]
}

/// `store_id`, which an admin key needs where a key of a store has one already.
pub(super) fn store_id() -> Parameter {
    optional("store_id", "The store: needed with an admin key, and left out with any other.", uuid())
}

/// `compare` with an earlier range of the same length.
pub(super) fn compare() -> Parameter {
    let choices = choice(Comparison::ALL.iter().map(|(name, _)| *name)).default(Some("previous_period".into()));
    optional(
        "compare",
        "What the dates are compared with: as many days right before, the same dates a year earlier, or nothing.",
        choices,
    )
}
