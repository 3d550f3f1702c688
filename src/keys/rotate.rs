//! POST `/api/v1/stores/{id}/keys/{key_id}/rotate`: a successor for a key, both good until the old one ends.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::ApiKey;
use super::create::expiry;
use crate::database::{self, Author, DatabaseError};
use crate::http::auth::{Admin, Scope};
use crate::http::body::Fields;
use crate::http::problem::Problem;
use crate::http::{App, reply};

const ROTATABLE: &str = include_str!("../../sql/keys/rotatable.sql");
const ROTATE: &str = include_str!("../../sql/keys/rotate.sql");

/// Seconds during which both keys are good if nothing else is asked for: a day.
pub const DEFAULT_OVERLAP_SECONDS: i64 = 24 * 60 * 60;
/// Longest overlap, in seconds: 30 days.
pub const MAX_OVERLAP_SECONDS: i64 = 30 * DEFAULT_OVERLAP_SECONDS;

/// What is asked for.
pub struct Rotation {
    /// Null for a key of any store or of an admin.
    pub store_id: Option<Uuid>,
    pub key_id: Uuid,
    /// Until the old key ends, from 0 to `MAX_OVERLAP_SECONDS`; it ends sooner if it was to expire sooner.
    pub overlap_seconds: i64,
    /// Of the successor; null for that of the old key.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Why a key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeyError {
    #[error("the system has no randomness")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Database(DatabaseError),
    #[error("there is no such key")]
    UnknownKey,
    #[error("the key is revoked or expired; create a new one")]
    Ended,
    #[error("the key has a successor already; rotate that one")]
    Replaced,
}

impl From<DatabaseError> for RotateKeyError {
    fn from(error: DatabaseError) -> Self {
        // Another rotation of the key came first, after this one had looked.
        if error.constraint() == Some("api_keys_replaces_key") { Self::Replaced } else { Self::Database(error) }
    }
}

impl From<RotateKeyError> for Problem {
    fn from(error: RotateKeyError) -> Self {
        match error {
            RotateKeyError::Random(error) => Self::internal(&error),
            RotateKeyError::Database(error) => error.into(),
            RotateKeyError::UnknownKey => Self::NotFound,
            RotateKeyError::Ended => Self::KeyEnded,
            RotateKeyError::Replaced => Self::KeyReplaced,
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    key: &'a str,
}

/// The handler.
///
/// # Errors
/// Faults of the body, `NotFound` when the store has no such key, `KeyEnded`, `KeyReplaced`, or a failing database.
pub async fn of_store(
    store_id: Uuid,
    key_id: Uuid,
    app: App,
    admin: Admin,
    mut body: Fields,
) -> Result<Response, Problem> {
    let overlap_seconds = body.optional("overlap_seconds", overlap);
    let expires_at = body.optional("expires_at", |at: String| expiry(&at));
    let (overlap_seconds, expires_at) = body.finish(|| Some((overlap_seconds?, expires_at?)))?;
    let overlap_seconds = overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECONDS);
    let rotation = Rotation { store_id: Some(store_id), key_id, overlap_seconds, expires_at };
    let (key, row) = rotate(app.author(admin.key_id), &rotation).await?;
    let answer = reply::object_with(&row, &[], &Answer { key: key.as_str() })?;
    reply::json(StatusCode::CREATED, &answer)
}

/// Makes the successor of a key, stores its hash, and lets the old key end.
///
/// # Errors
/// See [`RotateKeyError`]; nothing was changed then.
pub async fn rotate<'a>(author: impl Into<Author<'a>>, rotation: &Rotation) -> Result<(ApiKey, Row), RotateKeyError> {
    let author = author.into();
    let key = ApiKey::generate(&scopes_of(author.pool(), rotation).await?)?;
    let hash: [u8; 32] = Sha256::digest(key.as_str()).into();
    let parameters: database::StatementParameters<'_> =
        &[&rotation.key_id, &rotation.store_id, &hash.as_slice(), &rotation.expires_at, &rotation.overlap_seconds];
    // Without a row it was revoked or has expired since.
    let row = database::change(author, ROTATE, parameters).await?.pop().ok_or(RotateKeyError::Ended)?;
    Ok((key, row))
}

/// The scopes, which a key has in its text, of a key that can be rotated.
async fn scopes_of(pool: &Pool, rotation: &Rotation) -> Result<Vec<Scope>, RotateKeyError> {
    let rows = database::query(pool, ROTATABLE, &[&rotation.key_id, &rotation.store_id]).await?;
    let row = rows.first().ok_or(RotateKeyError::UnknownKey)?;
    let get = |column| row.try_get::<_, bool>(column).map_err(DatabaseError::from);
    if get("has_successor")? {
        return Err(RotateKeyError::Replaced);
    }
    if get("has_ended")? {
        return Err(RotateKeyError::Ended);
    }
    let names: Vec<&str> = row.try_get("scopes").map_err(DatabaseError::from)?;
    Ok(names.into_iter().filter_map(Scope::of_name).collect())
}

/// Seconds of an overlap.
fn overlap(seconds: i64) -> Result<i64, String> {
    let is_good = (0..=MAX_OVERLAP_SECONDS).contains(&seconds);
    if is_good {
        Ok(seconds)
    } else {
        Err(format!("must be a whole number of seconds from 0 to {MAX_OVERLAP_SECONDS}."))
    }
}

/// An overlap as the command line has it: a whole number and `s`, `m`, `h` or `d`, in seconds.
///
/// # Errors
/// What is expected, for people.
pub fn overlap_of_text(text: &str) -> Result<i64, String> {
    let expected = || "must be a whole number followed by s, m, h or d, such as 24h, and at most 30d".to_owned();
    let (number, seconds) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 60 * 60),
        Some((at, 'd')) => (&text[..at], 24 * 60 * 60),
        _ => return Err(expected()),
    };
    let number: u32 = number.parse().map_err(|_| expected())?;
    overlap(i64::from(number) * seconds).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_has_a_unit_and_is_at_most_thirty_days() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86_400), ("30d", 2_592_000)] {
            assert_eq!(overlap_of_text(text), Ok(seconds), "{text}");
        }
        for bad in ["", "h", "24", "-1h", "1.5h", "31d", "2592001s", "24 h", "1w", "1ü", "99999999999d"] {
            assert!(overlap_of_text(bad).is_err(), "{bad}");
        }
    }
}
