//! Transactions of tenants: one store is set, and no connection is left inside one.

use std::time::Duration;

use chrono::Utc;
use colloquy::database::{self, tenant_queries, tenant_query, tenant_stream};
use futures_util::FutureExt;
use uuid::Uuid;

use crate::support::database::TestDatabase;

const STORE: &str = "select current_setting('colloquy.store_id', true) as store_id";
const FAILS: &str = "select 1 / ($1::bigint - $1::bigint) as quotient";
const SLEEPS: &str = "select pg_sleep(30)::text";
const MANY: &str = "select n from generate_series(1, 10000000) as s (n)";

/// Sessions of this database, other than the asking one, that are inside a transaction or run a statement.
async fn busy_sessions(database: &TestDatabase) -> i64 {
    let sql = "select count(*) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
                 and state <> 'idle'";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_query_sees_its_store_and_the_next_user_of_the_connection_does_not() {
    let database = TestDatabase::new().await;
    let store_id = Uuid::new_v4();
    let before = Utc::now();
    let answer = tenant_query(database.pool(), store_id, STORE, &[]).await.unwrap();
    assert_eq!(answer.rows[0].get::<_, &str>(0), store_id.to_string());
    assert!((answer.complete_until - before).abs() < chrono::TimeDelta::seconds(5));
    assert_eq!(database.pool().status().size, 1);
    let rows = database::query(database.pool(), STORE, &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, Option<&str>>(0).unwrap_or_default(), "");
}

#[tokio::test]
async fn several_statements_share_a_transaction() {
    const NOW: &str = "select now() as at";
    let database = TestDatabase::new().await;
    let answer =
        tenant_queries(database.pool(), Uuid::new_v4(), &[(NOW, &[]), (STORE, &[]), (NOW, &[])]).await.unwrap();
    let at = |index: usize| answer.sets[index].rows[0].get::<_, chrono::DateTime<Utc>>("at");
    assert_eq!(at(0), at(2));
}

#[tokio::test]
async fn nothing_can_be_written() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let sql = "update stores set name = 'x' returning name";
    let error = tenant_query(database.pool(), store_id, sql, &[]).await.err().unwrap();
    assert_eq!(error.sql_state().unwrap().code(), "25006");
}

#[tokio::test]
async fn a_failed_query_leaves_no_transaction_open() {
    let database = TestDatabase::new().await;
    let error = tenant_query(database.pool(), Uuid::new_v4(), FAILS, &[&1_i64]).await.err().unwrap();
    assert_eq!(error.sql_state().unwrap().code(), "22012");
    assert!(error.to_string().contains("division by zero"), "{error}");
    // A parameter of a wrong type fails before it is sent.
    assert!(tenant_query(database.pool(), Uuid::new_v4(), FAILS, &[&"x"]).await.is_err());
    assert_eq!(busy_sessions(&database).await, 0);
    assert!(tenant_query(database.pool(), Uuid::new_v4(), STORE, &[]).await.is_ok());
    assert_eq!(database.pool().status().size, 1);
}

#[tokio::test]
async fn a_dropped_query_leaves_no_transaction_open() {
    let database = TestDatabase::new().await;
    // Dropped at every step from the connection to the answer.
    for steps in 0..40 {
        let mut query = Box::pin(tenant_query(database.pool(), Uuid::new_v4(), STORE, &[]));
        for _ in 0..steps {
            if query.as_mut().now_or_never().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let query = tenant_query(database.pool(), Uuid::new_v4(), SLEEPS, &[]);
    assert!(tokio::time::timeout(Duration::from_millis(300), query).await.is_err());
    // The connection that sleeps is not in the pool any more, so nobody waits for it.
    let next = tenant_query(database.pool(), Uuid::new_v4(), STORE, &[]);
    assert!(tokio::time::timeout(Duration::from_secs(3), next).await.unwrap().is_ok());
    for _ in 0..100 {
        if busy_sessions(&database).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("a session is still busy ten seconds after its client has gone");
}

#[tokio::test]
async fn a_stream_that_is_dropped_early_closes_its_connection() {
    let database = TestDatabase::new().await;
    let mut stream = tenant_stream(database.pool(), Uuid::new_v4(), MANY, &[]).await.unwrap();
    assert!(stream.next().await.unwrap().is_some());
    assert_eq!(database.pool().status().size, 1);
    drop(stream);
    assert_eq!(database.pool().status().size, 0);
    for _ in 0..50 {
        if busy_sessions(&database).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the export still runs five seconds after its reader has gone");
}

#[tokio::test]
async fn a_changed_view_does_not_break_prepared_statements() {
    const READ: &str = "select * from tenant.changing";
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let grant = "grant select on tenant.changing to colloquy_tenant";
    client.batch_execute(&format!("create view tenant.changing as select 1 as a; {grant}")).await.unwrap();
    tenant_query(database.pool(), Uuid::new_v4(), READ, &[]).await.unwrap();
    let change = format!("drop view tenant.changing; create view tenant.changing as select 1 as a, 2 as b; {grant}");
    client.batch_execute(&change).await.unwrap();
    let answer = tenant_query(database.pool(), Uuid::new_v4(), READ, &[]).await.unwrap();
    assert_eq!(answer.columns().len(), 2);
}

#[tokio::test]
async fn a_connection_has_the_settings_it_needs() {
    let database = TestDatabase::new().await;
    let sql = "select current_setting('search_path') || ' ' || current_setting('timezone') || ' '
                   || current_setting('plan_cache_mode') || ' ' || current_setting('application_name') || ' '
                   || current_setting('statement_timeout') as settings";
    let rows = database::query(database.pool(), sql, &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, &str>(0), "analytics,public UTC force_custom_plan colloquy 30s");
}
