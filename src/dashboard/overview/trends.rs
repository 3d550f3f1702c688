//! How the numbers developed: one chart for each question.

use maud::{Markup, html};

use crate::analytics::ranges::{Dates, Granularity};
use crate::dashboard::charts::{Chart, Column, Kind, Series, column, series};
use crate::dashboard::days;
use crate::dashboard::numbers::Notation;
use crate::dashboard::shown::Shown;
use crate::dashboard::visit::Visit;

const OUTCOMES: [Series; 4] = [
    series("Resolved", "resolved_conversations", Notation::Count, 0),
    series("Escalated", "escalated_conversations", Notation::Count, 1),
    series("Abandoned", "abandoned_conversations", Notation::Count, 2),
    series("Open", "open_conversations", Notation::Count, 3),
];
const RATES: [Series; 2] = [
    series("Resolved", "resolution_rate", Notation::Share, 0),
    series("By the AI alone", "ai_resolution_rate", Notation::Share, 4),
];
const FIRST_RESPONSE: [Series; 2] = [
    series("Median", "p50_first_response_time_ms", Notation::Duration, 0),
    series("95th percentile", "p95_first_response_time_ms", Notation::Duration, 1),
];
const CUSTOMERS: [Series; 1] = [series("Unique customers", "unique_customers", Notation::Count, 4)];
const CSAT: [Series; 1] = [series("CSAT", "csat", Notation::Share, 5)];
const TOTAL: [Column; 1] = [column("All", "total_conversations", Notation::Count)];
const ANSWERED: [Column; 1] = [column("Answered", "answered_conversations", Notation::Count)];
const RATED: [Column; 1] = [column("Ratings", "csat_responses", Notation::Count)];

/// All charts of the page.
pub(super) fn charts(
    visit: &Visit,
    shown: &Shown<'_>,
    rows: &'static str,
    dates: Dates,
    granularity: Granularity,
) -> Markup {
    let href = |bucket: &str, next: Option<&str>| {
        let range = days::of_bucket(bucket, next, granularity, dates)?;
        let range: Vec<_> = range.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Some(visit.link("/conversations", &range))
    };
    let chart = |name, title, note, kind, series, samples| Chart {
        name,
        title,
        note,
        kind,
        rows,
        label: "bucket",
        labels: granularity.into(),
        series,
        samples,
        href: &href,
    };
    let all = [
        chart(
            "outcomes",
            "Conversations",
            "By their outcome now, on the day they started.",
            Kind::StackedBars,
            &OUTCOMES,
            &TOTAL[..],
        ),
        chart(
            "resolution_rate",
            "Resolution rate",
            "Share of the conversations that started then.",
            Kind::Lines,
            &RATES,
            &TOTAL,
        ),
        chart(
            "first_response_time",
            "First response time",
            "From the customer's first message to the first answer.",
            Kind::Lines,
            &FIRST_RESPONSE,
            &ANSWERED,
        ),
        chart("unique_customers", "Unique customers", "Each counted once in its bar.", Kind::Bars, &CUSTOMERS, &[]),
        chart("csat", "CSAT", "Share of ratings that are 4 or 5.", Kind::Lines, &CSAT, &RATED),
    ];
    html! { @for chart in all { (chart.figure(shown)) } }
}
