//! GET /health/ready of a server whose connections to the database are all in use.

use std::time::Duration;

use colloquy::http::auth::Scope;
use tokio::time::{Instant, sleep};

use crate::support::connection::Connection;
use crate::support::database::TestDatabase;
use crate::support::server::{LOG_ERRORS, Server};

/// As many as a server of these tests reads by.
const CONNECTIONS: i64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_use_all_connections_do_not_make_a_server_look_unready() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;
    let mut server = Server::start(&database, &LOG_ERRORS).await;
    server.log_to_the_end();
    let (blocker, client) = (database.client().await, database.client().await);
    // Dashboards read it.
    blocker.batch_execute("begin; lock table content_gaps in access exclusive mode").await.unwrap();
    let mut readers = Vec::new();
    for _ in 0..CONNECTIONS {
        readers.push(server.request("GET", "/analytics/dashboard", &key, "", "").await);
    }
    // A job of the server may wait beside them.
    let waiting = "select count(*) from pg_stat_activity where datname = current_database()
        and application_name = 'colloquy' and wait_event_type = 'Lock' and query not like 'call %'";
    let begun_at = Instant::now();
    while client.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) < CONNECTIONS {
        assert!(begun_at.elapsed() < Duration::from_secs(20), "the connections are not in use");
        sleep(Duration::from_millis(20)).await;
    }
    // On a busy machine an answer may miss its second, but the database does answer.
    let mut answers = Vec::new();
    while answers.len() < 8 && answers.last() != Some(&200) {
        let mut connection = Connection::open(server.address()).await.unwrap();
        let ready = connection.exchange(b"GET /health/ready HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        answers.push(ready.status);
    }
    assert_eq!(answers.last(), Some(&200), "{answers:?}");
    let held = client.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(held, CONNECTIONS, "the connections were given back meanwhile");
    blocker.batch_execute("rollback").await.unwrap();
}
