//! The procedures that run by themselves, each safe at any time and twice.

mod archiving;
mod columnstore;
mod retention;
mod schedule;
mod store_days;
mod timeouts;
mod waiting;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::support::oracle::Event;
use crate::support::world::World;

/// An event of the first shop.
fn event(world: &World, conversation_id: Uuid, event_type: &str, at: DateTime<Utc>) -> Event {
    Event::new(world.shops[0].store_id, conversation_id, event_type, at, json!({}))
}

/// Asserts that the rows are what the oracle makes of the events and of the timeouts that sweeps have made.
async fn assert_rows(world: &mut World, moment: &str) {
    let mut wrong = world.learn_timeouts().await;
    wrong.extend(world.row_differences(&world.rows(None)).await);
    assert!(wrong.is_empty(), "{moment}: {} differences\n  {}", wrong.len(), wrong.join("\n  "));
}
