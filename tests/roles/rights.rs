//! What each role may do and what not, tried by sessions that are logged in as the role.

use std::collections::BTreeSet;

use colloquy::schema::Edition;
use tokio_postgres::Client;

use crate::support::database::TestDatabase;
use crate::support::roles::client_of;

const REFUSED: &str = "42501";

/// Relations of schema `analytics` that a reader may not see.
const WITHHELD: [&str; 3] = ["admin_actions", "api_keys", "dashboard_sessions"];

/// Tables that the server writes by statements of its own. All others are written by functions of the owner.
const WRITTEN: [(&str, &str); 9] = [
    ("api_keys", "INSERT, UPDATE"),
    ("content_gap_changes", "INSERT"),
    ("content_gaps", "INSERT, UPDATE"),
    ("conversation_quality_scores", "INSERT, UPDATE"),
    ("dashboard_sessions", "DELETE, INSERT"),
    ("recalculations", "INSERT, UPDATE"),
    ("roi_assumptions", "INSERT, UPDATE"),
    ("store_days", "DELETE, INSERT"),
    ("stores", "INSERT, UPDATE"),
];

/// Statements that nobody but an administrator or the owner may run.
const OUTSIDE: [&str; 24] = [
    "create table analytics.x (x integer)",
    "create table tenant.x (x integer)",
    "create table public.x (x integer)",
    "create function analytics.x() returns integer language sql as 'select 1'",
    "create schema x",
    "create role colloquy_x",
    "alter role colloquy_reader createdb",
    "alter role colloquy_owner password 'x'",
    "grant colloquy_owner to current_user",
    "set role colloquy_owner",
    "set session authorization colloquy_owner",
    "alter table analytics.stores add column x integer",
    "drop table analytics.stores cascade",
    "drop view analytics.daily_metrics cascade",
    "drop function analytics.raw_kept_from()",
    "create or replace function analytics.raw_kept_from() returns timestamptz language sql as 'select now()'",
    "alter table analytics.stores disable trigger all",
    "create trigger x before insert on analytics.stores for each row execute function analytics.check_store()",
    "create index on analytics.stores (name)",
    "select public.drop_chunks('analytics.conversation_events', older_than => now())",
    "select * from pg_authid",
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to program 'true'",
    "set session_replication_role = replica",
];

/// The SQLSTATE with which a statement fails, or an empty text. Nothing of it stays.
async fn outcome(client: &Client, sql: &str) -> String {
    client.batch_execute("begin").await.unwrap();
    let result = client.simple_query(sql).await;
    client.batch_execute("rollback").await.unwrap();
    match result {
        Ok(_) => String::new(),
        Err(error) => error.code().map_or_else(|| panic!("{sql}: {error}"), |code| code.code().to_owned()),
    }
}

async fn assert_refused(client: &Client, statements: impl IntoIterator<Item = String>) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for sql in statements {
        count += 1;
        let outcome = outcome(client, &sql).await;
        if outcome != REFUSED {
            wrong.push(format!("{sql}: {outcome:?}"));
        }
    }
    assert!(count > 0 && wrong.is_empty(), "not refused:\n{}", wrong.join("\n"));
}

async fn assert_allowed(client: &Client, statements: impl IntoIterator<Item = String>) {
    let mut wrong = Vec::new();
    for sql in statements {
        let outcome = outcome(client, &sql).await;
        if !outcome.is_empty() {
            wrong.push(format!("{sql}: {outcome}"));
        }
    }
    assert!(wrong.is_empty(), "not allowed:\n{}", wrong.join("\n"));
}

