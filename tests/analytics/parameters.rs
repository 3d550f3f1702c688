//! Query parameters and keys of every analytics endpoint: at their bounds, beyond them, and all faults at once.

use colloquy::http::App;
use colloquy::http::auth::Scope;
use serde_json::Value;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{Answer, answer, request, send};

const DATES: &str = "start_date=2026-01-01&end_date=2026-01-02";
/// Every endpoint with parameters that it takes.
const GOOD: [&str; 8] = [
    "dashboard?",
    "metrics?DATES",
    "conversations/trends?DATES",
    "breakdown?by=channel&DATES",
    "roi?",
    "quality?DATES",
    "performance?DATES",
    "export?DATES",
];

struct Reader {
    database: TestDatabase,
    app: App,
    store_id: Uuid,
    key: String,
}

impl Reader {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store("Asia/Kolkata").await;
        let key = database.create_key(store_id, &[Scope::Read]).await;
        Self { app: database.app(), database, store_id, key }
    }

    async fn get(&self, path: &str) -> Answer {
        send(&self.app, "GET", &url(path), &self.key).await
    }
}

fn url(path: &str) -> String {
    format!("/api/v1/analytics/{}", path.replace("DATES", DATES))
}

fn with(path: &str, parameter: &str) -> String {
    let separator = if path.ends_with('?') { "" } else { "&" };
    format!("{path}{separator}{parameter}")
}

#[tokio::test]
async fn parameters_hold_at_their_bounds() {
    let reader = Reader::new().await;
    for good in [
        "dashboard",
        "dashboard?period=day",
        "dashboard?period=week&compare=full",
        "dashboard?period=month&compare=elapsed",
        "dashboard?period=quarter",
        "dashboard?period=year",
        "metrics?start_date=1970-01-01&end_date=1970-01-01",
        "metrics?start_date=9999-12-31&end_date=9999-12-31",
        "metrics?start_date=1970-01-01&end_date=9999-12-31",
        "metrics?start_date=1970-01-01&end_date=9999-12-31&compare=previous_year",
        "metrics?start_date=2024-02-29&end_date=2024-02-29&compare=previous_year",
        "metrics?DATES&compare=previous_period",
        "metrics?DATES&compare=none",
        "conversations/trends?DATES&granularity=hour",
        "conversations/trends?DATES&granularity=day&format=csv",
        "conversations/trends?DATES&granularity=week&format=json",
        "conversations/trends?start_date=1970-01-01&end_date=2000-01-01&granularity=month",
        "conversations/trends?start_date=9999-12-31&end_date=9999-12-31&granularity=month",
        "breakdown?by=channel&DATES",
        "breakdown?by=language&DATES&format=csv",
        "breakdown?by=agent&DATES&format=json",
        "breakdown?by=hour_of_week&start_date=1970-01-01&end_date=9999-12-31",
        "roi?format=csv",
        "roi?period_days=1",
        "roi?period_days=365",
        "roi?avg_human_agent_cost_per_hour=0&avg_conversation_time_minutes=0&ai_cost_per_conversation=0",
        "roi?avg_human_agent_cost_per_hour=1000000&avg_conversation_time_minutes=100000&ai_cost_per_conversation=1000000",
        "roi?avg_human_agent_cost_per_hour=0.0000000001",
        "quality?DATES&compare=previous_year&format=json",
        "quality?DATES&compare=none&format=csv",
        "quality?start_date=1970-01-01&end_date=2024-10-03",
        "performance?DATES&format=csv",
        "performance?start_date=9999-12-31&end_date=9999-12-31",
        "export?DATES&format=csv&dataset=daily_metrics",
        "export?DATES&format=json",
        "export?DATES&format=ndjson",
        "export?start_date=1970-01-01&end_date=9999-12-31",
        "export?start_date=1970-01-01&end_date=9999-12-31&dataset=conversations",
        "export?start_date=9999-12-31&end_date=9999-12-31&dataset=events",
    ] {
        let answer = reader.get(good).await;
        assert_eq!(answer.status(), 200, "{good}: {}", answer.text());
        assert!(answer.header("x-data-complete-until").ends_with('Z'), "{good}");
    }
}

