//! Brings the schema of a database up to date, and tells whether it is.

use tokio_postgres::Client;

use crate::database::DatabaseError;

/// Brings the schema up to date.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn migrate(url: &str) -> Result<(), DatabaseError> {
    let _ = crate::database::connect(url).await?;
    Ok(())
}

/// True when the schema is as this program needs it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_migrated(client: &Client) -> Result<bool, DatabaseError> {
    let row = client.query_one("select to_regclass('analytics.stores') is not null", &[]).await?;
    Ok(row.try_get(0)?)
}
