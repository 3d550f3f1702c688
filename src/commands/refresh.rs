//! `colloquy refresh`: folds all pending buckets into the rollup now.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};

const COUNT_PENDING: &str = include_str!("../../sql/rollups/count_pending.sql");

/// What the command line gives.
#[derive(Args)]
pub struct RefreshArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn run(args: RefreshArgs) -> Result<(), CommandError> {
    let client = database::connect(&args.database.database_url).await?;
    let row = client.query_one(COUNT_PENDING, &[]).await.map_err(DatabaseError::from)?;
    let pending: i64 = row.try_get("buckets").map_err(DatabaseError::from)?;
    client.batch_execute("call refresh_rollups()").await.map_err(DatabaseError::from)?;
    println!("{pending} pending buckets folded in");
    Ok(())
}
