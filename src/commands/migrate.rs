//! `colloquy migrate`: brings the database to this version's schema.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::{database, schema};

/// What the command line gives.
#[derive(Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn run(args: MigrateArgs) -> Result<(), CommandError> {
    let mut client = database::connect(&args.database.database_url).await?;
    let done = schema::migrate(&mut client).await?;
    println!("{}: {} migrations and {} SQL files applied", done.edition, done.migrations, done.files);
    Ok(())
}
