//! What `migrate` applies is complete, what has landed stays as it is, and everything in the database is explained.

use std::collections::BTreeSet;
use std::path::Path;

use colloquy::schema;
use sha2::{Digest, Sha256};

use super::contract::{RUN_BY_MIGRATE, all_paths, text_of};
use crate::support::database::TestDatabase;

/// Migrations run once, so one that has landed never changes: a change is a new file and a new line here.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V10__erasures.sql", "e2539c0790a754233f64b760395988eb3dc3ab448b34ad4606b406ed339d730d"),
    ("V11__pipeline_health.sql", "287e7f094cabddd4c8e6fd1ec06af7350758495fad806ecd1dfaa2239f99690c"),
    ("V12__dashboard_sessions.sql", "a897f8491e4897b01bbdb46d0aca7e1be0c889c90051eb1fba0a0e7425296924"),
    ("V13__admin_actions.sql", "a56630186c9987edfa61550c310a342e556514aac6318619ea9fc6ec6f7b75e4"),
    ("V14__seeds.sql", "2f2c6e84015708630b4cec0606ea8f8860b0e8b352c94875732bb3222329ff2e"),
    ("V15__admin_action_requests.sql", "6001fc948ad2da54723397562cc4816be3771b5515c1535664224093bc74b084"),
    ("V16__settled_days.sql", "db3ed42ec67cf82f8660c788700524d27725d271a05a204625bad4dd406df383"),
    ("V18__settled_cases.sql", "6c81fc2d767cf91cafee162db35edb0938e3f84fdd17733ee4b3655bed615fdb"),
    ("V17__stored_events.sql", "a10ceb2c4021e577af823b39fadb8d72b0f050d14a76f6a3296bd8ad97b3c457"),
    ("V19__settled_topics.sql", "aeb1c393f4227e8e8d852706e6fda91b7486ce04502dea682561ad8cfb412d5a"),
    ("V1__stores_and_keys.sql", "1eeb653e469a866c5bab02dd8c93dc40df0c4a4155f40e7a85c1ef79ab43b167"),
    ("V2__events.sql", "ee717476fbccf251717e7a6be66d54dfbe4410e0b2a38ad77b17a4fad2b8ce18"),
    ("V3__conversations.sql", "250ab166c4ad7ae85926f3259106cd4822912c2d4b1a4d089c15548805d5c622"),
    ("V4__rollup_state.sql", "af9d279cc441d4a6cc96f0b0e0ed86bd9998655483b6e7529d5af887f2b145fd"),
    ("V5__conversation_details.sql", "c017af2233116cb9dfbd71dccde965d944eab2899b7c33b6eacd349f512ff449"),
    ("V6__ingest_rejections.sql", "567a226e290bb175f1e8f3a9db73a94483ffedca8a809dcc3e9e4fc851a71e5d"),
    ("V7__content_gaps.sql", "28dca7fe814f9244694dc632f8d079a53a47f083cb621ec92bca0af5836f7561"),
    ("V8__archives.sql", "b2e262972ea32dd0f07e9c146afec675af849d77133a4ae9059e0246940c6628"),
    ("V9__recalculations.sql", "21747d55a81a7dd99d5a1ec329b6b59f69255fa70954e9abaf2d73cf2747d7ab"),
];

#[test]
fn migrate_applies_every_file_of_its_folders() {
    let folders = ["functions/", "rollups/", "views/", "jobs/", "editions/"];
    let there: BTreeSet<_> = all_paths()
        .into_iter()
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !RUN_BY_MIGRATE.contains(&path.as_str()))
        .collect();
    let applied: Vec<_> = schema::source_paths().map(str::to_owned).collect();
    assert_eq!(there, applied.iter().cloned().collect());
    assert_eq!(there.len(), applied.len(), "a file is applied twice");
}

#[test]
fn migrations_are_frozen() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut found: Vec<(String, String)> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let digest = Sha256::digest(std::fs::read(&path).unwrap());
            let hex: Vec<_> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), hex.concat())
        })
        .collect();
    found.sort();
    let mut pinned: Vec<_> = MIGRATIONS.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect();
    pinned.sort();
    assert_eq!(found, pinned);
}

#[tokio::test]
async fn every_view_can_be_dropped_to_be_made_anew() {
    let database = TestDatabase::new().await;
    let sql = "
        select format('%I.%I', n.nspname, c.relname)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'tenant') and c.relkind = 'v'
          and c.relname <> 'conversation_metrics_15m_aggregate'
        order by 1";
    let drops = text_of("editions/drop_views.sql");
    let named: BTreeSet<&str> = drops.split([' ', ',', ';', '\n']).collect();
    let found = database.client().await.query(sql, &[]).await.unwrap();
    let missing: Vec<&str> = found.iter().map(|row| row.get(0)).filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "not in drop_views.sql: {missing:?}");
    assert!(found.len() > 20, "{}", found.len());
}

/// `alter extension timescaledb update` drops the views of TimescaleDB and makes them anew.
#[tokio::test]
async fn no_view_keeps_timescaledb_from_being_updated() {
    let database = TestDatabase::new().await;
    let sql = "
        select distinct format('%s reads %s', r.ev_class::regclass, read.oid::regclass)
        from pg_rewrite r
        join pg_class c on c.oid = r.ev_class
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
                        and d.refclassid = 'pg_class'::regclass
        join pg_class read on read.oid = d.refobjid
        where c.relnamespace in ('analytics'::regnamespace, 'tenant'::regnamespace)
          and (read.relnamespace = 'timescaledb_information'::regnamespace
               or read.relnamespace = '_timescaledb_catalog'::regnamespace)
        order by 1";
    let found = database.client().await.query(sql, &[]).await.unwrap();
    let found: Vec<String> = found.iter().map(|row| row.get(0)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn everything_has_a_comment() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    // Inner relations have the columns of the view over them; refinery made its table itself.
    let sql = "
        with ours as (select oid, nspname from pg_namespace where nspname in ('analytics', 'tenant')),
        relations as (
            select c.oid, c.relname, n.nspname
            from pg_class c
            join ours n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname <> 'refinery_schema_history')
        select 'schema ' || nspname from ours where obj_description(oid, 'pg_namespace') is null
        union all
        select 'relation ' || nspname || '.' || relname
        from relations
        where obj_description(oid, 'pg_class') is null
        union all
        select 'column ' || relname || '.' || a.attname
        from relations r
        join pg_attribute a on a.attrelid = r.oid
        where r.nspname = 'analytics' and a.attnum > 0 and not a.attisdropped
          and r.relname not in ('conversation_metrics_15m_exact', 'conversation_metrics_15m_settled',
                                 'conversation_metrics_15m_aggregate')
          and col_description(r.oid, a.attnum) is null
        union all
        select 'function ' || p.oid::regprocedure
        from pg_proc p
        join ours n on n.oid = p.pronamespace
        where obj_description(p.oid, 'pg_proc') is null
        order by 1";
    let silent: Vec<String> = client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(silent.is_empty(), "without a comment:\n{}", silent.join("\n"));
}
