//! The limit of single events: autocommit INSERTs by pgbench, of stores by their traffic.

use std::fs;

use colloquy::demo::Random;
use tokio::process::Command;

use crate::{
    Result,
    bench::Bench,
    generator::{self, Store},
};

/// What each client does, again and again; pgbench prepares it once.
pub const INSERT: &str = r#"insert into analytics.conversation_events
    (store_id, conversation_id, event_id, event_type, customer_id, response_us, event_data, created_at)
values ('STORE', gen_random_uuid(), gen_random_uuid(), 'message_sent', 'customer-0000017', 820000,
        '{"agent": "ai", "response_time_ms": 820}', now() - interval '1 hour')"#;
/// Scripts of pgbench, each with a store of its own.
const SCRIPTS: usize = 20;

/// Transactions a second of so many clients over some seconds.
///
/// # Errors
/// When pgbench fails.
pub async fn inserts_per_second(
    bench: &Bench,
    database: &str,
    stores: &[Store],
    clients: usize,
    seconds: u64,
) -> Result<f64> {
    let weighted: Vec<(&Store, f64)> = stores.iter().zip(generator::shares()).collect();
    let mut random = Random::of(&[1]);
    let mut command = command(bench, clients, seconds);
    for nth in 0..SCRIPTS {
        let script = bench.folder().join(format!("insert-{nth}.sql"));
        fs::write(&script, statement(random.weighted(&weighted)) + ";\n")?;
        command.arg("--file").arg(script);
    }
    per_second(command.arg(database)).await
}

/// pgbench with so many clients for some seconds, each statement prepared once.
pub fn command(bench: &Bench, clients: usize, seconds: u64) -> Command {
    let mut command = Command::new(bench.project.join("scripts/timescaledb"));
    command.args(["client", "pgbench", "--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.args([format!("--client={clients}"), format!("--time={seconds}")]);
    command
}

/// Runs pgbench; returns its transactions a second.
///
/// # Errors
/// When it fails.
pub async fn per_second(command: &mut Command) -> Result<f64> {
    let output = command.output().await?;
    let shown = String::from_utf8_lossy(&output.stdout);
    let tps = shown.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    tps.ok_or_else(|| format!("pgbench failed: {shown}{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The statement for a store.
#[must_use]
pub fn statement(store: &Store) -> String {
    INSERT.replace("STORE", &store.id.to_string())
}
