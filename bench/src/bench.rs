//! Where everything is that a row needs, from the flags and environment variables of scripts/bench.

use std::path::PathBuf;

use clap::Args;
use colloquy::database;
use tokio_postgres::Client;

use crate::Result;

/// The rows to run.
#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub bench: Bench,
    /// Numbers of rows, as 1 or 6b; all when none is named
    pub rows: Vec<String>,
}

/// The world of a row.
#[derive(Args, Clone)]
pub struct Bench {
    /// Any database of the server under test; others are made beside it
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// Checkout of the project
    #[arg(long, env = "BENCH_PROJECT")]
    pub project: PathBuf,
    /// The release build of colloquy
    #[arg(long, env = "BENCH_COLLOQUY")]
    pub colloquy: PathBuf,
    /// Edition and versions of the server under test
    #[arg(long, env = "BENCH_EDITION", default_value = "")]
    pub edition: String,
    /// Runs of each measurement
    #[arg(long, env = "BENCH_RUNS", default_value = "5")]
    pub runs: usize,
    /// Events of the large data set
    #[arg(long, env = "BENCH_LARGE_EVENTS", default_value = "30000000")]
    pub large_events: u64,
    /// Events of the small data set
    #[arg(long, env = "BENCH_SMALL_EVENTS", default_value = "1000000")]
    pub small_events: u64,
    /// Events that each side of a run of the ingest rows stores
    #[arg(long, env = "BENCH_INGEST_EVENTS", default_value = "200000")]
    pub ingest_events: usize,
    /// Connections that send requests of a thousand events
    #[arg(long, env = "BENCH_CONNECTIONS", default_value = "8")]
    pub connections: usize,
}

impl Bench {
    /// Where rows leave results, plans and logs.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.project.join("target/bench")
    }

    /// The URL of another database of the same server.
    #[must_use]
    pub fn url_of(&self, name: &str) -> String {
        let (address, options) = self.database_url.split_once('?').unwrap_or((&self.database_url, ""));
        let (server, _) = address.rsplit_once('/').unwrap_or((address, ""));
        let mark = if options.is_empty() { "" } else { "?" };
        format!("{server}/{name}{mark}{options}")
    }

    /// A connection for making and dropping databases.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn connect(&self) -> Result<Client> {
        Ok(database::connect(&self.database_url).await?)
    }

    /// Makes an empty database, in place of one that has the name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_database(&self, name: &str) -> Result<()> {
        self.drop_database(name).await?;
        self.connect().await?.batch_execute(&format!("create database {name}")).await?;
        Ok(())
    }

    /// Drops a database and ends its sessions, if there is one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn drop_database(&self, name: &str) -> Result<()> {
        self.connect().await?.batch_execute(&format!("drop database if exists {name} with (force)")).await?;
        Ok(())
    }
}
