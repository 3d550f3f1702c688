//! The stores that got events, for one reader who wants to know.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

/// Stores since the reader last looked; each is in it once, so it stays small without a reader, too.
#[derive(Default)]
pub struct Ingested {
    stores: Mutex<HashSet<Uuid>>,
    added: Notify,
}

impl Ingested {
    /// Adds stores.
    pub fn add(&self, stores: impl IntoIterator<Item = Uuid>) {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).extend(stores);
        self.added.notify_one();
    }

    /// Takes all of them, as soon as there is one.
    pub async fn take(&self) -> HashSet<Uuid> {
        loop {
            let taken = std::mem::take(&mut *self.stores.lock().unwrap_or_else(PoisonError::into_inner));
            if !taken.is_empty() {
                return taken;
            }
            self.added.notified().await;
        }
    }
}
