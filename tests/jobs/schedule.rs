//! Jobs run by themselves: by the database on the Community Edition, by one server at a time on the Apache-2 Edition.

use std::time::{Duration as StdDuration, Instant};

use chrono::{Duration, Utc};
use colloquy::jobs;
use colloquy::schema::Edition;
use uuid::Uuid;

use super::event;
use crate::support::skipped;
use crate::support::world::World;

async fn is_community(world: &World) -> bool {
    Edition::detect(&world.client).await.unwrap() == Edition::Community
}

/// Waits until a statement returns true.
async fn wait_until(world: &World, what: &str, statement: &str) {
    let deadline = Instant::now() + StdDuration::from_secs(40);
    while !world.client.query_one(statement, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < deadline, "{what}: not within 40 s");
        tokio::time::sleep(StdDuration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn the_database_runs_the_jobs_of_the_community_edition() {
    let world = World::new(&[chrono_tz::UTC]).await;
    if !is_community(&world).await {
        skipped("the_database_runs_the_jobs_of_the_community_edition: this is the Apache-2 Edition");
        return;
    }
    let find = "select proc_name::text || ' ' || schedule_interval::text from timescaledb_information.jobs
                where proc_schema = 'analytics' order by 1";
    let jobs: Vec<String> = world.client.query(find, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let expected = [
        "abandon_conversations 00:01:00",
        "abandon_conversations 01:00:00",
        "compress_raw_events 1 day",
        "detect_content_gaps 00:15:00",
        "drop_ingest_rejections 01:00:00",
        "drop_raw_events 01:00:00",
        "extend_store_days 1 day",
        "refresh_rollups 00:01:00",
        "sample_ingest 00:01:00",
    ];
    assert_eq!(jobs, expected);

    world.client.batch_execute("delete from store_days where date > current_date").await.unwrap();
    let enable = "select alter_job(job_id, scheduled => true, next_start => now()) from timescaledb_information.jobs
                  where proc_name = 'extend_store_days'";
    world.client.batch_execute(enable).await.unwrap();
    // The launcher of the server looks for new databases once a minute only.
    world.client.batch_execute("select _timescaledb_functions.start_background_workers()").await.unwrap();
    wait_until(&world, "the job", "select max(date) > current_date + 30 from store_days").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_runs_the_jobs_of_the_apache_edition() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    if is_community(&world).await {
        skipped("one_server_runs_the_jobs_of_the_apache_edition: this is the Community Edition");
        return;
    }
    let silent = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::hours(5));
    let old = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::days(110));
    world.import(&[silent, old]).await;
    let servers: Vec<_> = (0..2).map(|_| tokio::spawn(jobs::run(world.database.url().to_owned()))).collect();
    let done = "select (select count(*) = 1 from conversations where outcome = 'abandoned')
                   and (select count(*) = 0 from rollup_pending)
                   and (select count(*) = 0 from conversation_events where created_at < now() - interval '100 days')";
    wait_until(&world, "the jobs", done).await;
    assert_eq!(holders(&world).await.len(), 1);
    for server in servers {
        server.abort();
    }
}

/// The sessions that run the jobs.
async fn holders(world: &World) -> Vec<i32> {
    let held = "select l.pid from pg_locks l join pg_database d on d.oid = l.database
                where d.datname = current_database() and l.locktype = 'advisory' and l.granted
                  and l.classid = (hashtext('colloquy.jobs')::bigint & 4294967295)::oid";
    world.client.query(held, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_connection_is_lost_soon_runs_the_jobs_again() {
    let world = World::new(&[chrono_tz::UTC]).await;
    if is_community(&world).await {
        skipped("a_server_whose_connection_is_lost_soon_runs_the_jobs_again: this is the Community Edition");
        return;
    }
    let server = tokio::spawn(jobs::run(world.database.url().to_owned()));
    // After it nothing is due for most of a minute.
    wait_until(
        &world,
        "the first round of jobs",
        "select count(*) = 1 from job_runs
        where job = 'extend_store_days' and last_finished_at is not null",
    )
    .await;
    let lost = holders(&world).await;
    assert_eq!(lost.len(), 1);
    world.client.execute("select pg_terminate_backend($1)", &[&lost[0]]).await.unwrap();
    let lost_at = Instant::now();
    loop {
        let found = holders(&world).await;
        if !found.is_empty() && found != lost {
            break;
        }
        assert!(lost_at.elapsed() < StdDuration::from_secs(25), "nobody runs the jobs");
        tokio::time::sleep(StdDuration::from_millis(100)).await;
    }
    server.abort();
}
