//! A database that takes everything and says nothing: what is asked of it ends by itself, and its connections are given up.

use std::time::Duration;

use colloquy::database::{self, DatabaseError, tenant_query, tenant_stream};
use futures_util::future::join3;
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::fault_proxy::{Fault, FaultProxy};

const ONE: &str = "select 1 as one";

#[tokio::test]
async fn what_is_not_answered_is_given_up() {
    let (database, store_id) = (TestDatabase::new().await, Uuid::new_v4());
    let proxy = FaultProxy::before(database.url()).await;
    let pool = database::pool(&proxy.url(database.url()), 3, Duration::from_secs(1)).unwrap();
    let ask = || {
        let plain = async { database::query(&pool, ONE, &[]).await.map(|_| ()) };
        let tenant = async { tenant_query(&pool, store_id, ONE, &[]).await.map(|_| ()) };
        let stream = async { tenant_stream(&pool, store_id, ONE, &[]).await.map(|_| ()) };
        join3(plain, tenant, stream)
    };
    let answers = ask().await;
    assert!(answers.0.is_ok() && answers.1.is_ok() && answers.2.is_ok(), "{answers:?}");

    proxy.set(Fault::Swallow);
    let (plain, tenant, stream) = timeout(Duration::from_secs(30), ask()).await.expect("it is waited for ever");
    for error in [plain.unwrap_err(), tenant.unwrap_err(), stream.unwrap_err()] {
        assert!(matches!(error, DatabaseError::NoAnswer) && error.is_unavailable(), "{error}");
    }
    assert_eq!(pool.status().size, 0, "a silent connection went back to the pool");
    proxy.set(Fault::None);
    ask().await.0.unwrap();
}
