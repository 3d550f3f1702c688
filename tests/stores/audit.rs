//! /api/v1/admin-actions and the table behind it: who changed what, whichever way it was changed.

use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio_postgres::Client;
use uuid::Uuid;

use super::commands::colloquy;
use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send, send_json};
use crate::support::programs::{program, succeed};
use crate::support::roles::client_of;
use crate::support::server::Server;

const PATH: &str = "/api/v1/admin-actions";

/// Action, actor, store and detail of each row, oldest first.
async fn rows(client: &Client) -> Vec<(String, String, Option<Uuid>, Value)> {
    let sql = "select action, actor, store_id, detail from admin_actions order by action_id";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

/// Runs SQL as a person would.
fn psql(database: &TestDatabase, sql: &str) {
    succeed(program("psql").args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname"]).args([
        database.url(),
        "--command",
        sql,
    ]));
}

#[tokio::test]
async fn the_list_has_filters_and_pages_newest_first() {
    let database = TestDatabase::new().await;
    let (app, admin) = (database.app(), database.create_admin_key().await);
    let mut stores = Vec::new();
    for name in ["One", "Two", "Three"] {
        let made = send_json(&app, "POST", "/api/v1/stores", &admin, &json!({"name": name})).await.json;
        stores.push(made["store_id"].as_str().unwrap().to_owned());
    }
    let change = json!({"currency": "EUR", "name": "Two"});
    let path = format!("/api/v1/stores/{}", stores[1]);
    assert_eq!(send_json(&app, "PATCH", &path, &admin, &change).await.status(), 200);

    let mut seen: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    for expected in [2, 2, 1] {
        let page = send(&app, "GET", &format!("{PATH}?limit=2{cursor}"), &admin).await.json;
        assert_eq!(page["admin_actions"].as_array().unwrap().len(), expected);
        seen.extend(page["admin_actions"].as_array().unwrap().iter().cloned());
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap_or("none"));
    }
    let actions: Vec<_> = seen.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["change_store", "create_store", "create_store", "create_store", "create_key"]);
    assert_eq!(seen[0]["detail"], json!({"currency": {"old": "USD", "new": "EUR"}}));
    assert_eq!((&seen[0]["actor"], &seen[0]["store_id"]), (&json!("api"), &json!(stores[1])));
    assert_eq!(seen[4]["object_id"], seen[0]["key_id"], "the key that was made is the key that did the rest");

    let (first, at) = (seen[3]["at"].as_str().unwrap(), seen[1]["at"].as_str().unwrap());
    for (query, expected) in [
        (format!("store_id={}", stores[1]), 2),
        ("action=create_store".to_owned(), 3),
        (format!("action=create_store&store_id={}", stores[0]), 1),
        (format!("key_id={}", seen[0]["key_id"].as_str().unwrap()), 4),
        (format!("object_id={}", seen[4]["object_id"].as_str().unwrap()), 1),
        (format!("from={first}&to={at}"), 2),
    ] {
        let page = send(&app, "GET", &format!("{PATH}?{query}"), &admin).await.json;
        assert_eq!(page["admin_actions"].as_array().unwrap().len(), expected, "{query}");
    }
    let other_query = send(&app, "GET", &format!("{PATH}?limit=2"), &admin).await.json;
    let moved = format!("{PATH}?action=create_key&cursor={}", other_query["next_cursor"].as_str().unwrap());
    assert_eq!(send(&app, "GET", &moved, &admin).await.faults(), [("cursor", "invalid_cursor")]);
    let manager = database.create_key(stores[0].parse().unwrap(), &[Scope::Manage, Scope::Read]).await;
    assert_eq!(send(&app, "GET", PATH, &manager).await.problem(), (403, "missing_scope"));
}

