//! GET `/pipeline`: whether events arrive, how fast, and which were refused.

use maud::{Markup, html};

use super::api::Endpoint;
use super::charts::{Chart, Kind, Labels, Series, links, series};
use super::numbers::Notation;
use super::page::Content;
use super::shown::Shown;
use super::visit::Visit;
use crate::http::problem::Problem;

const RATE: [Series; 2] =
    [series("Stored", "events", Notation::Count, 0), series("Rejected", "rejected_events", Notation::Count, 1)];

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(visit: &Visit) -> Result<Content, Problem> {
    visit.only_takes(&[])?;
    let api = visit.api();
    let (status, rejections) =
        tokio::try_join!(api.get(Endpoint::IngestStatus, &[]), api.get(Endpoint::Rejections, &[("limit", "20")]))?;
    let times = visit.local_times(&[&status, &rejections]).await?;
    let numbers = visit.numbers()?;
    let of_status = Shown { answer: &status, numbers: &numbers, times: &times };
    let of_rejections = Shown { answer: &rejections, numbers: &numbers, times: &times };
    let main = html! {
        h1 { "Pipeline" }
        (freshness(&of_status))
        div.charts { (rate(&of_status)) (by_reason(&of_rejections)) }
        (examples(&of_rejections))
    };
    Ok(Content { title: "Pipeline".into(), main })
}

fn freshness(shown: &Shown<'_>) -> Markup {
    let cards = [
        ("last_received_at", "Last event came in", Notation::Instant, "when it was stored"),
        ("last_event_at", "Last event happened", Notation::Instant, "by its timestamp"),
        ("events_last_hour", "Events, last hour", Notation::Count, "by when they happened"),
        ("events_last_24_hours", "Events, last day", Notation::Count, "by when they happened"),
        ("rejected_last_24_hours", "Rejected, last day", Notation::Count, "events that were refused"),
        ("delay_p50_ms", "Delay, median", Notation::Duration, "from happening to being stored"),
        ("delay_p95_ms", "Delay, 95th percentile", Notation::Duration, "from happening to being stored"),
    ];
    html! {
        section.cards aria-label="Freshness" data-api=(shown.answer.call) {
            @for (field, name, notation, note) in cards {
                article.card data-metric=(field) {
                    h2 { (name) }
                    p.value { (shown.field(field, notation)) }
                    p.sample { (note) }
                }
            }
        }
    }
}

fn rate(shown: &Shown<'_>) -> Markup {
    let chart = Chart {
        name: "ingest_rate",
        title: "Events by hour",
        note: "Stored ones by when they happened, rejected ones by when they came.",
        kind: Kind::StackedBars,
        rows: "hourly",
        label: "bucket",
        labels: Labels::Hours,
        series: &RATE,
        samples: &[],
        href: &|_, _| None,
    };
    chart.figure(shown)
}

fn by_reason(shown: &Shown<'_>) -> Markup {
    let counts = shown.answer.rows("counts");
    html! {
        section.panel data-api=(shown.answer.call) aria-labelledby="reasons-title" {
            h2 #reasons-title { "Rejected events by reason" }
            p.quiet { "Of the last week. A producer gets the same codes in the answer to its request." }
            @if counts.is_empty() {
                p.nothing data-state="no-data" { "Nothing was rejected." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Rejected events by reason" { table {
                    thead { tr { th scope="col" { "Code" } th scope="col" { "Events" } th scope="col" { "First" } th scope="col" { "Last" } } }
                    tbody { @for index in 0..counts.len() {
                        @let path = |field: &str| format!("counts.{index}.{field}");
                        tr {
                            th scope="row" { (shown.field(&path("code"), Notation::Text)) }
                            (shown.cell(&path("events"), Notation::Count))
                            (shown.cell(&path("first_at"), Notation::Instant))
                            (shown.cell(&path("last_at"), Notation::Instant))
                        }
                    } }
                } }
            }
            (links(&shown.answer.call))
        }
    }
}

fn examples(shown: &Shown<'_>) -> Markup {
    let examples = shown.answer.rows("examples");
    html! {
        @if !examples.is_empty() {
            section.panel data-api=(shown.answer.call) aria-labelledby="examples-title" {
                h2 #examples-title { "Last rejected" }
                div.scroll tabindex="0" role="region" aria-label="Last rejected" { table {
                    thead { tr { th scope="col" { "At" }
                        @for name in ["Code", "Field", "What was wrong", "What was sent"] { th.text scope="col" { (name) } } } }
                    tbody { @for index in 0..examples.len() {
                        @let path = |field: &str| format!("examples.{index}.{field}");
                        tr {
                            th scope="row" { (shown.field(&path("rejected_at"), Notation::Instant)) }
                            @for field in ["code", "field"] { td.name { (shown.field(&path(field), Notation::Text)) } }
                            td.text { (shown.field(&path("detail"), Notation::Text)) }
                            td.text { code { (shown.field(&path("payload"), Notation::Text)) } }
                        }
                    } }
                } }
            }
        }
    }
}
