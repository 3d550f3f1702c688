//! `colloquy import`: files that cannot be read.

use std::path::PathBuf;

use colloquy::import::ImportError;

use super::{
    database::Database,
    files::{Folder, gzip, import, ndjson, options},
    import::history,
};

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_read_are_named_and_nothing_is_written() {
    let database = Database::new().await;
    let folder = Folder::new();
    let good = folder.file("good.ndjson", &ndjson(&history(1, 20)));

    let missing = PathBuf::from("no such file");
    let error = import(&database, &[good.clone(), missing], &options()).await.unwrap_err();
    assert!(matches!(error, ImportError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("no such file"));

    let whole = gzip(&ndjson(&history(2, 200)));
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xa5);
    for (name, content) in [("short", &whole[..whole.len() / 2]), ("damaged", &damaged)] {
        let broken = folder.file(name, content);
        let error = import(&database, &[good.clone(), broken], &options()).await.unwrap_err();
        assert!(matches!(error, ImportError::Gzip { .. }), "{error:?}");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(database.count("select count(*) from conversation_events").await, 0);
    assert_eq!(database.count("select count(*) from stores").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_no_fault() {
    let database = Database::new().await;
    let folder = Folder::new();
    let files = [folder.file("empty", b""), folder.file("blank", b"\n \r\n\n"), folder.file("gz", &gzip(b""))];
    let summary = import(&database, &files, &options()).await.unwrap();
    assert_eq!((summary.accepted, summary.duplicates, summary.rejections.count), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_more_than_a_mebibyte_is_rejected_alone() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events = history(3, 3);
    let content = [ndjson(&events[..1]), vec![b' '; 1024 * 1024 + 1], b"\n".to_vec(), ndjson(&events[1..])].concat();
    let summary = import(&database, &[folder.file("long", &content)], &options()).await.unwrap();
    assert_eq!(summary.accepted + summary.duplicates, events.len() as u64);
    let named: Vec<_> = summary.rejections.first.iter().map(|r| (r.line, r.code)).collect();
    assert_eq!(named, [(2, "line_too_long")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_twenty_rejections_are_named() {
    let database = Database::new().await;
    let folder = Folder::new();
    let summary = import(&database, &[folder.file("x", &b"{}\n".repeat(50))], &options()).await.unwrap();
    assert_eq!((summary.rejections.count, summary.rejections.first.len()), (50, 20));
    assert!(summary.to_string().contains("and 30 more"), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_several_threads_check_keep_their_order() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events = history(6, 600);
    let good = ndjson(&events[..1]);
    // Two MiB, of which each thread gets several parts; a blank line counts, too.
    let padding = [vec![b' '; 4_000], b"\n".to_vec()].concat();
    let mut text = Vec::new();
    let mut expected = Vec::new();
    for nth in 0..500_u64 {
        text.extend([&good[..good.len() - 1], &padding].concat());
        text.extend(b"\n");
        if nth % 50 == 7 {
            text.extend(b"no event\n");
            expected.push(nth * 2 + 3 + expected.len() as u64);
        }
    }
    let summary = import(&database, &[folder.file("x", &text)], &options()).await.unwrap();
    let named: Vec<_> = summary.rejections.first.iter().map(|r| r.line).collect();
    assert_eq!(named, expected);
    assert_eq!((summary.accepted, summary.duplicates), (1, 499));
}
