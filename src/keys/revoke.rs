//! DELETE `/api/v1/stores/{id}/keys/{key_id}`: the end of a key.

use uuid::Uuid;
use warp::reply::Response;

use crate::database::{self, Author, DatabaseError};
use crate::http::auth::Admin;
use crate::http::problem::Problem;
use crate::http::{App, reply};

const SQL: &str = include_str!("../../sql/keys/revoke.sql");

/// The handler.
///
/// # Errors
/// `NotFound` when the store has no such key, or a failing database.
pub async fn of_store(store_id: Uuid, key_id: Uuid, app: App, admin: Admin) -> Result<Response, Problem> {
    let is_there = revoke(app.author(admin.key_id), key_id, Some(store_id)).await?;
    if is_there { Ok(reply::no_content()) } else { Err(Problem::NotFound) }
}

/// Revokes a key of a store, or with no store any key; false when there is none.
///
/// # Errors
/// When the database fails.
pub async fn revoke<'a>(
    author: impl Into<Author<'a>>,
    key_id: Uuid,
    store_id: Option<Uuid>,
) -> Result<bool, DatabaseError> {
    Ok(!database::change(author, SQL, &[&key_id, &store_id]).await?.is_empty())
}
