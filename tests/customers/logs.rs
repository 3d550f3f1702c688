//! Neither the log of the server nor that of the database has the id, whatever they log.

use chrono::{Duration, Utc};
use serde_json::json;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::path;
use crate::support::oracle::Event;
use crate::support::server::Server;
use crate::support::skipped;
use crate::support::world::World;

#[tokio::test]
async fn no_log_has_the_id() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let customer = format!("secret-{}", Uuid::new_v4().simple());
    let mut event = Event::new(store_id, Uuid::new_v4(), "message_received", Utc::now() - Duration::days(2), json!({}));
    event.customer_id = Some(customer.clone());
    world.import(&[event]).await;
    let database: String = world.client.query_one("select current_database()::text", &[]).await.unwrap().get(0);
    for setting in ["log_statement = 'all'", "log_min_duration_statement = 0", "log_parameter_max_length = -1"] {
        world.client.batch_execute(&format!("alter database {database} set {setting}")).await.unwrap();
    }
    let admin = world.database.create_admin_key().await;
    let mut server = Server::start(&world.database, &["--log-level", "trace"]).await;
    let log = server.log_to_the_end();
    let url = path(store_id, &customer);
    for status in ["200", "404"] {
        let mut connection = server.request("DELETE", url.strip_prefix("/api/v1").unwrap(), &admin, "", "").await;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && !answer.contains(&customer), "{answer}");
    }
    server.signal("TERM").await;
    let log = log.await.unwrap();
    let encoded = url.split(['/', '?']).nth(4).unwrap();
    assert!(encoded.starts_with("secret"), "{encoded}");
    let told: Vec<_> = log.lines().filter(|line| line.contains(&customer) || line.contains(encoded)).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    let masked = log.lines().filter(|line| line.contains("/api/v1/customers/{customer_id}")).count();
    assert!(masked >= 2, "{log}");
    let Some(data) = std::env::var_os("TIMESCALEDB_DATA") else {
        return skipped("the log of PostgreSQL: it is not an embedded server");
    };
    let log = std::fs::read(std::path::Path::new(&data).join("server.log")).unwrap();
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("erase_customer($1, e.customer_id, $2)"), "statements are not logged");
    assert!(!log.contains(&customer), "the log of PostgreSQL has it");
}
