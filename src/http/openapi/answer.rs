//! What a request that was done is answered, and bodies in their media types.

use serde_json::Value;
use utoipa::openapi::Content;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::Header;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::Schema;

use super::columns::Columns;
use super::examples::{self, Components};
use super::headers::with_request_id;
use super::schemas::with_format;

/// A body in one of its media types.
pub(super) struct Body {
    pub(super) media_type: &'static str,
    pub(super) schema: RefOr<Schema>,
    /// By name, if there are several; none for what the schema says.
    pub(super) examples: Vec<(&'static str, Value)>,
}

/// An answer to a request that was done.
pub(super) struct Answer {
    description: &'static str,
    bodies: Vec<Body>,
    headers: Vec<(&'static str, Header)>,
}

impl Answer {
    /// An answer without a body.
    pub(super) fn empty(description: &'static str) -> Self {
        Self { description, bodies: Vec::new(), headers: Vec::new() }
    }

    /// An answer in JSON.
    pub(super) fn json(description: &'static str, schema: impl Into<RefOr<Schema>>) -> Self {
        Self::empty(description).or("application/json", schema, Vec::new())
    }

    /// The same rows in CSV.
    pub(super) fn or_csv(self, columns: &Columns) -> Self {
        self.or_csv_of(&[("", columns)])
    }

    /// The same rows in CSV, which has one of several headers.
    pub(super) fn or_csv_of(self, columns: &[(&'static str, &Columns)]) -> Self {
        let examples = columns.iter().map(|(name, columns)| (*name, columns.csv().into())).collect();
        self.or("text/csv", with_format(""), examples)
    }

    /// The same in another media type.
    pub(super) fn or(
        mut self,
        media_type: &'static str,
        schema: impl Into<RefOr<Schema>>,
        examples: Vec<(&'static str, Value)>,
    ) -> Self {
        self.bodies.push(Body { media_type, schema: schema.into(), examples });
        self
    }

    pub(super) fn header(mut self, header: (&'static str, Header)) -> Self {
        self.headers.push(header);
        self
    }

    pub(super) fn build(self, components: &Components) -> Response {
        let mut response = with_request_id(ResponseBuilder::new().description(self.description));
        for (name, header) in self.headers {
            response = response.header(name, header);
        }
        for body in self.bodies {
            response = response.content(body.media_type, body.build(components));
        }
        response.build()
    }
}

impl Body {
    pub(super) fn build(&self, components: &Components) -> Content {
        let content = ContentBuilder::new().schema(Some(self.schema.clone()));
        let content = match self.examples.as_slice() {
            [] => content.example(Some(examples::of_typed(&self.schema, components))),
            [(_, example)] => content.example(Some(example.clone())),
            several => content.examples_from_iter(several.iter().map(|(name, example)| {
                (*name, ExampleBuilder::new().summary(*name).value(Some(example.clone())).build())
            })),
        };
        content.build()
    }
}
