//! Replaces functions and views in place, or makes them anew where their columns have changed; and the rollup's aggregate.

use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

use super::{
    EXACT_ROLLUP, Edition, FUNCTIONS, MEASURES, ROLLUP, SETTLED_ROLLUP, SchemaError, Source, VIEWS, apply,
    apply_changed, is_applied, record, step, view_sources,
};

const DROPS: &[Source] = &[
    Source { path: "editions/drop_views.sql", text: include_str!("../../sql/editions/drop_views.sql") },
    Source { path: "editions/drop_functions.sql", text: include_str!("../../sql/editions/drop_functions.sql") },
];
const DROP_AGGREGATE: Source =
    Source { path: "editions/drop_aggregate.sql", text: include_str!("../../sql/editions/drop_aggregate.sql") };

/// Replaces in place whatever has changed, or drops first what has other columns, which cannot be replaced.
pub(super) async fn functions_and_views(transaction: &Transaction<'_>, edition: Edition) -> Result<usize, SchemaError> {
    transaction.batch_execute("savepoint sources").await.map_err(step("a savepoint"))?;
    match replace_functions_and_views(transaction, edition).await {
        Err(SchemaError::Database { source, .. }) if has_other_columns(&source) => {
            transaction.batch_execute("rollback to savepoint sources").await.map_err(step("a savepoint"))?;
            drop_functions_and_views(transaction).await?;
            replace_functions_and_views(transaction, edition).await
        }
        result => result,
    }
}

async fn replace_functions_and_views(transaction: &Transaction<'_>, edition: Edition) -> Result<usize, SchemaError> {
    let mut files = 0;
    for source in FUNCTIONS {
        files += apply_changed(transaction, source).await?;
    }
    Ok(files + apply_views(transaction, edition).await?)
}

/// Drops what `DROPS` names, unless something of others depends on it, and forgets that it was applied.
async fn drop_functions_and_views(transaction: &Transaction<'_>) -> Result<(), SchemaError> {
    let mut dependents = Vec::new();
    for source in DROPS {
        let found = drop_unless_used(transaction, source).await?;
        // Where the views could not be dropped, they still call the functions.
        dependents.extend(found.into_iter().filter(|dependent| !is_dropped(dependent)));
    }
    if !dependents.is_empty() {
        dependents.sort_unstable();
        dependents.dedup();
        return Err(SchemaError::Dependents { dependents });
    }
    let forget = "delete from applied_sql where path like 'functions/%' or path like 'views/%'";
    transaction.batch_execute(forget).await.map_err(step("applied_sql"))
}

/// Returns what depends on the things that a source drops; if there is any, nothing has been dropped.
async fn drop_unless_used(transaction: &Transaction<'_>, source: &Source) -> Result<Vec<String>, SchemaError> {
    transaction.batch_execute("savepoint dropping").await.map_err(step("a savepoint"))?;
    let Err(error) = transaction.batch_execute(source.text).await else { return Ok(Vec::new()) };
    transaction.batch_execute("rollback to savepoint dropping").await.map_err(step("a savepoint"))?;
    dependents_of(&error).ok_or(SchemaError::Database { step: source.path.to_owned(), source: error })
}

/// Whether what depends, in PostgreSQL's words, is itself one of the things to drop.
fn is_dropped(dependent: &str) -> bool {
    let object = dependent.split(" depends on ").next().and_then(|object| object.strip_prefix("view "));
    let mut names = DROPS.iter().flat_map(|source| source.text.split([' ', ',', ';', '\n']));
    object.is_some_and(|object| names.any(|name| name == object))
}

/// What PostgreSQL lists as depending on what could not be dropped; nothing if that was not the error.
fn dependents_of(error: &tokio_postgres::Error) -> Option<Vec<String>> {
    let error = error.as_db_error()?;
    let is_that = *error.code() == SqlState::DEPENDENT_OBJECTS_STILL_EXIST;
    is_that.then(|| error.detail().unwrap_or_default().lines().map(str::to_owned).collect())
}

/// The views that differ between the editions, everything that reads it, and the aggregate behind it.
async fn apply_views(transaction: &Transaction<'_>, edition: Edition) -> Result<usize, SchemaError> {
    let wanted = view_sources(edition);
    let mut changed = 0;
    for (path, text) in &wanted {
        if !is_applied(transaction, path, text).await? {
            changed += 1;
        }
    }
    if changed == 0 {
        return Ok(0);
    }
    replace_views(transaction, edition).await?;
    for (path, text) in &wanted {
        record(transaction, path, text).await?;
    }
    Ok(changed)
}

fn has_other_columns(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::INVALID_TABLE_DEFINITION | &SqlState::INVALID_FUNCTION_DEFINITION))
}

async fn replace_views(transaction: &Transaction<'_>, edition: Edition) -> Result<(), SchemaError> {
    apply(transaction, &MEASURES).await?;
    let (_, rollup) = &view_sources(edition)[1];
    if !is_applied(transaction, ROLLUP.path, rollup).await? {
        make_rollup_anew(transaction, edition).await?;
    }
    match edition {
        Edition::Community => replace_rollup_views(transaction, &EXACT_ROLLUP, &SETTLED_ROLLUP).await?,
        Edition::Apache2 => replace_rollup_views(transaction, &ROLLUP, &ROLLUP).await?,
    }
    for source in VIEWS {
        apply(transaction, source).await?;
    }
    Ok(())
}

/// The aggregate, where the edition has one. The plain views first, so that nothing of ours reads the old one. On the
/// Apache-2 Edition an aggregate from before would refuse every change of a conversation.
async fn make_rollup_anew(transaction: &Transaction<'_>, edition: Edition) -> Result<(), SchemaError> {
    let lock = "select pg_advisory_xact_lock(hashtext('colloquy.refresh_rollups'), 0)";
    transaction.batch_execute(lock).await.map_err(step("a lock against refreshes"))?;
    replace_rollup_views(transaction, &ROLLUP, &ROLLUP).await?;
    let dependents = drop_unless_used(transaction, &DROP_AGGREGATE).await?;
    if !dependents.is_empty() {
        return Err(SchemaError::Dependents { dependents });
    }
    if edition == Edition::Apache2 {
        return Ok(());
    }
    let aggregate = format!(
        "create materialized view conversation_metrics_15m_aggregate
         with (timescaledb.continuous, timescaledb.materialized_only = true) as\n{}\nwith no data;
         update rollup_progress set refreshed_to = '-infinity' where rollup = 'conversation_metrics_15m'",
        ROLLUP.text
    );
    transaction.batch_execute(&aggregate).await.map_err(step(ROLLUP.path))
}

/// What differs between the editions: the rollup as it is, and what of it need not be read from conversations.
async fn replace_rollup_views(
    transaction: &Transaction<'_>,
    exact: &Source,
    settled: &Source,
) -> Result<(), SchemaError> {
    for (name, select) in [("exact", exact), ("settled", settled)] {
        let view = format!("create or replace view conversation_metrics_15m_{name} as\n{}", select.text);
        transaction.batch_execute(&view).await.map_err(step(select.path))?;
    }
    Ok(())
}
