//! Logins of the roles of the database.

use postgres_protocol::password::scram_sha_256;
use serde_json::json;
use tokio_postgres::Client;

use crate::database::{DatabaseError, record_action};
use crate::schema;

const NAME_LOGIN: &str = include_str!("../sql/roles/name_login.sql");
const SET_LOGIN: &str = include_str!("../sql/roles/set_login.sql");
const MOST_ATTEMPTS: u32 = 10;

/// Lets a role log in by a password, of which only the SCRAM verifier is sent.
///
/// # Errors
/// When the database refuses; nothing is changed then.
pub async fn set_login(client: &mut Client, role: &str, password: &str) -> Result<(), DatabaseError> {
    let verifier = scram_sha_256(password.as_bytes());
    for _ in 1..MOST_ATTEMPTS {
        match attempt(client, role, &verifier).await {
            Err(error) if schema::is_concurrent_change(&error) => {}
            result => return Ok(result?),
        }
    }
    Ok(attempt(client, role, &verifier).await?)
}

async fn attempt(client: &mut Client, role: &str, verifier: &str) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    transaction.query_one(NAME_LOGIN, &[&role, &verifier]).await?;
    transaction.batch_execute(SET_LOGIN).await?;
    record_action(transaction.client(), "set_password", None, &json!({ "role": role })).await?;
    transaction.commit().await
}
