//! POST /api/v1/events: every fault has its code and status, nothing of it is stored, and good neighbours are.

use std::time::Duration;

use colloquy::events::writer::Writer;
use colloquy::http::App;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use super::cases::{Case, beyond_jsonb, cases, event};
use super::producer::{EVENTS, Producer};
use crate::support::http::{Answer, answer, request};
use crate::support::server::Server;

const NDJSON: &str = "application/x-ndjson";

fn counts(answer: &Answer) -> (u16, i64, i64, i64) {
    let count = |name: &str| answer.json[name].as_i64().unwrap_or(-1);
    (answer.status(), count("accepted"), count("duplicates"), count("rejected"))
}

fn fault(error: &Value) -> (&str, Option<String>) {
    assert!(!error["detail"].as_str().unwrap().is_empty());
    (error["code"].as_str().unwrap(), error["field"].as_str().map(str::to_owned))
}

fn all_cases(store_id: Uuid) -> Vec<Case> {
    cases(store_id).into_iter().chain(beyond_jsonb(store_id)).collect()
}

#[tokio::test]
async fn each_fault_alone_stores_nothing() {
    let producer = Producer::new().await;
    let mut stored = 0;
    for case in all_cases(producer.store_id) {
        let sent: String = case.event.chars().take(400).collect();
        // An array stands for several events, so one that is to be an event stands in another.
        let body = if sent == "[]" { "[[]]".to_owned() } else { case.event };
        let answer = producer.post(body).await;
        match case.fault {
            None => {
                assert_eq!(counts(&answer), (200, 1, 0, 0), "{sent}: {}", answer.text());
                assert_eq!(answer.json["errors"], json!([]));
                stored += 1;
            }
            Some(expected) => {
                assert_eq!(answer.problem(), (422, "no_valid_event"), "{sent}: {}", answer.text());
                assert_eq!(answer.header("content-type"), "application/problem+json");
                assert_eq!(counts(&answer), (422, 0, 0, 1));
                assert_eq!(answer.json["errors"][0]["index"], 0);
                assert_eq!(fault(&answer.json["errors"][0]), expected, "{sent}");
            }
        }
    }
    assert_eq!((producer.stored().await, producer.conversations().await), (stored, stored));
}

#[tokio::test]
async fn good_neighbours_of_faults_are_stored() {
    let producer = Producer::new().await;
    let cases = all_cases(producer.store_id);
    let texts: Vec<_> = cases.iter().map(|case| case.event.as_str()).collect();
    let bodies = [
        ("application/json", format!("[{}]", texts.join(","))),
        ("application/json", format!("{{\"events\": [{}]}}", texts.join(","))),
        (NDJSON, texts.join("\n")),
    ];
    let good = cases.iter().filter(|case| case.fault.is_none()).count();
    for (nth, (content_type, body)) in bodies.into_iter().enumerate() {
        let answer = producer.post_with(EVENTS, &[("content-type", content_type)], body).await;
        // Events without a timestamp get another one each time, so only those with one are duplicates.
        let (status, accepted, duplicates, rejected) = counts(&answer);
        assert_eq!((status, rejected), (207, i64::try_from(cases.len() - good).unwrap()), "{nth}");
        assert_eq!(accepted + duplicates, i64::try_from(good).unwrap(), "{nth}");
        let told = answer.json["errors"].as_array().unwrap();
        let expected = cases.iter().enumerate().filter(|(_, case)| case.fault.is_some());
        for (error, (index, case)) in told.iter().zip(expected) {
            assert_eq!(error["index"], index);
            assert_eq!(Some(fault(error)), case.fault);
        }
        if nth == 0 {
            assert_eq!((duplicates, producer.stored().await), (0, accepted));
        }
    }
    assert_eq!(producer.conversations().await, i64::try_from(good).unwrap());
}

