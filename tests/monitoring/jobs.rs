//! Jobs are judged by what they have done, and one that fails is seen, whoever runs them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use colloquy::jobs;
use colloquy::schema::Edition;

use super::figures::figure;
use crate::support::skipped;
use crate::support::world::World;

const BREAK: &str =
    "create or replace procedure extend_store_days(job_id integer default null, config jsonb default null)
                     language plpgsql as $$ begin raise exception 'the disk is full'; end $$";

async fn is_community(world: &World) -> bool {
    Edition::detect(&world.client).await.unwrap() == Edition::Community
}

#[tokio::test]
async fn the_server_runs_what_is_planned() {
    let world = World::new(&[chrono_tz::UTC]).await;
    let sql = "select job, extract(epoch from every)::bigint from planned_jobs where not in_database_only";
    let rows = world.client.query(sql, &[]).await.unwrap();
    let planned: BTreeMap<String, u64> =
        rows.iter().map(|row| (row.get(0), u64::try_from(row.get::<_, i64>(1)).unwrap())).collect();
    let run: BTreeMap<String, u64> = jobs::planned().map(|(name, every)| (name.to_owned(), every.as_secs())).collect();
    assert_eq!(run, planned);
}

#[tokio::test]
async fn every_job_notes_that_it_came_to_its_end() {
    let world = World::new(&[chrono_tz::UTC]).await;
    for row in world.client.query("select job, procedure, config::text from planned_jobs", &[]).await.unwrap() {
        let (job, procedure, config): (&str, &str, Option<&str>) = (row.get(0), row.get(1), row.get(2));
        let config = config.map_or("null".to_owned(), |config| format!("'{config}'"));
        if procedure == "compress_raw_events" && !is_community(&world).await {
            continue;
        }
        world.client.batch_execute("delete from job_runs").await.unwrap();
        world.client.batch_execute(&format!("call {procedure}(null, {config})")).await.unwrap();
        let noted =
            world.client.query("select job from job_runs where last_finished_at > now() - interval '1 minute'", &[]);
        let noted: Vec<String> = noted.await.unwrap().iter().map(|row| row.get(0)).collect();
        assert_eq!(noted, [job]);
    }
}

/// Waits until a figure of a job is (un)healthy.
async fn wait_for(world: &World, metric: &str, job: &str, is_healthy: bool) -> String {
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        let figure = figure(&world.client, metric, job).await;
        if figure.is_healthy == Some(is_healthy) {
            return figure.detail;
        }
        assert!(Instant::now() < deadline, "{metric} {job}: {figure:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_under_the_server_is_seen() {
    let world = World::new(&[chrono_tz::UTC]).await;
    if is_community(&world).await {
        skipped("a_job_that_fails_under_the_server_is_seen: on the Community Edition the database runs the jobs");
        return;
    }
    world.client.batch_execute(BREAK).await.unwrap();
    let server = tokio::spawn(jobs::run(world.database.url().to_owned()));
    let detail = wait_for(&world, "job_failures", "extend_store_days", false).await;
    assert!(detail.contains("the disk is full"), "{detail}");
    // The others go on.
    wait_for(&world, "job_age_seconds", "drop_raw_events", true).await;
    let started = "select last_started_at > now() - interval '1 minute' and last_finished_at >= last_started_at
                   from job_runs where job = 'refresh_rollups'";
    assert!(world.client.query_one(started, &[]).await.unwrap().get::<_, bool>(0));
    server.abort();
    // Once it works again, it is forgotten.
    world.client.batch_execute(include_str!("../../sql/jobs/extend_store_days.sql")).await.unwrap();
    world.client.batch_execute("call extend_store_days()").await.unwrap();
    wait_for(&world, "job_failures", "extend_store_days", true).await;
}

#[tokio::test]
async fn a_job_that_fails_in_the_database_is_seen_and_one_that_worked_is_believed() {
    let world = World::new(&[chrono_tz::UTC]).await;
    if !is_community(&world).await {
        skipped(
            "a_job_that_fails_in_the_database_is_seen_and_one_that_worked_is_believed: this is the Apache-2 Edition",
        );
        return;
    }
    world.client.batch_execute(BREAK).await.unwrap();
    let enable = "select alter_job(job_id, scheduled => true, next_start => now()) from timescaledb_information.jobs
                  where proc_name in ('extend_store_days', 'sample_ingest')";
    world.client.batch_execute(enable).await.unwrap();
    // The launcher of the server looks for new databases once a minute only.
    world.client.batch_execute("select _timescaledb_functions.start_background_workers()").await.unwrap();
    wait_for(&world, "job_failures", "extend_store_days", false).await;
    wait_for(&world, "job_age_seconds", "sample_ingest", true).await;
    // Whatever PostgreSQL says of it: it has done its work.
    let status = "select coalesce(last_run_status, '') from timescaledb_information.job_stats
                  join timescaledb_information.jobs using (job_id) where proc_name = 'sample_ingest'";
    let deadline = Instant::now() + Duration::from_secs(20);
    let told = loop {
        let told: String = world.client.query_one(status, &[]).await.unwrap().get(0);
        if !told.is_empty() {
            break told;
        }
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    println!("the scheduler calls the run of sample_ingest: {told}");
    assert_eq!(figure(&world.client, "job_failures", "sample_ingest").await.is_healthy, Some(true));
}
