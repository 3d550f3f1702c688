//! The content gaps of a store by what they cost, with examples and, for who may manage, buttons for their status.

use maud::{Markup, html};
use serde_json::Value;

use crate::dashboard::days::ALL_TIME;
use crate::dashboard::numbers::Notation;
use crate::dashboard::shown::Shown;
use crate::dashboard::visit::Visit;
use crate::gaps::STATUSES;

/// Parameters of the page that are those of GET `/content-gaps`.
pub(super) const STATUS: &str = "status";
pub(super) const ORDER: &str = "order";
pub(super) const CURSOR: &str = "cursor";

const ORDERS: [(&str, &str); 4] =
    [("cost", "Cost"), ("frequency", "How often asked"), ("last_seen_at", "Last asked"), ("topic", "Topic")];

/// What the page asks for.
pub(super) fn query(visit: &Visit) -> Vec<(&'static str, &str)> {
    let mut query = visit.passed(&[STATUS, ORDER, CURSOR]);
    query.push(("limit", "20"));
    query
}

/// The list.
pub(super) fn list(visit: &Visit, shown: &Shown<'_>, dates: &[(&str, &str)]) -> Markup {
    let gaps = shown.answer.rows("content_gaps");
    html! {
        section.panel #gaps aria-labelledby="gaps-title" data-api=(shown.answer.call) {
            h2 #gaps-title { "Content gaps" }
            p.quiet { "Topics on which the AI found no confident answer, of all time. Their cost is what people cost in the
                conversations that were escalated or abandoned." }
            (choices(visit, dates))
            @if gaps.is_empty() {
                p.nothing data-state="no-data" { "No gap is like that: the AI found an answer." }
            }
            div { @for (index, gap) in gaps.iter().enumerate() { (one(visit, shown, index, gap)) } }
            @if let Some(cursor) = shown.answer.at("next_cursor").as_str() {
                @let query = [dates, &visit.passed(&[STATUS, ORDER]), &[(CURSOR, cursor)]].concat();
                p { a href={ (visit.link("/quality", &query)) "#gaps" } { "More gaps" } }
            }
            (crate::dashboard::charts::links(&shown.answer.call))
        }
    }
}

fn choices(visit: &Visit, dates: &[(&str, &str)]) -> Markup {
    let option = |name: &str, value: &str, text: &str| {
        html! { option value=(value) selected[visit.given(name).unwrap_or_default() == value] { (text) } }
    };
    html! {
        form.filters method="get" action="/quality#gaps" {
            @for (name, value) in dates { input type="hidden" name=(name) value=(value); }
            @if visit.is_admin() { input type="hidden" name="store_id" value=(visit.tenant.store_id); }
            label { "Status" select name=(STATUS) { (option(STATUS, "", "all"))
                @for (status, _) in STATUSES { (option(STATUS, status, &words(status))) } } }
            label { "Order by" select name=(ORDER) {
                @for (order, text) in ORDERS { (option(ORDER, order, text)) } } }
            button type="submit" { "Show" }
        }
    }
}

fn one(visit: &Visit, shown: &Shown<'_>, index: usize, gap: &Value) -> Markup {
    let path = |field: &str| format!("content_gaps.{index}.{field}");
    let (id, topic) = (gap["gap_id"].as_str().unwrap_or_default(), gap["topic"].as_str().unwrap_or_default());
    let status = gap["status"].as_str().unwrap_or_default();
    let rows = |more: &[(&str, &str)]| {
        visit.link("/conversations", &[ALL_TIME.as_slice(), &[("topic", topic)], more].concat())
    };
    let linked = |field: &str, more: &[(&str, &str)]| {
        html! { a href=(rows(more)) { (shown.field(&path(field), Notation::Count)) } }
    };
    let questions = gap["example_questions"].as_array().map_or(0, Vec::len);
    html! {
        article.gap id={ "gap-" (id) } data-gap=(id) data-status=(status) {
            div {
                h3 { a href=(rows(&[])) { (shown.field(&path("topic"), Notation::Text)) } " " span.tag { (words(status)) } }
                p.facts {
                    strong { (shown.field(&path("human_cost"), Notation::Money)) } " · asked "
                    (shown.field(&path("frequency"), Notation::Count)) " times in "
                    (linked("conversations", &[])) " conversations · "
                    (linked("escalated_conversations", &[("outcome", "escalated")])) " escalated, "
                    (linked("abandoned_conversations", &[("outcome", "abandoned")])) " abandoned · best confidence "
                    (shown.field(&path("best_confidence"), Notation::Score)) " of "
                    (shown.field(&path("confidence_threshold"), Notation::Score)) " needed · last asked "
                    (shown.field(&path("last_seen_at"), Notation::Instant))
                }
            }
            @if visit.may_manage() { (buttons(visit, id, topic, status)) }
            @if questions > 0 {
                ul { @for question in 0..questions {
                    li { blockquote { (shown.field(&path(&format!("example_questions.{question}")), Notation::Text)) } }
                } }
            }
        }
    }
}

fn buttons(visit: &Visit, id: &str, topic: &str, current: &str) -> Markup {
    let query: Vec<_> = visit.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    html! {
        form method="post" action=(visit.link(&format!("/quality/gaps/{id}"), &query)) aria-label={ "Status of " (topic) } {
            @for (status, _) in STATUSES {
                button type="submit" data-weak name="status" value=(status) disabled[status == current]
                    aria-pressed=(if status == current { "true" } else { "false" }) { (words(status)) }
            }
        }
    }
}

fn words(status: &str) -> String {
    status.replace('_', " ")
}
