//! Brings the demo into a database, on the way that imports take.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{SHOPS, Shop, events};
use crate::{
    events::Event,
    import::{ImportError, Loader, Placed, Progress, Session, Span, Stop, Summary, add_days, doing},
};

const CREATE_STORES: &str = include_str!("../../sql/demo/create_stores.sql");
const STORES: &str = include_str!("../../sql/demo/stores.sql");
const HAS_CONVERSATION: &str = include_str!("../../sql/demo/has_conversation.sql");
const CREATE_ROI: &str = include_str!("../../sql/demo/create_roi_assumptions.sql");
const CREATE_SCORES: &str = include_str!("../../sql/demo/create_quality_scores.sql");
const WINDOW_EVENTS: usize = 50_000;

/// What was found and done.
#[derive(Debug)]
pub struct Loaded {
    /// Where the demo ends: when its stores were created.
    pub until: DateTime<Utc>,
    /// False when the demo was there already, or other conversations are in its stores.
    pub is_new: bool,
    /// False when conversations are in its stores that this seed does not make.
    pub is_ours: bool,
    /// What was stored.
    pub summary: Summary,
}

/// Creates the stores and loads what is missing of their conversations, over a connection that nobody else uses.
///
/// A demo ends when its stores were created, so that running it again, on any day, makes the same events.
///
/// # Errors
/// See [`ImportError`]; running it again goes on where it ended.
pub async fn load(client: Client, seed: u64, progress: &Progress, stop: &Stop) -> Result<Loaded, ImportError> {
    let began = std::time::Instant::now();
    let session = Session::open(client).await?;
    let stores_created = create_stores(session.client()).await?;
    let ids: Vec<Uuid> = SHOPS.iter().map(Shop::store_id).collect();
    let row = session.client().query_one(STORES, &[&ids]).await.map_err(doing("looking for the demo"))?;
    let until: DateTime<Utc> = row.get("created_at");
    create_roi_assumptions(session.client(), until).await?;

    let events = in_order(events(seed, until));
    let mut result =
        Loaded { until, is_new: false, is_ours: true, summary: Summary { stores_created, ..Summary::default() } };
    if row.get("has_conversations") && !is_there(&session, &events, events.first()).await? {
        result.is_ours = false;
        return Ok(result);
    }
    if is_there(&session, &events, events.last()).await? {
        return Ok(result);
    }
    result.is_new = true;
    progress.start("loading", "events", events.len() as u64);
    // Of conversations that start by then, the last event may be a little later, which does not matter to what follows.
    let span = events.first().zip(events.last()).map(|(first, last)| Span::new(first.created_at, last.created_at));
    if let Some(span) = span {
        add_days(session.client(), &ids.iter().map(|id| (*id, span)).collect()).await?;
    }
    let mut loader = Loader::new(&session, progress, stop);
    for window in events.chunks(WINDOW_EVENTS) {
        let window = window.iter().map(|event| Placed { event: event.clone(), file: 0, line: 0 }).collect();
        loader.load(window).await?;
    }
    loader.finish(span, &ids, &mut result.summary).await?;
    session.client().execute(CREATE_SCORES, &[&ids]).await.map_err(doing("scoring the demo"))?;
    result.summary.took = began.elapsed();
    Ok(result)
}

/// The earliest conversations first, so that the first and the last one tell whether all are there.
fn in_order(mut events: Vec<Event>) -> Vec<Event> {
    let mut first_by_id: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
    for event in &events {
        first_by_id.entry(event.conversation_id).or_insert(event.created_at);
    }
    events.sort_by_key(|event| {
        (first_by_id.get(&event.conversation_id).copied(), event.conversation_id, event.created_at, event.event_id)
    });
    events
}

/// Whether all of the conversation of an event is stored.
async fn is_there(session: &Session, events: &[Event], of: Option<&Event>) -> Result<bool, ImportError> {
    let Some(of) = of else { return Ok(false) };
    let own = || events.iter().filter(|event| event.conversation_id == of.conversation_id);
    let started_at = own().map(|event| event.created_at).min();
    let count = i64::try_from(own().count()).unwrap_or(i64::MAX);
    let row = session
        .client()
        .query_one(HAS_CONVERSATION, &[&of.store_id, &of.conversation_id, &started_at, &count])
        .await
        .map_err(doing("looking for the demo"))?;
    Ok(row.get("is_there"))
}

/// Returns how many are new.
async fn create_stores(client: &Client) -> Result<u64, ImportError> {
    let ids: Vec<Uuid> = SHOPS.iter().map(Shop::store_id).collect();
    let names: Vec<&str> = SHOPS.iter().map(|shop| shop.name).collect();
    let timezones: Vec<&str> = SHOPS.iter().map(|shop| shop.timezone.name()).collect();
    let locales: Vec<&str> = SHOPS.iter().map(|shop| shop.locale).collect();
    let currencies: Vec<&str> = SHOPS.iter().map(|shop| shop.currency).collect();
    client
        .execute(CREATE_STORES, &[&ids, &names, &timezones, &locales, &currencies])
        .await
        .map_err(doing("creating the demo stores"))
}

async fn create_roi_assumptions(client: &Client, until: DateTime<Utc>) -> Result<(), ImportError> {
    for shop in SHOPS.iter() {
        for (days_ago, costs) in shop.roi {
            let valid_from = until.with_timezone(&shop.timezone).date_naive() - Duration::days((*days_ago).into());
            let [per_hour, minutes, per_conversation] = costs.map(|text| text.parse::<Decimal>().unwrap_or_default());
            client
                .execute(CREATE_ROI, &[&shop.store_id(), &valid_from, &per_hour, &minutes, &per_conversation])
                .await
                .map_err(doing("setting the costs of the demo"))?;
        }
    }
    Ok(())
}
