//! POST /api/v1/analytics/recalculate: takes note of a recalculation, which a server works on in the background.

use uuid::Uuid;
use warp::http::StatusCode;
use warp::http::header::{HeaderValue, LOCATION};
use warp::reply::Response;

use super::edge::{Edge, resolve};
use super::show::find;
use crate::database::{self, DatabaseError};
use crate::http::auth::Admin;
use crate::http::body::Fields;
use crate::http::problem::Problem;
use crate::http::{App, fields, reply};

/// Takes note of a recalculation: a server works on it if it is one of the background, else the command line does.
pub const CREATE: &str = include_str!("../../sql/recalculation/create.sql");

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
    drop(client);
    let id = Uuid::new_v4();
    let parameters: database::StatementParameters<'_> =
        &[&id, &store_id, &range.from, &range.to, &true, &Some(admin.key_id)];
    database::change(app.author(admin.key_id), CREATE, parameters).await?;
    app.recalculations.notify_one();

    let row = find(&app.pool, id).await?.ok_or(Problem::UnknownRecalculation)?;
    let mut response = reply::json(StatusCode::ACCEPTED, &reply::object(&row)?)?;
    if let Ok(value) = HeaderValue::from_str(&format!("/api/v1/analytics/recalculate/{id}")) {
        response.headers_mut().insert(LOCATION, value);
    }
    Ok(response)
}
