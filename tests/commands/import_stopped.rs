//! `colloquy import`: stopped or killed in the middle, and run again.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use colloquy::import::{self, ImportError, Progress, Stop};
use tokio::{sync::watch, time::sleep};

use super::{
    database::Database,
    files::{Folder, ndjson, options},
    import::history,
    rows::assert_same,
};

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_run_again_it_gives_what_the_oracle_gives() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events = history(4, 4_000);
    let file = folder.file("history.ndjson", &ndjson(&events));

    let mut child = start(&database, &file);
    wait_for_events(&database).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let stored = database.count("select count(*) from conversation_events").await;
    assert!(stored < i64::try_from(events.len()).unwrap() * 9 / 10, "killed too late to tell: {stored} events");

    let again = start(&database, &file).wait_with_output().unwrap();
    assert!(again.status.success());
    assert!(String::from_utf8(again.stdout).unwrap().contains("duplicates"));
    assert_same(&database.client, &events, "after a kill").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_ends_after_a_batch_and_says_so() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events = history(5, 4_000);
    let files = [folder.file("history.ndjson", &ndjson(&events))];
    let (ask, asked) = watch::channel(false);
    let client = database.connect().await;
    let (options, progress, stop) = (options(), Arc::new(Progress::silent()), Stop::when(asked));
    let ask_soon = async {
        wait_for_events(&database).await;
        ask.send(true).unwrap();
    };
    let (result, ()) = tokio::join!(import::run(client, Vec::new(), &files, &options, &progress, &stop), ask_soon);

    let Err(ImportError::Stopped { events: count }) = result else { panic!("it went on: {result:?}") };
    assert!(count > 0 && count < events.len() as u64, "{count}");
    let stored = "select count(*) from conversation_events";
    assert!(database.count(stored).await > 0);
}

fn start(database: &Database, file: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .args(["import", "--create-stores"])
        .arg(file)
        .env("DATABASE_URL", &database.url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn wait_for_events(database: &Database) {
    for _ in 0..6_000 {
        if database.count("select count(*) from conversation_events").await > 0 {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("no event was stored in a minute");
}
