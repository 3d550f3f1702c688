//! Brings a database to this version's tables, functions, rollups, views and jobs, on either edition.

use std::fmt;

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row, Transaction};

use crate::database::record_action;

mod replace;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// A file below `sql/` that is applied again whenever its text has changed.
struct Source {
    path: &'static str,
    text: &'static str,
}

macro_rules! sources {
    ($($path:literal),+ $(,)?) => {
        &[$(Source { path: $path, text: include_str!(concat!("../sql/", $path)) }),+]
    };
}

const SAVE_GRANTS: Source =
    Source { path: "editions/save_grants.sql", text: include_str!("../sql/editions/save_grants.sql") };
const RESTORE_GRANTS: Source =
    Source { path: "editions/restore_grants.sql", text: include_str!("../sql/editions/restore_grants.sql") };

/// Views stand after what they read.
const FUNCTIONS: &[Source] = sources![
    "functions/bucket_at_or_after.sql",
    "functions/rollup_refreshed_to.sql",
    "functions/local_instant.sql",
    "functions/local_day_start.sql",
    "functions/local_text.sql",
    "functions/local_buckets.sql",
    "functions/period_range.sql",
    "functions/add_store_days.sql",
    "functions/unsettle_days.sql",
    "functions/check_store.sql",
    "functions/refuse_change.sql",
    "functions/record_admin_action.sql",
    "functions/store_timezone.sql",
    "functions/check_range.sql",
    "functions/timeout_event_id.sql",
    "functions/lock_conversations.sql",
    "functions/delete_conversation.sql",
    "functions/make_conversations.sql",
    "functions/event_parts_of.sql",
    "functions/rows_of_conversations.sql",
    "functions/events_of_conversations.sql",
    "functions/rebuild_conversations.sql",
    "functions/recalculate_conversations.sql",
    "functions/conversation_differences.sql",
    "functions/announce_events.sql",
    "functions/store_events.sql",
    "functions/event_time.sql",
    "functions/event_fault.sql",
    "functions/cut_text.sql",
    "functions/record_rejections.sql",
    "functions/ingest_events.sql",
    "functions/track_event.sql",
    "functions/track_conversation_started.sql",
    "functions/conversation_metrics.sql",
    "functions/metric_formulas.sql",
    "functions/raw_kept_from.sql",
    "functions/student_t_p.sql",
    "functions/move_raw_complete_from.sql",
    "functions/drop_archived_events.sql",
    "functions/move_content_gaps.sql",
    "functions/detect_content_gaps_of.sql",
    "functions/holds_id.sql",
    "functions/json_holds_id.sql",
    "functions/event_holds_id.sql",
    "functions/erased_event_data.sql",
    "functions/event_data_without_id.sql",
    "functions/rejection_holds_id.sql",
    "functions/forget_in_statistics.sql",
    "functions/erase_customer.sql",
    "functions/record_job_run.sql",
    "functions/first_response_bin.sql",
    "functions/settle_sets_of.sql",
    "functions/settle_days_of.sql",
    "functions/settle_cases_of.sql",
    "functions/settle_days.sql",
];
const ROLLUP: Source = Source {
    path: "rollups/conversation_metrics_15m.sql",
    text: include_str!("../sql/rollups/conversation_metrics_15m.sql"),
};
const EXACT_ROLLUP: Source = Source {
    path: "rollups/conversation_metrics_15m_exact.sql",
    text: include_str!("../sql/rollups/conversation_metrics_15m_exact.sql"),
};
const SETTLED_ROLLUP: Source = Source {
    path: "rollups/conversation_metrics_15m_settled.sql",
    text: include_str!("../sql/rollups/conversation_metrics_15m_settled.sql"),
};
const MEASURES: Source =
    Source { path: "views/conversation_measures.sql", text: include_str!("../sql/views/conversation_measures.sql") };