#[tokio::test]
async fn events_of_other_stores_are_rejected() {
    let producer = Producer::new().await;
    let other = producer.database.create_store("UTC").await;
    let archived = producer.database.create_store("UTC").await;
    let unknown = Uuid::new_v4();
    producer.client.execute("update stores set archived_at = now() where store_id = $1", &[&archived]).await.unwrap();
    let body = |stores: &[Uuid]| {
        let events: Vec<_> = stores.iter().map(|store_id| event(*store_id, &[])).collect();
        format!("[{}]", events.join(","))
    };
    let codes = |answer: &Answer| -> Vec<(u64, String)> {
        let errors = answer.json["errors"].as_array().unwrap().iter();
        errors
            .map(|e| {
                (
                    e["index"].as_u64().unwrap(),
                    format!("{}/{}", e["code"].as_str().unwrap(), e["field"].as_str().unwrap()),
                )
            })
            .collect()
    };
    let foreign = |index| (index, "foreign_store/store_id".to_owned());

    let of_store = producer.post(body(&[other, producer.store_id, archived, unknown])).await;
    assert_eq!(counts(&of_store), (207, 1, 0, 3));
    assert_eq!(codes(&of_store), [foreign(0), foreign(2), foreign(3)]);

    let admin = producer.database.create_admin_key().await;
    let post = |stores: &[Uuid]| request("POST", EVENTS, &admin).body(body(stores));
    let of_admin = answer(&producer.app, post(&[unknown, other, archived, producer.store_id])).await;
    assert_eq!(counts(&of_admin), (207, 2, 0, 2));
    assert_eq!(codes(&of_admin), [(0, "unknown_store/store_id".to_owned()), (2, "archived_store/store_id".to_owned())]);
    assert_eq!(answer(&producer.app, post(&[unknown])).await.problem(), (422, "no_valid_event"));
    assert_eq!(producer.stored().await, 3);
}

