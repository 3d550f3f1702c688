//! Who follows which store: one topic for each store that somebody listens to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono_tz::Tz;
use deadpool_postgres::Pool;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::signals;
use super::topic::{Latest, Topic, Update};
use crate::events::ingested::Ingested;
use crate::http::problem::Problem;

/// Most clients that follow live metrics of one server.
pub const MAX_LISTENERS: usize = 1_000;
/// A client that comes back has its key looked at again.
const LONGEST: Duration = Duration::from_hours(1);
/// A newcomer gets a value that is younger than this at once.
const FRESH: Duration = Duration::from_secs(1);

/// All topics. Clones share them.
#[derive(Clone)]
pub struct Live(Arc<Hub>);

pub(super) struct Hub {
    pub(super) pool: Pool,
    topics: Mutex<Topics>,
    /// True while somebody listens to anything.
    pub(super) is_followed: watch::Sender<bool>,
}

#[derive(Default)]
struct Topics {
    by_store: HashMap<Uuid, Arc<Topic>>,
    is_stopping: bool,
}

impl Topics {
    fn listeners(&self) -> usize {
        self.by_store.values().map(|topic| topic.latest.receiver_count()).sum()
    }
}

impl Live {
    /// Nobody listens yet, and nobody tells when a store gets events.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self(Arc::new(Hub { pool, topics: Mutex::default(), is_followed: watch::Sender::new(false) }))
    }

    /// Listens from now on to the writer of this process and, while it has listeners, to the database; tells other
    /// servers what this one has stored.
    pub fn start(&self, database_url: String, ingested: Arc<Ingested>) {
        signals::start(&self.0, database_url, ingested);
    }

    /// Says that the metrics of a store may have changed.
    pub fn wake(&self, store_id: Uuid) {
        self.0.wake(store_id);
    }

    /// Ends all streams, and takes no listeners any more.
    pub fn stop(&self) {
        let mut topics = self.0.topics();
        topics.is_stopping = true;
        for (_, topic) in topics.by_store.drain() {
            topic.end();
        }
        self.0.is_followed.send_replace(false);
    }

    /// How many clients listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.0.topics().listeners()
    }

    /// Follows the metrics of a store.
    ///
    /// # Errors
    /// `TooManyListeners`, or `NotReady` when the server stops.
    pub fn listen(&self, store_id: Uuid, timezone: Tz) -> Result<Listener, Problem> {
        let mut topics = self.0.topics();
        if topics.is_stopping {
            return Err(Problem::NotReady("The server is stopping."));
        }
        if topics.listeners() >= MAX_LISTENERS {
            return Err(Problem::TooManyListeners);
        }
        if let Some(topic) = topics.by_store.get(&store_id) {
            let latest = topic.latest.subscribe();
            let is_fresh = latest.borrow().update.as_ref().is_some_and(|update| update.found_at.elapsed() < FRESH);
            if !is_fresh {
                topic.wake.notify_one();
            }
            return Ok(Listener::new(latest, is_fresh));
        }
        let topic = Arc::new(Topic::new(store_id, timezone));
        let latest = topic.latest.subscribe();
        topics.by_store.insert(store_id, Arc::clone(&topic));
        self.0.is_followed.send_replace(true);
        tokio::spawn(topic.run(Arc::clone(&self.0)));
        Ok(Listener::new(latest, false))
    }
}

impl Hub {
    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self, store_id: Uuid) {
        if let Some(topic) = self.topics().by_store.get(&store_id) {
            topic.wake.notify_one();
        }
    }

    pub(super) fn wake_all(&self) {
        for topic in self.topics().by_store.values() {
            topic.wake.notify_one();
        }
    }

    /// Forgets a topic that nobody listens to; false if somebody does again.
    pub(super) fn forget_unheard(&self, topic: &Arc<Topic>) -> bool {
        let mut topics = self.topics();
        let is_unheard = topic.latest.receiver_count() == 0;
        if is_unheard {
            self.remove(&mut topics, topic);
        }
        is_unheard
    }

    /// Forgets a topic, and ends its streams.
    pub(super) fn end(&self, topic: &Arc<Topic>) {
        self.remove(&mut self.topics(), topic);
        topic.end();
    }

    fn remove(&self, topics: &mut Topics, topic: &Arc<Topic>) {
        if topics.by_store.get(&topic.store_id).is_some_and(|current| Arc::ptr_eq(current, topic)) {
            topics.by_store.remove(&topic.store_id);
        }
        self.is_followed.send_replace(!topics.by_store.is_empty());
    }
}

/// One client's view of a topic.
pub struct Listener {
    latest: watch::Receiver<Latest>,
    /// The number of the last version this client has got.
    sent: Option<u64>,
    is_fresh: bool,
    ends_at: Instant,
}

impl Listener {
    fn new(latest: watch::Receiver<Latest>, is_fresh: bool) -> Self {
        Self { latest, sent: None, is_fresh, ends_at: Instant::now() + LONGEST }
    }

    /// The next change, the metrics as they are at first; none at the end.
    pub async fn next(&mut self) -> Option<Arc<Update>> {
        loop {
            if !std::mem::replace(&mut self.is_fresh, false) {
                tokio::select! {
                    changed = self.latest.changed() => changed.ok()?,
                    () = sleep_until(self.ends_at) => return None,
                }
            }
            let latest = self.latest.borrow_and_update();
            match &latest.update {
                Some(update) if self.sent != Some(update.version) => {
                    self.sent = Some(update.version);
                    // What has ended meanwhile is seen by the next call.
                    self.is_fresh = latest.is_over;
                    return Some(Arc::clone(update));
                }
                _ if latest.is_over => return None,
                _ => {}
            }
        }
    }
}