const VIEWS: &[Source] = sources![
    "views/conversation_metrics_15m.sql",
    "views/daily_metrics.sql",
    "views/weekly_metrics.sql",
    "views/monthly_metrics.sql",
    "views/daily_roi.sql",
    "views/scored_conversations.sql",
    "views/tenant.sql",
    "views/period_sums.sql",
    "views/period_exact.sql",
    "views/period_cases.sql",
    "views/topics_by_day.sql",
    "views/retrieved_topics.sql",
    "views/period_metrics.sql",
    "views/metrics.sql",
    "views/trends.sql",
    "views/tenant_scored_conversations.sql",
    "views/tenant_roi_of_days.sql",
    "views/tenant_content_gap_rows.sql",
    "views/settled_day_differences.sql",
    "views/rollup_differences.sql",
    "views/planned_jobs.sql",
    "views/pipeline_health.sql",
];
const JOBS: &[Source] = sources![
    "jobs/refresh_rollups.sql",
    "jobs/remake_rollups.sql",
    "jobs/abandon_conversations.sql",
    "jobs/detect_content_gaps.sql",
    "jobs/drop_raw_events.sql",
    "jobs/drop_ingest_rejections.sql",
    "jobs/extend_store_days.sql",
    "jobs/compress_raw_events.sql",
    "jobs/sample_ingest.sql",
];
const COMMUNITY: Source =
    Source { path: "editions/community.sql", text: include_str!("../sql/editions/community.sql") };
const THRESHOLD: Source =
    Source { path: "editions/community_threshold.sql", text: include_str!("../sql/editions/community_threshold.sql") };
/// Who may do what, where the roles of `roles.sql` exist.
const GRANTS: Source = Source { path: "editions/grants.sql", text: include_str!("../sql/editions/grants.sql") };
const ROLES: &str = include_str!("../sql/editions/roles.sql");
const COUNT_ROLES: &str = include_str!("../sql/roles/count.sql");

/// Paths below `sql/` of every file that `migrate` applies.
pub fn source_paths() -> impl Iterator<Item = &'static str> {
    FUNCTIONS
        .iter()
        .chain([&ROLLUP, &EXACT_ROLLUP, &SETTLED_ROLLUP, &MEASURES])
        .chain(VIEWS)
        .chain(JOBS)
        .chain([&COMMUNITY, &THRESHOLD, &GRANTS])
        .map(|source| source.path)
}

/// A fingerprint of everything `migrate` would apply; databases with the same one have the same schema.
#[must_use]
pub fn fingerprint() -> String {
    let mut hasher = Sha256::new();
    for migration in migrations::migrations::runner().get_migrations() {
        hasher.update(migration.checksum().to_be_bytes());
    }
    for source in FUNCTIONS
        .iter()
        .chain([&ROLLUP, &EXACT_ROLLUP, &SETTLED_ROLLUP, &MEASURES])
        .chain(VIEWS)
        .chain(JOBS)
        .chain([&COMMUNITY, &THRESHOLD, &GRANTS])
    {
        hasher.update(source.text);
    }
    hex(&hasher.finalize())
}

/// The edition of TimescaleDB, which decides how the rollup is kept and who runs the jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Continuous aggregates, jobs and the columnstore.
    Community,
    /// Hypertables only; the server runs the jobs.
    Apache2,
}

impl Edition {
    /// Asks the database: the licence setting, and whether the Community library is really loaded.
    ///
    /// # Errors
    /// Fails when the query does, for instance because the extension is missing.
    pub async fn detect(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let row = client
            .query_one(
                "select current_setting('timescaledb.license') = 'timescale' and _timescaledb_functions.tsl_loaded()",
                &[],
            )
            .await?;
        Ok(if row.get(0) { Self::Community } else { Self::Apache2 })
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Community => "Community Edition",
            Self::Apache2 => "Apache-2 Edition",
        })
    }
}

/// Why a database could not be brought to this version.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database refused a statement or went away.
    #[error("the database refused {step}")]
    Database {
        /// What was being done.
        step: String,
        /// What the database said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// Views or functions that are not Colloquy's depend on something that has to be made anew.
    #[error(
        "objects that are not Colloquy's depend on views or functions that this version has to make anew: {}; \
         keep their definitions, drop them, run `colloquy migrate` again, and create them again (nothing was changed)",
        .dependents.join("; ")
    )]
    Dependents {
        /// PostgreSQL's words for each: what kind of object it is, its name, and what it depends on.
        dependents: Vec<String>,
    },
    /// The licence was changed to one that cannot read what the Community Edition has compressed.
    #[error(
        "{chunks} chunks of events are in the columnstore, which the Apache-2 Edition cannot read: start the server with the \
         Community Edition, run `select public.decompress_chunk(c, true) from public.show_chunks('analytics.conversation_events') c`, \
         and change the edition then (nothing was changed)"
    )]
    Compressed {
        /// How many there are.
        chunks: i64,
    },
    /// A run-once migration failed, or one that has been applied differs from this version's.
    #[error("a migration failed")]
    Migration(#[from] refinery::Error),
}

