//! `colloquy stores` and `colloquy keys`, run as programs.

use std::process::Output;

use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::send;

/// Runs the program on a database.
pub async fn colloquy(database: &TestDatabase, arguments: &[&str]) -> Output {
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
    let used = async |key_id: &str| {
        let list = colloquy(&database, &["keys", "list"]).await;
        let line = text(&list.stdout).lines().find(|line| line.starts_with(key_id)).unwrap().to_owned();
        let parts: Vec<_> = line.split('\t').map(str::to_owned).collect();
        (parts[3].clone(), parts[4].clone())
    };
    // It is recorded beside the answer.
    while used(line[0]).await.1 == "never used" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(used(line[0]).await.1.starts_with("used 2"));
    assert!(colloquy(&database, &["keys", "revoke", line[0]]).await.status.success());
    assert_eq!(send(&database.app(), "GET", "/api/v1/store", key).await.problem(), (401, "revoked_key"));
}

#[tokio::test]
async fn an_admin_key_is_rotated_by_a_command() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let made = colloquy(&database, &["keys", "create", "--admin", "--name", "ops"]).await;
    let old = text(&made.stdout).trim_end();
    let list = colloquy(&database, &["keys", "list"]).await;
    let key_id = text(&list.stdout).split('\t').next().unwrap().to_owned();
    let rotated = colloquy(&database, &["keys", "rotate", &key_id, "--overlap", "2h"]).await;
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let new = text(&rotated.stdout).strip_suffix('\n').unwrap();
    assert!(new.starts_with("clq_a_") && !text(&rotated.stderr).contains(new), "{rotated:?}");
    for key in [old, new] {
        assert_eq!(send(&app, "GET", "/api/v1/stores", key).await.status(), 200);
    }
    let again = colloquy(&database, &["keys", "rotate", &key_id]).await;
    assert!(!again.status.success() && text(&again.stderr).contains("has a successor already"), "{again:?}");
    let new_id = text(&rotated.stderr).split(' ').nth(1).unwrap();
    assert!(colloquy(&database, &["keys", "rotate", new_id, "--overlap", "0s"]).await.status.success());
    assert_eq!(send(&app, "GET", "/api/v1/stores", new).await.problem(), (401, "expired_key"));
    assert_eq!(colloquy(&database, &["keys", "rotate", new_id, "--overlap", "31d"]).await.status.code(), Some(2));
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
        (&["keys", "rotate", &id], "there is no such key"),
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
