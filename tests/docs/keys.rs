//! The queries of docs/keys.md find what they say, and its table has the actions that are recorded and can be asked for.

use std::collections::BTreeSet;

use colloquy::audit::list::ACTIONS;
use serde_json::json;
use tokio_postgres::SimpleQueryMessage;

use crate::support::database::TestDatabase;
use crate::support::http::send_json;
use crate::support::roles::client_of;

const PAGE: &str = include_str!("../../docs/keys.md");
const KEY_OF_PAGE: &str = "0192d1c5-1111-7000-8000-000000000001";

#[tokio::test]
async fn the_table_has_all_actions() {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    let first_cells = rows.map(|line| line.split(" | ").next().unwrap());
    let on_page: BTreeSet<String> =
        first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    assert_eq!(on_page, ACTIONS.map(|(name, _)| name.to_owned()).into());

    let database = TestDatabase::new().await;
    let sql = "select distinct name
               from pg_trigger, string_to_table(split_part(encode(tgargs, 'escape'), '\\000', 1), ',') as name
               where tgname = 'record_admin_action' and name <> ''
               union select unnest(array['rotate_key', 'revoke_key', 'sign_in', 'begin_repair', 'finish_repair', 'apply_roles',
                                   'set_password'])";
    let recorded = database.client().await.query(sql, &[]).await.unwrap();
    assert_eq!(on_page, recorded.iter().map(|row| row.get(0)).collect());
}

#[tokio::test]
async fn each_query_finds_something() {
    let database = TestDatabase::new().await;
    let (app, admin) = (database.app(), database.create_admin_key().await);
    let client = database.client().await;
    let admin_id: String = client.query_one("select key_id::text from api_keys", &[]).await.unwrap().get(0);
    let keys = format!("/api/v1/stores/{}/keys", database.create_store("UTC").await);
    let made = send_json(&app, "POST", &keys, &admin, &json!({"scopes": ["read"]})).await.json;
    let path = format!("{keys}/{}/rotate", made["key_id"].as_str().unwrap());
    assert_eq!(send_json(&app, "POST", &path, &admin, &json!({})).await.status(), 201);
    let by_hand = "set colloquy.actor = ''; update api_keys set last_used_at = now() + interval '1 s';
                   update stores set name = 'x'";
    client.batch_execute(by_hand).await.unwrap();

    let reader = client_of(&database, "colloquy_writer").await;
    let (_, rest) = PAGE.split_once("```sql\n").unwrap();
    let queries: Vec<_> = rest.split_once("```").unwrap().0.split("\n\n").collect();
    assert_eq!(queries.len(), 4);
    for (query, expected) in queries.into_iter().zip([3, 4, 1, 1]) {
        let messages = reader.simple_query(&query.replace(KEY_OF_PAGE, &admin_id)).await.unwrap();
        let rows = messages.iter().filter(|message| matches!(message, SimpleQueryMessage::Row(_))).count();
        assert_eq!(rows, expected, "{query}");
    }
}
