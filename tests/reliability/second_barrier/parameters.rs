//! Plausible parameters of a statement, by the names in its header. A name without one fails the test.

use chrono::Days;
use uuid::Uuid;

use crate::reliability::planted::Planted;

/// A text with literals for its parameters: the store, and whatever else its header names.
pub fn filled(planted: &Planted, path: &str, text: &str, store_id: Uuid) -> String {
    let mut literals: Vec<String> = Vec::new();
    for (name, kind) in named(text) {
        let literal = if literals.is_empty() {
            assert_eq!(
                (name.as_str(), kind.as_str()),
                ("store_id", "uuid"),
                "{path}: the first parameter is the store"
            );
            format!("'{store_id}'")
        } else {
            value(planted, path, &name)
        };
        literals.push(format!("(({literal})::{kind})"));
    }
    let code: Vec<_> = text.lines().map(|line| line.split("--").next().unwrap()).collect();
    // From the last one, for $1 is the beginning of $10.
    let numbered = literals.iter().enumerate().rev();
    numbered.fold(code.join("\n"), |text, (nth, literal)| text.replace(&format!("${}", nth + 1), literal))
}

/// Names and types of the parameters in a header, in order.
fn named(text: &str) -> Vec<(String, String)> {
    let header: Vec<_> = text.lines().map_while(|line| line.strip_prefix("-- ")).collect();
    let mut found = Vec::new();
    for part in header.join(" ").split('$').skip(1) {
        let mut words = part.split_whitespace();
        let is_next = words.next() == Some((found.len() + 1).to_string().as_str());
        if let (true, Some(name), Some(kind)) = (is_next, words.next(), words.next()) {
            found.push((name.to_owned(), kind.trim_end_matches([',', ';', ':']).to_owned()));
        }
    }
    found
}

fn value(planted: &Planted, path: &str, name: &str) -> String {
    let (first, last) = Planted::days();
    let (first, end) = (format!("'{first} UTC'::timestamptz"), format!("'{} UTC'::timestamptz", last + Days::new(1)));
    let days = format!("generate_series({first}, {end} - interval '1 second', interval '1 day')");
    match name {
        "from" | "previous_to" => first,
        "to" | "now" => end,
        "events_to" => format!("{end} + interval '720 hours'"),
        "contacts_from" | "previous_from" => format!("{first} - interval '720 hours'"),
        "contacts_to" => format!("{end} + interval '37 days'"),
        "start_date" => format!("{first}::date"),
        "end_date" => format!("{end}::date"),
        "edges" => format!("array(select {days})"),
        "dates" => format!("array(select d::date from {days} d)"),
        "labels" => format!("array(select d::text from {days} d)"),
        "zone" => "'UTC'".into(),
        "by" => "'channel'".into(),
        "order" => "'frequency'".into(),
        "limit" | "examples" => "1000".into(),
        "with_days" => "true".into(),
        // One that both stores have, so that only the barrier tells them apart.
        "conversation_id" => format!("'{}'", planted.shared()),
        "gap_id" => format!("'{}'", planted.other.gap_id),
        // Filters that are null are none, and a page without a last row is the first one.
        "after_conversation_id"
        | "after_gap_id"
        | "after_number"
        | "after_started_at"
        | "after_topic"
        | "agent"
        | "ai_cost_per_conversation"
        | "ai_resolved"
        | "answered"
        | "avg_conversation_time_minutes"
        | "avg_human_agent_cost_per_hour"
        | "channel"
        | "clicked"
        | "code"
        | "customer_id"
        | "customer_named"
        | "hour_of_week"
        | "language"
        | "max_overall_score"
        | "min_messages"
        | "min_overall_score"
        | "outcome"
        | "rated"
        | "reopened"
        | "retrieved"
        | "satisfied"
        | "status"
        | "subject"
        | "topic" => "null".into(),
        _ => panic!("{path}: what may {name} be?"),
    }
}
