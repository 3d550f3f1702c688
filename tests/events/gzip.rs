//! Compressed bodies: taken, refused when broken, and never larger than the limit.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::producer::{EVENTS, Producer};
use crate::support::http::{answer, request};

const GZIP: [(&str, &str); 1] = [("content-encoding", "gzip")];
const LIMIT_BYTES: usize = 1 << 20;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_compressed_body_is_read_as_what_it_holds() {
    let producer = Producer::new().await;
    let lines = format!("{}\n{}\n", producer.event(&[]), producer.event(&[]));
    let (first, second) = lines.split_at(lines.len() / 2);
    let several_members = [gzip(first.as_bytes()), gzip(b""), gzip(second.as_bytes())].concat();
    let ndjson = ("content-type", "application/x-ndjson");
    for (encoding, body, accepted) in [
        ("gzip", gzip(lines.as_bytes()), 2),
        ("GZIP", several_members, 2),
        ("x-gzip", gzip(producer.event(&[]).as_bytes()), 1),
        ("identity", producer.event(&[]).into_bytes(), 1),
    ] {
        let answer = producer.post_with(EVENTS, &[ndjson, ("content-encoding", encoding)], body).await;
        assert_eq!(
            (answer.status(), &answer.json["accepted"]),
            (200, &json!(accepted)),
            "{encoding}: {}",
            answer.text()
        );
    }
    assert_eq!(producer.stored().await, 6);

    let patch = request("PATCH", "/api/v1/store", &producer.key).header("content-encoding", "gzip");
    let renamed = answer(&producer.app, patch.body(gzip(b"{\"name\": \"Compressed\"}"))).await;
    assert_eq!((renamed.status(), &renamed.json["name"]), (200, &json!("Compressed")));
}

#[tokio::test]
async fn a_broken_body_stores_nothing() {
    let producer = Producer::new().await;
    let whole = gzip(producer.event(&[]).as_bytes());
    let mut wrong_sum = whole.clone();
    let sum_at = whole.len() - 8;
    wrong_sum[sum_at] ^= 1;
    let mut wrong_length = whole.clone();
    *wrong_length.last_mut().unwrap() ^= 1;
    let bodies = [
        ("plain", producer.event(&[]).into_bytes()),
        ("empty", Vec::new()),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("without its end", whole[..whole.len() - 1].to_vec()),
        ("wrong checksum", wrong_sum),
        ("wrong length", wrong_length),
        ("a byte behind it", [whole.as_slice(), b"\n"].concat()),
        ("a zero behind it", [whole.as_slice(), b"\0"].concat()),
        ("half a header behind it", [whole.as_slice(), &whole[..5]].concat()),
        ("half a member behind it", [whole.as_slice(), &whole[..whole.len() - 3]].concat()),
    ];
    let count = bodies.len();
    for (what, body) in bodies {
        assert_eq!(producer.post_with(EVENTS, &GZIP, body).await.problem(), (422, "invalid_gzip"), "{what}");
    }
    for encoding in ["br", "deflate", "zstd", "gzip, gzip", "gzip, identity", "aws-chunked", "\u{fc}"] {
        let refused = producer.post_with(EVENTS, &[("content-encoding", encoding)], whole.clone()).await;
        assert_eq!(refused.problem(), (415, "unsupported_content_encoding"), "{encoding}");
        assert_eq!(refused.header("accept-encoding"), "gzip");
    }
    assert_eq!(producer.stored().await, 0);
    let recorded = "select count(*) from ingest_rejections where code = 'invalid_gzip' and payload is null";
    assert_eq!(producer.number(recorded).await, i64::try_from(count).unwrap());
}

#[tokio::test]
async fn the_limit_is_that_of_the_body_after_decompression() {
    let mut producer = Producer::new().await;
    producer.app = producer.database.app_with_body_limit(LIMIT_BYTES);
    let event = producer.event(&[]);
    let of_bytes = |count: usize| gzip(format!("{event}{}", " ".repeat(count - event.len())).as_bytes());
    assert_eq!(producer.post_with(EVENTS, &GZIP, of_bytes(LIMIT_BYTES)).await.status(), 200);
    let larger = producer.post_with(EVENTS, &GZIP, of_bytes(LIMIT_BYTES + 1)).await;
    assert_eq!(larger.problem(), (413, "body_too_large"));
    assert_eq!(producer.stored().await, 1);
}

#[tokio::test]
async fn a_bomb_is_left_alone_at_the_limit() {
    let mut producer = Producer::new().await;
    producer.app = producer.database.app_with_body_limit(LIMIT_BYTES);
    // A thousand members of 10 MiB each: 10 GiB, which would take a minute and all memory.
    let member = gzip(&vec![b' '; 10 << 20]);
    let bomb = member.repeat((LIMIT_BYTES / member.len()).min(1000));
    assert!(bomb.len() > LIMIT_BYTES / 2);
    let before = Instant::now();
    assert_eq!(producer.post_with(EVENTS, &GZIP, bomb).await.problem(), (413, "body_too_large"));
    assert!(before.elapsed() < Duration::from_secs(3), "{:?}", before.elapsed());
    // Members without content take no more than their own bytes.
    let nothing = gzip(b"").repeat(LIMIT_BYTES / 20);
    assert_eq!(producer.post_with(EVENTS, &GZIP, nothing).await.problem(), (422, "invalid_json"));
}
