//! Clients that ask and do not read the answer.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep, timeout};

use super::{Site, slack};
use crate::support::connection::Connection;
use crate::support::reliability::{Figures, seconds};

/// Far more than the buffers of both ends take.
const ANSWERS: usize = 300;
const POLL: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_is_cut_off() {
    let site = Site::new(&[]).await;
    let request = site.head("GET /openapi.json", "");
    let whole = Connection::open(site.server.address()).await.unwrap().exchange(request.as_bytes()).await.unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(65_536).unwrap();
    let mut silent = socket.connect(site.server.address().parse().unwrap()).await.unwrap();
    silent.write_all(request.repeat(ANSWERS).as_bytes()).await.unwrap();
    sleep(Site::patience() + Duration::from_secs(3)).await;
    let mut read = Vec::new();
    let _ = timeout(slack(), silent.read_to_end(&mut read)).await;
    assert!(read.len() < ANSWERS * whole.body.len() / 2, "all {} bytes came after the pause", read.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_nobody_reads_gives_its_connection_back() {
    let site = Site::new(&[]).await;
    let client = site.database.client().await;
    let rows = "insert into conversations (store_id, conversation_id, started_at, last_event_at, customer_id, channel,
                    outcome, ai_resolved, messages_sent, messages_received, response_us, response_count,
                    knowledge_retrievals, citations_clicked, event_count)
                select $1, gen_random_uuid(), t, t, repeat('c', 200), 'chat', 'open', false, 1, 1, 0, 0, 0, 0, 2
                from (select timestamptz '2026-02-01 00:00+00' + make_interval(secs => n) as t
                      from generate_series(1, 60000) as s (n)) as times";
    client.execute(rows, &[&site.store_id]).await.unwrap();
    let exports = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                   and backend_type = 'client backend' and state <> 'idle' and query like '%tenant.conversations%'";
    let running = async || client.query_one(exports, &[]).await.unwrap().get::<_, i64>(0);
    let path = "/analytics/export?dataset=conversations&format=ndjson&start_date=2026-01-01&end_date=2026-03-31";
    let mut silent = Vec::new();
    for _ in 0..2 {
        silent.push(site.server.request("GET", path, &site.key, "", "").await);
    }
    let asked_at = Instant::now();
    while running().await < 2 {
        assert!(asked_at.elapsed() < slack(), "the exports have not begun, or went into buffers");
        sleep(POLL).await;
    }
    let begun_at = Instant::now();
    while running().await > 0 {
        assert!(begun_at.elapsed() < Site::patience() + slack(), "the exports still run");
        sleep(POLL).await;
    }
    let freed_after = begun_at.elapsed();
    Figures::of(12, "slow_clients", "exports that nobody reads")
        .count(2, silent.len(), "exports, as many as may run")
        .measured(format!("connections to the database given back within {}", seconds(freed_after)))
        .record(&client)
        .await;
}
