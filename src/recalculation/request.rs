//! POST /api/v1/analytics/recalculate: takes note of a recalculation, which a server works on in the background.

use tokio_postgres::Client;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::http::header::{HeaderValue, LOCATION};
use warp::reply::Response;

use super::edge::{Edge, ResolvedRange, resolve};
use super::show::find;
use crate::database::DatabaseError;
use crate::http::auth::Admin;
use crate::http::body::Fields;
use crate::http::problem::Problem;
use crate::http::{App, fields, reply};

const CREATE: &str = include_str!("../../sql/recalculation/create.sql");

/// The handler.
///
/// # Errors
/// Faults of the body, `UnknownStore`, or a failing database.
pub async fn request(app: App, admin: Admin, mut body: Fields) -> Result<Response, Problem> {
    let from = body.required("from", |text: String| Edge::parse(&text));
    let to = body.required("to", |text: String| Edge::parse(&text));
    let store_id = body.optional("store_id", |id: String| fields::uuid(&id));
    let (from, to, store_id) = body.finish(|| Some((from?, to?, store_id?)))?;

    let client = app.pool.get().await.map_err(DatabaseError::from)?;
    let range = resolve(&client, from, to, store_id).await?;
    if !range.is_store {
        return Err(Problem::UnknownStore);
    }
    if range.from >= range.to {
        return Err(Problem::body("from", "invalid_field", "must be before to."));
    }
    let id = Uuid::new_v4();
    create(&client, id, store_id, range, Some(admin.key_id)).await?;
    drop(client);
    app.recalculations.notify_one();

    let row = find(&app.pool, id).await?.ok_or(Problem::UnknownRecalculation)?;
    let mut response = reply::json(StatusCode::ACCEPTED, &reply::object(&row)?)?;
    if let Ok(value) = HeaderValue::from_str(&format!("/api/v1/analytics/recalculate/{id}")) {
        response.headers_mut().insert(LOCATION, value);
    }
    Ok(response)
}

/// Takes note of a recalculation: a server works on it if a key asked for it, else the command line does.
///
/// # Errors
/// When the database fails.
pub async fn create(
    client: &Client,
    id: Uuid,
    store_id: Option<Uuid>,
    range: ResolvedRange,
    requested_by: Option<Uuid>,
) -> Result<(), DatabaseError> {
    let is_background = requested_by.is_some();
    client.execute(CREATE, &[&id, &store_id, &range.from, &range.to, &is_background, &requested_by]).await?;
    Ok(())
}
