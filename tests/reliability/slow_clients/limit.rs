//! More connections than there may be: each gets an answer, and the server can still be asked whether it lives.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Site, slack};
use crate::support::connection::{Answer, Connection};

const MOST: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_most_are_refused_until_others_end() {
    let site = Site::new(&["--max-connections", &MOST.to_string()]).await;
    let mut open = Vec::new();
    for _ in 0..MOST {
        let mut connection = Connection::open(site.server.address()).await.unwrap();
        let answer = connection.exchange(site.head("GET /api/v1/store", "").as_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer}");
        open.push(connection);
    }
    for _ in 0..100 {
        let refused = ask(&site, "GET /api/v1/store").await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "too_many_connections"), "{refused}");
        assert!(refused.is_last() && refused.header("retry-after").is_some());
    }
    assert_eq!(ask(&site, "GET /health/live").await.status, 200);
    drop(open);
    let ended_at = Instant::now();
    while ask(&site, "GET /api/v1/store").await.status != 200 {
        assert!(ended_at.elapsed() < slack(), "connections that have ended still count");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn ask(site: &Site, request: &str) -> Answer {
    let mut connection = Connection::open(site.server.address()).await.unwrap();
    connection.exchange(site.head(request, "").as_bytes()).await.unwrap()
}
