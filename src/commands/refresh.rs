//! `colloquy refresh`: does now what jobs do of themselves: folds pending buckets into the rollup, finds content gaps.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};
use crate::import;

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
    println!("{} pending buckets folded in", import::refresh(&client).await?);
    client.batch_execute("call detect_content_gaps()").await.map_err(DatabaseError::from)?;
    println!("content gaps are up to date");
    Ok(())
}
