//! `colloquy import`: loads events of any age from files, and says what became of them.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database;
use crate::import::{self, Options, Progress, Stop};
use crate::stores::settings;

/// What the command line gives.
#[derive(Args)]
#[allow(clippy::struct_excessive_bools)] // each is a flag
pub struct ImportArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Files of NDJSON in the ingest format, plain or gzip, of any number of stores
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Create the stores that the files name and the database lacks
    #[arg(long)]
    pub create_stores: bool,
    /// IANA timezone of the stores created
    #[arg(long, default_value = "UTC", requires = "create_stores", value_parser = settings::timezone)]
    pub timezone: String,
    /// Read and check everything, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Move all times by whole weeks, so that the last event is in the last seven days
    #[arg(long)]
    pub shift_to_now: bool,
    /// Exit with 1 if lines were rejected; the good ones are loaded all the same
    #[arg(long)]
    pub strict: bool,
    /// Connections that store at the same time; more than the database has cores gain nothing
    #[arg(long, default_value = "2", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub connections: u8,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, the database fails, it was asked to stop, or with `--strict` lines were rejected.
pub async fn run(args: ImportArgs) -> Result<(), CommandError> {
    let stop = Stop::on_signal()?;
    let client = database::connect(&args.database.database_url).await?;
    let options = Options {
        create_stores: args.create_stores,
        timezone: args.timezone,
        dry_run: args.dry_run,
        shift_to_now: args.shift_to_now,
        keep_bytes: import::KEEP_BYTES,
    };
    let mut others = Vec::new();
    for _ in 1..if args.dry_run { 1 } else { args.connections } {
        others.push(database::connect(&args.database.database_url).await?);
    }
    let progress = Arc::new(Progress::on_stderr());
    let summary = import::run(client, others, &args.files, &options, &progress, &stop).await?;
    println!("{summary}");
    match summary.rejections.count {
        0 => Ok(()),
        rejected if args.strict => Err(CommandError::Refused(format!("{rejected} lines were rejected"))),
        rejected => {
            eprintln!("{rejected} lines were rejected; with --strict this is a failure");
            Ok(())
        }
    }
}
