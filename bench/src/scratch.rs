//! A database of a row's own, with the stores of the data sets and the chunks of this week, dropped afterwards.

use chrono::{Duration, Utc};
use colloquy::{database, schema};
use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    data::store_days,
    generator::{self, Store},
    ingest,
};

/// A migrated database without conversations.
pub struct Scratch {
    /// Its name.
    pub name: String,
    /// Its URL.
    pub url: String,
    /// Its stores.
    pub stores: Vec<Store>,
}

impl Scratch {
    /// Makes it, in place of one that an earlier run has left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create(bench: &Bench, name: &str) -> Result<Self> {
        let name = format!("bench_scratch_{name}");
        let url = bench.url_of(&name);
        bench.create_database(&name).await?;
        let mut client = database::connect(&url).await?;
        schema::migrate(&mut client).await?;
        let stores = generator::stores(crate::data::SMALL_EVENTS);
        // Late events come up to four days late.
        store_days::create(&client, &stores, Utc::now() - Duration::days(5)).await?;
        ingest::make_chunks(&url, &stores).await?;
        client.batch_execute("vacuum analyze").await?;
        Ok(Self { name, url, stores })
    }

    /// A connection to it.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn connect(&self) -> Result<Client> {
        Ok(database::connect(&self.url).await?)
    }

    /// Drops it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn drop(self, bench: &Bench) -> Result<()> {
        bench.drop_database(&self.name).await
    }
}

/// Writes all that is dirty, so that no side pays for what the other has left to do.
///
/// # Errors
/// When the database fails.
pub async fn settle(client: &Client) -> Result<()> {
    Ok(client.batch_execute("checkpoint").await?)
}
