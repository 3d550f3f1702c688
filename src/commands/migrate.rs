//! `colloquy migrate`.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;

/// What the command line gives.
#[derive(Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// Always, until it is written.
pub async fn run(_args: MigrateArgs) -> Result<(), CommandError> {
    Err(CommandError::Refused("migrate is not there yet".into()))
}