#[tokio::test]
async fn a_fault_of_the_request_stores_nothing_of_it() {
    let producer = Producer::new().await;
    let good = producer.event(&[]);
    let with_data = |json: &str| producer.event(&[("event_data", json)]);
    let json = "application/json";
    let bodies: Vec<(&str, String, u16, &str)> = vec![
        (json, String::new(), 422, "invalid_json"),
        (json, " \n".into(), 422, "invalid_json"),
        (json, good[..good.len() - 1].into(), 422, "invalid_json"),
        (json, format!("{good} {good}"), 422, "invalid_json"),
        (json, format!("[{good},]"), 422, "invalid_json"),
        (json, format!("[{good}, nope]"), 422, "invalid_json"),
        (json, format!("[{good}, {}]", with_data("{\"rating\": NaN}")), 422, "invalid_json"),
        (json, format!("[{good}, {}]", with_data("{\"rating\": 05}")), 422, "invalid_json"),
        (json, format!("\u{feff}{good}"), 422, "invalid_json"),
        (json, "[]".into(), 422, "no_events"),
        (json, "{\"events\": []}".into(), 422, "no_events"),
        (json, "{\"events\": {}}".into(), 422, "invalid_field"),
        (json, format!("{{\"events\": \"{good:?}\"}}").replace('\\', ""), 422, "invalid_json"),
        (json, "{\"events\": 7}".into(), 422, "invalid_field"),
        (json, "{\"events\": null}".into(), 422, "invalid_field"),
        (json, format!("{{\"events\": [{good}], \"evnets\": []}}"), 422, "unknown_field"),
        (json, "{}".into(), 422, "no_valid_event"),
        (NDJSON, String::new(), 422, "no_events"),
        (NDJSON, "\n \r\n\t\n".into(), 422, "no_events"),
        (NDJSON, format!("{good}\n{{\"a\"\n{good}\n"), 422, "invalid_json"),
        (NDJSON, format!("{good}\n{good} {good}\n"), 422, "invalid_json"),
        ("text/plain", good.clone(), 415, "unsupported_media_type"),
        ("application/x-www-form-urlencoded", good.clone(), 415, "unsupported_media_type"),
        ("", good.clone(), 415, "unsupported_media_type"),
    ];
    for (content_type, body, status, code) in bodies {
        let answer = producer.post_with(EVENTS, &[("content-type", content_type)], body.clone()).await;
        assert_eq!(answer.problem(), (status, code), "{content_type} {body}: {}", answer.text());
    }
    let mut not_text = format!("[{good}, {}]", with_data("{\"a\": \"?\"}")).into_bytes();
    let at = not_text.iter().rposition(|byte| *byte == b'?').unwrap();
    not_text[at] = 0xff;
    assert_eq!(producer.post(not_text).await.problem(), (422, "invalid_json"));
    let broken_line = producer.post_with(EVENTS, &[("content-type", NDJSON)], format!("{good}\n\n{{\n")).await;
    assert!(broken_line.json["detail"].as_str().unwrap().starts_with("Line 3: "), "{}", broken_line.text());
    let with_parameter = request("POST", "/api/v1/events?dryrun=1", &producer.key).body(good.clone());
    assert_eq!(answer(&producer.app, with_parameter).await.problem(), (400, "unknown_parameter"));
    assert_eq!(producer.stored().await, 0);

    // No type at all is taken for JSON, and parameters of the type do not matter.
    assert_eq!(answer(&producer.app, request("POST", EVENTS, &producer.key).body(good)).await.status(), 200);
    assert_eq!(
        producer
            .post_with(EVENTS, &[("content-type", "Application/JSON; charset=utf-8")], producer.event(&[]))
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn half_a_body_stores_nothing() {
    let producer = Producer::new().await;
    let server = Server::start(&producer.database, &[]).await;
    let lines = [producer.event(&[]), producer.event(&[])].join("\n");
    let head = |headers: &str| {
        format!(
            "POST {EVENTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {NDJSON}\r\n\
             {headers}connection: close\r\n\r\n",
            producer.key
        )
    };
    // Cut at the end of a line, where what has come is NDJSON without a fault.
    let cut = [
        format!("{}{lines}", head(&format!("content-length: {}\r\n", 2 * lines.len()))),
        format!("{}{:x}\r\n{lines}\r\n", head("transfer-encoding: chunked\r\n"), lines.len()),
    ];
    for request in cut {
        let mut connection = server.connect().await;
        connection.write_all(request.as_bytes()).await.unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.is_empty() || answer.contains("incomplete_body"), "{answer}");
    }
    let mut whole = server.connect().await;
    let request = format!("{}{lines}", head(&format!("content-length: {}\r\n", lines.len())));
    whole.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    whole.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(producer.stored().await, 2);
}

#[tokio::test]
async fn lines_may_be_blank_end_by_cr_lf_or_not_at_all() {
    let producer = Producer::new().await;
    let lines = |count: usize| (0..count).map(|_| producer.event(&[])).collect::<Vec<_>>();
    let body = format!("\r\n{}\r\n\n  \n{}", lines(2).join("\r\n"), lines(2).join("\n"));
    assert_eq!(counts(&producer.post_with(EVENTS, &[("content-type", NDJSON)], body).await), (200, 4, 0, 0));
    // The index counts events, not lines.
    let body = format!("\n{}\n\n7\n", producer.event(&[]));
    let answer = producer.post_with(EVENTS, &[("content-type", NDJSON)], body).await;
    assert_eq!((counts(&answer), answer.json["errors"][0]["index"].as_u64()), ((207, 1, 0, 1), Some(1)));
    assert_eq!(producer.stored().await, 5);
}

#[tokio::test]
async fn a_request_has_at_most_10_000_events() {
    let producer = Producer::new().await;
    let conversation_id = format!("\"{}\"", Uuid::new_v4());
    let texts: Vec<_> = (0..10_001).map(|_| producer.event(&[("conversation_id", &conversation_id)])).collect();
    for (content_type, body) in [
        ("application/json", format!("[{}]", texts.join(","))),
        ("application/json", format!("{{\"events\":[{}]}}", texts.join(","))),
        (NDJSON, texts.join("\n")),
    ] {
        assert_eq!(
            producer.post_with(EVENTS, &[("content-type", content_type)], body).await.problem(),
            (413, "too_many_events")
        );
    }
    assert_eq!(producer.stored().await, 0);
    let answer = producer.post(format!("[{}]", texts[1..].join(","))).await;
    assert_eq!((counts(&answer), producer.stored().await), ((200, 10_000, 0, 0), 10_000));
}

#[tokio::test]
async fn a_body_has_at_most_16_mib() {
    let producer = Producer::new().await;
    let body = producer.event(&[]);
    let of_bytes = |count: usize| format!("{body}{}", " ".repeat(count - body.len()));
    let limit = 16 * 1024 * 1024;
    assert_eq!(producer.post(of_bytes(limit + 1)).await.problem(), (413, "body_too_large"));
    assert_eq!(producer.stored().await, 0);
    assert_eq!(counts(&producer.post(of_bytes(limit)).await), (200, 1, 0, 0));
}

#[tokio::test]
async fn the_same_event_counts_once() {
    let producer = Producer::new().await;
    let (id, conversation_id) = (format!("\"{}\"", Uuid::new_v4()), format!("\"{}\"", Uuid::new_v4()));
    let at = |seconds: i64| {
        let at = chrono::Utc::now() - chrono::Duration::hours(1) + chrono::Duration::seconds(seconds);
        format!("\"{}\"", at.format("%Y-%m-%dT%H:%M:00Z").to_string().replace(":00Z", &format!(":{seconds:02}Z")))
    };
    let copy = |time: &str, rating: i32| {
        producer.event(&[
            ("event_id", &id),
            ("conversation_id", &conversation_id),
            ("timestamp", time),
            ("event_data", &format!("{{\"rating\": {rating}}}")),
        ])
    };
    let time = at(0);
    let first = copy(&time, 3);
    assert_eq!(counts(&producer.post(first.clone()).await), (200, 1, 0, 0));
    // A retry after an answer that was lost: the first copy stays.
    assert_eq!(counts(&producer.post(copy(&time, 5)).await), (200, 0, 1, 0));
    assert_eq!(counts(&producer.post(format!("[{first}, {first}, {}]", producer.event(&[]))).await), (200, 1, 2, 0));
    // Inside one request, only the first copy is stored.
    let twice = producer.event(&[("timestamp", &time)]);
    assert_eq!(counts(&producer.post(format!("[{twice}, {twice}, 7]")).await), (207, 1, 1, 1));
    assert_eq!(producer.stored().await, 3);

    // With another time it is stored, and the earliest copy counts.
    let later = time.replace(":00Z", ":30Z");
    assert_eq!(counts(&producer.post(copy(&later, 5)).await), (200, 1, 0, 0));
    let sql = "select messages_sent, event_count, rating::integer, count(*) over () from conversations where conversation_id = $1";
    let conversation_id: Uuid = conversation_id.trim_matches('"').parse().unwrap();
    let row = producer.client.query_one(sql, &[&conversation_id]).await.unwrap();
    let numbers: (i32, i32, i32, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!((numbers, producer.stored().await), ((1, 1, 3, 1), 4));
    // The same id in another conversation is another event.
    let elsewhere = producer.event(&[("event_id", &id), ("timestamp", &time)]);
    assert_eq!(counts(&producer.post(elsewhere).await), (200, 1, 0, 0));
}

#[tokio::test]
async fn events_whose_answer_was_lost_count_once() {
    let producer = Producer::new().await;
    let waiting = "select pid from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock' and query like '%store_events%'";
    // On its own connection: within a transaction pg_stat_activity stays as it was first read.
    let observer = producer.database.client().await;
    let stuck_pid = || async {
        loop {
            if let Some(row) = observer.query_opt(waiting, &[]).await.unwrap() {
                return row.get::<_, i32>(0);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // The connection to the database breaks: the server tries again by itself.
    let event = producer.event(&[("timestamp", "null")]);
    producer.client.batch_execute("begin; lock table conversation_weeks").await.unwrap();
    let post = request("POST", EVENTS, &producer.key).body(event.clone());
    let app = producer.app.clone();
    let sent = tokio::spawn(async move { counts(&answer(&app, post).await) });
    let pid = stuck_pid().await;
    producer.client.execute("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
    producer.client.batch_execute("rollback").await.unwrap();
    assert_eq!((sent.await.unwrap(), producer.stored().await), ((200, 1, 0, 0), 1));

    // The client goes away before the commit: what was taken is stored, and sending it again finds it.
    let time = format!("\"{}\"", chrono::Utc::now().to_rfc3339());
    let event = producer.event(&[("timestamp", &time)]);
    producer.client.batch_execute("begin; lock table conversation_weeks").await.unwrap();
    let post = request("POST", EVENTS, &producer.key).body(event.clone());
    let app = producer.app.clone();
    let sent = tokio::spawn(async move { answer(&app, post).await.status() });
    stuck_pid().await;
    sent.abort();
    producer.client.batch_execute("rollback").await.unwrap();
    assert_eq!((counts(&producer.post(event).await), producer.stored().await), ((200, 0, 1, 0), 2));
}

#[tokio::test]
async fn events_without_a_time_keep_their_order() {
    let producer = Producer::new().await;
    let conversation_id = format!("\"{}\"", Uuid::new_v4());
    let texts: Vec<_> = (0..500)
        .map(|nth| {
            let data = format!("{{\"nth\": {nth}}}");
            producer.event(&[("conversation_id", &conversation_id), ("event_id", ""), ("event_data", &data)])
        })
        .collect();
    assert_eq!(counts(&producer.post(format!("[{}]", texts.join(","))).await), (200, 500, 0, 0));
    let sql = "select (event_data ->> 'nth')::integer from conversation_events order by created_at, event_id";
    let order: Vec<i32> = producer.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(order, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_queue_takes_nothing() {
    let producer = Producer::new().await;
    let (writer, _) = Writer::start(producer.database.pool(), 3, 1);
    let app = App::new(producer.database.pool().clone(), writer, 1 << 20);
    let body = |count: usize| format!("[{}]", (0..count).map(|_| producer.event(&[])).collect::<Vec<_>>().join(","));
    let post = |count: usize| request("POST", EVENTS, &producer.key).body(body(count));
    let refused = answer(&app, post(4)).await;
    assert_eq!(refused.problem(), (503, "queue_full"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(producer.stored().await, 0);
    assert_eq!(counts(&answer(&app, post(3)).await), (200, 3, 0, 0));

    // What waits takes room until it is committed.
    producer.client.batch_execute("begin; lock table conversation_weeks").await.unwrap();
    let waiting = {
        let (app, post) = (app.clone(), post(2));
        tokio::spawn(async move { answer(&app, post).await.status() })
    };
    while app.writer.room() > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(answer(&app, post(2)).await.problem(), (503, "queue_full"));
    // From now on nobody is asked for a key or read, until something is committed.
    let stranger = || request("POST", EVENTS, "").body(body(1));
    assert_eq!(answer(&app, stranger()).await.problem(), (503, "queue_full"));
    producer.client.batch_execute("rollback").await.unwrap();
    assert_eq!(waiting.await.unwrap(), 200);
    assert_eq!(answer(&app, stranger()).await.problem(), (401, "missing_key"));
    assert_eq!(counts(&answer(&app, post(2)).await), (200, 2, 0, 0));
    assert_eq!(producer.stored().await, 7);
}

#[tokio::test]
async fn a_request_that_the_database_refuses_fails_alone() {
    let producer = Producer::new().await;
    let sql = "create function refuse() returns trigger language plpgsql as $$
               begin
                   if new.event_data ? 'refuse' then raise exception 'refused'; end if;
                   return new;
               end $$;
               create trigger refuse before insert on conversation_events for each row execute function refuse()";
    producer.client.batch_execute(sql).await.unwrap();
    let (writer, _) = Writer::start(producer.database.pool(), 50_000, 1);
    let app = App::new(producer.database.pool().clone(), writer, 1 << 20);
    let post = |data: &str| request("POST", EVENTS, &producer.key).body(producer.event(&[("event_data", data)]));
    let send = |data: &str| {
        let (app, post) = (app.clone(), post(data));
        tokio::spawn(async move { answer(&app, post).await.status() })
    };

    // One request holds the only worker up, so that those behind it are committed together.
    producer.client.batch_execute("begin; lock table conversation_weeks").await.unwrap();
    let first = send("{}");
    while app.writer.room() > 49_999 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let others: Vec<_> = ["{}", "{\"refuse\": 1}", "{}", "{\"refuse\": 2}", "{}"].map(send).into();
    while app.writer.room() > 49_994 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    producer.client.batch_execute("rollback").await.unwrap();
    let mut statuses = vec![first.await.unwrap()];
    for other in others {
        statuses.push(other.await.unwrap());
    }
    assert_eq!(statuses, [200, 200, 500, 200, 500, 200]);
    assert_eq!(producer.stored().await, 4);
}
