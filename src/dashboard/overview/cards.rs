//! The key numbers: each with what it was before, over how many it was taken, and a link to the conversations behind it.

use maud::{Markup, html};

use crate::analytics::definitions::{METRICS, Metric, filter_of};
use crate::analytics::ranges::Dates;
use crate::dashboard::api::Answer;
use crate::dashboard::days::{END, START};
use crate::dashboard::numbers::Notation;
use crate::dashboard::shown::Shown;
use crate::dashboard::visit::Visit;

/// Which way is better.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Better {
    Up,
    Down,
    Neither,
}

/// A metric with its name for people.
const CARDS: [(&str, &str, Notation, Better); 12] = [
    ("total_conversations", "Conversations", Notation::Count, Better::Neither),
    ("resolution_rate", "Resolution rate", Notation::Share, Better::Up),
    ("ai_resolution_rate", "Resolved by the AI alone", Notation::Share, Better::Up),
    ("escalation_rate", "Escalation rate", Notation::Share, Better::Down),
    ("abandonment_rate", "Abandonment rate", Notation::Share, Better::Down),
    ("p50_first_response_time_ms", "First response, median", Notation::Duration, Better::Down),
    ("p95_first_response_time_ms", "First response, 95th percentile", Notation::Duration, Better::Down),
    ("avg_resolution_time_ms", "Time to resolution, average", Notation::Duration, Better::Down),
    ("unique_customers", "Unique customers", Notation::Count, Better::Neither),
    ("csat", "CSAT", Notation::Share, Better::Up),
    ("avg_conversation_length", "Messages per conversation", Notation::Number, Better::Neither),
    ("open_conversations", "Still open", Notation::Count, Better::Neither),
];

