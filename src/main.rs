//! The command line, nothing else.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use colloquy::commands::{self, CommandError};
use colloquy::config::{LogArgs, warn_of_visible_password};
use colloquy::database::error_chain;

/// Conversation analytics for AI support agents, native to TimescaleDB
#[derive(Parser)]
#[command(name = "colloquy", version, about)]
struct CommandLine {
    #[command(flatten)]
    logs: LogArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Migrate the database, then answer HTTP until SIGTERM or SIGINT
    Serve(commands::serve::ServeArgs),
    /// Ask the server of this machine whether it can work, for health checks
    Ready(commands::ready::ReadyArgs),
    /// Bring the schema of the database up to date
    Migrate(commands::migrate::MigrateArgs),
    /// Load events of any age from NDJSON files in the ingest format
    Import(commands::import::ImportArgs),
    /// Write old raw events to files that import reads back, then drop them
    Archive(commands::archive::ArchiveArgs),
    /// Create demo stores and fill them with conversations
    Demo(commands::demo::DemoArgs),
    /// Fold all pending buckets into the rollup and look for content gaps now
    Refresh(commands::refresh::RefreshArgs),
    /// Make conversations and rollups of a range anew from raw events
    Recalculate(commands::recalculate::RecalculateArgs),
    /// Compare raw events, conversations, rollups and views, and name each difference
    Verify(commands::verify::VerifyArgs),
    /// Erase a customer of a store and print the receipt
    Erase(commands::erase::EraseArgs),
    /// Check the database and say what is wrong or untested
    Doctor(commands::doctor::DoctorArgs),
    /// Create the roles of the database and give them their rights, or print the SQL that does
    #[command(subcommand)]
    Roles(commands::roles::RolesCommand),
    /// Create and list stores
    #[command(subcommand)]
    Stores(commands::stores::StoresCommand),
    /// Create, list and revoke API keys
    #[command(subcommand)]
    Keys(commands::keys::KeysCommand),
}

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    let _logs = line.logs.start();
    warn_of_visible_password(std::env::args());
    match run(line.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("colloquy: {}", error_chain(&error).replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Serve(args) => commands::serve::run(args).await,
        Command::Ready(args) => commands::ready::run(args).await,
        Command::Migrate(args) => commands::migrate::run(args).await,
        Command::Import(args) => commands::import::run(args).await,
        Command::Archive(args) => commands::archive::run(args).await,
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Refresh(args) => commands::refresh::run(args).await,
        Command::Recalculate(args) => commands::recalculate::run(args).await,
        Command::Verify(args) => commands::verify::run(args).await,
        Command::Erase(args) => commands::erase::run(args).await,
        Command::Doctor(args) => commands::doctor::run(args).await,
        Command::Roles(command) => commands::roles::run(command).await,
        Command::Stores(command) => commands::stores::run(command).await,
        Command::Keys(command) => commands::keys::run(command).await,
    }
}
