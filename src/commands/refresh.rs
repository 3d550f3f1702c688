//! `colloquy refresh`: folds all pending buckets into the rollup now.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::{database, import};

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
    Ok(())
}
