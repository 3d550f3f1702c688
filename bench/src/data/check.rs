//! Asks a server about a data set, and demands what the oracle says.

use chrono::{Duration, NaiveDate};
use serde_json::Value;

use super::DataSet;
use crate::{
    Result,
    bench::Bench,
    client::Connection,
    generator::{Generator, Store},
    oracle::Expected,
    server::Server,
};

/// Days that are asked for.
const ASKED_DAYS: i64 = 31;

/// Compares a month of the largest store, of the probe store and of some others.
///
/// # Errors
/// When an answer differs from the oracle.
pub async fn check(bench: &Bench, set: &DataSet) -> Result<()> {
    let server = Server::start(bench, &set.url).await?;
    let mut connection = Connection::open(&server.target.address).await?;
    let stores = [set.generator.largest(), set.generator.probe()].into_iter().chain(&set.generator.stores()[1..6]);
    for store in stores {
        let (first, last) = asked(&set.generator, store);
        let path = path(store, first, last);
        let answer = connection.demand(server.target.get(&path)?).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let expected = Expected::of_days(&set.generator, store, first, last);
        expected.check(&answer["metrics"]).map_err(|error| format!("{}, {path}: {error}", set.name))?;
    }
    Ok(())
}

fn asked(generator: &Generator, store: &Store) -> (NaiveDate, NaiveDate) {
    let last = generator.until().with_timezone(&store.timezone).date_naive();
    (last - Duration::days(ASKED_DAYS - 1), last)
}

/// Metrics of some days of a store.
#[must_use]
pub fn path(store: &Store, first: NaiveDate, last: NaiveDate) -> String {
    let store_id = store.id;
    format!("/api/v1/analytics/metrics?store_id={store_id}&start_date={first}&end_date={last}&compare=none")
}
