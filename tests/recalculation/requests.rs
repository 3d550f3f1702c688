//! POST and GET `/analytics/recalculate`: everything is right again afterwards, and what cannot be asked for is refused.

use chrono::{Days, Duration, Utc};
use colloquy::http::auth::Scope;
use serde_json::json;
use uuid::Uuid;

use super::{ask, assert_right, differences, ended, lived_in, range, spoil, spoil_everything, worker};
use crate::support::database::TestDatabase;
use crate::support::http::{send, send_json};

const PATH: &str = "/api/v1/analytics/recalculate";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_spoilt_is_right_again() {
    let mut world = lived_in(3, 250, 60, 1).await;
    let admin = world.database.create_admin_key().await;
    spoil_everything(&world).await;
    assert!(differences(&world).await.len() > 100);

    let days = json!({"from": Utc::now().date_naive() - Days::new(61), "to": Utc::now().date_naive()});
    let first = ask(&world, &admin, &days).await;
    let second = ask(&world, &admin, &days).await;
    // Two servers at once, over the same conversations.
    let servers = [worker(&world), worker(&world)];
    let (first, second) = tokio::join!(ended(&world, &admin, &first), ended(&world, &admin, &second));
    assert_right(&mut world, "recalculated").await;
    for done in [&first, &second] {
        assert_eq!((&done["status"], &done["progress"]), (&json!("done"), &json!(1.0)), "{done}");
        assert!(done["conversations_rebuilt"].as_i64().unwrap() >= 250, "{done}");
        assert_eq!(done["unavailable_before"], json!(null), "{done}");
    }
    let changed = first["changed_rows"].as_i64().unwrap() + second["changed_rows"].as_i64().unwrap();
    assert!(changed > 60, "{changed}");

    let again = ended(&world, &admin, &ask(&world, &admin, &days).await).await;
    assert_eq!(again["changed_rows"], 0, "{again}");
    servers.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_range_and_the_store_that_are_named_are_touched() {
    let world = lived_in(4, 80, 30, 4).await;
    let admin = world.database.create_admin_key().await;
    spoil(&world, "update conversations set citations_clicked = citations_clicked + 100").await;
    let server = worker(&world);
    let (from, to) = (Utc::now() - Duration::days(20), Utc::now() - Duration::days(12));
    let mut body = range(from, to);
    body["store_id"] = json!(world.shops[0].store_id);
    let done = ended(&world, &admin, &ask(&world, &admin, &body).await).await;
    assert_eq!((&done["status"], &done["store_id"]), (&json!("done"), &body["store_id"]));
    // A row is right again exactly if an event of its conversation, or the row itself, begins in the range.
    let wrong = "select count(*) filter (where is_touched and citations_clicked >= 100),
                        count(*) filter (where not is_touched and citations_clicked < 100),
                        count(*) filter (where is_touched), count(*) filter (where not is_touched)
                 from (select c.citations_clicked, c.store_id = $1 and exists (
                           select from conversation_events e
                           where (e.store_id, e.conversation_id) = (c.store_id, c.conversation_id)
                             and e.created_at >= $2 and e.created_at < $3) as is_touched
                       from conversations c) as rows";
    let row = world.client.query_one(wrong, &[&world.shops[0].store_id, &from, &to]).await.unwrap();
    let counts: [i64; 4] = [0, 1, 2, 3].map(|column| row.get(column));
    assert_eq!((counts[0], counts[1]), (0, 0));
    assert!(counts[2] > 5 && counts[3] > 5, "{counts:?}");
    server.abort();
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let admin = database.create_admin_key().await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Manage]).await;
    let good = json!({"from": "2026-01-01", "to": "2026-01-01T10:00:00Z"});
    for (body, status, code) in [
        (json!({}), 422, "missing_field"),
        (json!({"from": "2026-01-01", "to": "yesterday"}), 422, "invalid_field"),
        (json!({"from": "2026-01-02", "to": "2026-01-01"}), 422, "invalid_field"),
        (json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}), 422, "invalid_field"),
        (json!({"from": "2026-01-01", "to": "2026-01-01", "shop": 1}), 422, "unknown_field"),
        (json!({"from": "2026-01-01", "to": "2026-01-01", "store_id": Uuid::new_v4()}), 404, "unknown_store"),
    ] {
        let answer = send_json(&app, "POST", PATH, &admin, &body).await;
        assert_eq!(answer.problem(), (status, code), "{body}: {}", answer.text());
    }
    assert_eq!(send_json(&app, "POST", PATH, &key, &good).await.problem(), (403, "missing_scope"));
    let unknown = format!("{PATH}/{}", Uuid::new_v4());
    assert_eq!(send(&app, "GET", &unknown, &admin).await.problem(), (404, "unknown_recalculation"));
    assert_eq!(send(&app, "GET", &unknown, &key).await.problem(), (403, "missing_scope"));
    let client = database.client().await;
    let asked: i64 = client.query_one("select count(*) from recalculations", &[]).await.unwrap().get(0);
    assert_eq!(asked, 0);

    // One day in UTC, and the same day of a shop.
    let kathmandu = database.create_store("Asia/Kathmandu").await;
    for (store_id, from, to) in [
        (None, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        (Some(kathmandu), "2025-12-31T18:15:00Z", "2026-01-01T18:15:00Z"),
    ] {
        let body = json!({"from": "2026-01-01", "to": "2026-01-01", "store_id": store_id});
        let answer = send_json(&app, "POST", PATH, &admin, &body).await;
        assert_eq!((answer.status(), &answer.json["from"], &answer.json["to"]), (202, &json!(from), &json!(to)));
    }
}
