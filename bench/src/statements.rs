//! The project's own SQL, with values in place of its parameters.

use std::fs;

use chrono::{Duration, NaiveDate};

use crate::{Result, bench::Bench, generator::Store, oracle};

/// A statement of the folder `sql`, without its comments.
///
/// # Errors
/// When there is no such file.
pub fn read(bench: &Bench, path: &str) -> Result<String> {
    Ok(without_comments(&fs::read_to_string(bench.project.join("sql").join(path))?))
}

/// A statement without the lines that are comments.
#[must_use]
pub fn without_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    lines.join("\n")
}

/// Puts values, as SQL, in the places of `$1`, `$2`, ….
#[must_use]
pub fn with_values(statement: &str, values: &[String]) -> String {
    // From the last to the first, because `$1` is the beginning of `$10`.
    values
        .iter()
        .enumerate()
        .rev()
        .fold(statement.to_owned(), |text, (nth, value)| text.replace(&format!("${}", nth + 1), value))
}

/// A value as a literal.
#[must_use]
pub fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The statement of the metrics of local days of a store, both inclusive, compared with nothing.
///
/// # Errors
/// When there is no such file.
pub fn metrics(bench: &Bench, store: &Store, (first, last): (NaiveDate, NaiveDate)) -> Result<String> {
    let at = |date| literal(&oracle::midnight(store.timezone, date).to_rfc3339());
    let values = [literal(&store.id.to_string()), at(first), at(last + Duration::days(1))];
    let nothing = ["null".to_owned(), "null".to_owned()];
    Ok(with_values(&read(bench, "analytics/metrics.sql")?, &[&values[..], &nothing].concat()))
}

/// An array of values as a literal.
#[must_use]
pub fn array(values: impl Iterator<Item = String>) -> String {
    literal(&format!("{{{}}}", values.map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(",")))
}