#[tokio::test]
async fn each_fault_is_named() {
    let reader = Reader::new().await;
    let mut faults: Vec<(String, &str, &str)> = Vec::new();
    for path in GOOD {
        faults.push((with(path, "colour=red"), "colour", "unknown_parameter"));
        faults.push((with(path, "Period=day"), "Period", "unknown_parameter"));
        faults.push((with(path, "=1"), "", "unknown_parameter"));
        faults.push((with(path, "store_id=shop"), "store_id", "invalid_parameter"));
        let own = reader.store_id;
        faults.push((with(path, &format!("store_id={own}&store_id={own}")), "store_id", "repeated_parameter"));
    }
    let bad_dates = [
        "1969-12-31",
        "10000-01-01",
        "2026-02-30",
        "2026-1-1",
        "20260101",
        "-2026-01-01",
        "2026-01-01T00:00:00Z",
        "today",
        "",
    ];
    for path in ["metrics?", "conversations/trends?", "breakdown?by=agent&", "quality?", "performance?", "export?"] {
        faults.push((format!("{path}end_date=2026-01-01"), "start_date", "missing_parameter"));
        faults.push((format!("{path}start_date=2026-01-01"), "end_date", "missing_parameter"));
        for name in ["start_date", "end_date"] {
            let other = if name == "start_date" { "end_date" } else { "start_date" };
            for bad in bad_dates {
                faults.push((format!("{path}{other}=2026-01-01&{name}={bad}"), name, "invalid_parameter"));
            }
            faults.push((format!("{path}DATES&{name}=2026-01-01"), name, "repeated_parameter"));
        }
        faults.push((format!("{path}start_date=2026-01-02&end_date=2026-01-01"), "start_date", "start_after_end"));
    }
    for (path, name, values) in [
        ("dashboard?", "period", ["decade", "Month", ""]),
        ("dashboard?", "compare", ["none", "true", ""]),
        ("metrics?DATES", "compare", ["full", "PREVIOUS_YEAR", ""]),
        ("conversations/trends?DATES", "granularity", ["minute", "15m", ""]),
        ("conversations/trends?DATES", "format", ["ndjson", "xml", ""]),
        ("quality?DATES", "compare", ["full", "elapsed", ""]),
        ("quality?DATES", "format", ["ndjson", "xml", ""]),
        ("performance?DATES", "format", ["ndjson", "JSON", ""]),
        ("breakdown?DATES", "by", ["hour", "Channel", ""]),
        ("breakdown?by=agent&DATES", "format", ["ndjson", "xml", ""]),
        ("roi?", "format", ["ndjson", "xml", ""]),
        ("export?DATES", "format", ["xlsx", "CSV", ""]),
        ("export?DATES", "dataset", ["users", "stores", ""]),
    ] {
        for value in values {
            faults.push((with(path, &format!("{name}={value}")), name, "invalid_parameter"));
        }
        faults.push((with(path, &format!("{name}=a&{name}=a")), name, "repeated_parameter"));
    }
    faults.push(("breakdown?DATES".into(), "by", "missing_parameter"));
    for bad in ["0", "366", "-1", "1.0", "1e2", "+7", "%2B7", "%207", "", "99999999999999999999", "seven"] {
        faults.push((format!("roi?period_days={bad}"), "period_days", "invalid_parameter"));
    }
    for (name, beyond) in [
        ("avg_human_agent_cost_per_hour", "1000000.01"),
        ("avg_conversation_time_minutes", "100000.01"),
        ("ai_cost_per_conversation", "1000000.01"),
    ] {
        let huge = "9".repeat(40);
        for bad in ["NaN", "-0.01", "1e5", "inf", "Infinity", "1_000", "1,5", ".", "-", "", "0x10", beyond, &huge] {
            faults.push((format!("roi?{name}={bad}"), name, "invalid_parameter"));
        }
        faults.push((format!("roi?{name}=1&{name}=1"), name, "repeated_parameter"));
    }
    // 25 hours a day: 800 days may have 20,000 of them.
    faults.push((
        "conversations/trends?start_date=2020-01-01&end_date=2022-03-11&granularity=hour".into(),
        "granularity",
        "too_many_buckets",
    ));
    faults.push((
        "conversations/trends?start_date=1970-01-01&end_date=2026-01-01".into(),
        "granularity",
        "too_many_buckets",
    ));
    for path in ["quality", "performance"] {
        let long = format!("{path}?start_date=1970-01-01&end_date=2024-10-04");
        faults.push((long, "end_date", "too_many_buckets"));
    }
    for (path, field, code) in &faults {
        let answer = reader.get(path).await;
        assert_eq!(answer.problem(), (400, *code), "{path}: {}", answer.text());
        assert_eq!(answer.faults(), [(*field, *code)], "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let longest = "conversations/trends?start_date=2020-01-01&end_date=2022-03-10&granularity=hour";
    let longest = reader.get(longest).await;
    assert_eq!((longest.status(), longest.json.as_array().map(Vec::len)), (200, Some(800 * 24)));
}

#[tokio::test]
async fn all_faults_are_named_at_once() {
    let reader = Reader::new().await;
    let trends = "conversations/trends?start_date=2026-02-30&granularity=minute&format=xml&a=1&b=2";
    let expected = [
        ("start_date", "invalid_parameter"),
        ("end_date", "missing_parameter"),
        ("granularity", "invalid_parameter"),
        ("format", "invalid_parameter"),
        ("a", "unknown_parameter"),
        ("b", "unknown_parameter"),
    ];
    assert_eq!(reader.get(trends).await.faults(), expected);
    let breakdown = "breakdown?by=colour&start_date=2026-01-02&end_date=2026-01-01&format=pdf&a=1";
    let expected = [
        ("by", "invalid_parameter"),
        ("start_date", "start_after_end"),
        ("format", "invalid_parameter"),
        ("a", "unknown_parameter"),
    ];
    assert_eq!(reader.get(breakdown).await.faults(), expected);
    let roi = "roi?period_days=0&avg_human_agent_cost_per_hour=NaN&avg_conversation_time_minutes=-1\
               &ai_cost_per_conversation=x&period=day";
    let expected = [
        ("period_days", "invalid_parameter"),
        ("avg_human_agent_cost_per_hour", "invalid_parameter"),
        ("avg_conversation_time_minutes", "invalid_parameter"),
        ("ai_cost_per_conversation", "invalid_parameter"),
        ("period", "unknown_parameter"),
    ];
    assert_eq!(reader.get(roi).await.faults(), expected);
}

#[tokio::test]
async fn keys_open_their_own_store_only() {
    let reader = Reader::new().await;
    let other = reader.database.create_store("UTC").await;
    let unknown = Uuid::new_v4();
    let ingest = reader.database.create_key(reader.store_id, &[Scope::Ingest, Scope::Manage]).await;
    let admin = reader.database.create_admin_key().await;
    for path in GOOD {
        let named = |store_id: Uuid| with(path, &format!("store_id={store_id}"));
        for (path, key, problem) in [
            (path.to_owned(), "", (401, "missing_key")),
            (path.to_owned(), "clq_r_nonsense", (401, "invalid_key")),
            (path.to_owned(), &ingest, (403, "missing_scope")),
            (named(other), &reader.key, (403, "foreign_store")),
            (named(unknown), &reader.key, (403, "foreign_store")),
            (path.to_owned(), &admin, (400, "missing_parameter")),
            (named(unknown), &admin, (404, "unknown_store")),
            (named(other), &admin, (200, "")),
            (named(reader.store_id), &reader.key, (200, "")),
        ] {
            let answer = send(&reader.app, "GET", &url(&path), key).await;
            assert_eq!(answer.problem(), problem, "{path}: {}", answer.text());
        }
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = answer(&reader.app, request(method, &url(path), &reader.key)).await;
            assert_eq!(
                (answer.problem(), answer.header("allow")),
                ((405, "method_not_allowed"), "GET, HEAD"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_store_without_conversations_has_nulls_where_nothing_can_be_divided() {
    let reader = Reader::new().await;
    let is_quotient = |name: &str| {
        let is_average = name.starts_with("avg_") || name.starts_with("p50_") || name.starts_with("p95_");
        is_average || name.ends_with("_rate") || name == "csat"
    };
    let check = |metrics: &Value| {
        let metrics = metrics.as_object().unwrap();
        assert!(metrics.len() >= 24, "{metrics:?}");
        for (name, value) in metrics {
            let expected = if is_quotient(name) { Value::Null } else { 0.into() };
            assert!(name == "bucket" || *value == expected, "{name}: {value}");
        }
    };
    let metrics = reader.get("metrics?DATES").await.json;
    check(&metrics["metrics"]);
    check(&metrics["previous_period"]);
    assert_eq!(metrics["growth_rate"], 0.0);
    let alone = reader.get("metrics?DATES&compare=none").await.json;
    let nulls = (&alone["previous_period"], &alone["previous_date_range"], &alone["growth_rate"]);
    assert_eq!(nulls, (&Value::Null, &Value::Null, &Value::Null));
    let dashboard = reader.get("dashboard?period=day").await.json;
    check(&dashboard["metrics"]);
    check(&dashboard["previous_period"]);
    check(&dashboard["daily"][0]);
    for bucket in reader.get("conversations/trends?DATES").await.json.as_array().unwrap() {
        check(bucket);
    }
    let roi = reader.get("roi").await;
    assert!(roi.text().contains("\"savings\":0.00,\"roi_percentage\":0.00"), "{}", roi.text());
    assert_eq!(reader.get("export?DATES&format=json").await.text(), "[]");
    assert_eq!(reader.get("export?DATES").await.text().lines().count(), 1);
}

#[tokio::test]
async fn an_archived_store_can_be_read() {
    let reader = Reader::new().await;
    let client = reader.database.client().await;
    let track = "select track_conversation_started($1, $2)";
    client.query(track, &[&Uuid::new_v4(), &reader.store_id]).await.unwrap();
    client.execute("update stores set archived_at = now() where store_id = $1", &[&reader.store_id]).await.unwrap();
    for path in GOOD {
        assert_eq!(reader.get(path).await.status(), 200, "{path}");
    }
    assert_eq!(reader.get("dashboard?period=year").await.json["metrics"]["total_conversations"], 1);
}
