//! Exports that are large, slow, many or not wanted any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use colloquy::database::tenant_stream;
use colloquy::http::auth::Scope;
use colloquy::http::reply::{self, Format};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::send;
use crate::support::server::Server;

const DATES: &str = "start_date=2026-01-01&end_date=2026-03-31";

struct Shop {
    database: TestDatabase,
    client: Client,
    store_id: Uuid,
    key: String,
}

impl Shop {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store("UTC").await;
        let key = database.create_key(store_id, &[Scope::Read]).await;
        Self { client: database.client().await, store_id, key, database }
    }

    /// Adds conversations that no event has made.
    async fn add_conversations(&self, count: i32) {
        let sql = "insert into conversations (store_id, conversation_id, started_at, last_event_at, customer_id, channel,
                       outcome, ai_resolved, messages_sent, messages_received, response_us, response_count,
                       knowledge_retrievals, citations_clicked, event_count)
                   select $1, gen_random_uuid(), timestamptz '2026-02-01 00:00+00' + make_interval(secs => n),
                          timestamptz '2026-02-01 00:00+00' + make_interval(secs => n), 'c-' || n, 'chat', 'open', false,
                          1, 1, 0, 0, 0, 0, 2
                   from generate_series(1, $2) as s (n)";
        self.client.execute(sql, &[&self.store_id, &count]).await.unwrap();
    }

    /// Makes every row of a conversation take 20 ms.
    async fn slow_down(&self) {
        let sql = "create or replace view tenant.conversations with (security_barrier) as
                   select * from analytics.conversations
                   where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid
                     and pg_sleep(0.02) is not null";
        self.client.batch_execute(sql).await.unwrap();
    }

    async fn exports(&self) -> i64 {
        let sql = "select count(*) from pg_stat_activity
                   where datname = current_database() and backend_type = 'client backend'
                     and pid <> pg_backend_pid() and state <> 'idle' and query like '%tenant.conversations%'";
        self.client.query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn wait_for_export(&self) {
        let asked_at = Instant::now();
        while self.exports().await == 0 {
            assert!(asked_at.elapsed() < Duration::from_secs(10), "no export has begun");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn assert_freed_within_a_second(&self, when: &str) {
        let gone_at = Instant::now();
        while self.exports().await > 0 {
            assert!(gone_at.elapsed() < Duration::from_secs(1), "{when}: the query goes on after a second");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn ask(&self, server: &Server, headers: &str) -> TcpStream {
        let path = format!("/analytics/export?dataset=conversations&format=ndjson&{DATES}");
        server.request("GET", &path, &self.key, headers, "").await
    }
}

#[tokio::test]
async fn a_client_that_goes_frees_its_query_within_a_second() {
    let shop = Shop::new().await;
    shop.add_conversations(60_000).await;
    let server = Server::start(&shop.database, &[]).await;

    for headers in ["", "accept-encoding: gzip\r\n"] {
        let mut reading = shop.ask(&server, headers).await;
        reading.read_exact(&mut [0; 4096]).await.unwrap();
        shop.wait_for_export().await;
        drop(reading);
        shop.assert_freed_within_a_second("after some rows").await;
    }

    let silent = shop.ask(&server, "").await;
    shop.wait_for_export().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(shop.exports().await, 1, "all rows went into buffers");
    drop(silent);
    shop.assert_freed_within_a_second("without reading").await;

    shop.slow_down().await;
    for leave_politely in [false, true] {
        let mut waiting = shop.ask(&server, "").await;
        shop.wait_for_export().await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(shop.exports().await, 1);
        if leave_politely {
            waiting.shutdown().await.unwrap();
        } else {
            drop(waiting);
        }
        shop.assert_freed_within_a_second("before the first row").await;
    }
}

#[tokio::test]
async fn a_client_that_goes_between_two_parts_frees_its_query() {
    const PAUSES: &str = "select n, repeat('x', 100) as filler, 'tenant.conversations' as marker
        from generate_series(1, 5000) as s (n) where n <= 3000 or pg_sleep(5) is not null";
    let shop = Shop::new().await;
    let rows = tenant_stream(shop.database.pool(), shop.store_id, PAUSES, &[]).await.unwrap();
    let mut body = reply::streamed(Format::Ndjson, rows).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(shop.exports().await, 1);
    drop(body);
    shop.assert_freed_within_a_second("between two parts").await;
}

#[tokio::test]
async fn memory_does_not_grow_with_the_rows() {
    const ROWS: i32 = 4_000;
    let shop = Shop::new().await;
    let server = Server::start(&shop.database, &[]).await;
    let mut peaks = Vec::new();
    for rows in [ROWS, 9 * ROWS] {
        shop.add_conversations(rows).await;
        for headers in ["", "accept-encoding: gzip\r\n"] {
            let mut connection = shop.ask(&server, headers).await;
            let (mut buffer, mut bytes) = (vec![0; 65_536], 0);
            loop {
                match connection.read(&mut buffer).await.unwrap() {
                    0 => break,
                    read => bytes += read,
                }
            }
            assert!(bytes > 50_000, "{bytes}");
        }
        peaks.push(server.status("VmHWM"));
    }
    println!("peak of resident memory in KiB after {ROWS} and {} rows: {peaks:?}", 10 * ROWS);
    assert!(peaks[1] * 10 <= peaks[0] * 11, "{peaks:?}");
}

#[tokio::test]
async fn exports_leave_half_of_the_connections_to_others() {
    let shop = Shop::new().await;
    let app = shop.database.app();
    let path = format!("/api/v1/analytics/export?{DATES}");
    let half = u32::try_from(shop.database.pool().status().max_size / 2).unwrap();
    let places = Arc::clone(&app.exports).try_acquire_many_owned(half).unwrap();
    let refused = send(&app, "GET", &path, &shop.key).await;
    assert_eq!((refused.problem(), refused.header("retry-after")), ((503, "too_many_exports"), "5"));
    drop(places);
    assert_eq!(send(&app, "GET", &path, &shop.key).await.status(), 200);
    assert_eq!(app.exports.available_permits(), half as usize, "a place was not given back");

    // Over a socket: two of four connections, and other requests go on.
    shop.add_conversations(60_000).await;
    let server = Server::start(&shop.database, &[]).await;
    let running = [shop.ask(&server, "").await, shop.ask(&server, "").await];
    let asked_at = Instant::now();
    while shop.exports().await < 2 {
        assert!(asked_at.elapsed() < Duration::from_secs(10), "two exports have not begun");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut text = String::new();
    shop.ask(&server, "").await.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 503") && text.contains("too_many_exports"), "{text}");
    text.clear();
    let mut other = server.request("GET", &format!("/analytics/metrics?{DATES}"), &shop.key, "", "").await;
    other.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    drop(running);
    shop.assert_freed_within_a_second("both").await;
    text.clear();
    shop.ask(&server, "").await.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{}", &text[..100]);
}
