//! The data sets: databases that are filled once and used again by later runs.

mod build;
pub mod check;
pub mod store_days;

use chrono::{DateTime, Utc};
use colloquy::database;
use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    generator::{self, Generator},
};

/// Events of the small set.
pub const SMALL_EVENTS: u64 = 1_000_000;
/// Older sets are filled anew: what is read from conversations is mostly of the last two days.
const OLDEST_END: chrono::Duration = chrono::Duration::hours(24);

/// A database that holds the conversations of a generator.
pub struct DataSet {
    /// Name of the database.
    pub name: String,
    /// Its URL.
    pub url: String,
    /// What it was filled by.
    pub generator: Generator,
}

impl DataSet {
    /// The set of a million events, built if it is missing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn small(bench: &Bench) -> Result<Self> {
        Self::ensure(bench, "bench_small", bench.small_events).await
    }

    /// The set of 30 million events, built if it is missing. A smaller one has its size in its name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn large(bench: &Bench) -> Result<Self> {
        Self::ensure(bench, "bench_large", bench.large_events).await
    }

    /// A connection to it.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn connect(&self) -> Result<Client> {
        Ok(database::connect(&self.url).await?)
    }

    async fn ensure(bench: &Bench, name: &str, events: u64) -> Result<Self> {
        let name = name_of(name, events);
        let url = bench.url_of(&name);
        let client = bench.connect().await?;
        let made = "select shobj_description(oid, 'pg_database') from pg_database where datname = $1";
        let mark = client.query_opt(made, &[&name]).await?.and_then(|row| row.get::<_, Option<String>>(0));
        let until = mark.as_deref().and_then(|mark| until_of(mark, events));
        if let Some(until) = until.filter(|until| *until > Utc::now() - OLDEST_END) {
            build::upgrade(&url).await?;
            return Ok(Self { name, url, generator: Generator::new(events, until) });
        }
        bench.create_database(&name).await?;
        let generator = Generator::new(events, Utc::now() - chrono::Duration::hours(6));
        build::fill(&url, &generator).await?;
        let set = Self { name, url, generator };
        set.connect().await?.batch_execute("vacuum analyze").await?;
        check::check(bench, &set).await?;
        let mark = mark_of(events, set.generator.until());
        client.batch_execute(&format!("comment on database {} is '{mark}'", set.name)).await?;
        Ok(set)
    }
}

fn name_of(name: &str, events: u64) -> String {
    match (name, events) {
        ("bench_small", SMALL_EVENTS) | ("bench_large", 30_000_000) => name.to_owned(),
        _ => format!("{name}_{events}"),
    }
}

/// What a complete set says of itself.
fn mark_of(events: u64, until: DateTime<Utc>) -> String {
    format!("colloquy bench {} {events} {}", generator::VERSION, until.to_rfc3339())
}

fn until_of(mark: &str, events: u64) -> Option<DateTime<Utc>> {
    let until = mark.strip_prefix(&format!("colloquy bench {} {events} ", generator::VERSION))?;
    Some(DateTime::parse_from_rfc3339(until).ok()?.to_utc())
}
