//! Views and functions whose columns change are made anew: rights stay, and what others have built on them stops it.

use colloquy::database::error_chain;
use colloquy::schema::{self, Edition, SchemaError};
use tokio_postgres::Client;

use super::rights;
use crate::support::database::TestDatabase;
use crate::support::skipped;

/// Roles, and the session as whoever owns the schema.
const AS_OWNER: &str = "
    do $$ begin create role colloquy_test_reader; exception when duplicate_object or unique_violation then null; end $$;
    do $$ begin create role colloquy_test_keeper; exception when duplicate_object or unique_violation then null; end $$;
    grant usage, create on schema analytics, tenant to colloquy_test_keeper;
    do $$
    declare
        owner_name text := (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'analytics');
    begin
        execute format('grant colloquy_test_keeper to %I', owner_name);
        execute format('set role %I', owner_name);
    end
    $$";
/// A view and a function as some other version may have had them, with rights that somebody has granted.
const OTHER_VERSION: &str = "
    drop view tenant.daily_metrics;
    drop view daily_metrics cascade;
    create view daily_metrics as select store_id, date, 'gone' as a_column_that_went from store_days;
    create view tenant.daily_metrics as select * from daily_metrics;
    drop function tenant.roi_of_days;
    create function tenant.roi_of_days(
        store uuid, dates date[], totals bigint[], saved bigint[], given_cost_per_hour numeric, given_minutes numeric,
        given_ai_cost numeric) returns table (savings numeric) language sql as 'select 1.0';
    drop function conversation_metrics cascade;
    create function conversation_metrics(store uuid, from_at timestamptz, to_at timestamptz)
        returns table (total bigint) language sql as 'select 1::bigint';
    create view weekly_metrics as select m.total from conversation_metrics(null, null, null) m;
    delete from applied_sql where path = 'functions/conversation_metrics.sql' or path like 'views/%';
    grant select on daily_metrics to public;
    grant select on conversation_metrics_15m to colloquy_test_reader with grant option;
    grant select (store_id, date) on tenant.daily_metrics to colloquy_test_reader;
    alter view conversation_measures owner to colloquy_test_keeper;
    revoke execute on function tenant.roi_of_days from public;
    grant execute on function tenant.roi_of_days to colloquy_test_reader;
    revoke execute on function ingest_events from public;
    reset role";
const OF_OTHERS: &str = "
    create schema reporting;
    create view reporting.days as select store_id, date from analytics.daily_metrics;
    create materialized view reporting.\"Counted days\" as select count(*) from reporting.days;
    create view analytics.my_own as select bucket from tenant.conversation_metrics_15m;
    create function reporting.of_day(day analytics.daily_metrics) returns date language sql as 'select ($1).date';
    create view reporting.savings as select savings from tenant.roi_of_days(null, null, null, null, null, null, null);
    create view reporting.untouched as select outcome from analytics.conversations";

const OF_THE_AGGREGATE: &str = "
    create schema reporting;
    create view reporting.buckets as select bucket from conversation_metrics_15m_aggregate;
    delete from applied_sql where path = 'rollups/conversation_metrics_15m.sql'";

async fn applied(client: &Client) -> Vec<(String, String)> {
    let rows = client.query("select path, sha256 from applied_sql order by path", &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// What somebody has granted or taken, rather than migrate.
fn of_people(rights: &[String]) -> Vec<&str> {
    let is_theirs = |line: &&str| {
        let of_new_function = line.contains('(') && line.ends_with(": public EXECUTE");
        line.contains("colloquy_test_") || line.contains(": public ") && !of_new_function
    };
    rights.iter().map(String::as_str).filter(is_theirs).collect()
}

#[tokio::test]
async fn rights_stay_and_what_others_made_stops_it() {
    let database = TestDatabase::new().await;
    let mut client = database.client().await;
    let expected_views = "select count(*) from information_schema.columns where table_name = 'daily_metrics'";
    let columns: i64 = client.query_one(expected_views, &[]).await.unwrap().get(0);
    client.batch_execute(AS_OWNER).await.unwrap();
    client.batch_execute(OTHER_VERSION).await.unwrap();
    client.batch_execute(OF_OTHERS).await.unwrap();
    let before = rights(&client).await;
    assert_eq!(of_people(&before).len(), 6, "{:?}", of_people(&before));
    let files = applied(&client).await;

    let error = schema::migrate(&mut client).await.unwrap_err();
    let text = error_chain(&error);
    let SchemaError::Dependents { dependents } = error else { panic!("{text}") };
    assert_eq!(
        dependents,
        [
            "function reporting.of_day(analytics.daily_metrics) depends on type analytics.daily_metrics",
            "materialized view reporting.\"Counted days\" depends on view reporting.days",
            "view analytics.my_own depends on view tenant.conversation_metrics_15m",
            "view reporting.days depends on view analytics.daily_metrics",
            "view reporting.savings depends on function \
             tenant.roi_of_days(uuid,date[],bigint[],bigint[],numeric,numeric,numeric)",
        ]
    );
    assert!(text.contains("run `colloquy migrate` again"), "{text}");
    // The end of the session ends its lock.
    drop(client);
    let mut client = database.client().await;
    assert_eq!((rights(&client).await, applied(&client).await), (before.clone(), files), "nothing has changed");

    let drop = "drop schema reporting cascade; drop view my_own;
                create schema reporting; create view reporting.untouched as select outcome from conversations";
    client.batch_execute(drop).await.unwrap();
    let migrated = schema::migrate(&mut client).await.unwrap_or_else(|error| panic!("{}", error_chain(&error)));
    assert!(migrated.files > 20, "{migrated:?}");
    assert!(schema::is_migrated(&client).await.unwrap());
    assert_eq!(of_people(&rights(&client).await), of_people(&before));
    assert_eq!(client.query_one(expected_views, &[]).await.unwrap().get::<_, i64>(0), columns);
    client.batch_execute("select * from reporting.untouched; select * from weekly_metrics").await.unwrap();
    assert_eq!(schema::migrate(&mut client).await.unwrap().files, 0);
    client.batch_execute("reassign owned by colloquy_test_keeper to current_user").await.unwrap();
}

#[tokio::test]
async fn an_aggregate_that_others_read_is_not_made_anew() {
    let database = TestDatabase::new().await;
    let mut client = database.client().await;
    if Edition::detect(&client).await.unwrap() == Edition::Apache2 {
        return skipped("views of others on the continuous aggregate: the Apache-2 Edition has none");
    }
    client.batch_execute(OF_THE_AGGREGATE).await.unwrap();
    let SchemaError::Dependents { dependents } = schema::migrate(&mut client).await.unwrap_err() else { panic!() };
    let expected = "view reporting.buckets depends on view analytics.conversation_metrics_15m_aggregate";
    assert_eq!(dependents, [expected]);
    drop(client);
    let mut client = database.client().await;
    client.batch_execute("drop view reporting.buckets").await.unwrap();
    schema::migrate(&mut client).await.unwrap();
    assert!(schema::is_migrated(&client).await.unwrap());
}
