//! `colloquy stores` and `colloquy keys`, run as programs.

use std::process::Output;

use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::send;

async fn colloquy(database: &TestDatabase, arguments: &[&str]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .args(arguments)
        .env("DATABASE_URL", database.url())
        .output()
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_store_and_its_keys_are_made_by_commands() {
    let database = TestDatabase::new().await;
    let made = colloquy(&database, &["stores", "create", "--name", "Shop", "--timezone", "Asia/Kolkata"]).await;
    assert!(made.status.success(), "{}", text(&made.stderr));
    let store_id: Uuid = text(&made.stdout).strip_suffix('\n').unwrap().parse().unwrap();
    let store = store_id.to_string();
    let list = colloquy(&database, &["stores", "list"]).await;
    assert_eq!(text(&list.stdout), format!("{store_id}\tAsia/Kolkata\tShop\n"));

    let made = colloquy(&database, &["keys", "create", "--store", &store, "--scope", "read,ingest"]).await;
    let key = text(&made.stdout).strip_suffix('\n').unwrap();
    assert!(key.starts_with("clq_x_") && !text(&made.stderr).contains(key));
    assert_eq!(send(&database.app(), "GET", "/api/v1/store", key).await.status(), 200);
    let admin = colloquy(&database, &["keys", "create", "--admin", "--name", "ops"]).await;
    let admin = text(&admin.stdout).trim_end();
    assert_eq!(send(&database.app(), "GET", "/api/v1/stores", admin).await.status(), 200);

    let list = colloquy(&database, &["keys", "list", "--store", &store]).await;
    let line: Vec<_> = text(&list.stdout).trim_end().split('\t').collect();
    assert_eq!(line[1..4], [store.as_str(), "read,ingest", "good"]);
    assert!(colloquy(&database, &["keys", "revoke", line[0]]).await.status.success());
    assert_eq!(send(&database.app(), "GET", "/api/v1/store", key).await.problem(), (401, "revoked_key"));
}

#[tokio::test]
async fn a_command_that_fails_says_why_in_one_line() {
    let database = TestDatabase::new().await;
    let id = Uuid::new_v4().to_string();
    let create = ["stores", "create", "--name", "x", "--id", &id];
    assert!(colloquy(&database, &create).await.status.success());
    for (arguments, reason) in [
        (&create[..], "there is a store with this id already"),
        (&["keys", "revoke", &id], "there is no key"),
        (&["keys", "create", "--store", "00000000-0000-0000-0000-000000000000", "--scope", "read"], "no such store"),
    ] {
        let failed = colloquy(&database, arguments).await;
        assert_eq!(failed.status.code(), Some(1));
        assert!(text(&failed.stderr).contains(reason) && text(&failed.stderr).lines().count() == 1, "{failed:?}");
        assert!(failed.stdout.is_empty());
    }
    for arguments in [
        &["stores", "create", "--name", "x", "--timezone", "Mars/Olympus"][..],
        &["keys", "create", "--store", &id],
        &["keys", "create", "--admin", "--scope", "read"],
        &["keys", "create"],
        &["nonsense"],
    ] {
        assert_eq!(colloquy(&database, arguments).await.status.code(), Some(2), "{arguments:?}");
    }
}
