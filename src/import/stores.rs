//! Which stores may get events, and what a store needs before its history comes in.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use chrono::{Duration, NaiveDate};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{ImportError, error::doing, scan::Span};

const LIST: &str = include_str!("../../sql/import/stores.sql");
const CREATE: &str = include_str!("../../sql/import/create_stores.sql");
const ADD_DAYS: &str = include_str!("../../sql/import/add_store_days.sql");

/// The stores of the database.
#[derive(Debug)]
pub struct KnownStores {
    archived_by_id: HashMap<Uuid, bool>,
    takes_unknown: bool,
}

impl KnownStores {
    /// Asks the database. With `takes_unknown`, missing stores will be created and their events are good.
    pub async fn read(client: &Client, takes_unknown: bool) -> Result<Self, ImportError> {
        let rows = client.query(LIST, &[]).await.map_err(doing("reading the stores"))?;
        let archived_by_id = rows.iter().map(|row| (row.get("store_id"), row.get("is_archived"))).collect();
        Ok(Self { archived_by_id, takes_unknown })
    }

    /// The code with which events of a store are rejected; none if they are taken.
    pub fn refusal(&self, store_id: Uuid) -> Option<&'static str> {
        match self.archived_by_id.get(&store_id) {
            Some(true) => Some("archived_store"),
            None if !self.takes_unknown => Some("unknown_store"),
            _ => None,
        }
    }

    /// Those among some that the database does not have.
    pub fn missing(&self, among: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
        among.filter(|store_id| !self.archived_by_id.contains_key(store_id)).collect()
    }
}

/// Creates stores in one transaction; returns how many did not exist.
pub async fn create(client: &Client, store_ids: &[Uuid], timezone: &str) -> Result<u64, ImportError> {
    let names: Vec<String> = store_ids.iter().map(|id| format!("Imported {}", &id.to_string()[..8])).collect();
    client.execute(CREATE, &[&store_ids, &names, &timezone]).await.map_err(doing("creating stores"))
}

/// Adds the local days of each store that its events fall on, whatever its timezone.
pub async fn add_days(client: &Client, spans: &BTreeMap<Uuid, Span>) -> Result<(), ImportError> {
    let began = Instant::now();
    let store_ids: Vec<Uuid> = spans.keys().copied().collect();
    let first: Vec<NaiveDate> = spans.values().map(|span| (span.first - Duration::days(1)).date_naive()).collect();
    let last: Vec<NaiveDate> = spans.values().map(|span| (span.last + Duration::days(1)).date_naive()).collect();
    client.execute(ADD_DAYS, &[&store_ids, &first, &last]).await.map_err(doing("adding local days"))?;
    tracing::debug!(stores = spans.len(), ms = began.elapsed().as_millis(), "local days added");
    Ok(())
}
