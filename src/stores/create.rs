//! POST /api/v1/stores: a new store.

use tokio_postgres::Row;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::settings::{StoreSettings, refused};
use crate::database::{self, Author, DatabaseError};
use crate::http::auth::Admin;
use crate::http::body::Fields;
use crate::http::problem::Problem;
use crate::http::{App, fields, reply};

const SQL: &str = include_str!("../../sql/stores/create.sql");

/// The handler.
///
/// # Errors
/// Faults of the body, `StoreExists`, or a failing database.
pub async fn create(app: App, admin: Admin, mut body: Fields) -> Result<Response, Problem> {
    let store_id = body.optional("store_id", |id: String| fields::uuid(&id));
    let settings = StoreSettings::read_new(&mut body);
    let (store_id, settings) = body.finish(|| Some((store_id?, settings?)))?;
    let row = insert(app.author(admin.key_id), store_id, &settings).await.map_err(refused)?;
    let store = row.as_ref().map(reply::object).transpose()?;
    reply::json(StatusCode::CREATED, &store)
}

/// Inserts a store, with a new id if none is given.
///
/// # Errors
/// When the id exists, the timezone is unknown to the database, or the database fails.
pub async fn insert<'a>(
    author: impl Into<Author<'a>>,
    store_id: Option<Uuid>,
    settings: &StoreSettings,
) -> Result<Option<Row>, DatabaseError> {
    let mut rows = database::change(
        author,
        SQL,
        &[
            &store_id,
            &settings.name,
            &settings.timezone,
            &settings.locale,
            &settings.currency,
            &settings.abandon_after_seconds,
            &settings.gap_confidence_threshold,
            &settings.allowed_origins,
        ],
    )
    .await?;
    Ok(rows.pop())
}
