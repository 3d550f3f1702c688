//! Requests whose length two servers could read in two ways: never is what follows taken for another request.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::Site;

/// Stands where the body of the first request ends for a reader of the other kind.
const SECOND: &str = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_shape_of_a_length_makes_two_requests_of_one() {
    let site = Site::new(&[]).await;
    let length = SECOND.len();
    let chunked = format!("0\r\n\r\n{SECOND}");
    let both = format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", chunked.len());
    let cases = [
        ("two lengths", format!("content-length: 0\r\ncontent-length: {length}\r\n"), SECOND.to_owned()),
        ("a list of lengths", format!("content-length: 0, {length}\r\n"), SECOND.to_owned()),
        ("a signed length", "content-length: +0\r\n".into(), SECOND.to_owned()),
        ("a negative length", "content-length: -1\r\n".into(), SECOND.to_owned()),
        ("a length beyond 64 bits", "content-length: 18446744073709551616\r\n".into(), SECOND.to_owned()),
        ("a length and chunks", both.clone(), chunked.clone()),
        ("chunks and a length", "transfer-encoding: chunked\r\ncontent-length: 5\r\n".into(), chunked.clone()),
        ("chunks of an unknown kind", "transfer-encoding: xchunked\r\n".into(), chunked.clone()),
        ("chunks that are not last", "transfer-encoding: chunked, identity\r\n".into(), chunked.clone()),
        ("a blank before the colon", "transfer-encoding : chunked\r\n".into(), chunked.clone()),
        ("a folded header", "x: y\r\n transfer-encoding: chunked\r\n".into(), chunked.clone()),
        ("a size that is no number", "transfer-encoding: chunked\r\n".into(), format!("0x0\r\n\r\n{SECOND}")),
        ("a size beyond 64 bits", "transfer-encoding: chunked\r\n".into(), format!("10000000000000000\r\n{SECOND}")),
        ("a negative size", "transfer-encoding: chunked\r\n".into(), format!("-1\r\n{SECOND}")),
    ];
    for (what, headers, body) in cases {
        let request = site.head("POST /api/v1/events", &headers);
        let answers = answers(&site, &format!("{request}{body}")).await;
        let count = answers.matches("HTTP/1.1 ").count();
        assert!(count <= 1, "{what}: {count} answers: {answers}");
        assert!(answers.starts_with("HTTP/1.1 4"), "{what}: {answers}");
    }
    // The same bytes after a request that ends where it says are another request.
    let request = site.head("POST /api/v1/events", "content-length: 0\r\n");
    assert_eq!(answers(&site, &format!("{request}{SECOND}")).await.matches("HTTP/1.1 ").count(), 2);
}

/// All that comes back until the server closes, or says no more.
async fn answers(site: &Site, request: &str) -> String {
    let mut connection = site.server.connect().await;
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    let _ = timeout(Duration::from_secs(5), connection.read_to_end(&mut answers)).await;
    String::from_utf8_lossy(&answers).into_owned()
}
