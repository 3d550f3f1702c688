//! GET `/conversations`: the rows behind a number, with the filters of the API.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::api::{Answer, Endpoint};
use super::charts::links;
use super::days::{self, ALL_TIME, END, START};
use super::numbers::Notation;
use super::page::Content;
use super::shown::{LocalTimes, Shown};
use super::visit::Visit;
use crate::conversations::filters::{AGENTS, FLAGS, NAMES, OUTCOMES};
use crate::http::problem::Problem;

const CURSOR: &str = "cursor";
const RANGE: [&str; 4] = [START, END, "from", "to"];
/// Flags with what they ask for.
const ASKED: [(&str, &str); 8] = [
    ("ai_resolved", "Resolved by the AI"),
    ("reopened", "Reopened"),
    ("answered", "Answered"),
    ("rated", "Rated"),
    ("satisfied", "Rated 4 or 5"),
    ("retrieved", "Knowledge retrieved"),
    ("clicked", "Citation clicked"),
    ("customer_named", "Customer named"),
];
/// Filters by a text.
const TEXTS: [(&str, &str); 6] = [
    ("channel", "Channel"),
    ("language", "Language"),
    ("customer_id", "Customer"),
    ("topic", "Topic"),
    ("subject", "Subject"),
    ("hour_of_week", "Hour of week"),
];

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(visit: &Visit) -> Result<Content, Problem> {
    let taken = [RANGE.as_slice(), &NAMES, &[CURSOR]].concat();
    visit.only_takes(&taken)?;
    let mut query = visit.passed(&taken);
    let dates =
        if query.iter().any(|(name, _)| RANGE.contains(name)) { None } else { Some(days::asked(visit, 7).await?) };
    let dates = dates.map(|dates| (dates.start.to_string(), dates.end.to_string()));
    if let Some((start, end)) = &dates {
        query.extend([(START, start.as_str()), (END, end.as_str())]);
    }
    let answer = visit.api().get(Endpoint::Conversations, &query).await?;
    let range = Answer { call: String::new(), body: json!([visit.given("from"), visit.given("to")]) };
    let times = visit.local_times(&[&answer, &range]).await?;
    let numbers = visit.numbers()?;
    let shown = Shown { answer: &answer, numbers: &numbers, times: &times };
    let main = html! {
        h1 { "Conversations" }
        (filters(visit, &query, &times))
        (list(visit, &shown, &query))
    };
    Ok(Content { title: "Conversations".into(), main })
}

fn filters(visit: &Visit, query: &[(&'static str, &str)], times: &LocalTimes) -> Markup {
    let value = |name: &str| query.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
    let choice = |name: &str, label: &str, options: &[(&str, &str)]| {
        html! {
            label { (label) select name=(name) {
                option value="" { "any" }
                @for (option, text) in options { option value=(option) selected[value(name) == Some(option)] { (text) } }
            } }
        }
    };
    let flags = FLAGS.map(|(name, flag)| (name, if flag { "yes" } else { "no" }));
    let is_narrowed = query.iter().any(|(name, _)| !RANGE.contains(name) && *name != "outcome" && *name != CURSOR);
    html! {
        form.panel method="get" action="/conversations" role="search" {
            @if visit.is_admin() { input type="hidden" name="store_id" value=(visit.tenant.store_id); }
            div.filters {
                @if let Some((from, to)) = value("from").zip(value("to")) {
                    input type="hidden" name="from" value=(from);
                    input type="hidden" name="to" value=(to);
                    p data-given {
                        @if (from, to) == (ALL_TIME[0].1, ALL_TIME[1].1) { "Of all time. " } @else {
                            "From " (times.of(from)) " until " (times.of(to)) ". "
                        }
                        a href=(visit.link("/conversations", &[])) { "Choose days" }
                    }
                } @else {
                    label { "From" input type="date" name=(START) required value=[value(START)]; }
                    label { "to" input type="date" name=(END) required value=[value(END)]; }
                }
                (choice("outcome", "Outcome", &OUTCOMES))
                button type="submit" { "Show" }
                a href=(visit.link("/conversations", &[])) { "Clear" }
            }
            details open[is_narrowed] {
                summary { "More filters" }
                div.filters {
                    (choice("agent", "Answered by", &AGENTS))
                    @for (name, label) in TEXTS {
                        label { (label) input type="text" name=(name) value=[value(name)] maxlength="255"
                            placeholder=[(name == "hour_of_week").then_some("1-09 is Monday 9:00")]; }
                    }
                    label { "Messages, at least" input type="number" min="0" name="min_messages" value=[value("min_messages")]; }
                    label { "Score, at least" input type="number" min="0" max="1" step="0.01" name="min_overall_score" value=[value("min_overall_score")]; }
                    label { "Score, at most" input type="number" min="0" max="1" step="0.01" name="max_overall_score" value=[value("max_overall_score")]; }
                    @for (name, label) in ASKED { (choice(name, label, &flags)) }
                }
            }
        }
    }
}

fn list(visit: &Visit, shown: &Shown<'_>, query: &[(&'static str, &str)]) -> Markup {
    let rows = shown.answer.rows("conversations");
    html! {
        section.panel data-api=(shown.answer.call) aria-label="Conversations" {
            @if rows.is_empty() {
                p.nothing data-state="no-data" { "No conversation is like that." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="List of conversations" {
                    table {
                        thead { tr {
                            th scope="col" { "Started" }
                            @for name in ["Subject", "Outcome", "Customer", "Channel"] { th.text scope="col" { (name) } }
                            @for name in ["Messages", "First answer", "Rating"] { th scope="col" { (name) } }
                        } }
                        tbody { @for (index, row) in rows.iter().enumerate() { (conversation(visit, shown, index, row)) } }
                    }
                }
                @if let Some(cursor) = shown.answer.at("next_cursor").as_str() {
                    @let others = query.iter().copied().filter(|(name, _)| *name != CURSOR);
                    @let next: Vec<_> = others.chain([(CURSOR, cursor)]).collect();
                    p { a.button data-next href=(visit.link("/conversations", &next)) { "Older conversations" } }
                }
            }
            (links(&shown.answer.call))
        }
    }
}

fn conversation(visit: &Visit, shown: &Shown<'_>, index: usize, row: &Value) -> Markup {
    let path = |field: &str| format!("conversations.{index}.{field}");
    let id = row["conversation_id"].as_str().unwrap_or_default();
    let text = |field: &str| {
        html! {
            td.text data-field=(path(field)) data-format="text" { (shown.text(&path(field), Notation::Text)) }
        }
    };
    html! {
        tr data-conversation=(id) {
            th scope="row" { a href=(visit.link(&format!("/conversations/{id}"), &[])) {
                (shown.field(&path("started_at"), Notation::Instant)) } }
            (text("subject"))
            td.text { (shown.field(&path("outcome"), Notation::Text))
                @if row["ai_resolved"] == Value::Bool(true) { " " span.tag { "by the AI" } } }
            (text("customer_id"))
            (text("channel"))
            td { (shown.field(&path("messages_received"), Notation::Count)) " in, "
                (shown.field(&path("messages_sent"), Notation::Count)) " out" }
            (shown.cell(&path("first_response_time_ms"), Notation::Duration))
            (shown.cell(&path("rating"), Notation::Count))
        }
    }
}
