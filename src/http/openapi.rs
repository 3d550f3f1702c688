//! GET /openapi.json: every path, parameter, body, answer and error, from the code that handles them.

mod analytics;
mod answer;
mod audit;
mod columns;
mod conversations;
mod customers;
mod events;
mod examples;
mod export;
mod gaps;
mod headers;
mod health;
mod keys;
mod operation;
mod parameters;
mod problems;
mod quality;
mod repair;
mod roi;
mod schemas;
mod stores;

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::Value;
use utoipa::openapi::path::PathsBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, Schema};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, RefOr};
use warp::reply::Response;

use super::problem::Problem;
use super::reply::{Format, with_content_type};
use crate::dashboard::session::COOKIE_NAME;
use examples::Components;
use operation::Operation;

const DESCRIPTION: &str = "Conversation analytics for AI support agents.\n\n\
    Dates are the local days of the store, the last one included; instants are half-open ranges. Rates are 0 to 1 and \
    times milliseconds, both null where there is nothing to divide by. Every error is a problem document (RFC 9457) with \
    a stable `code`; several faults of a request are told at once.";

/// The handler.
///
/// # Errors
/// When the document cannot be written.
pub async fn document() -> Result<Response, Problem> {
    static TEXT: LazyLock<Option<Bytes>> = LazyLock::new(|| serde_json::to_vec(&openapi()).ok().map(Bytes::from));
    let text = TEXT.clone().ok_or(Problem::Internal)?;
    Ok(with_content_type(Response::new(text.into()), Format::Json.content_type()))
}

/// The document.
#[must_use]
pub fn openapi() -> OpenApi {
    let schemas: Vec<_> = [
        problems::schemas(),
        analytics::schemas(),
        roi::schemas(),
        quality::schemas(),
        export::schemas(),
        conversations::schemas(),
        events::schemas(),
        gaps::schemas(),
        stores::schemas(),
        keys::schemas(),
        audit::schemas(),
        repair::schemas(),
        customers::schemas(),
        health::schemas(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let by_name: Components = schemas.iter().map(|(name, schema)| ((*name).to_owned(), json_of(schema))).collect();
    let mut paths = PathsBuilder::new();
    for operation in operations() {
        paths = paths.path(operation.path, operation.item(&by_name));
    }
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("clq_…").description(Some(
        "A key of a store with some of the scopes ingest, read and manage, or an admin key, which may do everything.",
    ));
    let session = ApiKeyValue::with_description(
        COOKIE_NAME,
        "The session of somebody who is signed in to the web dashboard; it stands for a key where something is read.",
    );
    let components = ComponentsBuilder::new()
        .security_scheme(operation::KEY, SecurityScheme::Http(key.build()))
        .security_scheme(operation::SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    let components = schemas.into_iter().fold(components, |all, (name, schema)| all.schema(name, schema));
    let license = LicenseBuilder::new().name(env!("CARGO_PKG_LICENSE")).identifier(Some(env!("CARGO_PKG_LICENSE")));
    let info = InfoBuilder::new().title("Colloquy").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    OpenApiBuilder::new()
        .info(info.license(Some(license.build())).build())
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

/// The paths of all operations, with ids as `{name}`.
pub(crate) fn paths() -> Vec<&'static str> {
    operations().into_iter().map(|operation| operation.path).collect()
}

fn operations() -> Vec<Operation> {
    let areas = [
        analytics::operations(),
        roi::operations(),
        quality::operations(),
        export::operations(),
        conversations::operations(),
        events::operations(),
        gaps::operations(),
        stores::operations(),
        keys::operations(),
        audit::operations(),
        repair::operations(),
        customers::operations(),
        health::operations(),
    ];
    areas.into_iter().flatten().collect()
}

fn json_of(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}
