//! GET `/quality`: how good answers were, and on which topics there are none.

mod gaps;

use maud::{Markup, html};

use super::api::{Endpoint, Query};
use super::charts::{Chart, Column, Kind, Labels, Series, column, series};
use super::days::{self, END, START};
use super::numbers::Notation;
use super::page::Content;
use super::shown::{LocalTimes, Shown};
use super::visit::Visit;
use crate::http::problem::Problem;

const SCORES: [Series; 4] = [
    series("Overall", "avg_overall_score", Notation::Score, 0),
    series("Helpfulness", "avg_helpfulness_score", Notation::Score, 1),
    series("Accuracy", "avg_accuracy_score", Notation::Score, 4),
    series("Politeness", "avg_politeness_score", Notation::Score, 5),
];
const SCORED: [Column; 1] = [column("Scored overall", "scored_conversations", Notation::Count)];
const SPREAD: [Series; 1] = [series("Conversations", "scored_conversations", Notation::Count, 0)];
const RESOLVED: [Column; 1] = [column("Resolution rate", "resolution_rate", Notation::Share)];

/// Sample sizes, each with what lists those conversations.
const ALL: (&str, Query<'_>) = ("total_conversations", &[]);
const SCORED_ONES: (&str, Query<'_>) = ("scored_conversations", &[("min_overall_score", "0")]);
/// Days with a row in the table of the page.
const MOST_DAYS: i64 = 750;

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(visit: &Visit) -> Result<Content, Problem> {
    visit.only_takes(&[START, END, gaps::STATUS, gaps::ORDER, gaps::CURSOR])?;
    let dates = days::asked(visit, 30).await?;
    if dates.count() > MOST_DAYS {
        let detail = format!("is more than {MOST_DAYS} days after start_date; shorten the range.");
        return Err(Problem::parameter(END, "too_many_buckets", detail));
    }
    let (start, end) = (dates.start.to_string(), dates.end.to_string());
    let (quality_of, gaps_of) = ([(START, start.as_str()), (END, end.as_str())], gaps::query(visit));
    let api = visit.api();
    let (quality, gaps, today) = tokio::try_join!(
        api.get(Endpoint::Quality, &quality_of),
        api.get(Endpoint::Gaps, &gaps_of),
        days::today(visit)
    )?;
    let (times, none) = (visit.local_times(&[&gaps]).await?, LocalTimes::default());
    let numbers = visit.numbers()?;
    let shown = Shown { answer: &quality, numbers: &numbers, times: &none };
    let of_gaps = Shown { answer: &gaps, numbers: &numbers, times: &times };
    let kept = visit.passed(&[gaps::STATUS, gaps::ORDER]);
    let main = html! {
        h1 { "Quality and content gaps" }
        (days::bar(visit, "/quality", today, dates, &kept))
        (key_numbers(visit, &shown, &quality_of))
        div.charts { (over_time(visit, &shown)) (spread(visit, &shown, &quality_of)) }
        (gaps::list(visit, &of_gaps, &quality_of))
    };
    Ok(Content { title: "Quality and content gaps".into(), main })
}

fn key_numbers(visit: &Visit, shown: &Shown<'_>, dates: &[(&str, &str)]) -> Markup {
    let earlier = [(START, "previous_date_range.0"), (END, "previous_date_range.1")];
    let earlier = earlier.map(|(name, path)| (name, shown.answer.text(path)));
    // A score is optional but for the overall one, so of the others nobody can list those that have it.
    let cards = [
        ("avg_overall_score", "Overall score", Notation::Score, Some(SCORED_ONES)),
        ("avg_helpfulness_score", "Helpfulness", Notation::Score, None),
        ("avg_accuracy_score", "Accuracy", Notation::Score, None),
        ("avg_politeness_score", "Politeness", Notation::Score, None),
        ("scored_rate", "Conversations scored", Notation::Share, Some(ALL)),
        ("resolution_rate", "Resolution rate of those scored", Notation::Share, Some(SCORED_ONES)),
    ];
    let linked = |path: String, notation, dates: &[(&str, &str)], more: &[(&str, &str)]| {
        html! { a href=(visit.link("/conversations", &[dates, more].concat())) { (shown.field(&path, notation)) } }
    };
    let (now, before) = (|name: &str| format!("quality.{name}"), |name: &str| format!("previous_period.{name}"));
    html! {
        section.cards aria-label="Key numbers" data-api=(shown.answer.call) {
            @for (name, label, notation, sample) in cards {
                article.card data-metric=(name) {
                    h2 { (label) }
                    @if let Some((sample, of)) = sample {
                        p.value { (linked(now(name), notation, dates, SCORED_ONES.1)) }
                        p.sample { "before " (linked(before(name), notation, &earlier, SCORED_ONES.1)) }
                        p.sample { "of " (linked(now(sample), Notation::Count, dates, of))
                            ", before of " (linked(before(sample), Notation::Count, &earlier, of)) }
                    } @else {
                        p.value { (shown.field(&now(name), notation)) }
                        p.sample { "before " (shown.field(&before(name), notation)) }
                    }
                }
            }
        }
    }
}

fn over_time(visit: &Visit, shown: &Shown<'_>) -> Markup {
    let href = |date: &str, _: Option<&str>| {
        Some(visit.link("/conversations", &[(START, date), (END, date), ("min_overall_score", "0")]))
    };
    let chart = Chart {
        name: "scores",
        title: "Scores over time",
        note: "Averages of the conversations that started on the day; one is the best.",
        kind: Kind::Lines,
        rows: "daily",
        label: "label",
        labels: Labels::Days,
        series: &SCORES,
        samples: &SCORED,
        href: &href,
    };
    chart.figure(shown)
}

fn spread(visit: &Visit, shown: &Shown<'_>, dates: &[(&str, &str)]) -> Markup {
    let href = |from: &str, _: Option<&str>| {
        let to = if from == "0.9" { "1".to_owned() } else { format!("{from}9") };
        let scores = [("min_overall_score", from), ("max_overall_score", to.as_str())];
        Some(visit.link("/conversations", &[dates, &scores].concat()))
    };
    let chart = Chart {
        name: "spread",
        title: "How overall scores spread",
        note: "Conversations by tenths of the score; do well-scored ones resolve?",
        kind: Kind::Bars,
        rows: "overall_score",
        label: "label",
        labels: Labels::Names("Score from"),
        series: &SPREAD,
        samples: &RESOLVED,
        href: &href,
    };
    chart.figure(shown)
}
