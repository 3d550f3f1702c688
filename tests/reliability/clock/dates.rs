//! Dates and instants at the edges, as every parameter and field that takes one.

use serde_json::{Value, json};

use crate::http::openapi::answers::faults;
use crate::http::openapi::requests::{Filled, query_text};
use crate::http::openapi::{Document, Operation};
use crate::support::http::{send, send_json};
use crate::support::reliability::{Figures, planned};

/// First and last dates; whether both are dates that are taken.
const DATES: [(&str, &str, bool); 22] = [
    ("0001-01-01", "0001-01-02", false),
    ("0000-01-01", "0000-01-02", false),
    ("-001-01-01", "2024-01-01", false),
    ("-0001-01-01", "2024-01-01", false),
    ("1969-12-31", "1970-01-01", false),
    ("1970-01-01", "1970-01-01", true),
    ("1970-01-01", "1970-02-01", true),
    ("2024-02-29", "2024-02-29", true),
    ("2024-02-28", "2024-03-01", true),
    ("2000-02-29", "2000-02-29", true),
    ("2023-02-29", "2023-03-01", false),
    ("2100-02-29", "2100-03-01", false),
    ("2024-02-30", "2024-03-01", false),
    ("2024-12-31", "2025-01-01", true),
    ("9999-12-31", "9999-12-31", true),
    ("9999-12-01", "9999-12-31", true),
    ("9999-12-31", "10000-01-01", false),
    ("10000-01-01", "10000-01-02", false),
    ("+10000-01-01", "+10000-01-02", false),
    ("2024-1-1", "2024-1-2", false),
    ("20240101", "20240102", false),
    ("infinity", "infinity", false),
];

const INSTANTS: [&str; 18] = [
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00+14:00",
    "1970-01-01T00:00:00-14:00",
    "2016-12-31T23:59:60Z",
    "2016-12-31T24:00:00Z",
    "2024-02-29T00:00:00.123456789012Z",
    "2024-02-29t00:00:00z",
    "2024-02-29T00:00:00+24:00",
    "2024-02-29T00:00:00\u{2212}01:00",
    "9999-12-31T23:59:59.999999999Z",
    "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01",
    "10000-01-01T00:00:00Z",
    "+10000-01-01T00:00:00Z",
    "-infinity",
    "now",
];

/// The furthest from UTC, and half-hour changes.
const ZONES: [&str; 4] = ["Etc/GMT+12", "Pacific/Kiritimati", "Australia/Lord_Howe", "UTC"];

#[tokio::test(flavor = "multi_thread")]
async fn every_date_has_an_answer_or_a_code() {
    let filled = Filled::new().await;
    let document = Document::new();
    let mut tally = Tally { filled: &filled, document: &document, asked: 0, wrong: Vec::new() };
    let zones = &ZONES[..planned(1, ZONES.len())];
    for zone in zones {
        let store = format!("/api/v1/stores/{}", filled.store_id());
        let changed = send_json(filled.app(), "PATCH", &store, filled.admin(), &json!({"timezone": zone})).await;
        assert_eq!(changed.status(), 200, "{zone}: {}", changed.text());
        for operation in &document.operations() {
            tally.of_operation(operation).await;
        }
    }
    tally.wrong.truncate(40);
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    Figures::of(15, "clock", "dates and instants at the edges in every parameter and field")
        .count(tally.asked, tally.asked, "requests")
        .measured(format!("{} timezones", zones.len()))
        .record(&filled.world().client)
        .await;
}

struct Tally<'a> {
    filled: &'a Filled,
    document: &'a Document,
    asked: usize,
    wrong: Vec<String>,
}

impl Tally<'_> {
    async fn of_operation(&mut self, operation: &Operation<'_>) {
        if operation.is_get() && operation.has_parameter("start_date") {
            for (start, end, is_taken) in DATES {
                for more in choices(operation) {
                    let given = [("start_date", start), ("end_date", end)];
                    self.ask(operation, &given, more, Some(is_taken)).await;
                }
            }
        }
        if operation.is_get() && operation.has_parameter("from") {
            for instant in INSTANTS {
                self.ask(operation, &[("from", instant), ("to", "9999-12-31T23:59:59Z")], "", None).await;
                self.ask(operation, &[("from", "1970-01-01T00:00:00Z"), ("to", instant)], "", None).await;
            }
        }
        let example = &operation.json["requestBody"]["content"]["application/json"]["example"];
        for (field, value) in example.as_object().into_iter().flatten() {
            let is_time = value.as_str().is_some_and(|text| text.starts_with("20"));
            if is_time || field == "timestamp" {
                for text in INSTANTS.into_iter().chain(DATES.map(|(start, ..)| start)) {
                    self.send(operation, field, text, example).await;
                }
            }
        }
    }

    async fn ask(&mut self, operation: &Operation<'_>, given: &[(&str, &str)], more: &str, is_taken: Option<bool>) {
        let mut query = self.filled.query(operation);
        query.retain(|name, _| !["start_date", "end_date", "from", "to"].contains(&&**name));
        let given = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
        let path = format!("{}?{}&{given}{more}", self.filled.path(operation), query_text(&query));
        let answer = send(self.filled.app(), "GET", &path, self.filled.admin()).await;
        self.asked += 1;
        let mut faults = faults(self.document, operation, &answer);
        // A long range has too many days for some answers.
        let is_too_long = ["too_many_buckets", "range_too_long"].contains(&answer.code());
        let is_right = is_taken.is_none_or(|is_taken| is_taken == (answer.status() == 200) || is_taken && is_too_long);
        if !is_right || answer.status() >= 500 {
            faults.push(format!("{} {}", answer.status(), answer.text()));
        }
        self.wrong.extend(faults.iter().map(|fault| format!("{path}: {fault:.500}")));
    }

    async fn send(&mut self, operation: &Operation<'_>, field: &str, text: &str, example: &Value) {
        let mut body: Value = serde_json::from_str(&self.filled.body(example)).unwrap();
        body[field] = json!(text);
        let path = self.filled.url(operation);
        let answer = send_json(self.filled.app(), &operation.method, &path, self.filled.admin(), &body).await;
        self.asked += 1;
        let mut faults = faults(self.document, operation, &answer);
        if answer.status() >= 500 {
            faults.push(format!("{} {}", answer.status(), answer.text()));
        }
        self.wrong.extend(faults.iter().map(|fault| format!("{} {field}={text}: {fault:.500}", operation.name())));
    }
}

/// What else decides how dates are reckoned with.
fn choices(operation: &Operation<'_>) -> Vec<&'static str> {
    let all = [
        ("compare", "&compare=previous_year"),
        ("granularity", "&granularity=hour"),
        ("granularity", "&granularity=week"),
        ("granularity", "&granularity=month"),
        ("dataset", "&dataset=conversations"),
        ("dataset", "&dataset=events"),
    ];
    let more = all.into_iter().filter(|(name, _)| operation.has_parameter(name)).map(|(_, more)| more);
    std::iter::once("").chain(more.take(planned(1, 6))).collect()
}