/// Parameters that name the days of the page and those they are compared with.
struct Ranges<'a> {
    current: Vec<(&'a str, String)>,
    previous: Vec<(&'a str, String)>,
}

/// All cards.
pub(super) fn cards(visit: &Visit, shown: &Shown<'_>, dates: Dates) -> Markup {
    let ranges = Ranges::of(shown.answer, dates);
    html! {
        section.cards aria-label="Key numbers" data-api=(shown.answer.call) {
            @for (name, label, notation, better) in CARDS {
                @if let Some(metric) = METRICS.iter().find(|metric| metric.name == name) {
                    (card(visit, shown, &ranges, metric, (label, notation, better)))
                }
            }
            @if shown.answer.at("roi").is_object() { (savings(visit, shown, &ranges)) (gaps(visit, shown)) }
        }
    }
}

fn card(
    visit: &Visit,
    shown: &Shown<'_>,
    ranges: &Ranges<'_>,
    metric: &Metric,
    (label, notation, better): (&str, Notation, Better),
) -> Markup {
    let name = metric.name;
    let linked = |path: String, notation, range: &[(&str, String)], filter: &str| {
        html! { a href=(rows_behind(visit, range, filter)) { (shown.field(&path, notation)) } }
    };
    let (value, sample) = (filter_of(name).unwrap_or_default(), filter_of(metric.sample).unwrap_or_default());
    let before = || linked(format!("previous_period.{name}"), notation, &ranges.previous, value);
    let is_compared = shown.answer.at(&format!("changes.{name}")).is_object();
    html! {
        article.card data-metric=(name) {
            h2 title=(metric.definition) { (label) }
            p.value { (linked(format!("metrics.{name}"), notation, &ranges.current, value)) }
            @if is_compared && shown.answer.at(&format!("changes.{name}.change")).is_null() {
                p.sample { "nothing to compare with: before " (before()) }
            } @else if is_compared {
                p.change.(tone(shown, name, better)) { (change(shown, name, better)) " "
                    span.before { "from " (before()) } }
            }
            @if is_compared && metric.denominator.is_some() {
                p.sample {
                    "of " (linked(format!("changes.{name}.sample"), Notation::Count, &ranges.current, sample))
                    ", before of " (linked(format!("changes.{name}.previous_sample"), Notation::Count, &ranges.previous, sample))
                }
            }
        }
    }
}

fn change(shown: &Shown<'_>, name: &str, better: Better) -> Markup {
    let kind = shown.answer.text(&format!("changes.{name}.kind"));
    let notation = if kind == "points" { Notation::Points } else { Notation::Relative };
    let in_words = match tone(shown, name, better) {
        "better" => "better: ",
        "worse" => "worse: ",
        _ => "",
    };
    html! {
        span.visually-hidden { (in_words) }
        (shown.field(&format!("changes.{name}.change"), notation))
    }
}

/// Whether the change is for the better.
fn tone(shown: &Shown<'_>, name: &str, better: Better) -> &'static str {
    let change = shown.answer.number(&format!("changes.{name}.change")).unwrap_or_default();
    match better {
        Better::Up if change > 0.0 => "better",
        Better::Up if change < 0.0 => "worse",
        Better::Down if change < 0.0 => "better",
        Better::Down if change > 0.0 => "worse",
        _ => "same",
    }
}

impl Ranges<'_> {
    fn of(answer: &Answer, dates: Dates) -> Self {
        let instants = |range: &str| {
            ["from", "to"].map(|name| (name, answer.text(&format!("{range}.{name}")).to_owned())).to_vec()
        };
        if answer.at("range").is_object() {
            return Self { current: instants("range"), previous: instants("previous_range") };
        }
        let earlier = |position: &str| answer.text(&format!("previous_date_range.{position}")).to_owned();
        Self {
            current: vec![(START, dates.start.to_string()), (END, dates.end.to_string())],
            previous: vec![(START, earlier("0")), (END, earlier("1"))],
        }
    }
}

/// The list of the conversations of a range that pass a filter of the definitions.
fn rows_behind(visit: &Visit, range: &[(&str, String)], filter: &str) -> String {
    let range: Vec<_> = range.iter().map(|(name, value)| (*name, value.as_str())).collect();
    format!("{}{filter}", visit.link("/conversations", &range))
}

/// The topics without a confident answer that were asked for most.
pub(super) fn top_gaps(visit: &Visit, shown: &Shown<'_>) -> Markup {
    let gaps = shown.answer.rows("content_gaps.top");
    html! {
        section.panel data-api=(shown.answer.call) aria-labelledby="top-gaps-title" {
            h2 #top-gaps-title { "Asked for most, without an answer" }
            @if gaps.is_empty() { p.nothing data-state="no-data" { "The AI found an answer to everything." } }
            ol.top {
                @for (index, gap) in gaps.iter().enumerate() {
                    @let path = |field: &str| format!("content_gaps.top.{index}.{field}");
                    li {
                        @let status = gap["status"].as_str().unwrap_or_default();
                        // Where it is sure to be on the first page.
                        a href={ (visit.link("/quality", &[("status", status), ("order", "frequency")])) "#gap-" (gap["gap_id"].as_str().unwrap_or_default()) } {
                            (shown.field(&path("topic"), Notation::Text)) }
                        span.quiet { "asked " (shown.field(&path("frequency"), Notation::Count)) " times" }
                    }
                }
            }
        }
    }
}

fn savings(visit: &Visit, shown: &Shown<'_>, ranges: &Ranges<'_>) -> Markup {
    let rows = rows_behind(visit, &ranges.current, filter_of("ai_resolved_conversations").unwrap_or_default());
    // The same days: those of the period until now.
    let days = shown.answer.rows("daily").len().min(365).to_string();
    html! {
        article.card data-metric="savings" {
            h2 title="What people would have cost in the conversations that the AI resolved, less what the AI cost." { "Saved by the AI" }
            p.value { a href=(visit.link("/roi", &[("period_days", &days)])) { (shown.field("roi.savings", Notation::Money)) } }
            p.sample { a href=(rows) { (shown.field("roi.ai_resolved_conversations", Notation::Count)) } " conversations resolved by the AI" }
        }
    }
}

fn gaps(visit: &Visit, shown: &Shown<'_>) -> Markup {
    let linked = |status: &str| {
        let list = visit.link("/quality", &[("status", status)]);
        html! { a href={ (list) "#gaps" } { (shown.field(&format!("content_gaps.{status}"), Notation::Count)) } }
    };
    html! {
        article.card data-metric="content_gaps" {
            h2 title="Topics on which the AI found no confident answer." { "Content gaps" }
            p.value { (linked("identified")) }
            p.sample { (linked("in_progress")) " in progress, " (linked("resolved")) " resolved" }
        }
    }
}
