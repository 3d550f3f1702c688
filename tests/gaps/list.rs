//! GET /api/v1/content-gaps: what it costs, filters, orders, pages, CSV.

use chrono::{DateTime, Utc};
use colloquy::http::auth::Scope;
use serde_json::{Value, json};

use super::{DETECT, GAPS, Shops, ago};
use crate::support::csv::assert_same_rows;
use crate::support::http::{request, send, send_json};
use crate::support::oracle::Event;

/// A conversation that asks for topics without a good answer, and how it ends.
fn asked(shops: &Shops, at: DateTime<Utc>, topics: &[&str], end: &str) -> Vec<Event> {
    let retrievals: Vec<_> = topics.iter().map(|topic| (*topic, json!(0.3), "=1+1?")).collect();
    let mut events = shops.conversation(at, &retrievals);
    let id = events[0].conversation_id;
    let last = events.last().unwrap().timestamp + chrono::Duration::minutes(1);
    events.push(shops.event(id, end, last, json!({})));
    events
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_gap_costs_what_people_cost_on_the_local_day_of_each_conversation() {
    let mut shops = Shops::new().await;
    for (from, cost, minutes) in [("2026-02-01", "30.00", "7.5"), ("2026-03-01", "40.01", "0.1")] {
        let body = format!(
            "{{\"valid_from\": \"{from}\", \"avg_human_agent_cost_per_hour\": {cost}, \
              \"avg_conversation_time_minutes\": {minutes}, \"ai_cost_per_conversation\": 0.05}}"
        );
        let post =
            request("POST", "/api/v1/store/roi-assumptions", &shops.key).header("content-type", "application/json");
        assert_eq!(crate::support::http::answer(&shops.world.app, post.body(body)).await.status(), 201);
    }
    // Midnight in Kolkata is at 18:30 UTC.
    let (escalated, abandoned, resolved) =
        ("conversation_escalated", "conversation_abandoned", "conversation_resolved");
    let events = [
        asked(&shops, at("2026-01-31T18:29:59.999999Z"), &["leasing", "repair"], escalated),
        asked(&shops, at("2026-01-31T18:30:00Z"), &["leasing"], abandoned),
        asked(&shops, at("2026-02-28T18:29:00Z"), &["leasing", "leasing"], escalated),
        asked(&shops, at("2026-02-28T18:30:00Z"), &["leasing"], escalated),
        asked(&shops, at("2026-02-28T18:31:00Z"), &["leasing", "idle"], resolved),
        asked(&shops, at("2026-02-28T18:32:00Z"), &["idle"], resolved),
    ];
    shops.world.import(&events.concat()).await;
    shops.world.call(DETECT).await;
    let seen: Vec<_> = shops
        .gaps("")
        .await
        .iter()
        .map(|gap| {
            let counts = ["frequency", "conversations", "escalated_conversations", "abandoned_conversations"];
            (gap["topic"].as_str().unwrap().to_owned(), counts.map(|name| gap[name].as_i64().unwrap()))
        })
        .collect();
    let expected = [("leasing", [6, 5, 3, 1]), ("repair", [1, 1, 1, 0]), ("idle", [2, 2, 0, 0])];
    assert_eq!(seen, expected.map(|(topic, counts)| (topic.to_owned(), counts)));
    let text = shops.get("").await.text().to_owned();
    // 25 * 8 / 60 + 2 * 30 * 7.5 / 60 + 40.01 * 0.1 / 60 = 10.90001…
    for cost in ["\"human_cost\":10.90,", "\"human_cost\":3.33,", "\"human_cost\":0.00,"] {
        assert!(text.contains(cost), "{cost} in {text}");
    }
}

/// Seven gaps, some alike in what they are ordered by.
async fn seven() -> Shops {
    let mut shops = Shops::new().await;
    let (escalated, resolved) = ("conversation_escalated", "conversation_resolved");
    let events = [
        asked(&shops, ago(50), &["Ärger", "b", "b", "c"], escalated),
        asked(&shops, ago(40), &["Ärger", "C", "=d"], escalated),
        asked(&shops, ago(30), &["c", "e"], resolved),
    ];
    shops.world.import(&events.concat()).await;
    shops.world.call(DETECT).await;
    shops.post(&json!({"topic": "made, never \"seen\""})).await;
    let gap = shops.gap("e").await;
    shops.patch(&gap, &json!({"status": "resolved"})).await;
    shops
}

#[tokio::test]
async fn pages_of_every_order_make_the_whole_list() {
    let shops = seven().await;
    let instant = |gap: &Value| gap["last_seen_at"].as_str().map(|text| text.parse::<DateTime<Utc>>().unwrap());
    for order in ["cost", "frequency", "last_seen_at", "topic"] {
        let all = shops.gaps(&format!("?order={order}")).await;
        assert_eq!(all.len(), 7);
        let is_before = |a: &Value, b: &Value| {
            let by_number = |name: &str| b[name].as_f64().unwrap().total_cmp(&a[name].as_f64().unwrap());
            let ordering = match order {
                "cost" => by_number("human_cost"),
                "frequency" => by_number("frequency"),
                "last_seen_at" => instant(b).cmp(&instant(a)),
                _ => a["topic"].as_str().cmp(&b["topic"].as_str()),
            };
            ordering.then(a["gap_id"].as_str().cmp(&b["gap_id"].as_str())).is_lt()
        };
        assert!(all.is_sorted_by(is_before), "{order}: {all:#?}");
        for limit in [1, 2, 3, 6, 7] {
            let (mut paged, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = shops.get(&format!("?order={order}&limit={limit}{cursor}")).await;
                assert!(page.header("x-data-complete-until").ends_with('Z'));
                paged.extend(page.json["content_gaps"].as_array().unwrap().clone());
                let next = page.json["next_cursor"].as_str().unwrap_or_default();
                assert_eq!(page.header("x-next-cursor"), next);
                if next.is_empty() {
                    break;
                }
                assert_eq!(paged.len() % limit, 0);
                cursor = format!("&cursor={next}");
            }
            assert_eq!(paged, all, "{order} by {limit}");
        }
    }
    assert_eq!(shops.gaps("").await, shops.gaps("?order=cost&limit=200").await);
    assert_eq!(shops.topics("?status=resolved").await, ["e"]);
    assert_eq!(shops.topics("?status=identified").await.len(), 6);
    assert_eq!(shops.topics("?status=in_progress").await, Vec::<String>::new());
    assert_eq!(shops.topics("?topic=c&order=topic").await, ["C", "c"]);
    assert_eq!(shops.topics("?topic=%C3%84RG").await, ["Ärger"]);
    assert_eq!(shops.topics("?topic=%25").await, Vec::<String>::new());
    assert_eq!(shops.topics("?topic=e&status=resolved").await, ["e"]);
}

#[tokio::test]
async fn csv_has_the_rows_and_columns_of_json() {
    let shops = seven().await;
    let both = assert_same_rows(&shops.world.app, &format!("{GAPS}?limit=5"), &shops.key).await;
    assert_eq!(both.csv.header("x-next-cursor"), both.json.json["next_cursor"].as_str().unwrap());
    assert_eq!(both.csv.text(), shops.get("?limit=5&format=csv").await.text());
    assert_eq!(both.table.columns[..3], ["gap_id", "topic", "status"]);
    assert_eq!(both.table.records.len(), 5);
}

#[tokio::test]
async fn bad_parameters_are_named_at_once() {
    let shops = seven().await;
    let next = shops.get("?limit=2&topic=c&order=topic").await.json;
    assert_eq!(next["next_cursor"], Value::Null, "two topics have a c");
    let next = shops.get("?limit=1&topic=c&order=topic").await.json["next_cursor"].as_str().unwrap().to_owned();
    let good = shops.gaps(&format!("?limit=200&order=topic&topic=c&cursor={next}")).await;
    assert_eq!(good.len(), 1);
    for bad in [
        format!("?topic=c&cursor={next}"),
        format!("?topic=C&order=topic&cursor={next}"),
        format!("?order=topic&cursor={next}"),
        format!("?topic=c&order=topic&status=identified&cursor={next}"),
        format!("?topic=c&order=topic&cursor={}", &next[..next.len() - 1]),
        "?cursor=".to_owned(),
        "?cursor=0".to_owned(),
    ] {
        let refused = shops.get(&bad).await;
        assert_eq!(
            (refused.problem(), refused.faults()),
            ((400, "invalid_cursor"), vec![("cursor", "invalid_cursor")])
        );
    }
    let other = &shops.world.shops[1].key;
    let foreign = format!("{GAPS}?topic=c&order=topic&cursor={next}");
    assert_eq!(send(&shops.world.app, "GET", &foreign, other).await.problem(), (400, "invalid_cursor"));

    let all = "?status=open&topic=&order=age&limit=201&format=ndjson&cursor=a&cursor=b&Topic=c";
    let expected = [
        ("status", "invalid_parameter"),
        ("topic", "invalid_parameter"),
        ("order", "invalid_parameter"),
        ("cursor", "repeated_parameter"),
        ("limit", "invalid_parameter"),
        ("format", "invalid_parameter"),
        ("Topic", "unknown_parameter"),
    ];
    let refused = shops.get(all).await;
    assert_eq!((refused.status(), refused.faults()), (400, expected.to_vec()));
    for bad in ["0", "-1", "1.5", "x", ""] {
        assert_eq!(shops.get(&format!("?limit={bad}")).await.faults(), [("limit", "invalid_parameter")]);
    }
    let manage = shops.world.database.create_key(shops.world.shops[0].store_id, &[Scope::Manage]).await;
    assert_eq!(send(&shops.world.app, "GET", GAPS, &manage).await.problem(), (403, "missing_scope"));
    let put = send_json(&shops.world.app, "PUT", GAPS, &manage, &json!({})).await;
    assert_eq!((put.problem(), put.header("allow")), ((405, "method_not_allowed"), "GET, HEAD, POST"));
}

#[tokio::test]
async fn the_summary_counts_by_status_and_names_what_is_asked_for_most() {
    let shops = seven().await;
    let store_id = shops.world.shops[0].store_id;
    let sql = include_str!("../../sql/gaps/summary.sql");
    let found =
        colloquy::database::tenant_query(shops.world.database.pool(), store_id, sql, &[&store_id]).await.unwrap();
    let counts = &found.rows[0];
    let counts = ["identified", "in_progress", "resolved"].map(|name| counts.get::<_, i64>(name));
    assert_eq!((found.rows[0].get("part"), counts), ("counts", [6, 0, 1]));
    let top: Vec<String> = found.rows[1..].iter().map(|row| row.get("topic")).collect();
    let mut expected = shops.topics("?order=frequency").await;
    expected.retain(|topic| topic != "e");
    assert_eq!(top, expected[..5]);
    assert!(found.rows[1..].iter().all(|row| row.get::<_, &str>("part") == "top"));
}