async fn texts(client: &Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn relations(client: &Client, schema: &str) -> Vec<String> {
    let sql = format!(
        "select c.relname::text from pg_class c
         where c.relnamespace = '{schema}'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1"
    );
    texts(client, &sql).await
}

/// Every way to write into each table of schema `analytics`.
async fn writes(client: &Client) -> Vec<(String, &'static str, String)> {
    let sql = "select c.relname::text, min(a.attname)::text
               from pg_class c join pg_attribute a on a.attrelid = c.oid
               where c.relnamespace = 'analytics'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
                 and not a.attisdropped and a.attidentity = ''
               group by c.oid order by 1";
    let mut writes = Vec::new();
    for row in client.query(sql, &[]).await.unwrap() {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        for (right, sql) in [
            ("INSERT", format!("insert into analytics.{table} default values")),
            ("UPDATE", format!("update analytics.{table} set {column} = {column}")),
            ("DELETE", format!("delete from analytics.{table}")),
            ("TRUNCATE", format!("truncate analytics.{table}")),
        ] {
            writes.push((table.clone(), right, sql));
        }
    }
    writes
}

/// Calls of functions and procedures with nulls; triggers are not called.
async fn calls(client: &Client, condition: &str) -> Vec<String> {
    let sql = format!(
        "select concat(case when prokind = 'p' then 'call ' else 'select ' end, p.oid::regproc, '(',
                       (select string_agg('null::' || format_type(t.type, null), ', ' order by t.nth)
                        from unnest(p.proargtypes) with ordinality as t (type, nth)), ')')
         from pg_proc p
         where p.prorettype <> 'trigger'::regtype and {condition}
         order by 1"
    );
    texts(client, &sql).await
}

const WRITING: &str = "pronamespace = 'analytics'::regnamespace and provolatile = 'v'";
const READING: &str = "pronamespace = 'analytics'::regnamespace and provolatile <> 'v'";

#[tokio::test]
async fn the_reader_reads_and_does_nothing_else() {
    let database = TestDatabase::new().await;
    let admin = database.client().await;
    let reader = client_of(&database, "colloquy_reader").await;

    let (withheld, readable): (Vec<_>, Vec<_>) =
        relations(&admin, "analytics").await.into_iter().partition(|name| WITHHELD.contains(&name.as_str()));
    let select = |names: Vec<String>| names.into_iter().map(|name| format!("select * from analytics.{name} limit 1"));
    assert!(readable.iter().any(|name| name == "daily_metrics"));
    assert_allowed(&reader, select(readable)).await;
    assert_refused(&reader, select(withheld)).await;
    let hidden = relations(&admin, "tenant").await;
    assert_refused(&reader, hidden.iter().map(|name| format!("select * from tenant.{name}"))).await;

    assert_refused(&reader, writes(&admin).await.into_iter().map(|(_, _, sql)| sql)).await;
    assert_refused(&reader, calls(&admin, WRITING).await).await;
    assert_refused(&reader, calls(&admin, "pronamespace = 'tenant'::regnamespace").await).await;
    // With nulls some of them fail, but not for want of rights.
    for call in calls(&admin, READING).await {
        assert_ne!(outcome(&reader, &call).await, REFUSED, "{call}");
    }
    assert_refused(&reader, OUTSIDE.map(str::to_owned)).await;
    assert_refused(&reader, ["set role colloquy_writer", "set role colloquy_tenant"].map(str::to_owned)).await;
    assert_allowed(
        &reader,
        ["timescaledb_information.hypertables", "timescaledb_information.chunks", "information_schema.columns"]
            .map(|name| format!("select * from {name}")),
    )
    .await;
}

#[tokio::test]
async fn the_writer_changes_what_the_server_writes_and_nothing_else() {
    let database = TestDatabase::new().await;
    let admin = database.client().await;
    let writer = client_of(&database, "colloquy_writer").await;

    let names = relations(&admin, "analytics").await;
    assert_allowed(&writer, names.into_iter().map(|name| format!("select * from analytics.{name} limit 1"))).await;
    let may = |table: &str, right: &str| {
        WRITTEN.iter().any(|(name, rights)| *name == table && rights.split(", ").any(|one| one == right))
    };
    let (mut allowed, mut refused) = (BTreeSet::new(), Vec::new());
    for (table, right, sql) in writes(&admin).await {
        if may(&table, right) {
            assert_ne!(outcome(&writer, &sql).await, REFUSED, "{sql}");
            allowed.insert(table);
        } else {
            refused.push(sql);
        }
    }
    assert_eq!(allowed.len(), WRITTEN.len(), "a table that is not there");
    assert_refused(&writer, refused).await;
    assert_refused(&writer, calls(&admin, &format!("{WRITING} and prokind = 'p'")).await).await;
    for call in calls(&admin, "pronamespace = 'analytics'::regnamespace and prokind = 'f'").await {
        let outcome = outcome(&writer, &call).await;
        // Those that are not called by themselves reach tables with rights of the caller.
        assert!(outcome != REFUSED || is_inner(&call), "{call}");
    }
    assert_refused(&writer, OUTSIDE.map(str::to_owned)).await;
    assert_refused(&writer, ["set role colloquy_reader".to_owned()]).await;
    assert_allowed(&writer, ["set role colloquy_tenant".to_owned()]).await;
}

