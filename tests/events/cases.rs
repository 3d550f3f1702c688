//! Events with one fault each, and good ones at every bound, as JSON text.

use chrono::{Duration, SecondsFormat, Utc};
use uuid::Uuid;

/// An event and what is to become of it.
pub struct Case {
    pub event: String,
    /// Code and field of its fault; none for a good event.
    pub fault: Option<(&'static str, Option<String>)>,
}

/// An event without faults, with other JSON texts for some fields; an empty text leaves the field out.
pub fn event(store_id: Uuid, changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("event_id".to_owned(), quoted(Uuid::new_v4())),
        ("conversation_id".to_owned(), quoted(Uuid::new_v4())),
        ("store_id".to_owned(), quoted(store_id)),
        ("event_type".to_owned(), quoted("message_sent")),
    ];
    for (name, json) in changes {
        fields.retain(|(known, _)| known != name);
        if !json.is_empty() {
            fields.push(((*name).to_owned(), (*json).to_owned()));
        }
    }
    let fields: Vec<_> = fields.iter().map(|(name, json)| format!("\"{name}\": {json}")).collect();
    format!("{{{}}}", fields.join(", "))
}

/// Cases that `jsonb` can hold, which HTTP and SQL must judge alike.
pub fn cases(store_id: Uuid) -> Vec<Case> {
    let mut cases = Vec::new();
    for (field, json, code) in FIELDS {
        cases.push(case(store_id, field, json, code, field));
    }
    for (key, json, code) in DATA {
        cases.push(case(store_id, "event_data", &format!("{{\"{key}\": {json}}}"), code, &format!("event_data.{key}")));
    }
    for (field, json, code) in built() {
        cases.push(case(store_id, field, &json, code, field));
    }
    for not_an_object in ["null", "7", "\"event\"", "true", "[]"] {
        cases.push(Case { event: not_an_object.to_owned(), fault: Some(("invalid_event", None)) });
    }
    let timeout = [("event_type", "\"conversation_abandoned\""), ("event_data", "{\"reason\": \"timeout\"}")];
    let reserved = Some(("reserved_reason", Some("event_data.reason".to_owned())));
    cases.push(Case { event: event(store_id, &timeout), fault: reserved });
    cases.push(Case { event: event(store_id, &timeout[1..]), fault: None });
    for kind in [
        "conversation_started",
        "message_sent",
        "message_received",
        "conversation_resolved",
        "conversation_escalated",
        "conversation_abandoned",
        "knowledge_retrieved",
        "citation_clicked",
    ] {
        cases.push(case(store_id, "event_type", &quoted(kind), "", ""));
    }
    // Of a key that is given twice the last value counts.
    cases.push(case(store_id, "event_data", "{\"rating\": 9, \"rating\": 5}", "", ""));
    cases.push(case(store_id, "event_data", "{\"rating\": 5, \"rating\": 9}", "invalid_value", "event_data.rating"));
    cases.push(case(store_id, "event_data", "{\"response_time_ms\": -1, \"response_time_ms\": 1.5}", "", ""));
    cases
}

