//! DELETE `/api/v1/customers/{customer_id}` and `colloquy erase`: the end of everything that names a customer.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::database::{Author, DatabaseError, Lease};
use crate::http::auth::Tenant;
use crate::http::problem::Problem;
use crate::http::reply::ReplyError;
use crate::http::{App, reply};

const ERASING: &str = include_str!("../../sql/customers/erasing.sql");
const ERASE: &str = include_str!("../../sql/customers/erase.sql");
const ARCHIVES: &str = include_str!("../../sql/customers/archives.sql");
// The function ends within ten minutes by itself.
const BEGIN: &str = "begin isolation level read committed; set local statement_timeout = '11min'";
const NAME_CUSTOMER: &str = "copy pg_temp.erasing (customer_id) from stdin (format binary)";
const ATTEMPTS: u32 = 5;

/// Where an erasure does not reach, as receipts say it.
pub const NOT_REACHED: [&str; 5] = [
    "archives that the receipt names, and files that events were imported from",
    "backups of the database, and its write-ahead log",
    "row versions that PostgreSQL has not vacuumed yet",
    "exports that somebody has downloaded",
    "logs of proxies and load balancers on the way here",
];

/// The id of a customer, which is never shown: neither by `Debug` nor in an error.
pub struct CustomerId(String);

impl CustomerId {
    /// A text of 1 to 255 characters, as events may have it.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        // PostgreSQL holds no NUL, so no customer has one.
        ((1..=255).contains(&text.chars().count()) && !text.contains('\0')).then_some(Self(text))
    }

    /// A segment of a path, percent-encoded.
    fn of_segment(segment: &str) -> Option<Self> {
        Self::new(percent_decode_str(segment).decode_utf8().ok()?.into_owned())
    }
}

/// What an erasure removed.
#[derive(Serialize)]
struct Rest {
    archives: Vec<Box<RawValue>>,
    not_reached: [&'static str; NOT_REACHED.len()],
}

/// Why nothing was erased. Never tells the id, nor a text of the database, which could quote it.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Nothing of such a customer is there.
    #[error("the store has no such customer")]
    UnknownCustomer,
    /// Retention, an archive or a writer held what the erasure needs for too long.
    #[error("the events are in use by retention, an archive or a writer; try again")]
    InUse,
    /// The database could not be reached.
    #[error("the database cannot be reached")]
    Unavailable,
    /// The database refused.
    #[error("the database refused the erasure (SQLSTATE {0})")]
    Refused(String),
}

impl From<DatabaseError> for EraseError {
    fn from(error: DatabaseError) -> Self {
        match error.sql_state() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Self::InUse,
            _ if error.is_unavailable() => Self::Unavailable,
            Some(state) => Self::Refused(state.code().to_owned()),
            None => Self::Refused("none".to_owned()),
        }
    }
}

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::UnknownCustomer => Self::UnknownCustomer,
            EraseError::InUse => Self::EventsInUse,
            EraseError::Unavailable => Self::DatabaseUnavailable,
            EraseError::Refused(_) => Self::internal(&error),
        }
    }
}

/// The handler.
///
/// # Errors
/// `UnknownCustomer`, `EventsInUse`, an id that none can have, or a failing database.
pub async fn erase(segment: String, app: App, tenant: Tenant) -> Result<Response, Problem> {
    let customer = CustomerId::of_segment(&segment).ok_or_else(|| {
        let detail = "must be a text of 1 to 255 characters, percent-encoded as UTF-8.";
        Problem::parameter("customer_id", "invalid_parameter", detail)
    })?;
    let receipt = erase_customer(app.author(tenant.key_id), tenant.store_id, &customer).await?;
    reply::json(StatusCode::OK, &receipt)
}

/// Erases a customer of a store and returns the receipt, an object in JSON. A deadlock is tried again.
///
/// # Errors
/// See [`EraseError`]; nothing was changed then, unless the connection broke while committing.
pub async fn erase_customer<'a>(
    author: impl Into<Author<'a>>,
    store_id: Uuid,
    customer: &CustomerId,
) -> Result<Box<RawValue>, EraseError> {
    let author = author.into();
    let mut attempt = 1;
    loop {
        match erase_once(&author, store_id, customer).await {
            Err(error) if attempt < ATTEMPTS && error.sql_state() == Some(&SqlState::T_R_DEADLOCK_DETECTED) => {
                tokio::time::sleep(Duration::from_millis(50) * attempt).await;
                attempt += 1;
            }
            result => return result?.ok_or(EraseError::UnknownCustomer),
        }
    }
}

async fn erase_once(
    author: &Author<'_>,
    store_id: Uuid,
    customer: &CustomerId,
) -> Result<Option<Box<RawValue>>, DatabaseError> {
    // Dropped on the way out of an error, it closes its connection and with it the transaction.
    let lease = Lease::take(author.pool()).await?;
    lease.batch_execute(ERASING).await?;
    let (erase, archives) = (lease.prepare_cached(ERASE).await?, lease.prepare_cached(ARCHIVES).await?);
    lease.batch_execute(BEGIN).await?;
    author.name_in(&lease).await?;
    name_customer(&lease, customer).await?;
    let Some(row) = lease.query_opt(&erase, &[&store_id, &author.key_id()]).await? else {
        lease.batch_execute("rollback").await?;
        lease.release();
        return Ok(None);
    };
    let erasure_id: Uuid = row.try_get("erasure_id")?;
    let archives = lease.query(&archives, &[&erasure_id]).await?;
    lease.batch_execute("commit").await?;
    lease.release();
    let unwritable = |error: ReplyError| DatabaseError::Unreadable(error.to_string());
    let rest = Rest { archives: reply::array(&archives).map_err(unwritable)?, not_reached: NOT_REACHED };
    Ok(Some(reply::object_with(&row, &[], &rest).map_err(unwritable)?))
}

/// Not as a parameter: PostgreSQL logs those of slow statements, but never what comes by COPY.
async fn name_customer(lease: &Lease, customer: &CustomerId) -> Result<(), DatabaseError> {
    let sink = lease.copy_in::<_, Bytes>(NAME_CUSTOMER).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::TEXT]));
    writer.as_mut().write(&[&customer.0]).await?;
    writer.finish().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::CustomerId;

    fn decoded(segment: &str) -> Option<String> {
        CustomerId::of_segment(segment).map(|id| id.0)
    }

    #[test]
    fn any_text_of_up_to_255_characters_can_stand_in_a_path() {
        assert_eq!(decoded("c%2F17%20%25_+").as_deref(), Some("c/17 %_+"));
        assert_eq!(decoded("%C3%BC").as_deref(), Some("ü"));
        assert_eq!(decoded(&"%C3%BC".repeat(255)), Some("ü".repeat(255)));
        for none in ["", "%00", "%FF", &"%C3%BC".repeat(256)] {
            assert_eq!(decoded(none), None, "{none}");
        }
    }
}