/// What `migrate` found and did.
#[derive(Debug)]
pub struct Migrated {
    /// Edition found.
    pub edition: Edition,
    /// Run-once migrations applied now.
    pub migrations: usize,
    /// Files below `sql/` applied now.
    pub files: usize,
}

/// Creates or upgrades schema `analytics`. Waits for another `migrate` of the same database to finish first.
///
/// # Errors
/// Fails when the database refuses a statement; what was not committed is undone.
pub async fn migrate(client: &mut Client) -> Result<Migrated, SchemaError> {
    let lock = "select pg_advisory_lock(hashtext('colloquy.migrate'), 0)";
    run(client, "a lock for migrating", lock).await?;
    // After an error the end of the session releases the lock; another error must not hide the first.
    let done = migrate_locked(client).await?;
    let unlock = "select pg_advisory_unlock(hashtext('colloquy.migrate'), 0)";
    run(client, "the end of migrating", unlock).await?;
    Ok(done)
}

async fn migrate_locked(client: &mut Client) -> Result<Migrated, SchemaError> {
    run(client, "the extensions and the schema", include_str!("../sql/editions/before.sql")).await?;
    let report = migrations::migrations::runner().run_async(client).await?;
    let edition = Edition::detect(client).await.map_err(step("the edition"))?;
    if edition == Edition::Apache2 {
        refuse_compressed(client).await?;
    }

    let transaction = client.transaction().await.map_err(step("a transaction"))?;
    apply(&transaction, &SAVE_GRANTS).await?;
    let mut files = replace::functions_and_views(&transaction, edition).await?;
    for source in JOBS {
        files += apply_changed(&transaction, source).await?;
    }
    if edition == Edition::Community {
        transaction.batch_execute(COMMUNITY.text).await.map_err(step(COMMUNITY.path))?;
        // Held beyond the commit, so that no refresh comes before the threshold is raised.
        let lock = "select pg_advisory_lock(hashtext('colloquy.refresh_rollups'), 0)";
        transaction.batch_execute(lock).await.map_err(step("a lock against refreshes"))?;
    }
    apply(&transaction, &RESTORE_GRANTS).await?;
    // Always: something may have been made by hand, or the roles since the last time.
    apply(&transaction, &GRANTS).await?;
    record(&transaction, GRANTS.path, GRANTS.text).await?;
    transaction.commit().await.map_err(step("the commit"))?;
    if edition == Edition::Community {
        run(client, THRESHOLD.path, THRESHOLD.text).await?;
        let unlock = "select pg_advisory_unlock(hashtext('colloquy.refresh_rollups'), 0)";
        run(client, "the end of the lock against refreshes", unlock).await?;
    }
    // That of the owner, where before.sql has taken it on.
    run(client, "the role of the session", "reset role").await?;
    Ok(Migrated { edition, migrations: report.applied_migrations().len(), files })
}

async fn refuse_compressed(client: &Client) -> Result<(), SchemaError> {
    let sql = include_str!("../sql/database/compressed_chunks.sql");
    let chunks = client.query_one(sql, &[]).await.map_err(step("the chunks"))?.get(0);
    if chunks > 0 { Err(SchemaError::Compressed { chunks }) } else { Ok(()) }
}

/// The SQL that makes the roles and gives them their rights, for an administrator to run.
#[must_use]
pub fn roles_sql() -> String {
    format!("{ROLES}\n{}", GRANTS.text)
}

/// Makes the roles of Colloquy, gives what is there to `colloquy_owner`, and grants the others their rights.
///
/// # Errors
/// Fails when the database refuses, as a rule because this session may not create roles; nothing is changed then.
pub async fn apply_roles(client: &Client) -> Result<(), tokio_postgres::Error> {
    const MOST_ATTEMPTS: u32 = 10;
    for _ in 1..MOST_ATTEMPTS {
        match apply_roles_once(client).await {
            // Roles belong to the whole cluster, so another database can be doing the same.
            Err(error) if is_concurrent_change(&error) => client.batch_execute("rollback").await?,
            Err(error) => {
                client.batch_execute("rollback").await?;
                return Err(error);
            }
            Ok(()) => return Ok(()),
        }
    }
    apply_roles_once(client).await
}

