//! The real conversations: loaded, loaded again, refreshed, their raw events dropped, loaded once more.

use std::collections::{BTreeMap, HashSet};

use super::{
    database::Database,
    files::{import, options},
    rows::assert_same,
};
use crate::support::oracle::{Event, ubuntu_irc};
use crate::support::skipped;

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
    assert_gaps(&database, &events, "after the first import").await;
    let gaps = gap_rows(&database).await;

    let again = import(&database, &files, &options()).await.unwrap();
    assert_eq!((again.accepted, again.duplicates, again.timeouts, again.buckets), (0, 75_797, 0, 0));
    assert_same(&database.client, &events, "after the second import").await;
    assert_totals(&database, "while refreshed").await;
    assert_eq!(gap_rows(&database).await, gaps, "after the second import");

    database.client.batch_execute("call refresh_rollups()").await.unwrap();
    assert_totals(&database, "after a refresh").await;

    database.drop_raw_events().await;
    assert_same(&database.client, &events, "without raw events").await;
    assert_totals(&database, "without raw events").await;
    database.client.batch_execute("call detect_content_gaps()").await.unwrap();
    assert_eq!(gap_rows(&database).await, gaps, "without raw events");

    let back = import(&database, &files, &options()).await.unwrap();
    assert_eq!((back.accepted, back.duplicates, back.frozen), (75_797, 0, 0));
    assert_same(&database.client, &events, "with raw events again").await;
    assert_totals(&database, "with raw events again").await;
    assert_eq!(gap_rows(&database).await, gaps, "with raw events again");
}

async fn assert_totals(database: &Database, when: &str) {
    let sql = "select coalesce(sum(total_conversations), 0)::bigint from daily_metrics";
    assert_eq!(database.count(sql).await, 9_149, "{when}");
}

/// A topic of the file: retrievals, best confidence, and the questions behind the weak ones.
#[derive(Default)]
struct Topic<'a> {
    retrievals: i64,
    best: Option<f64>,
    weak_questions: Vec<&'a str>,
}

/// Asserts that the gaps are those of a plain pass over the events.
async fn assert_gaps(database: &Database, events: &[Event], when: &str) {
    let mut seen = HashSet::new();
    let mut topics: BTreeMap<&str, Topic<'_>> = BTreeMap::new();
    let mut in_order: Vec<_> = events.iter().filter(|event| event.event_type == "knowledge_retrieved").collect();
    in_order.sort_by_key(|event| event.timestamp);
    for event in in_order {
        let Some(name) = event.event_data["topic"].as_str() else { continue };
        if !seen.insert((event.conversation_id, event.event_id)) {
            continue;
        }
        let topic = topics.entry(name).or_default();
        topic.retrievals += 1;
        let confidence = event.event_data["confidence"].as_f64();
        topic.best = topic.best.into_iter().chain(confidence).reduce(f64::max);
        if let Some(question) = event.event_data["question"].as_str().filter(|_| confidence.is_none_or(|c| c < 0.5))
            && !topic.weak_questions.contains(&question)
        {
            topic.weak_questions.push(question);
        }
    }
    topics.retain(|_, topic| topic.best.is_some_and(|best| best < 0.5));
    let sql = "select topic::text, frequency, example_questions from content_gaps order by topic";
    let rows = database.client.query(sql, &[]).await.unwrap();
    let found: Vec<(String, i64, Vec<String>)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let expected: Vec<_> = topics
        .iter()
        .map(|(name, topic)| {
            let questions = topic.weak_questions.iter().take(5).map(|question| (*question).to_owned()).collect();
            ((*name).to_owned(), topic.retrievals, questions)
        })
        .collect();
    assert!(expected.len() > 10, "{} gaps in the file", expected.len());
    assert_eq!(found, expected, "{when}");
}

async fn gap_rows(database: &Database) -> Vec<String> {
    let sql = "select g::text from content_gaps g order by gap_id";
    database.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}