/// Cases that `jsonb` cannot hold, so that only HTTP can be asked.
pub fn beyond_jsonb(store_id: Uuid) -> Vec<Case> {
    let data = |json: &str| case(store_id, "event_data", json, "invalid_event_data", "event_data");
    let customer = |json: &str| case(store_id, "customer_id", json, "invalid_customer_id", "customer_id");
    let not_an_event = case(store_id, "\\ud800", "1", "invalid_event", "");
    vec![
        data(r#"{"a": "\u0000"}"#),
        data(r#"{"a": {"b\u0000": 1}}"#),
        data(r#"{"a": ["\ud83d"]}"#),
        data(r#"{"\ude00": 1}"#),
        data("{\"a\": 1e-20000}"),
        data(&format!("{{\"a\": 0.{}1}}", "0".repeat(16_383))),
        // An escaped backslash before u0000 is no such character.
        case(store_id, "event_data", r#"{"a": "\\u0000"}"#, "", ""),
        case(store_id, "event_data", r#"{"a": "1e-20000", "b": 1e-16383}"#, "", ""),
        customer(r#""\u0000""#),
        customer(r#""\udead""#),
        case(store_id, "event_type", r#""message_sent\u0000""#, "unknown_event_type", "event_type"),
        case(store_id, "timestamp", r#""\u0000""#, "invalid_timestamp", "timestamp"),
        Case { fault: Some(("invalid_event", None)), ..not_an_event },
    ]
}

fn case(store_id: Uuid, field: &str, json: &str, code: &'static str, faulty_field: &str) -> Case {
    let fault = (!code.is_empty()).then(|| (code, Some(faulty_field.to_owned())));
    Case { event: event(store_id, &[(field, json)]), fault }
}

fn quoted(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

/// Field, its JSON text, code of the fault.
const FIELDS: &[(&str, &str, &str)] = &[
    ("event_id", "", ""),
    ("event_id", "null", ""),
    ("event_id", "7", "invalid_uuid"),
    ("event_id", "\"\"", "invalid_uuid"),
    ("event_id", "\"0192a3b4-0000-7000-8000-00000000000\"", "invalid_uuid"),
    ("event_id", "\"0192a3b4-0000-7000-8000-0000000000001\"", "invalid_uuid"),
    ("event_id", "\"0192a3b4000070008000000000000001\"", "invalid_uuid"),
    ("event_id", "\"{0192a3b4-0000-7000-8000-000000000001}\"", "invalid_uuid"),
    ("event_id", "\"0192a3b4-0000-7000-8000-00000000000g\"", "invalid_uuid"),
    ("event_id", "\"0192A3B4-0000-7000-8000-0000000000AB\"", ""),
    ("event_id", "\"00000000-0000-0000-0000-000000000000\"", ""),
    ("conversation_id", "", "missing_field"),
    ("conversation_id", "null", "missing_field"),
    ("conversation_id", "[]", "invalid_uuid"),
    ("conversation_id", "\"conversation-1\"", "invalid_uuid"),
    ("store_id", "", "missing_field"),
    ("store_id", "null", "missing_field"),
    ("store_id", "{}", "invalid_uuid"),
    ("store_id", "\"shop\"", "invalid_uuid"),
    ("event_type", "", "missing_field"),
    ("event_type", "null", "missing_field"),
    ("event_type", "1", "unknown_event_type"),
    ("event_type", "\"\"", "unknown_event_type"),
    ("event_type", "\"Message_Sent\"", "unknown_event_type"),
    ("event_type", "\"message_sent \"", "unknown_event_type"),
    ("event_type", "\"conversation_deleted\"", "unknown_event_type"),
    ("customer_id", "null", ""),
    ("customer_id", "7", "invalid_customer_id"),
    ("customer_id", "true", "invalid_customer_id"),
    ("customer_id", "\"\"", "invalid_customer_id"),
    ("customer_id", "\" \"", ""),
    ("timestamp", "null", ""),
    ("timestamp", "1763800000", "invalid_timestamp"),
    ("timestamp", "\"\"", "invalid_timestamp"),
    ("timestamp", "\"now\"", "invalid_timestamp"),
    ("timestamp", "\"2026-11-22\"", "invalid_timestamp"),
    ("timestamp", "\"2026-11-22T10:00:00\"", "invalid_timestamp"),
    ("timestamp", "\"2026-11-22T10:00Z\"", "invalid_timestamp"),
    ("timestamp", "\"2026-02-30T10:00:00Z\"", "invalid_timestamp"),
    ("timestamp", "\"2026-13-01T10:00:00Z\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T24:00:00Z\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:60:00Z\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:00:61Z\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:00:00.Z\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:00:00+16:00\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:00:00+01:60\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:00:00+0100\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:00:00\u{2212}01:00\"", "invalid_timestamp"),
    ("timestamp", "\"2026-01-01T10:00:00Z\\n\"", "invalid_timestamp"),
    ("timestamp", "\" 2026-01-01T10:00:00Z\"", "invalid_timestamp"),
    ("timestamp", "\"0000-01-01T00:00:00Z\"", "invalid_timestamp"),
    ("timestamp", "\"0001-01-01T00:00:00+15:59\"", "timestamp_too_old"),
    ("timestamp", "\"1970-01-01T00:00:00Z\"", "timestamp_too_old"),
    ("timestamp", "\"9999-12-31T23:59:60-15:59\"", "timestamp_in_future"),
    ("timestamp", "\"10000-01-01T00:00:00Z\"", "invalid_timestamp"),
    ("event_data", "null", ""),
    ("event_data", "{}", ""),
    ("event_data", "[]", "invalid_event_data"),
    ("event_data", "\"{}\"", "invalid_event_data"),
    ("event_data", "{\"a\": 1e400}", "invalid_event_data"),
    ("event_data", "{\"a\": [-1e400]}", "invalid_event_data"),
    ("event_data", "{\"a\": 1.7976931348623157e308, \"b\": -0.0, \"c\": 1e-400}", ""),
    ("event_data", "{\"a\": 123456789012345678901234567890, \"\u{1f600}\": \"\u{1f600}\"}", ""),
    ("colour", "1", "unknown_field"),
    ("Timestamp", "null", "unknown_field"),
    ("", "1", "unknown_field"),
];

/// Key of `event_data`, its JSON text, code of the fault.
const DATA: &[(&str, &str, &str)] = &[
    ("customer_id", "null", ""),
    ("customer_id", "\"c-1\"", ""),
    ("customer_id", "7", "invalid_customer_id"),
    ("customer_id", "\"\"", "invalid_customer_id"),
    ("channel", "null", ""),
    ("channel", "\"\"", ""),
    ("channel", "1", "invalid_value"),
    ("language", "[\"en\"]", "invalid_value"),
    ("subject", "{}", "invalid_value"),
    ("topic", "false", "invalid_value"),
    ("question", "0.5", "invalid_value"),
    ("reason", "1", "invalid_value"),
    ("reason", "\"bored\"", ""),
    ("agent", "null", ""),
    ("agent", "\"ai\"", ""),
    ("agent", "\"human\"", ""),
    ("agent", "\"AI\"", "invalid_value"),
    ("agent", "\"\"", "invalid_value"),
    ("agent", "1", "invalid_value"),
    ("response_time_ms", "null", ""),
    ("response_time_ms", "0", ""),
    ("response_time_ms", "-0.0", ""),
    ("response_time_ms", "1e-30", ""),
    ("response_time_ms", "1E3", ""),
    ("response_time_ms", "0.12345678901234567890123456789012345", ""),
    ("response_time_ms", "2592000000", ""),
    ("response_time_ms", "2.592e9", ""),
    ("response_time_ms", "2592000000.001", "invalid_value"),
    ("response_time_ms", "2592000001", "invalid_value"),
    ("response_time_ms", "-0.001", "invalid_value"),
    ("response_time_ms", "-1e-30", "invalid_value"),
    ("response_time_ms", "-1", "invalid_value"),
    ("response_time_ms", "1e300", "invalid_value"),
    ("response_time_ms", "18446744073709551616", "invalid_value"),
    ("response_time_ms", "\"5\"", "invalid_value"),
    ("response_time_ms", "\"NaN\"", "invalid_value"),
    ("rating", "null", ""),
    ("rating", "1", ""),
    ("rating", "5", ""),
    ("rating", "5.0", ""),
    ("rating", "0.5e1", ""),
    ("rating", "0", "invalid_value"),
    ("rating", "6", "invalid_value"),
    ("rating", "4.5", "invalid_value"),
    ("rating", "4.99999999999999999999", "invalid_value"),
    ("rating", "-1", "invalid_value"),
    ("rating", "true", "invalid_value"),
    ("rating", "\"5\"", "invalid_value"),
    ("confidence", "null", ""),
    ("confidence", "0", ""),
    ("confidence", "1", ""),
    ("confidence", "1.0", ""),
    ("confidence", "5e-324", ""),
    ("confidence", "1.00000000000000000001", "invalid_value"),
    ("confidence", "-0.01", "invalid_value"),
    ("confidence", "1.01", "invalid_value"),
    ("confidence", "\"0.5\"", "invalid_value"),
    ("confidence", "\"Infinity\"", "invalid_value"),
    ("Rating", "9", ""),
];

/// Field, its JSON text, code of the fault: lengths, depths and times at and beyond their bounds.
fn built() -> Vec<(&'static str, String, &'static str)> {
    let from_now = |duration: Duration| quoted((Utc::now() + duration).to_rfc3339_opts(SecondsFormat::Nanos, true));
    // As jsonb writes it, because the SQL function cannot see other blanks.
    let of_bytes = |count: usize| format!("{{\"a\": \"{}\"}}", "x".repeat(count - "{\"a\": \"\"}".len()));
    let of_depth = |count: usize| format!("{{\"a\": {}{}}}", "[".repeat(count - 1), "]".repeat(count - 1));
    vec![
        ("customer_id", quoted("c".repeat(255)), ""),
        ("customer_id", quoted("\u{1f600}".repeat(255)), ""),
        ("customer_id", quoted("c".repeat(256)), "customer_id_too_long"),
        ("event_data", of_bytes(32_767), ""),
        ("event_data", of_bytes(32_768), ""),
        ("event_data", of_bytes(32_769), "event_data_too_large"),
        ("event_data", of_depth(127), ""),
        ("event_data", of_depth(128), "invalid_event_data"),
        ("event_data", of_depth(5_000), "invalid_event_data"),
        ("timestamp", from_now(Duration::zero()), ""),
        ("timestamp", from_now(Duration::minutes(5) - Duration::seconds(1)), ""),
        ("timestamp", from_now(Duration::minutes(6)), "timestamp_in_future"),
        ("timestamp", from_now(Duration::minutes(2) - Duration::days(55)), ""),
        ("timestamp", from_now(-Duration::days(55) - Duration::seconds(1)), "timestamp_too_old"),
        (
            "timestamp",
            format!(
                "\"{}.{}+05:45\"",
                (Utc::now() - Duration::days(1)).format("%Y-%m-%dt%H:%M:%S"),
                "123456789".repeat(20)
            ),
            "",
        ),
        ("timestamp", format!("\"{} 23:59:60z\"", (Utc::now() - Duration::days(3)).format("%Y-%m-%d")), ""),
    ]
}
