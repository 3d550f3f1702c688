//! PostgreSQL's own programs, as a DBA runs them: those of the embedded server under test, else those on the path.

use std::path::Path;
use std::process::{Command, Output};

/// `pg_dump`, `psql` and the like. Name the database by `--dbname=URL`.
pub fn program(name: &str) -> Command {
    // What scripts/test exports for an embedded server.
    if std::env::var_os("TIMESCALEDB_DATA").is_some() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/timescaledb");
        let mut command = Command::new(script);
        command.args(["client", name]);
        command
    } else {
        Command::new(name)
    }
}

/// Runs to the end and demands success.
#[track_caller]
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
