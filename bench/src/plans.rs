//! What a baseline works with: its indexes, and the plans of statements.

use std::process::Stdio;

use tokio::{io::AsyncWriteExt, process::Command};
use tokio_postgres::Client;

use crate::{Result, bench::Bench, generator::Store, report::Text, statements};

/// Of the text of a statement that stand above its plan.
const QUERY_CHARACTERS: usize = 120;

const INDEXES: &str = "select pg_get_indexdef(indexrelid) || ';' from pg_index
    where indrelid = $1::text::regclass order by indexrelid";

/// The indexes of a table, as the statements that make them.
///
/// # Errors
/// When the database fails.
pub async fn indexes(client: &Client, table: &str) -> Result<Text> {
    let rows = client.query(INDEXES, &[&table]).await?;
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(Text::new(&format!("Indexes of {table}"), lines.join("\n")))
}

/// The plan of a statement whose values stand in its text. It runs, and is undone.
///
/// # Errors
/// When the database fails.
pub async fn plan(client: &Client, title: &str, statement: &str) -> Result<Text> {
    client.batch_execute("begin").await?;
    let explained = client.query(&format!("explain (analyze, buffers, settings) {statement}"), &[]).await;
    client.batch_execute("rollback").await?;
    let lines: Vec<String> = explained?.iter().map(|row| row.get(0)).collect();
    Ok(Text::new(title, lines.join("\n")))
}

/// The plans of all statements that a function runs for a millisecond or more, found by `auto_explain`. What it does is
/// undone.
///
/// # Errors
/// When psql does not run; what PostgreSQL refuses is part of the text.
pub async fn plans_inside(bench: &Bench, database: &str, title: &str, statement: &str) -> Result<Text> {
    let script = format!(
        "load 'auto_explain';
         set auto_explain.log_min_duration = 1;
         set auto_explain.log_nested_statements = on;
         set auto_explain.log_analyze = on;
         set auto_explain.log_level = notice;
         set search_path = analytics, public;
         begin;
         {statement};
         rollback;"
    );
    let mut psql = Command::new(bench.project.join("scripts/timescaledb"))
        .args(["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--dbname", database])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    psql.stdin.take().ok_or("no input")?.write_all(script.as_bytes()).await?;
    let output = psql.wait_with_output().await?;
    Ok(Text::new(title, without_queries(&String::from_utf8_lossy(&output.stderr))))
}

/// Of the text of each statement only the start stays; all of it is in `sql/`.
fn without_queries(notices: &str) -> String {
    let mut kept = String::new();
    let mut in_query = false;
    for line in notices.lines() {
        let begins = line.starts_with("Query Text:");
        in_query = begins || in_query && !line.contains("(cost=");
        if begins || !in_query {
            let most = if begins { QUERY_CHARACTERS } else { usize::MAX };
            kept.extend(line.chars().take(most));
            kept.push('\n');
        }
    }
    kept
}

/// The plan of a statement as a server runs it for a store, with its values in its text.
///
/// # Errors
/// When the database fails.
pub async fn tenant_plan(bench: &Bench, client: &Client, title: &str, store: &Store, statement: &str) -> Result<Text> {
    let enter = statements::with_values(
        &statements::read(bench, "database/tenant.sql")?,
        &[statements::literal(&store.id.to_string())],
    );
    client.batch_execute(&format!("begin isolation level repeatable read read only; {enter}")).await?;
    let explained = client.query(&format!("explain (analyze, buffers, settings) {statement}"), &[]).await;
    client.batch_execute("rollback").await?;
    let lines: Vec<String> = explained?.iter().map(|row| row.get(0)).collect();
    Ok(Text::new(title, lines.join("\n")))
}

/// The plan of a statement that takes too long to run once more.
///
/// # Errors
/// When the database fails.
pub async fn planned(client: &Client, title: &str, statement: &str) -> Result<Text> {
    let explained = client.query(&format!("explain (settings) {statement}"), &[]).await?;
    let lines: Vec<String> = explained.iter().map(|row| row.get(0)).collect();
    Ok(Text::new(title, lines.join("\n")))
}
