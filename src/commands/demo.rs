//! `colloquy demo`.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;

/// What the command line gives.
#[derive(Args)]
pub struct DemoArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// Always, until it is written.
pub async fn run(_args: DemoArgs) -> Result<(), CommandError> {
    Err(CommandError::Refused("demo is not there yet".into()))
}