/// Functions that only those of the owner call; they lend no rights.
fn is_inner(call: &str) -> bool {
    let inner = [
        "delete_conversation(",
        "make_conversations(",
        "rows_of_conversations(",
        "events_of_conversations(",
        "rebuild_conversations(",
        "recalculate_conversations(",
        "detect_content_gaps_of(",
        "record_job_run(",
    ];
    inner.iter().any(|name| call.contains(name))
}

#[tokio::test]
async fn the_tenant_sees_views_of_one_store_and_no_table() {
    let database = TestDatabase::new().await;
    let admin = database.client().await;
    let (one, _other) = (database.create_store("UTC").await, database.create_store("UTC").await);
    let session = client_of(&database, "colloquy_writer").await;
    session.batch_execute("set role colloquy_tenant").await.unwrap();

    let tables = relations(&admin, "analytics").await;
    assert_refused(&session, tables.into_iter().map(|name| format!("select * from analytics.{name}"))).await;
    assert_refused(&session, writes(&admin).await.into_iter().map(|(_, _, sql)| sql)).await;
    assert_refused(&session, calls(&admin, WRITING).await).await;
    assert_refused(&session, OUTSIDE.map(str::to_owned)).await;
    let views = relations(&admin, "tenant").await;
    // Of the others no row can be deleted at all.
    let changeable = ["stores", "conversations", "conversation_events", "content_gaps", "ingest_rejections"];
    assert_refused(&session, changeable.map(|name| format!("delete from tenant.{name}"))).await;
    // These call a function that reads tables with the rights of the caller. No query of the server names them.
    let by_days = ["daily_metrics", "weekly_metrics", "monthly_metrics"];
    let (refused, allowed): (Vec<_>, Vec<_>) = views.iter().partition(|name| by_days.contains(&name.as_str()));
    assert_allowed(&session, allowed.iter().map(|name| format!("select * from tenant.{name}"))).await;
    assert_refused(&session, refused.iter().map(|name| format!("select * from tenant.{name}"))).await;

    let seen = "select string_agg(store_id::text, ' ') from tenant.stores";
    let stores = |client: Client| async move { client.query_one(seen, &[]).await.unwrap().get::<_, Option<String>>(0) };
    let query = "select set_config('colloquy.store_id', $1, false)";
    session.query_one(query, &[&one.to_string()]).await.unwrap();
    assert_eq!(stores(session).await, Some(one.to_string()));
}

#[tokio::test]
async fn the_owner_has_the_schema_and_not_the_server() {
    let database = TestDatabase::new().await;
    let owner = client_of(&database, "colloquy_owner").await;
    let elsewhere = OUTSIDE
        .iter()
        .filter(|sql| !sql.contains("analytics.") && !sql.contains("tenant.") && !sql.contains("colloquy_owner"));
    assert_refused(&owner, elsewhere.map(|sql| (*sql).to_owned())).await;
    assert_refused(&owner, ["alter role colloquy_owner createrole".to_owned()]).await;
    let sql = "select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
               from pg_roles where rolname = current_user";
    assert!(!owner.query_one(sql, &[]).await.unwrap().get::<_, bool>(0));
    assert_allowed(
        &owner,
        [
            "alter table stores add column x integer",
            "create view analytics.x as select 1",
            "select count(*) from api_keys",
            "select drop_chunks('conversation_events', older_than => now())",
            "truncate ingest_rejections",
        ]
        .map(str::to_owned),
    )
    .await;
    for job in
        ["drop_raw_events", "refresh_rollups", "abandon_conversations", "detect_content_gaps", "extend_store_days"]
    {
        owner.batch_execute(&format!("call {job}()")).await.unwrap_or_else(|error| panic!("{job}: {error:?}"));
    }
}

