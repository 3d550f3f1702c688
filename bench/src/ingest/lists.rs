//! Requests dealt out to connections.

use std::sync::Arc;

use colloquy::events::Event;

use super::{Recent, body, body_of_one};
use crate::{
    Result,
    client::{Prepared, Target},
    generator::EVENTS_OF_CONVERSATION,
};

/// Requests dealt out to connections in turn, in their order.
///
/// # Errors
/// Never, but JSON could.
pub fn lists(target: &Target, requests: &[Vec<Event>], connections: usize) -> Result<Vec<Arc<[Prepared]>>> {
    let mut lists = vec![Vec::new(); connections];
    for (nth, events) in requests.iter().enumerate() {
        lists[nth % connections].push(target.post("/api/v1/events", body(events)?)?);
    }
    Ok(lists.into_iter().map(Arc::from).collect())
}

/// Requests of one event each for connections that each send conversations of their own, one after the other.
///
/// # Errors
/// Never, but JSON could.
pub fn single_lists(
    target: &Target,
    recent: &mut Recent<'_>,
    connections: usize,
    each: usize,
) -> Result<Vec<Arc<[Prepared]>>> {
    (0..connections)
        .map(|_| {
            let events: Vec<Event> = recent.take(each.div_ceil(EVENTS_OF_CONVERSATION)).flatten().collect();
            events.iter().map(|event| target.post("/api/v1/events", body_of_one(event)?)).collect()
        })
        .collect()
}
