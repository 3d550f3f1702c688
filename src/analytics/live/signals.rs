//! How topics learn that their store has got events: from the writer of this process, and from the database for all that
//! came in elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::hub::Hub;
use crate::database::{DatabaseError, Notifications, error_chain};
use crate::events::ingested::Ingested;

const LISTEN: &str = "listen colloquy_ingest";
const ANNOUNCE: &str = include_str!("../../../sql/analytics/announce_events.sql");
const SESSION: &str = include_str!("../../../sql/analytics/live_session.sql");

/// Announcements are at least so far apart. A listener elsewhere waits for this and for the second between queries.
const APART: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Sessions of this server that have announced something lately. What they announce is known here already.
#[derive(Default)]
struct OwnSessions(Mutex<HashMap<i32, Instant>>);

impl OwnSessions {
    const KEPT: Duration = Duration::from_mins(1);

    fn add(&self, session_id: i32) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, used_at| used_at.elapsed() < Self::KEPT);
        sessions.insert(session_id, Instant::now());
    }

    fn contains(&self, session_id: i32) -> bool {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The number of a session that has ended is given to others.
        sessions.get(&session_id).is_some_and(|used_at| used_at.elapsed() < Self::KEPT)
    }
}

/// Starts to listen and to announce, for as long as the process lives.
pub(super) fn start(hub: &Arc<Hub>, database_url: String, ingested: Arc<Ingested>) {
    let own = Arc::new(OwnSessions::default());
    let unannounced = Arc::new(Ingested::default());
    tokio::spawn(follow_writer(Arc::clone(hub), ingested, Arc::clone(&unannounced)));
    tokio::spawn(announce(Arc::clone(hub), unannounced, Arc::clone(&own)));
    tokio::spawn(follow_database(Arc::clone(hub), database_url, own));
}

async fn follow_writer(hub: Arc<Hub>, ingested: Arc<Ingested>, unannounced: Arc<Ingested>) {
    loop {
        let stores = ingested.take().await;
        for store_id in &stores {
            hub.wake(*store_id);
        }
        unannounced.add(stores);
    }
}

/// Tells other servers what this one has stored, apart from the ingest: a transaction that notifies commits alone.
async fn announce(hub: Arc<Hub>, unannounced: Arc<Ingested>, own: Arc<OwnSessions>) {
    loop {
        let stores = unannounced.take().await;
        if let Err(error) = announce_once(&hub, &stores, &own).await {
            tracing::debug!(error = error_chain(&error), "other servers were not told of new events, trying again");
            unannounced.add(stores);
        }
        sleep(APART).await;
    }
}

async fn announce_once(hub: &Hub, stores: &HashSet<Uuid>, own: &OwnSessions) -> Result<(), DatabaseError> {
    let client = hub.pool.get().await?;
    let session = client.prepare_cached(SESSION).await?;
    own.add(client.query_one(&session, &[]).await?.try_get("session_id")?);
    let statement = client.prepare_cached(ANNOUNCE).await?;
    client.query(&statement, &[&stores.iter().collect::<Vec<_>>()]).await?;
    Ok(())
}

/// Has a connection open while anybody listens, and opens it again for as long as it takes.
async fn follow_database(hub: Arc<Hub>, database_url: String, own: Arc<OwnSessions>) {
    let mut is_followed = hub.is_followed.subscribe();
    let mut pause = FIRST_PAUSE;
    while is_followed.wait_for(|is_followed| *is_followed).await.is_ok() {
        match Notifications::open(&database_url, LISTEN).await {
            Ok(mut notifications) => {
                pause = FIRST_PAUSE;
                // What was committed before is not notified any more.
                hub.wake_all();
                tokio::select! {
                    () = pass_on(&hub, &mut notifications, &own) => {
                        tracing::warn!("the database does not tell of new events any more, connecting again");
                    }
                    _ = is_followed.wait_for(|is_followed| !is_followed) => {}
                }
            }
            Err(error) => {
                let error = error_chain(&error);
                tracing::warn!(error, "cannot listen to the database, trying again in {} ms", pause.as_millis());
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Passes notifications on until the connection is lost.
async fn pass_on(hub: &Hub, notifications: &mut Notifications, own: &OwnSessions) {
    while let Some(notification) = notifications.next().await {
        if own.contains(notification.session_id) {
            continue;
        }
        if let Ok(store_id) = notification.payload.parse() {
            hub.wake(store_id);
        }
    }
}