#[tokio::test]
async fn limits_are_in_force_for_each_login() {
    let database = TestDatabase::new().await;
    let admin = database.client().await;
    // Settings of a database are not copied from its template.
    colloquy::schema::apply_roles(&admin).await.unwrap();
    for (role, limits) in
        [("colloquy_owner", "6h 6h 64MB"), ("colloquy_writer", "30s 65min 32MB"), ("colloquy_reader", "1min 5min 32MB")]
    {
        let client = client_of(&database, role).await;
        let sql = "select concat_ws(' ', current_setting('statement_timeout'), current_setting('transaction_timeout'),
                                    current_setting('work_mem'))";
        assert_eq!(client.query_one(sql, &[]).await.unwrap().get::<_, String>(0), limits, "{role}");
    }
    // What somebody has chosen stays.
    let set = format!("alter role colloquy_reader in database {} set statement_timeout = '50ms'", database.name());
    admin.batch_execute(&set).await.unwrap();
    colloquy::schema::apply_roles(&admin).await.unwrap();
    let reader = client_of(&database, "colloquy_reader").await;
    assert_eq!(outcome(&reader, "select pg_sleep(5)").await, "57014");
}

#[tokio::test]
async fn nothing_is_open_to_the_public() {
    let database = TestDatabase::new().await;
    let admin = database.client().await;
    let sql = "
        select 'function ' || p.oid::regprocedure
        from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace::regnamespace::text in ('analytics', 'tenant') and a.grantee = 0
        union all
        select 'relation ' || c.oid::regclass
        from pg_class c, aclexplode(c.relacl) a
        where c.relnamespace::regnamespace::text in ('analytics', 'tenant') and a.grantee = 0
        union all
        select 'schema ' || n.nspname
        from pg_namespace n, aclexplode(n.nspacl) a
        where n.nspname in ('analytics', 'tenant') and a.grantee = 0
        order by 1";
    assert_eq!(texts(&admin, sql).await, Vec::<String>::new());
    // A function with the rights of its owner must not look for names where others can make them.
    let sql = "select p.oid::regprocedure::text from pg_proc p
               where p.pronamespace::regnamespace::text in ('analytics', 'tenant') and p.prosecdef
                 and not coalesce('search_path=analytics, public, pg_temp' = any (p.proconfig), false)";
    assert_eq!(texts(&admin, sql).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_producer_needs_only_the_right_to_call() {
    let database = TestDatabase::new().await;
    let admin = database.client().await;
    let store_id = database.create_store("UTC").await;
    let role = format!("colloquy_producer_{}", store_id.simple());
    let producer = format!(
        "begin; create role {role}; grant usage on schema analytics to {role};
         grant execute on function analytics.track_event(uuid, uuid, text, jsonb, timestamptz) to {role};
         set local role {role}"
    );
    admin.batch_execute(&producer).await.unwrap();
    let sql = "select analytics.track_event(gen_random_uuid(), $1, 'message_sent')";
    admin.query_one(sql, &[&store_id]).await.unwrap();
    admin.batch_execute("savepoint here").await.unwrap();
    for refused in ["select * from analytics.conversations", "select analytics.ingest_events('[]')"] {
        let error = admin.simple_query(refused).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), REFUSED, "{refused}");
        admin.batch_execute("rollback to savepoint here").await.unwrap();
    }
    admin.batch_execute("reset role").await.unwrap();
    assert_eq!(texts(&admin, "select outcome from conversations").await, ["open"]);
    admin.batch_execute("rollback").await.unwrap();
}

#[tokio::test]
async fn jobs_belong_to_the_owner() {
    let database = TestDatabase::new().await;
    let admin = database.client().await;
    if Edition::detect(&admin).await.unwrap() == Edition::Apache2 {
        let sql = "select count(*)::text from timescaledb_information.jobs where proc_schema = 'analytics'";
        assert_eq!(texts(&admin, sql).await, ["0"]);
        return;
    }
    let owners = "select distinct owner::text from timescaledb_information.jobs where proc_schema = 'analytics'";
    assert_eq!(texts(&admin, owners).await, ["colloquy_owner"]);
    let reader = client_of(&database, "colloquy_reader").await;
    let owner = client_of(&database, "colloquy_owner").await;
    for row in admin
        .query("select job_id from timescaledb_information.jobs where proc_schema = 'analytics' order by 1", &[])
        .await
        .unwrap()
    {
        let job: i32 = row.get(0);
        let call = format!("call public.run_job({job})");
        owner.batch_execute(&call).await.unwrap_or_else(|error| panic!("{call}: {error:?}"));
        assert_refused(&reader, [call, format!("select public.alter_job({job}, scheduled => false)")]).await;
    }
}
