//! `colloquy roles apply` and `print`, and migrations by the owner.

use std::path::Path;
use std::process::Output;

use chrono::{Duration, Utc};
use colloquy::database;
use colloquy::schema::{self, Edition};
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::oracle::Event;
use crate::support::programs::{program, succeed};
use crate::support::roles::{PASSWORD, client_of, url_for, url_of};
use crate::support::world::World;

async fn colloquy(url: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .envs(variables.iter().copied())
        .output()
        .await
        .unwrap()
}

/// Runs to the end, demands success, and returns what was printed.
async fn done(url: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = colloquy(url, arguments, variables).await;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Everything of ours that belongs to somebody else: relations, chunks and what is behind aggregates, functions, jobs.
async fn strangers(client: &Client) -> Vec<String> {
    let sql = "
        with ours as (select oid from pg_namespace where nspname in ('analytics', 'tenant')),
        chunks as (
            select c.oid
            from timescaledb_information.chunks k
            join pg_class c on c.relname = k.chunk_name and c.relnamespace = k.chunk_schema::regnamespace
        )
        select 'schema ' || nspname from pg_namespace
        where oid in (table ours) and nspowner <> 'colloquy_owner'::regrole
        union all
        select 'relation ' || oid::regclass from pg_class
        where (relnamespace in (table ours) or oid in (table chunks)) and relkind <> 'i'
          and relowner <> 'colloquy_owner'::regrole
        union all
        select 'function ' || oid::regprocedure from pg_proc
        where pronamespace in (table ours) and proowner <> 'colloquy_owner'::regrole
        union all
        select 'type ' || oid::regtype from pg_type
        where typnamespace in (table ours) and typowner <> 'colloquy_owner'::regrole
        union all
        select 'job ' || job_id from timescaledb_information.jobs
        where proc_schema = 'analytics' and owner <> 'colloquy_owner'::regrole
        order by 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_fresh_database_is_made_ready_by_an_administrator_and_migrated_by_the_owner() {
    let database = TestDatabase::empty().await;
    let file = std::env::temp_dir().join(format!("colloquy_password_{}", Uuid::new_v4()));
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let variables = [
        ("COLLOQUY_OWNER_PASSWORD", PASSWORD),
        ("COLLOQUY_WRITER_PASSWORD_FILE", file.to_str().unwrap()),
        ("COLLOQUY_READER_PASSWORD", ""),
    ];
    let told = done(database.url(), &["roles", "apply"], &variables).await;
    std::fs::remove_file(&file).unwrap();
    let lines: Vec<_> = told.lines().collect();
    let expected = [
        "colloquy_owner: made ready, logs in by the password given",
        "colloquy_writer: made ready, logs in by the password given",
        "colloquy_reader: made ready, no password given",
    ];
    assert_eq!(lines, expected);

    let owner = url_for(database.url(), "colloquy_owner", PASSWORD);
    assert!(done(&owner, &["migrate"], &[]).await.contains("migrations"));
    let admin = database.client().await;
    assert_eq!(strangers(&admin).await, Vec::<String>::new());
    let sql = "select string_agg(left(rolpassword, 14), ' ') from pg_authid
               where rolname in ('colloquy_owner', 'colloquy_writer')";
    assert_eq!(admin.query_one(sql, &[]).await.unwrap().get::<_, String>(0), "SCRAM-SHA-256$ SCRAM-SHA-256$");

    // Whoever migrates later, what is made anew belongs to the owner too.
    admin
        .batch_execute(
            "drop view weekly_metrics cascade; drop function student_t_p; drop procedure extend_store_days;
             delete from applied_sql where path in ('views/weekly_metrics.sql', 'functions/student_t_p.sql',
                                                    'jobs/extend_store_days.sql')",
        )
        .await
        .unwrap();
    assert!(done(database.url(), &["migrate"], &[]).await.contains("0 migrations and 3 SQL files"));
    assert_eq!(strangers(&admin).await, Vec::<String>::new());
    let reader = client_of(&database, "colloquy_reader").await;
    reader.query("select * from weekly_metrics, student_t_p(1, 1)", &[]).await.unwrap();
    // Again changes nothing.
    done(database.url(), &["roles", "apply"], &[]).await;
    assert!(done(&owner, &["migrate"], &[]).await.contains("0 migrations and 0 SQL files"));
}

#[tokio::test]
async fn the_printed_sql_serves_an_administrator_without_superuser() {
    let database = TestDatabase::empty().await;
    let admin = database.client().await;
    let name = format!("colloquy_dba_{}", Uuid::new_v4().simple());
    // Where the roles are new, who creates them has the admin option of itself.
    schema::apply_roles(&TestDatabase::empty().await.client().await).await.unwrap();
    let sql = format!(
        "create role {name} login createrole password '{PASSWORD}';
         grant colloquy_owner, colloquy_writer, colloquy_reader, colloquy_tenant to {name}
             with admin option, inherit false, set false;
         alter database {} owner to {name}",
        database.name()
    );
    // Another test may be changing the same roles.
    let mut attempts = 0;
    while let Err(error) = admin.batch_execute(&format!("begin; {sql}; commit")).await {
        attempts += 1;
        assert!(attempts < 10 && schema::is_concurrent_change(&error), "{error:?}");
        admin.batch_execute("rollback").await.unwrap();
    }
    let dba = url_for(database.url(), &name, PASSWORD);

    let printed = done("", &["roles", "print"], &[]).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/editions");
    for file in ["roles.sql", "grants.sql"] {
        assert!(printed.contains(&std::fs::read_to_string(folder.join(file)).unwrap()), "{file}");
    }
    let file = std::env::temp_dir().join(format!("{name}.sql"));
    std::fs::write(&file, &printed).unwrap();
    let dbname = format!("--dbname={dba}");
    let file_argument = format!("--file={}", file.display());
    succeed(program("psql").args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", &dbname, &file_argument]));
    std::fs::remove_file(&file).unwrap();
    done(&url_of(&database, "colloquy_owner").await, &["migrate"], &[]).await;
    assert_eq!(strangers(&admin).await, Vec::<String>::new());
    done(&dba, &["roles", "apply"], &[("COLLOQUY_WRITER_PASSWORD", PASSWORD)]).await;

    let clean_up = format!(
        "alter database {} owner to current_user; reassign owned by {name} to current_user; drop owned by {name};
         drop role {name}",
        database.name()
    );
    admin.batch_execute(&clean_up).await.unwrap();
}

#[tokio::test]
async fn who_may_not_create_roles_is_told_what_to_do() {
    let database = TestDatabase::new().await;
    let writer = url_of(&database, "colloquy_writer").await;
    let refused = colloquy(&writer, &["roles", "apply"], &[]).await;
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("`colloquy roles print`"), "{told}");
    let missing = [("COLLOQUY_READER_PASSWORD_FILE", "/nowhere")];
    let refused = colloquy(database.url(), &["roles", "apply"], &missing).await;
    assert!(String::from_utf8(refused.stderr).unwrap().contains("/nowhere: No such file"));
}

#[tokio::test]
async fn a_database_with_history_goes_over_to_the_owner() {
    let database = TestDatabase::empty().await;
    let mut admin = database.client().await;
    schema::migrate(&mut admin).await.unwrap();
    let is_community = Edition::detect(&admin).await.unwrap() == Edition::Community;
    if is_community {
        let pause = "select alter_job(job_id, scheduled => false, max_retries => 7) from timescaledb_information.jobs
                     where proc_schema = 'analytics'";
        admin.batch_execute(pause).await.unwrap();
    }
    let mut world = World::of(database, &[(chrono_tz::UTC, 30)]).await;
    let events: Vec<Event> = (1..12)
        .map(|week| {
            let at = Utc::now() - Duration::days(80) + Duration::days(7 * week);
            Event::new(world.shops[0].store_id, Uuid::new_v4(), "message_received", at, json!({}))
        })
        .collect();
    world.import(&events).await;
    world.call("compress_raw_events()").await;
    world.call("refresh_rollups()").await;
    schema::apply_roles(&admin).await.unwrap();

    assert_eq!(strangers(&admin).await, Vec::<String>::new());
    if is_community {
        let sql = "select count(*) from timescaledb_information.jobs
                   where proc_schema = 'analytics' and not scheduled and max_retries = 7";
        assert_eq!(admin.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 8);
    }
    // Late events reach chunks that the writer has no rights on.
    let writer = url_of(&world.database, "colloquy_writer").await;
    let writer = database::connect(&writer).await.unwrap();
    let late = "select * from store_events(array[$1::uuid], array[gen_random_uuid()], array[gen_random_uuid()],
                    array['message_received'], array[null], array[null::bigint], array['{}'::jsonb],
                    array[now() - interval '70 days'])";
    let exceptions = writer.query(late, &[&world.shops[0].store_id]).await.unwrap();
    assert!(exceptions.is_empty());
    let sql = "select count(*) from conversations";
    assert_eq!(writer.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 12);
}
