//! The jobs of the database, run by the server where the edition has no scheduler of its own.
//!
//! The same procedures are jobs of TimescaleDB on the Community Edition (`sql/editions/community.sql`).

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_postgres::Client;

use crate::database::{self, DatabaseError, error_chain};
use crate::schema::{self, Edition};

const RECORD_START: &str = include_str!("../sql/monitoring/record_job_start.sql");
const RECORD_FAILURE: &str = include_str!("../sql/monitoring/record_job_failure.sql");

/// A procedure and how often it runs.
struct Job {
    /// As in `planned_jobs`.
    name: &'static str,
    call: &'static str,
    every: Duration,
}

/// Between two tries to reach the database.
const PAUSE: Duration = Duration::from_secs(3);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// In the order of `planned_jobs`.
const JOBS: [Job; 8] = [
    Job { name: "refresh_rollups", call: "call refresh_rollups()", every: MINUTE },
    Job { name: "abandon_conversations", call: "call abandon_conversations()", every: MINUTE },
    Job { name: "sample_ingest", call: "call sample_ingest()", every: MINUTE },
    Job {
        name: "abandon_old_conversations",
        call: "call abandon_conversations(config => '{\"hours\": 2160}')",
        every: HOUR,
    },
    // Before retention, which takes the questions away.
    Job { name: "detect_content_gaps", call: "call detect_content_gaps()", every: Duration::from_mins(15) },
    Job { name: "drop_raw_events", call: "call drop_raw_events()", every: HOUR },
    Job { name: "drop_ingest_rejections", call: "call drop_ingest_rejections()", every: HOUR },
    Job { name: "extend_store_days", call: "call extend_store_days()", every: Duration::from_hours(24) },
];

/// Names of the jobs that the server runs, with the time between two runs.
pub fn planned() -> impl Iterator<Item = (&'static str, Duration)> {
    JOBS.iter().map(|job| (job.name, job.every))
}

/// Runs the jobs until the task is aborted. Of several servers of one database, one at a time does.
pub async fn run(database_url: String) {
    let mut due = JOBS.map(|_| Instant::now());
    loop {
        if let Err(error) = run_connected(&database_url, &mut due).await {
            tracing::warn!(error = error_chain(&error), "jobs cannot run now, trying again in {} s", PAUSE.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Runs the jobs on one connection, whose end also ends the lock. A job that fails takes the connection with it,
/// because it may hold locks of its own.
async fn run_connected(database_url: &str, due: &mut [Instant; JOBS.len()]) -> Result<(), DatabaseError> {
    let client = database::connect(database_url).await?;
    if Edition::detect(&client).await? == Edition::Community {
        // The scheduler of the database runs them; look again in case the edition changes under a running server.
        tokio::time::sleep(HOUR).await;
        return Ok(());
    }
    if !schema::may_migrate(&client).await? {
        tracing::error!(
            "the jobs of the database are not run: they need the rights of colloquy_owner; set COLLOQUY_JOBS_DATABASE_URL"
        );
        tokio::time::sleep(HOUR).await;
        return Ok(());
    }
    wait_for_turn(&client).await?;
    tracing::info!("this server runs the jobs of the database");
    let mut tick = interval_at(Instant::now(), Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // Its lock is gone too. Until the next job is due nobody else would notice.
        if client.is_closed() {
            tracing::warn!("the connection for the jobs is lost, connecting again");
            return Ok(());
        }
        for (job, due) in JOBS.iter().zip(due.iter_mut()) {
            if *due <= Instant::now() {
                // Before it runs: one that fails must not keep the others from their turn.
                *due = Instant::now() + job.every;
                if let Err(error) = run_job(&client, job, database_url).await {
                    *due = Instant::now() + turn_after(&error, job);
                    return Err(error);
                }
            }
        }
    }
}

/// A lost connection says nothing of the job, unless it is the job that ends connections: not at once.
fn turn_after(error: &DatabaseError, job: &Job) -> Duration {
    if error.is_unavailable() { MINUTE.min(job.every) } else { job.every }
}

/// Notes the start and a failure; that it has come to its end a job notes itself.
async fn run_job(client: &Client, job: &Job, database_url: &str) -> Result<(), DatabaseError> {
    client.execute(RECORD_START, &[&job.name]).await?;
    let Err(error) = client.batch_execute(job.call).await else { return Ok(()) };
    tracing::warn!(job = job.name, error = error_chain(&error), "a job failed");
    // This connection may be lost, and is about to be given up.
    match database::connect(database_url).await {
        Ok(other) => {
            other.execute(RECORD_FAILURE, &[&job.name, &error_chain(&error)]).await?;
        }
        Err(lost) => tracing::warn!(error = error_chain(&lost), "the failure was not recorded"),
    }
    Err(error.into())
}

async fn wait_for_turn(client: &Client) -> Result<(), DatabaseError> {
    loop {
        let row = client.query_one("select pg_try_advisory_lock(hashtext('colloquy.jobs'), 0)", &[]).await?;
        if row.try_get(0)? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_does_not_cost_a_job_its_day() {
        let daily = &JOBS[7];
        assert_eq!(daily.every, Duration::from_hours(24));
        assert_eq!(turn_after(&DatabaseError::NoFreeConnection, daily), MINUTE);
        assert_eq!(turn_after(&DatabaseError::Unreadable("broken".into()), daily), daily.every);
    }
}