#[tokio::test]
async fn people_in_psql_and_commands_are_recorded_too() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let made = colloquy(&database, &["stores", "create", "--name", "Shop"]).await;
    let store_id: Uuid = std::str::from_utf8(&made.stdout).unwrap().trim().parse().unwrap();
    psql(&database, "update stores set name = 'Mine'; update installation set raw_retention = '100 days'");
    // Not even a change that says who it is of comes without the role that was logged in.
    let writer = client_of(&database, "colloquy_writer").await;
    writer.batch_execute("set colloquy.actor = 'job'; update stores set archived_at = now()").await.unwrap();
    let gap = "insert into content_gaps (store_id, topic, frequency, confidence_threshold) values ($1, 'x', 0, 0.5)";
    writer.execute(gap, &[&store_id]).await.unwrap();

    let rows = rows(&client).await;
    let told: Vec<_> = rows.iter().map(|(action, actor, ..)| (action.as_str(), actor.as_str())).collect();
    let expected = [
        ("create_store", "command"),
        ("change_store", "sql"),
        ("change_installation", "sql"),
        ("change_store", "sql"),
        ("create_content_gap", "sql"),
    ];
    assert_eq!(told, expected);
    assert_eq!(rows[1].3, json!({"name": {"old": "Shop", "new": "Mine"}}));
    assert_eq!(rows[2].3["raw_retention"], json!({"old": "90 days", "new": "100 days"}));
    assert!(rows.iter().all(|(action, _, of, _)| (*of == Some(store_id)) == (action != "change_installation")));
    let roles = "select array_agg(database_role order by action_id) from admin_actions";
    let roles: Vec<String> = client.query_one(roles, &[]).await.unwrap().get(0);
    assert_eq!(roles[3..], ["colloquy_writer", "colloquy_writer"]);
    assert_ne!(roles[0], "colloquy_writer");
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_row() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let client = database.client().await;
    let sql = format!("begin; update stores set name = 'x' where store_id = '{store_id}'; rollback");
    client.batch_execute(&sql).await.unwrap();
    // Nor does what writes a row as it was, or only that a key was used.
    database.create_admin_key().await;
    client.batch_execute("update stores set name = name; update api_keys set last_used_at = now()").await.unwrap();
    let actions: Vec<_> = rows(&client).await.into_iter().map(|(action, ..)| action).collect();
    assert_eq!(actions, ["create_store", "create_key"]);
}

/// Columns that nobody is asked about.
const UNRECORDED: [&str; 3] = ["api_keys.last_used_at", "installation.only_row", "installation.raw_complete_from"];

