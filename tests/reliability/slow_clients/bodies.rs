//! Bodies that come byte by byte, that are many, that unpack to gigabytes, that are thousands of levels deep.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Site, slack};
use crate::support::connection::{Answer, Connection};
use crate::support::reliability::{Figures, planned, seconds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_comes_byte_by_byte_is_given_up() {
    let site = Site::new(&[]).await;
    let sockets = planned(20, 200);
    let mut slow = JoinSet::new();
    for nth in 0..sockets {
        let head = site.head("POST /api/v1/events", "content-length: 1000000\r\n");
        let address = site.server.address().to_owned();
        // Every other one sends nothing at all.
        slow.spawn(async move { trickle(&address, &head, nth % 2 == 0).await });
    }
    let mut longest = Duration::ZERO;
    for (status, code, took) in slow.join_all().await {
        assert_eq!((status, code.as_str()), (408, "body_too_slow"), "after {took:?}");
        longest = longest.max(took);
    }
    assert!(longest <= Site::patience() + slack(), "{longest:?}");
    Figures::of(12, "slow_clients", "bodies that come byte by byte")
        .count(200, sockets, "sockets")
        .measured(format!("each answered `body_too_slow` within {}", seconds(longest)))
        .record(&site.database.client().await)
        .await;
}

async fn trickle(address: &str, head: &str, sends: bool) -> (u16, String, Duration) {
    let begun_at = Instant::now();
    let mut connection = Connection::open(address).await.unwrap();
    connection.stream.write_all(head.as_bytes()).await.unwrap();
    loop {
        tokio::select! {
            answer = connection.answer() => {
                let answer = answer.unwrap();
                return (answer.status, answer.code(), begun_at.elapsed());
            }
            () = sleep(Duration::from_secs(1)), if sends => connection = byte(connection).await,
            () = sleep_until(begun_at + Site::patience() + slack()) => return (0, "no answer".into(), begun_at.elapsed()),
        }
    }
}

async fn byte(mut connection: Connection) -> Connection {
    let _ = connection.stream.write_all(b" ").await;
    connection
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_bodies_at_once_share_the_memory() {
    let each = planned(4, 16) << 20;
    let all = 8 * each / planned(2, 1);
    let limits = [each, all].map(|bytes| bytes.to_string());
    let site = Site::new(&["--body-limit-bytes", &limits[0], "--body-memory-bytes", &limits[1]]).await;
    let idle_kib = site.server.status("VmHWM");
    // A million documents of one byte, which is more than are taken, and the body as large as it may be.
    let body = format!("[{}0]", "0,".repeat(each / 2 - 2));
    let bodies = planned(24, 64);
    let answers = at_once(&site, "", body.as_bytes(), bodies).await;
    let refused = answers.iter().filter(|answer| answer.status == 503).count();
    for answer in &answers {
        let expected = [(413, "too_many_events".to_owned()), (503, "server_busy".to_owned())];
        assert!(expected.contains(&(answer.status, answer.code())), "{answer}");
        assert!(answer.status != 503 || answer.header("retry-after").is_some());
    }
    let grown_mib = (site.server.status("VmHWM") - idle_kib) / 1024;
    println!("{refused} of {bodies} refused, {grown_mib} MiB taken");
    assert!(refused > 0 && refused < bodies, "{refused} of {bodies} refused");
    // A buffer that grows is twice as large as what is in it.
    let most_mib = 2 * (all as u64 >> 20) + 32;
    assert!(grown_mib <= most_mib, "{grown_mib} MiB of {most_mib}");
    // All of it was given back.
    let answer = at_once(&site, "", body.as_bytes(), 1).await.remove(0);
    assert_eq!(answer.code(), "too_many_events");
    Figures::of(12, "slow_clients", "large bodies at once")
        .count(64, bodies, "bodies of 16 MiB")
        .measured(format!("{refused} refused with `server_busy`, {grown_mib} MiB taken"))
        .record(&site.database.client().await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gzip_bomb_is_given_up_at_the_limit() {
    let site = Site::new(&[]).await;
    let idle_kib = site.server.status("VmHWM");
    // Members of 16 MiB of blanks one after another: 10 MiB become 10 GiB.
    let mut member = GzEncoder::new(Vec::new(), Compression::best());
    member.write_all(&vec![b' '; 16 << 20]).unwrap();
    let bomb = member.finish().unwrap().repeat(640);
    let count = planned(4, 16);
    let begun_at = Instant::now();
    let answers = at_once(&site, "content-encoding: gzip\r\n", &bomb, count).await;
    let took = begun_at.elapsed();
    for answer in &answers {
        let expected = [(413, "body_too_large".to_owned()), (503, "server_busy".to_owned())];
        assert!(expected.contains(&(answer.status, answer.code())), "{answer}");
    }
    assert!(answers.iter().any(|answer| answer.status == 413), "all were refused unread");
    let grown_mib = (site.server.status("VmHWM") - idle_kib) / 1024;
    println!("{count} bombs of {} bytes: {took:?}, {grown_mib} MiB", bomb.len());
    assert!(grown_mib < 320, "{grown_mib} MiB");
    assert!(took < slack(), "{took:?}");
    Figures::of(12, "slow_clients", "gzip bombs of 10 GiB")
        .count(16, count, "bombs at once")
        .measured(format!("all answered within {}, {grown_mib} MiB taken", seconds(took)))
        .record(&site.database.client().await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_of_any_depth_is_a_fault_of_its_own() {
    let site = Site::new(&[]).await;
    let admin = site.database.create_admin_key().await;
    for depth in [128, 10_000, planned(100_000, 1_000_000)] {
        let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let objects = format!("{}0{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        for deep in [&arrays, &objects] {
            let event = |field: &str| {
                format!(
                    "{{\"conversation_id\":\"{0}\",\"store_id\":\"{0}\",\"event_type\":\"message_sent\",\"{field}\":{deep}}}",
                    site.store_id
                )
            };
            let in_data = event("event_data").replacen(&format!(":{deep}"), &format!(":{{\"deep\":{deep}}}"), 1);
            let cases = [
                ("/events", &site.key, deep.clone(), 422, "no_valid_event"),
                ("/events", &site.key, in_data, 422, "no_valid_event"),
                ("/events", &site.key, event("customer_id"), 422, "no_valid_event"),
                ("/events", &site.key, format!("{{\"events\":{deep}}}"), 422, ""),
                ("/events", &site.key, deep[..deep.len() / 2].to_owned(), 422, "invalid_json"),
                ("/quality-scores", &site.key, format!("[{{\"conversation_id\":{deep}}}]"), 422, "no_valid_score"),
                ("/stores", &admin, format!("{{\"name\":{deep}}}"), 422, "invalid_field"),
            ];
            for (path, key, body, status, code) in cases {
                let answer = post(&site, path, key, &body).await;
                let found = (answer.status, answer.code());
                assert!(found.0 == status && (code.is_empty() || found.1 == code), "{path} {depth}: {answer}");
            }
        }
    }
    let one = format!("{{\"deep\":{}{}}}", "[".repeat(126), "]".repeat(126));
    let event = format!(
        "{{\"conversation_id\":\"{0}\",\"store_id\":\"{0}\",\"event_type\":\"message_sent\",\"event_data\":{one}}}",
        site.store_id
    );
    assert_eq!(post(&site, "/events", &site.key, &event).await.status, 200);
}

async fn post(site: &Site, path: &str, key: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!(
        "POST /api/v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    let mut connection = Connection::open(site.server.address()).await.unwrap();
    connection.exchange(format!("{head}{body}").as_bytes()).await.unwrap()
}

/// Sends a body to POST /events by so many connections, and its last byte once all of them have sent the others.
async fn at_once(site: &Site, headers: &str, body: &[u8], count: usize) -> Vec<Answer> {
    let head = site.head("POST /api/v1/events", &format!("content-length: {}\r\n{headers}", body.len()));
    let mut requests = JoinSet::new();
    let ready = std::sync::Arc::new(tokio::sync::Barrier::new(count));
    for _ in 0..count {
        let mut connection = Connection::open(site.server.address()).await.unwrap();
        let request = [head.as_bytes(), body].concat();
        let ready = ready.clone();
        requests.spawn(async move {
            let (last, others) = request.split_last().unwrap();
            connection.stream.write_all(others).await.unwrap();
            ready.wait().await;
            connection.exchange(&[*last]).await.unwrap()
        });
    }
    requests.join_all().await
}
