//! `colloquy import`.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;

/// What the command line gives.
#[derive(Args)]
pub struct ImportArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// Always, until it is written.
pub async fn run(_args: ImportArgs) -> Result<(), CommandError> {
    Err(CommandError::Refused("import is not there yet".into()))
}