#[tokio::test]
async fn a_change_of_any_column_is_recorded() {
    let database = TestDatabase::new().await;
    let mut client = database.client().await;
    let store_id = database.create_store("UTC").await;
    database.create_key(store_id, &[Scope::Read]).await;
    let roi = "insert into roi_assumptions (store_id, valid_from) values ($1, '2026-01-01')";
    client.execute(roi, &[&store_id]).await.unwrap();
    // Constraints and other triggers have nothing to say here.
    client.batch_execute("set session_replication_role = replica").await.unwrap();
    let sql = "select format('%s.%s', c.relname, a.attname), c.relname::text, a.attname::text, t.typname::text
               from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
               where c.oid in ('stores'::regclass, 'api_keys'::regclass, 'roi_assumptions'::regclass,
                               'installation'::regclass)
                 and a.attnum > 0 and not a.attisdropped order by 1";
    let columns = client.query(sql, &[]).await.unwrap();
    assert!(columns.len() >= 28, "{}", columns.len());
    let mut missing = Vec::new();
    for row in &columns {
        let [name, table, column, kind]: [String; 4] = [0, 1, 2, 3].map(|index| row.get(index));
        let transaction = client.transaction().await.unwrap();
        let set = "select conname::text from pg_constraint where contype = 'c' and conrelid = $1::text::regclass";
        for constraint in transaction.query(set, &[&table]).await.unwrap() {
            let drop = format!("alter table {table} drop constraint {}", constraint.get::<_, String>(0));
            transaction.batch_execute(&drop).await.unwrap();
        }
        let enable = format!("alter table {table} enable always trigger record_admin_action");
        transaction.batch_execute(&enable).await.unwrap();
        let value = match kind.as_str() {
            "bool" => "not archive_before_drop",
            "uuid" => "gen_random_uuid()",
            "text" => "'other'",
            "_text" => "array['other']",
            "timestamptz" | "date" => "'2001-01-01'",
            "interval" => "'7 hours'",
            "numeric" => "0.11",
            "bytea" => "sha256('other')",
            other => panic!("a value of type {other} is needed"),
        };
        transaction.batch_execute(&format!("update {table} set {column} = {value}")).await.unwrap();
        let last = "select detail ? $1 from admin_actions order by action_id desc limit 1";
        let is_recorded = transaction.query_one(last, &[&column]).await.unwrap().get::<_, bool>(0)
            && transaction.query_one("select count(*) from admin_actions", &[]).await.unwrap().get::<_, i64>(0) == 4;
        if is_recorded == UNRECORDED.contains(&name.as_str()) {
            missing.push(name);
        }
        transaction.rollback().await.unwrap();
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn nobody_changes_what_was_recorded() {
    let database = TestDatabase::new().await;
    database.create_store("UTC").await;
    let client = database.client().await;
    for sql in [
        "update admin_actions set actor = actor",
        "delete from admin_actions",
        "truncate admin_actions restart identity",
    ] {
        for role in ["none", "colloquy_owner"] {
            client.batch_execute(&format!("set role {role}")).await.unwrap();
            let refused = client.batch_execute(sql).await.unwrap_err();
            assert_eq!(refused.code().unwrap().code(), "55000", "{role}: {sql}");
        }
        let writer = client_of(&database, "colloquy_writer").await;
        assert_eq!(writer.batch_execute(sql).await.unwrap_err().code().unwrap().code(), "42501", "{sql}");
    }
    client.batch_execute("reset role").await.unwrap();
    assert_eq!(rows(&client).await.len(), 1);
    let writer = client_of(&database, "colloquy_writer").await;
    let forge = "insert into admin_actions (action, actor, database_role, detail) values ('x', 'sql', 'x', '{}')";
    assert_eq!(writer.batch_execute(forge).await.unwrap_err().code().unwrap().code(), "42501");
    let reader = client_of(&database, "colloquy_reader").await;
    let read = reader.batch_execute("select * from admin_actions").await.unwrap_err();
    assert_eq!(read.code().unwrap().code(), "42501");
}

#[tokio::test]
async fn who_signs_in_to_change_something_is_recorded_and_no_secret_is() {
    let database = TestDatabase::new().await;
    let (app, admin) = (database.app(), database.create_admin_key().await);
    let store_id = database.create_store("UTC").await;
    let keys = format!("/api/v1/stores/{store_id}/keys");
    let mut secrets = vec![admin.clone()];
    for scopes in [json!(["read", "manage"]), json!(["read"])] {
        let made = send_json(&app, "POST", &keys, &admin, &json!({"scopes": scopes})).await.json;
        let path = format!("{keys}/{}/rotate", made["key_id"].as_str().unwrap());
        let next = send_json(&app, "POST", &path, &admin, &json!({})).await.json;
        secrets.extend([&made, &next].map(|made| made["key"].as_str().unwrap().to_owned()));
    }
    for key in secrets.clone() {
        let signed_in = answer(&app, request("POST", "/sign-in", "").body(format!("key={key}"))).await;
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        secrets.push(cookie.trim_start_matches("colloquy_session=").to_owned());
    }
    let client = database.client().await;
    let signed_in = "select count(*), count(*) filter (where actor = 'api' and key_id = object_id) from admin_actions
                     where action = 'sign_in'";
    let row = client.query_one(signed_in, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3, 3), "that of the admin and two that manage");

    let hashes = "select encode(key_sha256, 'hex') from api_keys union
                  select encode(token_sha256, 'hex') from dashboard_sessions";
    secrets.extend(client.query(hashes, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
    assert_eq!(secrets.len(), 5 + 5 + 5 + 5);
    let all = "select string_agg(a::text, ' ') from admin_actions a";
    let all: String = client.query_one(all, &[]).await.unwrap().get(0);
    let listed = send(&app, "GET", &format!("{PATH}?limit=200"), &admin).await;
    for secret in secrets {
        assert!(secret.len() > 40 && !all.contains(&secret) && !listed.text().contains(&secret), "{secret}");
    }
    assert!(all.contains("not shown"), "of a new hash it is told that there is one");
}

#[tokio::test]
async fn a_row_leads_to_the_line_of_its_request_in_the_log() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let mut server = Server::start(&database, &["--log-format", "json"]).await;
    let mut ids = Vec::new();
    for header in ["x-request-id: the-admins-own.1\r\n", ""] {
        let mut connection = server.request("POST", "/stores", &admin, header, "{\"name\": \"Ab\"}").await;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().to_owned();
        let line: Value = serde_json::from_str(&server.line_with(&id).await).unwrap();
        assert_eq!((&line["status"], &line["span"]["path"]), (&json!(201), &json!("/api/v1/stores")));
        ids.push(json!(id));
    }
    assert_eq!(ids[0], "the-admins-own.1");
    let listed = send(&database.app(), "GET", PATH, &admin).await.json;
    let rows = listed["admin_actions"].as_array().unwrap();
    let told: Vec<_> = rows.iter().rev().map(|row| (row["actor"].clone(), row["request_id"].clone())).collect();
    // The key was made without a request.
    let expected = [("command", Value::Null), ("api", ids[0].clone()), ("api", ids[1].clone())];
    assert_eq!(told, expected.map(|(actor, id)| (json!(actor), id)));
}
