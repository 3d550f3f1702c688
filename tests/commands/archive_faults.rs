//! `colloquy archive`: what it refuses, each with a message, exit code 1 and nothing dropped.

use std::fs;
use std::path::Path;
use std::process::Command;

use colloquy::archive::ArchiveError;

use super::archive::{archive, listed, raw_events};
use super::database::Database;
use super::files::{Folder, import, ndjson, options};
use super::import::history;
use crate::support::skipped;

/// Runs the command and returns what it says on standard error.
#[track_caller]
fn refused(database: &Database, age: &str, to: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .args(["archive", &format!("--older-than={age}"), "--to"])
        .arg(to)
        .env("DATABASE_URL", &database.url)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

async fn filled(seed: u64, conversation_ids: usize) -> Database {
    let (database, source) = (Database::new().await, Folder::new());
    let file = source.file("history", &ndjson(&history(seed, conversation_ids)));
    import(&database, &[file], &options()).await.unwrap();
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn ages_and_folders_that_will_not_do_are_refused() {
    let (database, folder) = (filled(24, 10).await, Folder::new());
    let before = raw_events(&database).await;
    let file = folder.file("file", b"");
    let proc = Path::new("/proc");
    for (age, to, expected) in [
        ("90 days", Path::new("no such folder"), "cannot use the folder no such folder"),
        ("90 days", file.as_path(), "not a directory"),
        ("90 days", proc, "cannot write /proc/raw-events_"),
        ("soon", folder.path(), "\"soon\" is not an age"),
        ("infinity", folder.path(), "\"infinity\" is not an age"),
        ("300000 years", folder.path(), "is not an age"),
        ("90", folder.path(), "00:01:30 is too young"),
        ("89 days", folder.path(), "89 days is too young: only raw events older than 90 days"),
        ("-100 days", folder.path(), "-100 days is too young"),
    ] {
        let message = refused(&database, age, to);
        assert!(message.contains(expected), "{age}, {}: {message}", to.display());
    }
    assert_eq!(raw_events(&database).await, before);
    assert_eq!(listed(&database).await.len(), 0);
    let moved = "select count(*) from installation where raw_complete_from <> '-infinity'";
    assert_eq!(database.count(moved).await, 0, "conversations were frozen for nothing");
    assert_eq!(folder.names(), ["file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_of_the_name_is_left_alone() {
    let (database, folder, other) = (filled(25, 10).await, Folder::new(), Folder::new());
    archive(&database, &folder).await.unwrap();
    let files: Vec<_> = folder.names().iter().map(|name| folder.path().join(name)).collect();
    import(&database, &files, &options()).await.unwrap();
    let before = raw_events(&database).await;

    let name = &folder.names()[0];
    other.file(name, b"something else");
    let message = refused(&database, "90 days", other.path());
    assert!(message.contains("exists already and is not the archive of these events"), "{message}");
    assert_eq!(raw_events(&database).await, before);
    assert_eq!(fs::read(other.path().join(name)).unwrap(), b"something else");
    assert_eq!(other.names(), std::slice::from_ref(name), "something was left over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_no_loss() {
    let (database, folder) = (filled(26, 2_000).await, Folder::new());
    let mount = ["-t", "tmpfs", "-o", "size=16k", "tmpfs"];
    let mounted = Command::new("mount").args(mount).arg(folder.path()).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        skipped("a_full_disk_is_no_loss: no permission to mount a small file system");
        return;
    }
    let before = raw_events(&database).await;
    let message = refused(&database, "90 days", folder.path());
    let (left, after) = (folder.names(), raw_events(&database).await);
    let archived: i64 = listed(&database).await.iter().map(|archive| archive.events).sum();
    assert!(Command::new("umount").arg(folder.path()).status().unwrap().success());
    assert!(message.contains("cannot write") && message.contains("No space left on device"), "{message}");
    assert!(left.iter().all(|name| name.ends_with(".ndjson.gz")), "something was left over: {left:?}");
    assert_eq!(before.len(), after.len() + usize::try_from(archived).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_run_beside_an_import() {
    let (database, folder) = (filled(27, 10).await, Folder::new());
    let before = raw_events(&database).await;
    let import = database.connect().await;
    import.batch_execute("select pg_advisory_lock_shared(hashtext('colloquy.raw_in_use'), 0)").await.unwrap();
    let error = archive(&database, &folder).await.unwrap_err();
    assert!(matches!(error, ArchiveError::RawInUse), "{error}");
    assert_eq!(raw_events(&database).await, before);
    drop(import);
    archive(&database, &folder).await.unwrap();
    assert_eq!(raw_events(&database).await.len(), 0);
}
