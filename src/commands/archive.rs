//! `colloquy archive`: writes old raw events to files and drops them, or lists those files.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;

use super::CommandError;
use crate::archive::{self, Archive, Archived, Options};
use crate::config::DatabaseArgs;
use crate::database;

/// How long imports and slow queries are waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the command line gives.
#[derive(Args)]
pub struct ArchiveArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Age of the youngest events to archive, at least '90 days'; whole chunks of a week are archived
    #[arg(long, value_name = "AGE", required_unless_present = "list")]
    pub older_than: Option<String>,
    /// Folder to write to, which has to be there
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    pub to: Option<PathBuf>,
    /// Print what has been archived: from, to, events, bytes, SHA-256, dropped at, path, separated by tabs
    #[arg(long, conflicts_with_all = ["older_than", "to"])]
    pub list: bool,
}

/// Runs the command.
///
/// # Errors
/// When the age or the folder will not do, a file cannot be written, or the database fails.
pub async fn run(args: ArchiveArgs) -> Result<(), CommandError> {
    let client = database::connect(&args.database.database_url).await?;
    let (Some(older_than), Some(to)) = (args.older_than, args.to) else {
        archive::list(&client).await?.iter().for_each(print_archive);
        return Ok(());
    };
    let options = Options { older_than, to, patience: PATIENCE };
    let summary = archive::run(&client, &options, print_archived).await?;
    let chunks = summary.archived.len();
    let events: i64 = summary.archived.iter().map(|archived| archived.events).sum();
    println!("{chunks} chunks with {events} events archived and dropped");
    if summary.is_taken_by_retention {
        eprintln!(
            "retention drops events of this age by itself, without an archive; \
             `update installation set archive_before_drop = true` makes it wait for this command"
        );
    }
    Ok(())
}

fn print_archived(archived: &Archived) {
    let Archived { from_at, to_at, events, bytes, path, .. } = archived;
    println!("{} to {}: {events} events, {bytes} bytes, {}", text(*from_at), text(*to_at), path.display());
}

fn print_archive(archive: &Archive) {
    let Archive { from_at, to_at, events, bytes, sha256, dropped_at, path, .. } = archive;
    let dropped = dropped_at.map_or_else(|| "-".to_owned(), text);
    println!("{}\t{}\t{events}\t{bytes}\t{sha256}\t{dropped}\t{path}", text(*from_at), text(*to_at));
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
