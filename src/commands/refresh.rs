//! `colloquy refresh`.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;

/// What the command line gives.
#[derive(Args)]
pub struct RefreshArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// Always, until it is written.
pub async fn run(_args: RefreshArgs) -> Result<(), CommandError> {
    Err(CommandError::Refused("refresh is not there yet".into()))
}
