//! A pooled connection that may be inside a transaction, and goes back to the pool only outside of one.

use std::ops::Deref;

use deadpool_postgres::{Object, Pool};

use super::DatabaseError;

/// Dropped without `release`, as when the client of a request goes away, it closes its connection.
pub(crate) struct Lease {
    object: Option<Object>,
}

impl Lease {
    pub(crate) async fn take(pool: &Pool) -> Result<Self, DatabaseError> {
        Ok(Self { object: Some(pool.get().await?) })
    }

    /// Gives the connection back to the pool. It must be outside a transaction, or its end be on the way.
    pub(crate) fn release(mut self) {
        self.object = None;
    }
}

impl Deref for Lease {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.object.as_ref().expect("only release and drop take the connection away")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }
}
