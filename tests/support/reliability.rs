//! How much of a reliability test is done, and the figures that it leaves for `docs/reliability.md`.

use std::fmt::{Display, Write};
use std::path::Path;
use std::time::Duration;

use tokio_postgres::Client;

/// Whether `make reliability` runs, and not `make test`.
pub fn is_full() -> bool {
    std::env::var("COLLOQUY_RELIABILITY").is_ok_and(|form| form == "full")
}

/// How often, or for how long, something is done.
pub fn planned<T>(quick: T, full: T) -> T {
    if is_full() { full } else { quick }
}

/// What one test measured: a row of the page.
pub struct Figures {
    row: u32,
    what: &'static str,
    command: &'static str,
    planned: String,
    executed: String,
    ledger: Option<usize>,
    measured: Vec<String>,
}

impl Figures {
    /// `row` is the test's number in the page, `command` the name that `scripts/reliability` knows it by: that of its file.
    pub fn of(row: u32, command: &'static str, what: &'static str) -> Self {
        let (planned, executed) = (String::new(), String::new());
        Self { row, what, command, planned, executed, ledger: None, measured: Vec::new() }
    }

    /// How often it was to be done and how often it was, in words such as `100 kills`.
    #[must_use]
    pub fn count(mut self, planned: impl Display, executed: impl Display, unit: &str) -> Self {
        (self.planned, self.executed) = (format!("{planned} {unit}"), executed.to_string());
        self
    }

    /// Acknowledged events that were compared with the tables.
    #[must_use]
    pub fn ledger(mut self, acknowledged: usize) -> Self {
        self.ledger = Some(acknowledged);
        self
    }

    /// A figure in words, with its unit.
    #[must_use]
    pub fn measured(mut self, figure: impl Display) -> Self {
        self.measured.push(figure.to_string());
        self
    }

    /// Prints the row, and leaves it as a file in the folder `COLLOQUY_FIGURES`, if that is set.
    pub async fn record(self, client: &Client) {
        let edition: String = client.query_one(EDITION, &[]).await.unwrap().get(0);
        self.write(&edition);
    }

    /// As `record`, of a test that needs no database.
    pub fn record_without_database(self) {
        self.write("no database");
    }

    fn write(self, edition: &str) {
        let mut line = format!("| {} | {} | {} / {} | ", self.row, self.what, self.planned, self.executed);
        match self.ledger {
            Some(events) => write!(line, "{events}").unwrap(),
            None => line.push('–'),
        }
        writeln!(line, " | {} | {edition} | `{}` |", self.measured.join("; "), self.command).unwrap();
        print!("FIGURES {line}");
        if let Some(folder) = std::env::var_os("COLLOQUY_FIGURES") {
            let name =
                format!("{:02}-{}-{edition}.row", self.row, self.what.replace(|c: char| !c.is_alphanumeric(), "-"));
            std::fs::write(Path::new(&folder).join(name), line).unwrap();
        }
    }
}

const EDITION: &str =
    "select case current_setting('timescaledb.license') when 'apache' then 'Apache-2' else 'Community' end
    from pg_extension where extname = 'timescaledb'";

/// A time as people read it: `820 ms`, `3.2 s`.
pub fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}
