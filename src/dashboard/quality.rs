//! GET `/quality`: how good answers were, and on which topics there are none.

mod gaps;

use maud::{Markup, html};
use serde_json::Value;

use super::api::Endpoint;
use super::charts::{Chart, Column, Kind, Series, column, series};
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
const SCORED: [Column; 1] = [column("Scored", "scored_conversations", Notation::Count)];
const SPREAD: [Series; 1] = [series("Conversations", "scored_conversations", Notation::Count, 0)];
const RESOLVED: [Column; 1] = [column("Resolution rate", "resolution_rate", Notation::Share)];

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(visit: &Visit) -> Result<Content, Problem> {
    visit.only_takes(&[START, END, gaps::STATUS, gaps::ORDER, gaps::CURSOR])?;
    let dates = days::asked(visit, 30).await?;
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
    let rows = |dates: &[(&str, &str)], is_scored: bool| {
        let scored: &[(&str, &str)] = if is_scored { &[("min_overall_score", "0")] } else { &[] };
        visit.link("/conversations", &[dates, scored].concat())
    };
    let linked = |path: String, notation, href: String| html! { a href=(href) { (shown.field(&path, notation)) } };
    let cards = [
        ("avg_overall_score", "Overall score", Notation::Score),
        ("avg_helpfulness_score", "Helpfulness", Notation::Score),
        ("avg_accuracy_score", "Accuracy", Notation::Score),
        ("avg_politeness_score", "Politeness", Notation::Score),
        ("scored_rate", "Conversations scored", Notation::Share),
        ("resolution_rate", "Resolution rate of those scored", Notation::Share),
    ];
    html! {
        section.cards aria-label="Key numbers" data-api=(shown.answer.call) {
            @for (name, label, notation) in cards {
                @let sample = if name == "scored_rate" { "total_conversations" } else { "scored_conversations" };
                article.card data-metric=(name) {
                    h2 { (label) }
                    @let of_scored = sample == "scored_conversations";
                    p.value { (linked(format!("quality.{name}"), notation, rows(dates, true))) }
                    p.sample { "before " (linked(format!("previous_period.{name}"), notation, rows(&earlier, true))) }
                    p.sample { "of " (linked(format!("quality.{sample}"), Notation::Count, rows(dates, of_scored)))
                        ", before of " (linked(format!("previous_period.{sample}"), Notation::Count, rows(&earlier, of_scored))) }
                }
            }
        }
    }
}

fn over_time(visit: &Visit, shown: &Shown<'_>) -> Markup {
    let href = |row: &Value| {
        let date = row["label"].as_str()?;
        Some(visit.link("/conversations", &[(START, date), (END, date), ("min_overall_score", "0")]))
    };
    let chart = Chart {
        name: "scores",
        title: "Scores over time",
        note: "Averages of the conversations that started on the day; one is the best.",
        kind: Kind::Lines,
        rows: "daily",
        label: "label",
        label_name: "Day",
        series: &SCORES,
        samples: &SCORED,
        href: &href,
    };
    chart.figure(shown)
}

fn spread(visit: &Visit, shown: &Shown<'_>, dates: &[(&str, &str)]) -> Markup {
    let href = |row: &Value| {
        let from = row["label"].as_str()?;
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
        label_name: "Score from",
        series: &SPREAD,
        samples: &RESOLVED,
        href: &href,
    };
    chart.figure(shown)
}
