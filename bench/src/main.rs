//! Measures Colloquy and its limits side by side, for docs/benchmarks.md; started by scripts/bench.

mod answers;
mod bench;
mod beside;
mod client;
mod copy;
mod dashboard_statements;
mod data;
mod empty;
mod fsync;
mod generator;
mod ingest;
mod looks;
mod machine;
mod measure;
mod metrics_answers;
mod oracle;
mod pgbench;
mod plans;
mod processes;
mod questions;
mod raw_events;
mod report;
mod rows;
mod scratch;
mod server;
mod statements;

use clap::{Parser, Subcommand};

/// Whatever goes wrong ends the row.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
#[command(about = "Benchmarks of Colloquy; scripts/bench starts them")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run rows and write the page; all of them when none is named
    Run(bench::RunArgs),
    /// Build the data sets that are missing
    Data(bench::Bench),
    /// List the rows
    List,
    /// Answer every request with 200 once its body is read, until killed; prints the address first
    Empty,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Run(args) => rows::run(&args).await,
        Command::Data(bench) => {
            data::DataSet::small(&bench).await?;
            data::DataSet::large(&bench).await?;
            Ok(())
        }
        Command::List => {
            rows::list();
            Ok(())
        }
        Command::Empty => empty::serve().await,
    }
}
