//! Retention with `archive_before_drop`: only what is in an archive goes.

use std::process::Command;
use std::time::Duration;

use colloquy::archive::ArchiveError;

use super::archive::{archive, archive_within, listed, numbers, raw_events};
use super::database::Database;
use super::files::{Folder, import, ndjson, options};
use super::import::history;

const DROP: &str = "call drop_raw_events()";

fn doctor(database: &Database) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_colloquy")).arg("doctor").env("DATABASE_URL", &database.url).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_waits_for_the_archive() {
    let (database, source, folder) = (Database::new().await, Folder::new(), Folder::new());
    let file = source.file("history", &ndjson(&history(28, 40)));
    import(&database, std::slice::from_ref(&file), &options()).await.unwrap();
    let (raw, before) = (raw_events(&database).await, numbers(&database).await);
    assert!(doctor(&database).contains("archives: 0; retention drops without"));
    database.client.batch_execute("update installation set archive_before_drop = true").await.unwrap();

    database.client.batch_execute(DROP).await.unwrap();
    assert_eq!(raw_events(&database).await, raw);
    let moved = "select count(*) from installation where raw_complete_from <> '-infinity'";
    assert_eq!(database.count(moved).await, 0);
    let advice = doctor(&database);
    assert!(advice.contains("warning  archives: raw events from 2021-0"), "{advice}");

    // A reader keeps the first chunk from being dropped until the archive gives up.
    let reader = database.connect().await;
    reader.batch_execute("begin; select count(*) from conversation_events").await.unwrap();
    let error = archive_within(&database, &folder, Duration::from_millis(500)).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Busy { .. }), "{error}");
    database.client.batch_execute(DROP).await.unwrap();
    assert_eq!(raw_events(&database).await, raw, "dropped under a reader");
    reader.batch_execute("commit").await.unwrap();
    database.client.batch_execute(DROP).await.unwrap();
    let archives = listed(&database).await;
    assert!(archives.len() == 1 && archives[0].dropped_at.is_some(), "{archives:?}");
    assert_eq!(raw_events(&database).await.len(), raw.len() - usize::try_from(archives[0].events).unwrap());
    assert_eq!(numbers(&database).await, before);

    archive(&database, &folder).await.unwrap();
    assert_eq!((raw_events(&database).await.len(), numbers(&database).await), (0, before.clone()));
    let advice = doctor(&database);
    assert!(advice.contains("ok       archives: ") && advice.contains(", and nothing overdue"), "{advice}");

    // What was restored is not in an archive any more that retention would trust: it stays until it is archived again.
    let summary = import(&database, &[file], &options()).await.unwrap();
    assert_eq!(summary.dropped_before, None);
    let restored = raw_events(&database).await;
    database.client.batch_execute(DROP).await.unwrap();
    assert_eq!((raw_events(&database).await, numbers(&database).await), (restored, before));
}
