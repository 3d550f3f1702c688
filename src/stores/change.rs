//! PATCH /api/v1/store and /api/v1/stores/{id}: other settings for a store.

use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::settings::{StoreSettings, refused};
use crate::database;
use crate::http::auth::{Admin, Tenant};
use crate::http::body::Fields;
use crate::http::problem::Problem;
use crate::http::{App, reply};

const SQL: &str = include_str!("../../sql/stores/change.sql");

/// The handler for the key's own store, which a store cannot archive itself.
///
/// # Errors
/// Faults of the body, or a failing database.
pub async fn by_tenant(app: App, tenant: Tenant, mut body: Fields) -> Result<Response, Problem> {
    let settings = StoreSettings::read(&mut body);
    let settings = body.finish(|| settings)?;
    change(&app, tenant.key_id, tenant.store_id, &settings, None).await
}

/// The handler for any store; `archived` puts it out of use, or back.
///
/// # Errors
/// Faults of the body, `UnknownStore`, or a failing database.
pub async fn by_admin(store_id: Uuid, app: App, admin: Admin, mut body: Fields) -> Result<Response, Problem> {
    let archived = body.optional("archived", Ok::<bool, String>);
    let settings = StoreSettings::read(&mut body);
    let (settings, archived) = body.finish(|| Some((settings?, archived?)))?;
    change(&app, admin.key_id, store_id, &settings, archived).await
}

async fn change(
    app: &App,
    key_id: Uuid,
    store_id: Uuid,
    settings: &StoreSettings,
    archived: Option<bool>,
) -> Result<Response, Problem> {
    let rows = database::change(
        app.author(key_id),
        SQL,
        &[
            &store_id,
            &settings.name,
            &settings.timezone,
            &settings.locale,
            &settings.currency,
            &settings.abandon_after_seconds,
            &settings.gap_confidence_threshold,
            &archived,
            &settings.allowed_origins,
        ],
    )
    .await
    .map_err(refused)?;
    let row = rows.first().ok_or(Problem::UnknownStore)?;
    app.live.wake(store_id);
    reply::json(StatusCode::OK, &reply::object(row)?)
}
