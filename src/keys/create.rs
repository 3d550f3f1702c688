//! POST /api/v1/stores/{id}/keys: a new key, shown this once.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::ApiKey;
use crate::database::{self, Author, DatabaseError};
use crate::http::auth::{Admin, Scope};
use crate::http::body::Fields;
use crate::http::fields::{choice, instant, text};
use crate::http::problem::Problem;
use crate::http::{App, reply};

const SQL: &str = include_str!("../../sql/keys/create.sql");

/// What a new key is for.
pub struct NewKey {
    /// Null for an admin key.
    pub store_id: Option<Uuid>,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    #[error("the system has no randomness")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("there is no such store")]
    UnknownStore,
}

#[derive(Serialize)]
struct Answer<'a> {
    key_id: Uuid,
    key: &'a str,
    store_id: Uuid,
    name: &'a str,
    scopes: Vec<&'static str>,
    created_at: String,
    expires_at: Option<String>,
}

/// The handler.
///
/// # Errors
/// Faults of the body, `UnknownStore`, or a failing database.
pub async fn for_store(store_id: Uuid, app: App, admin: Admin, mut body: Fields) -> Result<Response, Problem> {
    let new = read(store_id, &mut body);
    let new = body.finish(|| new)?;
    let (key, row) = insert(app.author(admin.key_id), &new).await.map_err(|error| match error {
        CreateKeyError::UnknownStore => Problem::UnknownStore,
        CreateKeyError::Database(error) => error.into(),
        CreateKeyError::Random(error) => Problem::internal(&error),
    })?;
    let answer = Answer {
        key_id: row.try_get("key_id")?,
        key: key.as_str(),
        store_id,
        name: &new.name,
        scopes: new.scopes.iter().map(|scope| scope.name()).collect(),
        created_at: reply::rfc3339(row.try_get("created_at")?),
        expires_at: row.try_get::<_, Option<DateTime<Utc>>>("expires_at")?.map(reply::rfc3339),
    };
    reply::json(StatusCode::CREATED, &answer)
}

/// Makes a key and stores its hash.
///
/// # Errors
/// When the store is unknown or the database fails.
pub async fn insert<'a>(author: impl Into<Author<'a>>, new: &NewKey) -> Result<(ApiKey, Row), CreateKeyError> {
    let key = ApiKey::generate(&new.scopes)?;
    let hash: [u8; 32] = Sha256::digest(key.as_str()).into();
    let scopes: Vec<_> = new.scopes.iter().map(|scope| scope.name()).collect();
    let parameters: database::StatementParameters<'_> =
        &[&new.store_id, &new.name, &scopes, &hash.as_slice(), &new.expires_at];
    let row = database::change(author, SQL, parameters).await?.pop().ok_or(CreateKeyError::UnknownStore)?;
    Ok((key, row))
}

fn read(store_id: Uuid, body: &mut Fields) -> Option<NewKey> {
    let name = body.optional("name", |name: String| text(0..=200)(&name));
    let scopes = body.required("scopes", |names: Vec<String>| scopes(&names));
    let expires_at = body.optional("expires_at", |at: String| expiry(&at));
    Some(NewKey { store_id: Some(store_id), name: name?.unwrap_or_default(), scopes: scopes?, expires_at: expires_at? })
}

/// The scopes of a store's key by their names, each once.
///
/// # Errors
/// What is expected, for people.
pub fn scopes(names: &[String]) -> Result<Vec<Scope>, String> {
    let of_stores = &Scope::ALL[..3];
    let mut scopes = Vec::new();
    for name in names {
        let scope = choice(of_stores)(name)?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() { Err("must name at least one of ingest, read, manage.".into()) } else { Ok(scopes) }
}

/// An instant in the future.
///
/// # Errors
/// What is expected, for people.
pub fn expiry(text: &str) -> Result<DateTime<Utc>, String> {
    let at = instant(text)?;
    if at > Utc::now() { Ok(at) } else { Err("must be in the future.".into()) }
}
