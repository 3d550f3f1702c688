//! Answers that come before the body has been read: the client can send all of it, and gets the answer, not a reset.

use tokio::io::AsyncReadExt;

use crate::support::connection::{Answer, Connection};
use crate::support::database::TestDatabase;
use crate::support::server::{LOG_ERRORS, Server};

/// More than the buffers of both ends take.
const BODY_BYTES: usize = 16 << 20;

fn head(request: &str, key: &str, length: usize) -> String {
    format!("{request} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\r\n")
}

/// Sends a large body whole before it looks for the answer, as simple clients do.
async fn send(server: &Server, path: &str, key: &str) -> Answer {
    let mut connection = Connection::open(server.address()).await.unwrap();
    let request = head(&format!("POST {path}"), key, BODY_BYTES) + &" ".repeat(BODY_BYTES);
    let answer = connection.exchange(request.as_bytes()).await;
    let answer = answer.unwrap_or_else(|error| panic!("POST {path}: {error}"));
    let end = connection.stream.read_to_end(&mut Vec::new()).await;
    assert!(end.is_ok(), "after {answer}: {end:?}");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_still_sending_reads_why_it_is_refused() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let limits = ["--body-limit-bytes", "1024", "--requests-per-second", "1"];
    let server = Server::start(&database, &[LOG_ERRORS.as_slice(), &limits].concat()).await;
    for (path, key, status, code) in [
        ("/api/v1/stores", admin.as_str(), 413, "body_too_large"),
        ("/api/v1/stores", "clq_a_wrong", 401, "invalid_key"),
        ("/api/v1/nowhere", "", 404, "not_found"),
    ] {
        let answer = send(&server, path, key).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    }
    let mut other = Connection::open(server.address()).await.unwrap();
    let list = head("GET /api/v1/stores", &admin, 0);
    let answer = loop {
        while other.exchange(list.as_bytes()).await.unwrap().status != 429 {}
        let answer = send(&server, "/api/v1/stores", &admin).await;
        // On a slow machine the key may have earned another request meanwhile.
        if answer.status != 413 {
            break answer;
        }
    };
    assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_requests"));

    let server = Server::start(&database, &[LOG_ERRORS.as_slice(), &["--max-connections", "1"]].concat()).await;
    let mut only = Connection::open(server.address()).await.unwrap();
    assert_eq!(only.exchange(list.as_bytes()).await.unwrap().status, 200);
    let answer = send(&server, "/api/v1/stores", &admin).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "too_many_connections"));
}
