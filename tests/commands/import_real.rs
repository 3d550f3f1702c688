//! The real conversations: loaded, loaded again, refreshed, their raw events dropped, loaded once more.

use super::{
    database::Database,
    files::{import, options},
    rows::assert_same,
};
use crate::support::{oracle::ubuntu_irc, skipped};

#[tokio::test(flavor = "multi_thread")]
async fn real_conversations_agree_with_the_oracle_whatever_happens_to_their_events() {
    let Some(path) = ubuntu_irc::path() else {
        skipped("real conversations: no ../shared/data/ubuntu-irc.ndjson.gz");
        return;
    };
    let events = ubuntu_irc::load(&path);
    let files = [path];
    let database = Database::new().await;

    let first = import(&database, &files, &options()).await.unwrap();
    assert_eq!((first.accepted, first.duplicates, first.rejections.count), (75_797, 0, 0));
    assert_eq!((first.stores_created, first.frozen), (1, 0));
    assert_same(&database.client, &events, "after the first import").await;

    let again = import(&database, &files, &options()).await.unwrap();
    assert_eq!((again.accepted, again.duplicates, again.timeouts, again.buckets), (0, 75_797, 0, 0));
    assert_same(&database.client, &events, "after the second import").await;
    assert_totals(&database, "while refreshed").await;

    database.client.batch_execute("call refresh_rollups()").await.unwrap();
    assert_totals(&database, "after a refresh").await;

    database.drop_raw_events().await;
    assert_same(&database.client, &events, "without raw events").await;
    assert_totals(&database, "without raw events").await;

    let back = import(&database, &files, &options()).await.unwrap();
    assert_eq!((back.accepted, back.duplicates, back.frozen), (75_797, 0, 0));
    assert_same(&database.client, &events, "with raw events again").await;
    assert_totals(&database, "with raw events again").await;
}

async fn assert_totals(database: &Database, when: &str) {
    let sql = "select coalesce(sum(total_conversations), 0)::bigint from daily_metrics";
    assert_eq!(database.count(sql).await, 9_149, "{when}");
}
