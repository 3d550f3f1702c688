//! GET `/conversations/{id}`: all that is known of one conversation, event by event.

use maud::{Markup, html};
use serde_json::Value;
use uuid::Uuid;

use super::api::Endpoint;
use super::days::ALL_TIME;
use super::numbers::{NOTHING, Notation};
use super::page::Content;
use super::shown::Shown;
use super::visit::Visit;
use crate::http::problem::Problem;

/// Fields of a row with their names, in the order of the page.
const FACTS: [(&str, &str, Notation); 14] = [
    ("started_at", "Started", Notation::Instant),
    ("last_event_at", "Last event", Notation::Instant),
    ("outcome", "Outcome", Notation::Text),
    ("outcome_at", "Outcome at", Notation::Instant),
    ("reopened_at", "Reopened at", Notation::Instant),
    ("ai_resolved", "Resolved by the AI alone", Notation::Text),
    ("customer_id", "Customer", Notation::Text),
    ("channel", "Channel", Notation::Text),
    ("language", "Language", Notation::Text),
    ("messages_received", "Messages of the customer", Notation::Count),
    ("messages_sent", "Messages to the customer", Notation::Count),
    ("human_messages_sent", "of them by people", Notation::Count),
    ("first_response_time_ms", "First response", Notation::Duration),
    ("rating", "Rating", Notation::Count),
];
const SCORES: [(&str, &str); 4] = [
    ("overall_score", "Overall"),
    ("helpfulness_score", "Helpfulness"),
    ("accuracy_score", "Accuracy"),
    ("politeness_score", "Politeness"),
];

/// The page.
///
/// # Errors
/// `UnknownConversation`, or a failing database.
pub async fn content(visit: &Visit, id: Uuid) -> Result<Content, Problem> {
    visit.only_takes(&[])?;
    let answer = visit.api().get(Endpoint::Conversation(id), &[]).await?;
    let times = visit.local_times(&[&answer]).await?;
    let numbers = visit.numbers()?;
    let shown = Shown { answer: &answer, numbers: &numbers, times: &times };
    let rows = answer.rows("rows");
    let main = html! {
        h1 { "Conversation" }
        p.quiet { code { (id) } }
        div.charts data-api=(answer.call) {
            section.panel aria-labelledby="timeline-title" {
                h2 #timeline-title { "Timeline" }
                @if answer.rows("timeline").is_empty() {
                    p.nothing { "Its events have been archived or dropped; the numbers beside stay." }
                }
                ol.timeline {
                    @for (index, event) in answer.rows("timeline").iter().enumerate() { (one_event(&shown, index, event)) }
                }
            }
            div {
                @for (index, row) in rows.iter().enumerate() { (facts(visit, &shown, index, row)) }
                @if answer.at("score").is_object() { (score(&shown)) }
                p { a data-call href=(answer.call) { "API call" } }
            }
        }
    };
    Ok(Content { title: "Conversation".into(), main })
}

fn facts(visit: &Visit, shown: &Shown<'_>, index: usize, row: &Value) -> Markup {
    html! {
        section.panel {
            h2 { @if index == 0 { "In short" } @else { "And later" } }
            dl.facts {
                @for (field, name, notation) in FACTS {
                    @let path = format!("rows.{index}.{field}");
                    dt { (name) }
                    dd {
                        @match (field, row[field].as_str()) {
                            ("customer_id", Some(customer)) => {
                                a href=(visit.link("/conversations", &[ALL_TIME.as_slice(), &[("customer_id", customer)]].concat())) {
                                    (shown.field(&path, notation))
                                }
                            }
                            _ => (shown.field(&path, notation)),
                        }
                    }
                }
            }
        }
    }
}

fn score(shown: &Shown<'_>) -> Markup {
    html! {
        section.panel {
            h2 { "Quality score" }
            dl.facts {
                @for (field, name) in SCORES {
                    dt { (name) } dd { (shown.field(&format!("score.{field}"), Notation::Score)) }
                }
                dt { "Scored" } dd { (shown.field("score.scored_at", Notation::Instant)) }
            }
        }
    }
}

fn one_event(shown: &Shown<'_>, index: usize, event: &Value) -> Markup {
    let path = |field: &str| format!("timeline.{index}.{field}");
    let kind = event["event_type"].as_str().unwrap_or_default();
    let data = event["event_data"].as_object();
    html! {
        li class=(class_of(kind, &event["event_data"])) {
            p { strong { (words(kind)) } " "
                span.quiet { (shown.field(&path("timestamp"), Notation::Instant)) }
                @if event["is_duplicate"] == Value::Bool(true) { " " span.tag { "sent twice, counts once" } } }
            @if let Some(data) = data.filter(|data| !data.is_empty()) {
                dl {
                    @for (name, value) in data {
                        dt data-given { (name) }
                        dd data-given { (plain(value)) }
                    }
                }
            }
        }
    }
}

/// Who speaks.
fn class_of(kind: &str, data: &Value) -> &'static str {
    match kind {
        "message_received" | "citation_clicked" => "customer",
        "message_sent" if data["agent"] == "human" => "human",
        "message_sent" | "knowledge_retrieved" => "ai",
        "conversation_resolved" | "conversation_escalated" | "conversation_abandoned" => "end",
        _ => "",
    }
}

fn words(kind: &str) -> String {
    let mut words = kind.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// What a producer sent, as it is.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