async fn apply_roles_once(client: &Client) -> Result<(), tokio_postgres::Error> {
    client.batch_execute("begin; select pg_advisory_xact_lock(hashtext('colloquy.migrate'), 0)").await?;
    let before = client.query_one(COUNT_ROLES, &[]).await?;
    client.batch_execute(&roles_sql()).await?;
    let after = client.query_one(COUNT_ROLES, &[]).await?;
    let count = |row: &Row, column| row.try_get::<_, i64>(column);
    let change = |column| Ok(json!({"old": count(&before, column)?, "new": count(&after, column)?}));
    let detail = json!({"roles": change("roles")?, "objects": change("objects")?, "rights": change("rights")?});
    record_action(client, "apply_roles", None, &detail).await?;
    client.batch_execute("commit").await
}

/// Whether a statement on a role failed because somebody else changed the role at the same time.
#[must_use]
pub fn is_concurrent_change(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => true,
        Some(&SqlState::INTERNAL_ERROR) => {
            error.as_db_error().is_some_and(|error| error.message().starts_with("tuple concurrently"))
        }
        _ => false,
    }
}

/// Whether the session may change the schema: none is there yet, or its owner's rights are the session's.
///
/// # Errors
/// Fails when the database cannot be asked.
pub async fn may_migrate(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let row = client.query_opt(include_str!("../sql/database/owns_schema.sql"), &[]).await?;
    row.map_or(Ok(true), |row| row.try_get("owns_schema"))
}

/// Whether this version's migrations and files are what the database holds.
///
/// # Errors
/// Fails when the database cannot be asked.
pub async fn is_migrated(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let exists =
        client.query_one("select to_regclass('analytics.applied_sql') is not null", &[]).await?.get::<_, bool>(0);
    if !exists {
        return Ok(false);
    }
    let newest =
        migrations::migrations::runner().get_migrations().iter().map(|migration| i64::from(migration.version())).max();
    let sources = FUNCTIONS.iter().chain(JOBS).chain([&GRANTS]).map(|source| (source.path, source.text.to_owned()));
    let (paths, digests): (Vec<_>, Vec<_>) =
        sources.chain(view_sources(Edition::detect(client).await?)).map(|(path, text)| (path, digest(&text))).unzip();
    let row = client
        .query_one(
            "select (select max(version)::bigint from analytics.refinery_schema_history) >= $1
                and (select bool_and(a.sha256 is not distinct from w.sha256)
                     from unnest($2::text[], $3::text[]) as w (path, sha256)
                     left join analytics.applied_sql a using (path))",
            &[&newest, &paths, &digests],
        )
        .await?;
    Ok(row.get::<_, Option<bool>>(0).unwrap_or(false))
}

fn view_sources(edition: Edition) -> Vec<(&'static str, String)> {
    let rollup = format!("-- kept for the {edition}\n{}{}{}", ROLLUP.text, EXACT_ROLLUP.text, SETTLED_ROLLUP.text);
    let mut sources = vec![(MEASURES.path, MEASURES.text.to_owned()), (ROLLUP.path, rollup)];
    sources.extend(VIEWS.iter().map(|source| (source.path, source.text.to_owned())));
    sources
}

async fn apply_changed(transaction: &Transaction<'_>, source: &Source) -> Result<usize, SchemaError> {
    if is_applied(transaction, source.path, source.text).await? {
        return Ok(0);
    }
    apply(transaction, source).await?;
    record(transaction, source.path, source.text).await?;
    Ok(1)
}

async fn apply(transaction: &Transaction<'_>, source: &Source) -> Result<(), SchemaError> {
    transaction.batch_execute(source.text).await.map_err(step(source.path))
}

async fn is_applied(transaction: &Transaction<'_>, path: &str, text: &str) -> Result<bool, SchemaError> {
    let found = transaction
        .query_opt("select 1 from applied_sql where path = $1 and sha256 = $2", &[&path, &digest(text)])
        .await
        .map_err(step("applied_sql"))?;
    Ok(found.is_some())
}

async fn record(transaction: &Transaction<'_>, path: &str, text: &str) -> Result<(), SchemaError> {
    transaction
        .execute(
            "insert into applied_sql (path, sha256) values ($1, $2)
             on conflict (path) do update set sha256 = excluded.sha256, applied_at = now()",
            &[&path, &digest(text)],
        )
        .await
        .map_err(step("applied_sql"))?;
    Ok(())
}

async fn run(client: &Client, what: &str, sql: &str) -> Result<(), SchemaError> {
    client.batch_execute(sql).await.map_err(step(what))
}

fn step(what: &str) -> impl FnOnce(tokio_postgres::Error) -> SchemaError + use<> {
    let step = what.to_owned();
    move |source| SchemaError::Database { step, source }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
