//! Stores with their local days, as they are before history comes in.

use chrono::{DateTime, Duration, Utc};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{Result, generator::Store};

const CREATE: &str = "insert into stores (store_id, name, timezone)
    select s.store_id, s.name, s.timezone
    from unnest($1::uuid[], $2::text[], $3::text[]) as s (store_id, name, timezone)
    order by s.store_id";
const ADD_DAYS: &str = "select add_store_days(store_id, $1::date, $2::date) from stores order by store_id";

/// Creates stores, and their local days from two days before an instant until two days from now.
///
/// # Errors
/// When the database fails.
pub async fn create(client: &Client, stores: &[Store], from: DateTime<Utc>) -> Result<()> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.id).collect();
    let names: Vec<String> = stores.iter().map(|store| format!("Store {}", store.rank)).collect();
    let timezones: Vec<&str> = stores.iter().map(|store| store.timezone.name()).collect();
    client.execute(CREATE, &[&ids, &names, &timezones]).await?;
    let (first, last) = (from - Duration::days(2), Utc::now() + Duration::days(2));
    client.query(ADD_DAYS, &[&first.date_naive(), &last.date_naive()]).await?;
    Ok(())
}
