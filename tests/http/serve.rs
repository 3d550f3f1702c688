//! `colloquy serve` on a real socket: chunked and broken-off bodies, real signals, a port that is taken.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::support::database::TestDatabase;
use crate::support::server::Server;

async fn answer(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

fn post(admin: &str, headers: &str) -> String {
    format!(
        "POST /api/v1/stores HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {admin}\r\n\
         content-type: application/json\r\n{headers}connection: close\r\n\r\n"
    )
}

async fn store_count(database: &TestDatabase) -> i64 {
    database.client().await.query_one("select count(*) from stores", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn bodies_may_be_chunked_but_not_broken_off_or_too_large() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let server = Server::start(&database, &["--body-limit-bytes", "1024"]).await;

    let mut chunked = server.connect().await;
    let body = "6\r\n{\"name\r\n8\r\n\": \"Ab\"}\r\n0\r\n\r\n";
    let request = format!("{}{body}", post(&admin, "transfer-encoding: chunked\r\n"));
    chunked.write_all(request.as_bytes()).await.unwrap();
    assert!(answer(&mut chunked).await.starts_with("HTTP/1.1 201"));

    let mut broken = server.connect().await;
    let request = format!("{}{{\"name\": \"B\"}}", post(&admin, "content-length: 100\r\n"));
    broken.write_all(request.as_bytes()).await.unwrap();
    broken.shutdown().await.unwrap();
    let broken = answer(&mut broken).await;
    assert!(broken.is_empty() || broken.contains("incomplete_body"), "{broken}");

    let mut large = server.connect().await;
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
    let request = format!("{}{chunk}{chunk}0\r\n\r\n", post(&admin, "transfer-encoding: chunked\r\n"));
    large.write_all(request.as_bytes()).await.unwrap();
    let large = answer(&mut large).await;
    assert!(large.starts_with("HTTP/1.1 413") && large.contains("body_too_large"), "{large}");
    assert_eq!(store_count(&database).await, 1);
}

#[tokio::test]
async fn what_was_accepted_is_answered_after_a_signal() {
    for signal in ["TERM", "INT"] {
        let database = TestDatabase::new().await;
        let admin = database.create_admin_key().await;
        let server = Server::start(&database, &[]).await;
        let mut slow = server.connect().await;
        slow.write_all(post(&admin, "content-length: 14\r\n").as_bytes()).await.unwrap();
        let _idle = server.connect().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal(signal).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(TcpStream::connect(server.address()).await.is_err(), "still accepting");
        slow.write_all(b"{\"name\": \"Ab\"}").await.unwrap();
        let answer = answer(&mut slow).await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        assert_eq!(server.exit_code().await, Some(0));
        assert_eq!(store_count(&database).await, 1);
    }
}

#[tokio::test]
async fn who_had_connected_before_a_signal_is_answered() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let server = Server::start(&database, &[]).await;
    // Nobody accepts these connections before the signal is there.
    server.signal("STOP").await;
    let mut connections = Vec::new();
    for nth in 0..20 {
        let mut connection = server.connect().await;
        let request = format!("{}{{\"name\": \"S{nth:02}\"}}", post(&admin, "content-length: 15\r\n"));
        connection.write_all(request.as_bytes()).await.unwrap();
        connections.push(connection);
    }
    let mut silent = server.connect().await;
    server.signal("TERM").await;
    server.signal("CONT").await;
    silent
        .write_all(format!("{}{{\"name\": \"Late\"}}", post(&admin, "content-length: 16\r\n")).as_bytes())
        .await
        .unwrap();
    connections.push(silent);
    for connection in &mut connections {
        let answer = answer(connection).await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    assert_eq!(server.exit_code().await, Some(0));
    assert_eq!(store_count(&database).await, 21);
}

#[tokio::test]
async fn the_deadline_ends_what_does_not_finish() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let server = Server::start(&database, &["--shutdown-deadline-seconds", "1"]).await;
    let mut stuck = server.connect().await;
    stuck.write_all(post(&admin, "content-length: 14\r\n").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = Instant::now();
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(1));
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let database = TestDatabase::new().await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command.args(["serve", "--listen", &address]).env("DATABASE_URL", database.url());
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("cannot listen on {address}: Address already in use")), "{text}");
}

#[tokio::test]
async fn a_log_line_has_the_request_but_never_the_key() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let mut server = Server::start(&database, &["--log-format", "json"]).await;
    let mut connection = server.connect().await;
    let request = format!(
        "GET /api/v1/stores?limit=7 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {admin}\r\nx-request-id: r-1\r\n\
         connection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    assert!(answer(&mut connection).await.contains("x-request-id: r-1\r\n"));
    let line = server.line_with("r-1").await;
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(json["status"], 200, "{line}");
    assert!(json["duration_ms"].is_u64(), "{line}");
    let span = &json["span"];
    assert_eq!(
        (&span["method"], &span["path"], &span["request_id"]),
        (&"GET".into(), &"/api/v1/stores".into(), &"r-1".into())
    );
    assert!(span["key_id"].is_string() && !line.contains("clq_") && !line.contains("limit"), "{line}");
}

/// More lines than a pipe holds.
#[tokio::test]
async fn a_log_that_nobody_reads_stops_nobody() {
    let database = TestDatabase::new().await;
    let server = Server::start(&database, &[]).await;
    let within = Duration::from_secs(20);
    for nth in 0..1000 {
        let mut connection = server.connect().await;
        let request = format!("GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "x".repeat(200));
        connection.write_all(request.as_bytes()).await.unwrap();
        let answer = tokio::time::timeout(within, answer(&mut connection)).await;
        assert!(answer.unwrap_or_else(|_| panic!("request {nth} waits for the log")).starts_with("HTTP/1.1 404"));
    }
}
