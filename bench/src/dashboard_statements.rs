//! The transaction that the dashboard's endpoint runs, from the project's files, with the parameters that the endpoint
//! works out: as a script of pgbench, and as text.

use std::{fs, path::PathBuf};

use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    generator::Store,
    pgbench,
    questions::Period,
    statements::{literal, read, with_values},
};

const BEGIN: &str = "begin isolation level repeatable read read only";
/// The settings that each session of the server has, in the form of `PGOPTIONS`.
const SETTINGS: &str = "select string_agg(format('-c %s=%s', name, replace(setting, ' ', '')), ' ' order by name)
    from pg_settings where name in ('search_path', 'TimeZone', 'plan_cache_mode', 'jit')";
/// What each statement takes in the order of `$1`, `$2`, …: the name of a variable, or else SQL.
const STATEMENTS: [(&str, &[&str]); 4] = [
    ("database/tenant.sql", &["store"]),
    ("analytics/dashboard.sql", &["store", "from", "to", "previous_from", "previous_to", "edges", "labels"]),
    ("analytics/dashboard_roi_and_quality.sql", &["store", "from", "to", "dates", "edges"]),
    ("gaps/summary.sql", &["store"]),
];
const VARIABLES: [&str; 8] = ["store", "from", "to", "previous_from", "previous_to", "dates", "edges", "labels"];

/// The transaction for a store and a period.
pub struct DashboardStatements {
    values: Vec<String>,
    statements: Vec<(String, &'static [&'static str])>,
    settings: String,
}

impl DashboardStatements {
    /// Works out the parameters as of now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(bench: &Bench, client: &Client, store: &Store, period: Period) -> Result<Self> {
        let range = read(bench, "analytics/period_range.sql")?;
        let asked = [literal(period.name()), literal(store.timezone.name()), "false".to_owned()];
        let texts = "from_at::text, to_at::text, previous_from_at::text, previous_to_at::text, dates::text, edges::text, labels::text";
        let row = client.query_one(&format!("select {texts} from ({}) r", with_values(&range, &asked)), &[]).await?;
        let values = std::iter::once(store.id.to_string()).chain((0..7).map(|place| row.get(place))).collect();
        let of = |(path, takes): (&str, _)| Ok((read(bench, path)?, takes));
        let statements = STATEMENTS.into_iter().map(of).collect::<Result<_>>()?;
        Ok(Self { values, statements, settings: client.query_one(SETTINGS, &[]).await?.get(0) })
    }

    /// Transactions a second by pgbench: one statement after the other, or all of a transaction in a pipeline, as the
    /// server sends them.
    ///
    /// # Errors
    /// When pgbench fails.
    pub async fn per_second(
        &self,
        bench: &Bench,
        database: &str,
        (clients, seconds): (usize, u64),
        is_pipeline: bool,
    ) -> Result<f64> {
        let mut command = pgbench::command(bench, clients, seconds);
        for (name, value) in VARIABLES.iter().zip(&self.values) {
            command.arg("--define").arg(format!("{name}={value}"));
        }
        command.arg("--file").arg(self.script(bench, is_pipeline)?);
        pgbench::per_second(command.env("PGOPTIONS", &self.settings).arg(database)).await
    }

    fn script(&self, bench: &Bench, is_pipeline: bool) -> Result<PathBuf> {
        let path = bench.folder().join(if is_pipeline { "dashboard-pipeline.sql" } else { "dashboard.sql" });
        let variable = |name: &&str| if VARIABLES.contains(name) { format!(":{name}") } else { (*name).to_owned() };
        let all = self.filled(variable).into_iter();
        let lines = std::iter::once(BEGIN.to_owned()).chain(all).chain(["commit".to_owned()]);
        let transaction: String = lines.map(|statement| statement + ";\n").collect();
        let script = if is_pipeline { format!("\\startpipeline\n{transaction}\\endpipeline\n") } else { transaction };
        fs::write(&path, script)?;
        Ok(path)
    }

    /// The statements with their values as text, that of the tenant first.
    #[must_use]
    pub fn with_literals(&self) -> Vec<String> {
        let place = |name: &str| VARIABLES.iter().position(|variable| *variable == name);
        self.filled(|name| place(name).map_or_else(|| (*name).to_owned(), |nth| literal(&self.values[nth])))
    }

    fn filled(&self, value: impl Fn(&&str) -> String) -> Vec<String> {
        let fill = |(text, takes): &(String, &[&str])| with_values(text, &takes.iter().map(&value).collect::<Vec<_>>());
        self.statements.iter().map(fill).collect()
    }
}
