//! `colloquy doctor`.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;

/// What the command line gives.
#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// Always, until it is written.
pub async fn run(_args: DoctorArgs) -> Result<(), CommandError> {
    Err(CommandError::Refused("doctor is not there yet".into()))
}
